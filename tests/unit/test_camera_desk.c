/*
 * The controls on their thread: wishes, what others change, cameras that go and come, that fail and
 * that do not answer.
 */
#include "app/camera_desk.h"
#include "processing/clock.h"
#include "processing/memory.h"
#include "tests/fakes/fake_v4l2.h"
#include "tests/unit/waiting.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MODE = 10, TIME, GAIN, PUSH, DRIFT };

static const struct v4l2_query_ext_ctrl offered[] = {
    {.id = MODE, .type = V4L2_CTRL_TYPE_MENU, .name = "Mode", .maximum = 4, .default_value = 2},
    {.id = TIME,
     .type = V4L2_CTRL_TYPE_INTEGER,
     .name = "Time",
     .maximum = 1000,
     .step = 10,
     .default_value = 100},
    {.id = GAIN,
     .type = V4L2_CTRL_TYPE_INTEGER,
     .name = "Gain",
     .minimum = -64,
     .maximum = 64,
     .step = 1},
    {.id = PUSH, .type = V4L2_CTRL_TYPE_BUTTON, .name = "Push", .flags = V4L2_CTRL_FLAG_WRITE_ONLY},
    {.id = DRIFT,
     .type = V4L2_CTRL_TYPE_INTEGER,
     .name = "Drift",
     .maximum = 9,
     .step = 1,
     .flags = V4L2_CTRL_FLAG_VOLATILE | V4L2_CTRL_FLAG_READ_ONLY},
};

struct bench {
    struct fake_v4l2 fake;
    struct camera_desk_config config;
    struct camera_desk *desk;
    struct camera_controls seen;
    unsigned generation;
    FILE *out;
    char *text;
    size_t text_bytes;
    atomic_int changes, complaints;
};

static void on_changed(void *self)
{
    atomic_fetch_add(&((struct bench *)self)->changes, 1);
}

static void on_said(void *self, const char *text)
{
    (void)text;
    atomic_fetch_add(&((struct bench *)self)->complaints, 1);
}

static int set_up(void **state)
{
    struct bench *b = calloc(1, sizeof *b);
    fake_v4l2_init(&b->fake);
    memcpy(b->fake.controls, offered, sizeof offered);
    b->out = open_memstream(&b->text, &b->text_bytes);
    b->config = (struct camera_desk_config){
        .io = &b->fake.io, .wishes = "", .changed = on_changed, .said = on_said, .self = b};
    struct log_config log = {.stream = b->out, .level = LOG_LEVEL_DEBUG};
    *state = b;
    return log_open(&b->config.log, &log);
}

static void stop(struct bench *b)
{
    camera_desk_destroy(&b->desk);
    log_close(&b->config.log);
    fflush(b->out);
}

static int tear_down(void **state)
{
    struct bench *b = *state;
    stop(b);
    camera_controls_free(&b->seen);
    bool clean = fake_v4l2_is_clean(&b->fake) && memory_sum_of(MEMORY_OWNERS).live_bytes == 0;
    fclose(b->out);
    free(b->text);
    free(b);
    return clean ? 0 : -1;
}

static void start(struct bench *b)
{
    assert_int_equal(camera_desk_create(&b->desk, &b->config), 0);
    camera_desk_follow(b->desk, "/dev/video7", 0);
}

static const struct camera_control *look(struct bench *b, uint32_t id)
{
    camera_desk_look(b->desk, &b->seen, &b->generation);
    for (int i = 0; i < b->seen.control_count; i++)
        if (b->seen.controls[i].id == id)
            return &b->seen.controls[i];
    return NULL;
}

static bool shows(struct bench *b, uint32_t id, int64_t value)
{
    const struct camera_control *control = look(b, id);
    return control && control->value == value;
}

static bool is_at(struct bench *b, uint32_t id, int64_t value)
{
    return fake_v4l2_control_value(&b->fake, id) == value;
}

/** How often a text was printed; after stop(). */
static int count_of(const struct bench *b, const char *text)
{
    int count = 0;
    for (const char *at = b->text; (at = strstr(at, text)); at++)
        count++;
    return count;
}

static void test_setting(void **state)
{
    struct bench *b = *state;
    start(b);
    WAIT_UNTIL(look(b, TIME));
    camera_desk_set(b->desk, TIME, 204);
    assert_true(shows(b, TIME, 204)); // at once, as if it were done
    WAIT_UNTIL(shows(b, TIME, 200));  // what the camera made of it
    assert_true(is_at(b, TIME, 200));
    camera_desk_set(b->desk, PUSH, 1);
    WAIT_UNTIL(fake_v4l2_control_sets(&b->fake, PUSH) == 1);
    camera_desk_set(b->desk, 4711, 1); // nothing of that number
    assert_true(atomic_load(&b->changes) > 0);
}

static void test_the_newest_wish_counts(void **state)
{
    struct bench *b = *state;
    b->fake.control_states[GAIN - MODE].answer_ms = 50;
    start(b);
    WAIT_UNTIL(look(b, GAIN));
    for (int value = -64; value <= 60; value++)
        camera_desk_set(b->desk, GAIN, value);
    camera_desk_set(b->desk, TIME, 500); // is not kept waiting by them
    WAIT_UNTIL(is_at(b, GAIN, 60) && is_at(b, TIME, 500));
    assert_true(fake_v4l2_control_sets(&b->fake, GAIN) <= 3);
    WAIT_UNTIL(shows(b, GAIN, 60));
}

/** A camera that does not answer keeps neither wishes nor looks waiting. */
static void test_no_answer(void **state)
{
    struct bench *b = *state;
    b->fake.control_states[GAIN - MODE].answer_ms = 1500;
    start(b);
    WAIT_UNTIL(look(b, GAIN));
    int64_t begun_ns = clock_now_ns();
    for (int i = 0; i < 100; i++) {
        camera_desk_set(b->desk, GAIN, i % 50);
        assert_true(shows(b, GAIN, i % 50));
        camera_desk_watch(b->desk, i % 2);
        camera_desk_reset(b->desk);
        camera_desk_set(b->desk, GAIN, 7);
        camera_desk_follow(b->desk, "/dev/video7", 0);
    }
    bool quick = clock_now_ns() - begun_ns < 1400 * NS_PER_MS;
    WAIT_UNTIL(is_at(b, GAIN, 0)); // the reset came after the wishes
    assert_true(quick);
}

static void test_following(void **state)
{
    struct bench *b = *state;
    start(b);
    WAIT_UNTIL(look(b, GAIN));
    fake_v4l2_control_set(&b->fake, GAIN, -9);
    WAIT_UNTIL(shows(b, GAIN, -9));
    fake_v4l2_control_flag(&b->fake, TIME, V4L2_CTRL_FLAG_INACTIVE);
    WAIT_UNTIL(look(b, TIME)->inactive);
}

static void test_what_changes_without_telling(void **state)
{
    struct bench *b = *state;
    b->fake.deaf = true;
    start(b);
    WAIT_UNTIL(look(b, DRIFT));
    fake_v4l2_control_set(&b->fake, DRIFT, 3);
    camera_desk_watch(b->desk, true);
    WAIT_UNTIL(shows(b, DRIFT, 3));
    fake_v4l2_control_set(&b->fake, GAIN, 11);
    WAIT_UNTIL(shows(b, GAIN, 11));
}

static void test_reset(void **state)
{
    struct bench *b = *state;
    start(b);
    WAIT_UNTIL(look(b, GAIN));
    camera_desk_reset(b->desk);
    WAIT_UNTIL(is_at(b, MODE, 2) && is_at(b, TIME, 100) && is_at(b, GAIN, 0));
    WAIT_UNTIL(shows(b, MODE, 2) && shows(b, TIME, 100) && shows(b, GAIN, 0));
    assert_int_equal(fake_v4l2_control_sets(&b->fake, PUSH), 0);
}

static void test_set_ctrl(void **state)
{
    struct bench *b = *state;
    b->config.wishes = "time=204,gain=900,zoom=5,mode=Item 0,push=1,gain=x";
    start(b);
    WAIT_UNTIL(is_at(b, TIME, 200) && is_at(b, GAIN, 64) && is_at(b, MODE, 0));
    WAIT_UNTIL(shows(b, TIME, 200));
    assert_int_equal(fake_v4l2_control_sets(&b->fake, PUSH), 1);
    stop(b);
    assert_int_equal(count_of(b, "no control \"zoom\""), 1);
    assert_int_equal(count_of(b, "gain cannot be \"x\""), 1);
}

/** Unplugged, and back: what was set is set again, and what others set is not undone. */
static void test_coming_back(void **state)
{
    struct bench *b = *state;
    b->config.wishes = "time=200,zoom=5";
    start(b);
    WAIT_UNTIL(shows(b, TIME, 200));
    camera_desk_set(b->desk, GAIN, 5);
    WAIT_UNTIL(is_at(b, GAIN, 5));
    fake_v4l2_control_set(&b->fake, TIME, 300);
    WAIT_UNTIL(shows(b, TIME, 300));
    fake_v4l2_take_away(&b->fake, true);
    WAIT_UNTIL(!look(b, GAIN)); // by itself: nobody said that it is gone
    camera_desk_follow(b->desk, NULL, 0);
    fake_v4l2_control_set(&b->fake, GAIN, 0);
    fake_v4l2_control_set(&b->fake, TIME, 0);
    fake_v4l2_control_set(&b->fake, MODE, 4);
    fake_v4l2_take_away(&b->fake, false);
    camera_desk_follow(b->desk, "/dev/video8", 1);
    WAIT_UNTIL(is_at(b, GAIN, 5) && is_at(b, TIME, 300));
    WAIT_UNTIL(look(b, GAIN));
    assert_true(shows(b, MODE, 4));
    stop(b);
    assert_int_equal(count_of(b, "no control \"zoom\""), 1);
}

/** Nobody says that the camera went, and it is back before anybody could. */
static void test_a_loose_contact(void **state)
{
    struct bench *b = *state;
    start(b);
    WAIT_UNTIL(look(b, GAIN));
    fake_v4l2_take_away(&b->fake, true);
    WAIT_UNTIL(!look(b, GAIN));
    fake_v4l2_take_away(&b->fake, false);
    WAIT_UNTIL(look(b, GAIN));
}

static void test_one_that_fails(void **state)
{
    struct bench *b = *state;
    b->fake.control_states[GAIN - MODE].set_code = -EIO;
    start(b);
    WAIT_UNTIL(look(b, GAIN));
    for (int i = 0; i < 20; i++) {
        camera_desk_set(b->desk, GAIN, i);
        WAIT_UNTIL(shows(b, GAIN, 64)); // back to what it is
    }
    camera_desk_set(b->desk, TIME, 50);
    WAIT_UNTIL(is_at(b, TIME, 50));
    assert_int_equal(atomic_load(&b->complaints), 1);
    stop(b);
    assert_int_equal(count_of(b, "Gain could not be set: the camera does not answer"), 1);
}

static void test_cannot_be_opened(void **state)
{
    struct bench *b = *state;
    b->fake.open_code = -EACCES;
    start(b);
    camera_desk_follow(b->desk, "/dev/video7", 1);
    camera_desk_set(b->desk, GAIN, 1);
    camera_desk_reset(b->desk);
    for (int i = 0; i < 100; i++)
        waiting_nap();
    assert_null(look(b, GAIN));
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_setting),
        TEST(test_the_newest_wish_counts),
        TEST(test_no_answer),
        TEST(test_following),
        TEST(test_what_changes_without_telling),
        TEST(test_reset),
        TEST(test_set_ctrl),
        TEST(test_coming_back),
        TEST(test_a_loose_contact),
        TEST(test_one_that_fails),
        TEST(test_cannot_be_opened),
    };
    waiting_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
