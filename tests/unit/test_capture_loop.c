/*
 * The capture loop against a source that plays a script: frames, damage, silence, breaking,
 * coming back, the end, and being told to stop in each of these.
 */
#include "app/capture_loop.h"
#include "app/mailbox.h"
#include "app/queue.h"
#include "processing/clock.h"
#include "tests/fakes/scripted_source.h"
#include "tests/unit/waiting.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { FOR_EVER = 32 }; ///< more loans than any script of these tests makes before it is read

/** A loop and what is around it. */
struct fixture {
    struct script script;
    struct doorbell *bell, *reader;
    struct controls *controls;
    struct queue *queue; ///< one of these two
    struct mailbox *mailbox;
    struct channel channel;
    struct capture_loop *loop;
    atomic_int changes;

    // What start() is to do.
    int capacity; ///< of the queue; 0 for a mailbox
    int timeout_ms, silence_ms;
    bool exit_on_error, camera, patient;
};

static void changed(void *self)
{
    struct fixture *f = self;
    atomic_fetch_add(&f->changes, 1);
}

/** A new one each time: a loop's end shuts it. */
static void open_channel(struct fixture *f)
{
    queue_destroy(&f->queue);
    mailbox_destroy(&f->mailbox);
    if (f->capacity > 0) {
        assert_int_equal(queue_create(&f->queue, f->capacity, f->reader), 0);
        f->channel = queue_channel(f->queue);
    } else {
        assert_int_equal(mailbox_create(&f->mailbox, f->reader), 0);
        f->channel = mailbox_channel(f->mailbox);
    }
}

static void start(struct fixture *f, const char *const *openings, bool live)
{
    open_channel(f);
    f->script = (struct script){.openings = openings, .live = live};
    struct capture_config config = {
        .target = {.kind = script_begin(&f->script),
                   .source.location = "somewhere",
                   .camera = f->camera,
                   .exit_on_error = f->exit_on_error},
        .silence_ms = f->silence_ms,
        .timeout_ms = f->timeout_ms,
        .patient = f->patient,
        .channel = f->channel,
        .controls = f->controls,
        .bell = f->bell,
        .changed = changed,
        .self = f,
    };
    assert_int_equal(capture_loop_start(&f->loop, &config), 0);
}

static void stop(struct fixture *f)
{
    capture_loop_stop(f->loop);
    f->channel.shut(f->channel.self);
    capture_loop_join(&f->loop);
    assert_null(f->loop);
    assert_int_equal(atomic_load(&f->script.opened), atomic_load(&f->script.closed));
}

static enum capture_state state_of(struct fixture *f)
{
    return capture_loop_state(f->loop);
}

/** Waits for the next frame; returns its sequence. */
static unsigned next_frame(struct fixture *f)
{
    struct loan loan;
    WAIT_UNTIL(f->channel.take(f->channel.self, &loan));
    assert_int_equal(loan.frame.data[0][0], loan.frame.sequence & 255);
    source_release(&loan);
    return loan.frame.sequence;
}

static void test_frames_and_the_end(void **state)
{
    struct fixture *f = *state;
    start(f, (const char *const[]){"fgdtffe", NULL}, false);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(next_frame(f), i);
    WAIT_UNTIL(state_of(f) == CAPTURE_ENDED);
    struct capture_status status = capture_loop_status(f->loop);
    assert_string_equal(status.info.name, "Script");
    assert_int_equal(status.info.width, SCRIPT_WIDTH);
    assert_int_equal(status.acquired, 4);
    assert_int_equal(status.dropped_driver, 1);
    assert_int_equal(status.dropped_skipped, 1);
    assert_int_equal(status.damaged, 1);
    assert_int_equal(status.reconnects, 0);
    assert_true(status.last_frame_ns > 0 && status.last_frame_ns <= clock_now_ns());
    assert_int_equal(atomic_load(&f->script.opened), 1);
    // Streaming, ended.
    WAIT_UNTIL(atomic_load(&f->changes) == 2);
    stop(f);
}

/** What it ends in, by script; none of these is tried again. */
static void test_failures(void **state)
{
    static const struct {
        const char *const openings[2];
        bool exit_on_error;
        enum capture_state state;
        const char *sentence;
        unsigned acquired;
    } cases[] = {
        {{"-", NULL}, false, CAPTURE_FAILED, "No such source", 0},
        {{"-", NULL}, true, CAPTURE_FAILED, "No such source", 0},
        {{"x", NULL}, false, CAPTURE_FAILED, "The source broke", 0},
        {{"ddx", NULL}, false, CAPTURE_FAILED, "The source broke", 0},
        {{"ffx", NULL}, true, CAPTURE_FAILED, "The source broke", 2},
        {{"e", NULL}, false, CAPTURE_ENDED, "The end", 0},
        {{"fe", NULL}, true, CAPTURE_ENDED, "The end", 1},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        f->exit_on_error = cases[i].exit_on_error;
        start(f, cases[i].openings, true);
        for (unsigned frame = 0; frame < cases[i].acquired; frame++)
            next_frame(f);
        WAIT_UNTIL(state_of(f) == cases[i].state);
        struct capture_status status = capture_loop_status(f->loop);
        assert_string_equal(status.error.text, cases[i].sentence);
        assert_int_equal(status.acquired, cases[i].acquired);
        stop(f);
        assert_int_equal(atomic_load(&f->script.opened), 1);
    }
}

static void test_coming_back(void **state)
{
    struct fixture *f = *state;
    start(f, (const char *const[]){"fgdx", "-", "fgdw", NULL}, true);
    assert_int_equal(next_frame(f), 0);
    assert_int_equal(next_frame(f), 1);
    assert_int_equal(next_frame(f), 2);
    assert_int_equal(next_frame(f), 3);
    WAIT_UNTIL(atomic_load(&f->script.blocked) == 1);
    struct capture_status status = capture_loop_status(f->loop);
    assert_string_equal(status.info.name, "Script");
    assert_int_equal(atomic_load(&f->script.opened), 3);
    assert_int_equal(atomic_load(&f->script.closed), 2);
    assert_int_equal(status.openings, 2);
    assert_int_equal(status.state, CAPTURE_STREAMING);
    assert_int_equal(status.reconnects, 1);
    assert_int_equal(status.acquired, 4);
    assert_int_equal(status.dropped_driver, 2);
    assert_int_equal(status.dropped_skipped, 2);
    assert_int_equal(status.damaged, 2);
    // Streaming; waiting for a restart, for the source, for what could not be opened; streaming.
    assert_int_equal(atomic_load(&f->changes), 5);
    stop(f);
}

/** What is said while it is gone. */
static void test_sentences(void **state)
{
    static const struct {
        const char *const openings[3];
        bool camera;
        const char *sentence;
    } cases[] = {
        {{"fx", "-", NULL}, false, "No such source. Trying again"},
        {{"fx", "-", NULL}, true, "Camera disconnected, waiting for Script"},
        {{"fx", "!", NULL}, true, "No permission. Trying again"},
        {{"fx", "x", NULL}, true, "The source broke. Trying again"},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        f->camera = cases[i].camera;
        start(f, cases[i].openings, true);
        next_frame(f);
        struct capture_status status;
        WAIT_UNTIL((status = capture_loop_status(f->loop)).state == CAPTURE_WAITING &&
                   strcmp(status.waiting, cases[i].sentence) == 0);
        assert_string_equal(status.device, cases[i].camera ? "somewhere" : "");
        stop(f);
    }
}

/** The first rung of the ladder: the stream is restarted, the device stays open. */
static void test_restarting(void **state)
{
    static const char *const scripts[] = {"fx|fw", "ft|fw", "fd|fw"};
    struct fixture *f = *state;
    f->silence_ms = 5;
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        start(f, (const char *const[]){scripts[i], NULL}, true);
        next_frame(f);
        next_frame(f);
        WAIT_UNTIL(atomic_load(&f->script.blocked) == 1);
        struct capture_status status = capture_loop_status(f->loop);
        assert_int_equal(status.state, CAPTURE_STREAMING);
        assert_int_equal(status.reconnects, 1);
        assert_int_equal(atomic_load(&f->script.restarted), 1);
        assert_int_equal(atomic_load(&f->script.opened), 1);
        // Streaming, waiting, streaming.
        assert_int_equal(atomic_load(&f->changes), 3);
        stop(f);
        atomic_store(&f->changes, 0);
    }
}

/** The second rung: what a restart does not help is opened again, and that is no failure. */
static void test_restarting_in_vain(void **state)
{
    static const char *const scripts[] = {"ft", "ft|t", "ft|d"};
    struct fixture *f = *state;
    f->silence_ms = 5;
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        f->exit_on_error = i % 2;
        start(f, (const char *const[]){scripts[i], "ft|fw", NULL}, true);
        for (int frame = 0; frame < 3; frame++)
            next_frame(f);
        WAIT_UNTIL(atomic_load(&f->script.blocked) == 1);
        assert_int_equal(atomic_load(&f->script.opened), 2);
        // What came back may be restarted again.
        assert_int_equal(atomic_load(&f->script.restarted), 2);
        assert_int_equal(capture_loop_status(f->loop).reconnects, 2);
        stop(f);
    }
}

/** Pictures of another size: it is opened anew, and nothing has failed. */
static void test_another_size(void **state)
{
    struct fixture *f = *state;
    f->exit_on_error = true;
    start(f, (const char *const[]){"fs", "fw", NULL}, true);
    next_frame(f);
    next_frame(f);
    WAIT_UNTIL(atomic_load(&f->script.blocked) == 1);
    assert_int_equal(atomic_load(&f->script.opened), 2);
    assert_int_equal(atomic_load(&f->script.restarted), 0);
    stop(f);
}

static void test_hints(void **state)
{
    struct fixture *f = *state;
    start(f, (const char *const[]){"fhfhw", NULL}, true);
    WAIT_UNTIL(atomic_load(&f->script.blocked) == 1);
    struct capture_status status = capture_loop_status(f->loop);
    assert_int_equal(status.hints, 2);
    assert_string_equal(status.hint, "A hint");
    assert_int_equal(atomic_load(&f->changes), 3);
    stop(f);
}

/** --device-timeout: what does not come back is given up. */
static void test_giving_up(void **state)
{
    struct fixture *f = *state;
    f->camera = true;
    f->timeout_ms = 1000; // enough to look for it at least once
    start(f, (const char *const[]){"fx", "-", NULL}, true);
    next_frame(f);
    WAIT_UNTIL(state_of(f) == CAPTURE_FAILED);
    assert_string_equal(capture_loop_status(f->loop).error.text, "No such source");
    stop(f);
}

/** What is forbidden, busy or silent from the start is waited for where somebody watches. */
static void test_patience(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 3; i++) {
        f->patient = i > 0;
        f->exit_on_error = i == 2;
        start(f, (const char *const[]){"!", "?", "fw", NULL}, true);
        if (i == 1)
            next_frame(f);
        else
            WAIT_UNTIL(state_of(f) == CAPTURE_FAILED);
        int opened = i == 1 ? 3 : 1;
        assert_int_equal(atomic_load(&f->script.opened), opened);
        stop(f);
    }
    f->patient = true;
    f->exit_on_error = false;
    start(f, (const char *const[]){"-", NULL}, true);
    WAIT_UNTIL(state_of(f) == CAPTURE_FAILED);
    stop(f);
}

static void test_stopping_while_it_waits_to_come_back(void **state)
{
    struct fixture *f = *state;
    start(f, (const char *const[]){"fx", "-", NULL}, true);
    next_frame(f);
    WAIT_UNTIL(atomic_load(&f->script.opened) > 2 && state_of(f) == CAPTURE_WAITING);
    stop(f);
}

static void test_stopping_wakes_the_source(void **state)
{
    struct fixture *f = *state;
    start(f, (const char *const[]){"fw", NULL}, true);
    next_frame(f);
    WAIT_UNTIL(atomic_load(&f->script.blocked) == 1);
    stop(f);
}

static void test_stopping_at_any_moment(void **state)
{
    struct fixture *f = *state;
    f->capacity = 0;
    for (int i = 0; i < 100; i++) {
        start(f, (const char *const[]){i % 2 ? "w" : "f", NULL}, true);
        for (int naps = i % 4; naps > 0; naps--)
            waiting_nap();
        stop(f);
    }
}

/** A full queue, nobody reads: the loop is held in post() and must be let out. */
static void test_stopping_in_front_of_a_full_queue(void **state)
{
    struct fixture *f = *state;
    f->capacity = 2;
    start(f, (const char *const[]){"f", NULL}, false);
    WAIT_UNTIL(capture_loop_status(f->loop).acquired == 3);
    stop(f);
}

static void test_silence(void **state)
{
    static const struct {
        const char *step;
        const char *sentence;
    } cases[] = {
        {"ft", "Script sends no frames any more"},
        // What comes, but is never whole, is no frame either.
        {"fd", "Script sends no frames any more"},
    };
    struct fixture *f = *state;
    f->timeout_ms = 5;
    f->exit_on_error = true;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        start(f, (const char *const[]){cases[i].step, NULL}, true);
        next_frame(f);
        WAIT_UNTIL(state_of(f) == CAPTURE_FAILED);
        assert_string_equal(capture_loop_status(f->loop).error.text, cases[i].sentence);
        stop(f);
    }
}

/** Without a limit, and for what is not live, silence lasts as long as it likes. */
static void test_silence_that_is_allowed(void **state)
{
    struct fixture *f = *state;
    for (int live = 0; live < 2; live++) {
        f->timeout_ms = live ? 0 : 5;
        start(f, (const char *const[]){"ft", NULL}, live);
        next_frame(f);
        int64_t until_ns = clock_now_ns() + 30 * NS_PER_MS;
        WAIT_UNTIL(clock_now_ns() > until_ns && atomic_load(&f->script.steps) > 2);
        assert_int_equal(state_of(f), CAPTURE_STREAMING);
        stop(f);
    }
}

/** Waits for the next step that the source begins. */
static void next_step(struct fixture *f)
{
    int now = atomic_load(&f->script.steps);
    WAIT_UNTIL(atomic_load(&f->script.steps) > now);
}

/** Held, a source whose time waits makes no step but the one that had begun; a live one goes on. */
static void hold_and_go_on(struct fixture *f, bool live)
{
    start(f, (const char *const[]){"f", NULL}, live);
    next_step(f);
    capture_loop_hold(f->loop, true);
    int held = atomic_load(&f->script.steps) + 1;
    if (live)
        WAIT_UNTIL(atomic_load(&f->script.steps) > held);
    for (int i = 0; i < 50 && !live; i++) {
        waiting_nap();
        assert_true(atomic_load(&f->script.steps) <= held);
    }
    capture_loop_hold(f->loop, false);
    WAIT_UNTIL(atomic_load(&f->script.steps) > held);
    // Stopped while it is held.
    capture_loop_hold(f->loop, true);
    stop(f);
}

static void test_holding(void **state)
{
    struct fixture *f = *state;
    f->capacity = 0;
    for (int live = 0; live < 2; live++)
        hold_and_go_on(f, live);
}

static void test_wishes_follow_the_controls(void **state)
{
    static const struct {
        struct control_values values;
        unsigned wishes;
    } cases[] = {
        {{.view = VIEW_EDGES}, 0},
        {{.view = VIEW_GRAY, .noise = 100}, 400},
        {{.view = VIEW_ORIGINAL}, 1},
        {{.view = VIEW_OVERLAY, .canny = {.gray = GRAY_BGR}, .noise = 3}, 1 + 2 + 12},
        {{.view = VIEW_EDGES, .frozen = true}, 1},
        {{.view = VIEW_EDGES, .canny = {.gray = GRAY_BGR}}, 2},
    };
    struct fixture *f = *state;
    start(f, (const char *const[]){"t", NULL}, true);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        controls_set(f->controls, &cases[i].values);
        WAIT_UNTIL(atomic_load(&f->script.wishes) == cases[i].wishes);
    }
    stop(f);
}

static int set_up(void **state)
{
    static struct fixture f;
    f = (struct fixture){.capacity = FOR_EVER};
    *state = &f;
    assert_int_equal(doorbell_create(&f.bell), 0);
    assert_int_equal(doorbell_create(&f.reader), 0);
    assert_int_equal(controls_create(&f.controls, f.bell, f.reader), 0);
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    capture_loop_join(&f->loop);
    queue_destroy(&f->queue);
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
        TEST(test_frames_and_the_end),
        TEST(test_failures),
        TEST(test_coming_back),
        TEST(test_sentences),
        TEST(test_restarting),
        TEST(test_restarting_in_vain),
        TEST(test_another_size),
        TEST(test_hints),
        TEST(test_giving_up),
        TEST(test_patience),
        TEST(test_stopping_while_it_waits_to_come_back),
        TEST(test_stopping_wakes_the_source),
        TEST(test_stopping_at_any_moment),
        TEST(test_stopping_in_front_of_a_full_queue),
        TEST(test_silence),
        TEST(test_silence_that_is_allowed),
        TEST(test_holding),
        TEST(test_wishes_follow_the_controls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
