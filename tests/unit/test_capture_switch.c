/*
 * The capture loop told to go over to another source: while frames come, while it waits for what is
 * gone, while something opens slowly; and what it does when the other cannot be had.
 */
#include "app/capture_loop.h"
#include "app/mailbox.h"
#include "tests/fakes/scripted_source.h"
#include "tests/unit/waiting.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { SCRIPTS = 3 };

struct fixture {
    struct script scripts[SCRIPTS]; ///< "First", "Second", "Third"
    struct doorbell *bell, *reader;
    struct controls *controls;
    struct mailbox *mailbox;
    struct channel channel;
    struct capture_loop *loop;
};

static void changed(void *self)
{
    (void)self;
}

static void prepare(struct fixture *f, int i, const char *const *openings)
{
    static const char *const names[SCRIPTS] = {"First", "Second", "Third"};
    f->scripts[i] = (struct script){.openings = openings, .live = true, .name = names[i]};
    script_begin(&f->scripts[i]);
}

static void start(struct fixture *f, bool camera, bool patient)
{
    assert_int_equal(mailbox_create(&f->mailbox, f->reader), 0);
    f->channel = mailbox_channel(f->mailbox);
    struct capture_config config = {
        .target = {.kind = &f->scripts[0].row.kind, .source.location = "first", .camera = camera},
        .patient = patient,
        .silence_ms = 5,
        .channel = f->channel,
        .controls = f->controls,
        .bell = f->bell,
        .changed = changed,
    };
    assert_int_equal(capture_loop_start(&f->loop, &config), 0);
}

/** Its location is gone when this returns: the loop must have its own. */
static unsigned go_to(struct fixture *f, int i, int width)
{
    char location[16];
    snprintf(location, sizeof location, "place %d", i);
    struct capture_target target = {.kind = &f->scripts[i].row.kind,
                                    .source = {.location = location, .width = width}};
    unsigned number = capture_loop_switch(f->loop, &target);
    memset(location, 'x', sizeof location);
    return number;
}

static struct capture_status status_of(struct fixture *f)
{
    return capture_loop_status(f->loop);
}

static void stop(struct fixture *f)
{
    capture_loop_stop(f->loop);
    f->channel.shut(f->channel.self);
    capture_loop_join(&f->loop);
    mailbox_destroy(&f->mailbox);
    for (int i = 0; i < SCRIPTS; i++)
        assert_int_equal(atomic_load(&f->scripts[i].opened), atomic_load(&f->scripts[i].closed));
}

static bool streams(struct fixture *f, const char *name)
{
    struct capture_status status = status_of(f);
    return status.state == CAPTURE_STREAMING && strcmp(status.info.name, name) == 0;
}

static void test_another_source(void **state)
{
    struct fixture *f = *state;
    prepare(f, 0, (const char *const[]){"gdw", NULL});
    prepare(f, 1, (const char *const[]){"gdw", NULL});
    start(f, true, false);
    WAIT_UNTIL(atomic_load(&f->scripts[0].blocked) == 1);
    assert_string_equal(status_of(f).device, "first");
    assert_true(status_of(f).camera);
    assert_int_equal(go_to(f, 1, 320), 1);
    WAIT_UNTIL(status_of(f).settled == 1);
    WAIT_UNTIL(atomic_load(&f->scripts[1].blocked) == 1);
    struct capture_status status = status_of(f);
    assert_true(streams(f, "Second"));
    assert_string_equal(status.chosen, "place 1");
    assert_string_equal(status.device, "");
    assert_false(status.camera);
    assert_ptr_equal(status.kind, &f->scripts[1].row.kind);
    // Counters go on, and nothing was lost.
    assert_int_equal(status.acquired, 2);
    assert_int_equal(status.damaged, 2);
    assert_int_equal(status.dropped_driver, 2);
    assert_int_equal(status.reconnects, 0);
    assert_int_equal(status.hints, 0);
    assert_int_equal(status.returns, 0);
    assert_int_equal(atomic_load(&f->scripts[0].closed), 1);
    stop(f);
    assert_string_equal(f->scripts[1].location, "place 1");
    assert_int_equal(f->scripts[1].last.width, 320);
}

/** Closed first, then opened: a camera has one mode at a time. */
static void test_another_mode(void **state)
{
    struct fixture *f = *state;
    prepare(f, 0, (const char *const[]){"fw", NULL});
    start(f, false, false);
    WAIT_UNTIL(streams(f, "First"));
    for (unsigned i = 1; i <= 20; i++) {
        assert_int_equal(go_to(f, 0, (int)i), i);
        WAIT_UNTIL(status_of(f).settled == i);
    }
    assert_int_equal(status_of(f).openings, 21);
    stop(f);
    assert_int_equal(f->scripts[0].last.width, 20);
}

/** What cannot be opened, and what opens and never sends a frame. */
static void test_going_back(void **state)
{
    static const struct {
        const char *openings[2];
        const char *hint;
    } cases[] = {
        {{"-", NULL}, "Back to First: No such source"},
        {{"!", NULL}, "Back to First: No permission"},
        {{"x", NULL}, "Back to First: The source broke"},
        {{"t|t", NULL}, "Back to First: No frames from Second for 0.0 s"},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        prepare(f, 0, (const char *const[]){"fw", "fw", NULL});
        prepare(f, 1, cases[i].openings);
        start(f, i % 2, false);
        WAIT_UNTIL(atomic_load(&f->scripts[0].blocked) == 1);
        unsigned number = go_to(f, 1, 320);
        WAIT_UNTIL(atomic_load(&f->scripts[0].blocked) == 2);
        struct capture_status status = status_of(f);
        assert_true(streams(f, "First"));
        assert_int_equal(status.settled, number);
        assert_int_equal(status.returns, 1);
        assert_int_equal(status.hints, 1);
        assert_string_equal(status.hint, cases[i].hint);
        assert_string_equal(status.device, i % 2 ? "first" : "");
        assert_string_equal(status.chosen, "first");
        assert_int_equal(status.camera, i % 2);
        stop(f);
        assert_int_equal(f->scripts[0].last.width, 0);
        assert_string_equal(f->scripts[0].location, "first");
    }
}

/** The former is gone meanwhile: then that is what is waited for, with its own name. */
static void test_going_back_to_what_is_gone(void **state)
{
    struct fixture *f = *state;
    prepare(f, 0, (const char *const[]){"fw", "-", "-", "fw", NULL});
    prepare(f, 1, (const char *const[]){"x", NULL});
    start(f, true, false);
    WAIT_UNTIL(atomic_load(&f->scripts[0].blocked) == 1);
    go_to(f, 1, 0);
    WAIT_UNTIL(status_of(f).state == CAPTURE_WAITING && status_of(f).settled);
    assert_string_equal(status_of(f).waiting, "Camera disconnected, waiting for First");
    WAIT_UNTIL(streams(f, "First") && atomic_load(&f->scripts[0].blocked) == 2);
    assert_int_equal(status_of(f).reconnects, 1);
    stop(f);
}

static void test_while_it_waits(void **state)
{
    struct fixture *f = *state;
    prepare(f, 0, (const char *const[]){"fx", "-", NULL});
    prepare(f, 1, (const char *const[]){"fw", NULL});
    start(f, true, false);
    // Until the pauses are so long that only being woken is quick.
    WAIT_UNTIL(atomic_load(&f->scripts[0].opened) > 2 && status_of(f).state == CAPTURE_WAITING);
    go_to(f, 1, 0);
    WAIT_UNTIL(streams(f, "Second"));
    assert_int_equal(status_of(f).reconnects, 0);
    stop(f);
}

/** Busy from the start, then another, which is none either: it waits for the first again. */
static void test_while_it_never_worked(void **state)
{
    struct fixture *f = *state;
    prepare(f, 0, (const char *const[]){"!", "!", "-", "fw", NULL});
    prepare(f, 1, (const char *const[]){"-", NULL});
    start(f, true, true);
    WAIT_UNTIL(status_of(f).state == CAPTURE_WAITING);
    go_to(f, 1, 0);
    WAIT_UNTIL(status_of(f).settled == 1);
    assert_string_equal(status_of(f).hint, "Back to what was open before: No such source");
    WAIT_UNTIL(streams(f, "First"));
    stop(f);
}

/** Two at once, and one while another opens: the last wins, what lies between is not told. */
static void test_the_last_wins(void **state)
{
    struct fixture *f = *state;
    for (int fails = 0; fails < 2; fails++) {
        prepare(f, 0, (const char *const[]){"fw", NULL});
        prepare(f, 1, (const char *const[]){fails ? "_-" : "_fw", NULL});
        prepare(f, 2, (const char *const[]){"fw", NULL});
        start(f, false, false);
        WAIT_UNTIL(atomic_load(&f->scripts[0].blocked) == 1);
        go_to(f, 1, 0);
        WAIT_UNTIL(atomic_load(&f->scripts[1].opened) == 1);
        go_to(f, 0, 0);
        assert_int_equal(go_to(f, 2, 0), 3);
        assert_int_equal(status_of(f).settled, 0);
        atomic_store(&f->scripts[1].released, true);
        WAIT_UNTIL(streams(f, "Third"));
        assert_int_equal(status_of(f).settled, 3);
        assert_int_equal(status_of(f).hints, 0);
        assert_int_equal(atomic_load(&f->scripts[0].opened), 1);
        stop(f);
    }
}

/** What never sent a frame is nothing to go back to. */
static void test_back_past_what_never_worked(void **state)
{
    struct fixture *f = *state;
    prepare(f, 0, (const char *const[]){"fw", NULL});
    prepare(f, 1, (const char *const[]){"w", NULL});
    prepare(f, 2, (const char *const[]){"-", NULL});
    start(f, false, false);
    WAIT_UNTIL(atomic_load(&f->scripts[0].blocked) == 1);
    go_to(f, 1, 0);
    WAIT_UNTIL(atomic_load(&f->scripts[1].blocked) == 1);
    go_to(f, 2, 0);
    WAIT_UNTIL(streams(f, "First"));
    assert_int_equal(status_of(f).settled, 2);
    assert_string_equal(status_of(f).hint, "Back to First: No such source");
    stop(f);
}

static void test_stopping_meanwhile(void **state)
{
    struct fixture *f = *state;
    prepare(f, 0, (const char *const[]){"fw", NULL});
    prepare(f, 1, (const char *const[]){"_f", NULL});
    start(f, false, false);
    WAIT_UNTIL(atomic_load(&f->scripts[0].blocked) == 1);
    go_to(f, 1, 0);
    WAIT_UNTIL(atomic_load(&f->scripts[1].opened) == 1);
    capture_loop_stop(f->loop);
    atomic_store(&f->scripts[1].released, true);
    stop(f);
    assert_int_equal(atomic_load(&f->scripts[0].opened), 1);
}

struct hand {
    struct fixture *fixture;
    int script;
};

static void *switch_often(void *self)
{
    struct hand *hand = self;
    for (int i = 0; i < 50; i++) {
        go_to(hand->fixture, hand->script, i);
        if (i % 4 == 0)
            waiting_nap();
    }
    return NULL;
}

/** From two threads, at any moment, and stopped at any moment. */
static void test_at_any_moment(void **state)
{
    struct fixture *f = *state;
    for (int round = 0; round < 4; round++) {
        prepare(f, 0, (const char *const[]){"fw", NULL});
        prepare(f, 1, (const char *const[]){round % 2 ? "fx" : "w", "-", "fw", NULL});
        prepare(f, 2, (const char *const[]){"fw", NULL});
        start(f, round % 2, false);
        WAIT_UNTIL(status_of(f).acquired > 0);
        struct hand hands[] = {{f, 1}, {f, 2}};
        pthread_t other;
        assert_int_equal(pthread_create(&other, NULL, switch_often, &hands[0]), 0);
        switch_often(&hands[1]);
        pthread_join(other, NULL);
        if (round < 2)
            go_to(f, 2, 77);
        if (round < 2)
            WAIT_UNTIL(status_of(f).settled == 101 && streams(f, "Third"));
        stop(f);
        if (round < 2)
            assert_int_equal(f->scripts[2].last.width, 77);
    }
}

static int set_up(void **state)
{
    static struct fixture f;
    f = (struct fixture){0};
    *state = &f;
    for (int i = 0; i < SCRIPTS; i++)
        prepare(&f, i, (const char *const[]){"-", NULL});
    assert_int_equal(doorbell_create(&f.bell), 0);
    assert_int_equal(doorbell_create(&f.reader), 0);
    assert_int_equal(controls_create(&f.controls, f.bell, f.reader), 0);
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    capture_loop_join(&f->loop);
    mailbox_destroy(&f->mailbox);
    controls_destroy(&f->controls);
    doorbell_destroy(&f->bell);
    doorbell_destroy(&f->reader);
    return 0;
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    waiting_begin();
    const struct CMUnitTest tests[] = {
        TEST(test_another_source),     TEST(test_another_mode),
        TEST(test_going_back),         TEST(test_going_back_to_what_is_gone),
        TEST(test_while_it_waits),     TEST(test_while_it_never_worked),
        TEST(test_the_last_wins),      TEST(test_back_past_what_never_worked),
        TEST(test_stopping_meanwhile), TEST(test_at_any_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
