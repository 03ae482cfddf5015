/*
 * Setting a camera's controls: what becomes of values that do not fit, and events.
 */
#include "capture/camera_controls.h"
#include "processing/memory.h"
#include "tests/fakes/fake_v4l2.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { GAIN = 10, LINE, PUSH, SWITCH, WIDE, BITS, FIXED, TEXT };

static const struct v4l2_query_ext_ctrl offered[] = {
    {.id = GAIN,
     .type = V4L2_CTRL_TYPE_INTEGER,
     .name = "Gain",
     .minimum = -7,
     .maximum = 10,
     .step = 4,
     .default_value = 1},
    {.id = LINE, .type = V4L2_CTRL_TYPE_MENU, .name = "Line", .maximum = 4, .step = 1},
    {.id = PUSH, .type = V4L2_CTRL_TYPE_BUTTON, .name = "Push", .flags = V4L2_CTRL_FLAG_WRITE_ONLY},
    {.id = SWITCH, .type = V4L2_CTRL_TYPE_BOOLEAN, .name = "Switch", .maximum = 1, .step = 1},
    {.id = WIDE,
     .type = V4L2_CTRL_TYPE_INTEGER64,
     .name = "Wide",
     .minimum = INT64_MIN,
     .maximum = INT64_MAX,
     .step = 1},
    {.id = BITS, .type = V4L2_CTRL_TYPE_BITMASK, .name = "Bits", .maximum = 0x80000005},
    {.id = FIXED,
     .type = V4L2_CTRL_TYPE_INTEGER,
     .name = "Fixed",
     .maximum = 5,
     .step = 1,
     .flags = V4L2_CTRL_FLAG_READ_ONLY},
    {.id = TEXT, .type = V4L2_CTRL_TYPE_STRING, .name = "Text", .maximum = 5, .step = 1},
};

struct bench {
    struct fake_v4l2 fake;
    struct camera_controls controls;
    int fd;
};

static int set_up(void **state)
{
    struct bench *b = calloc(1, sizeof *b);
    fake_v4l2_init(&b->fake);
    memcpy(b->fake.controls, offered, sizeof offered);
    *state = b;
    b->fd = camera_controls_open(&b->fake.io, "/dev/video7", NULL);
    return b->fd < 0 ? -1 : camera_controls_read(&b->controls, &b->fake.io, b->fd);
}

static int tear_down(void **state)
{
    struct bench *b = *state;
    camera_controls_free(&b->controls);
    camera_controls_close(&b->fake.io, &b->fd);
    bool clean =
        b->fd == -1 && fake_v4l2_is_clean(&b->fake) && memory_sum_of(MEMORY_OWNERS).live_bytes == 0;
    free(b);
    return clean ? 0 : -1;
}

static struct camera_control *control_of(struct bench *b, uint32_t id)
{
    return &b->controls.controls[id - GAIN];
}

static int set(struct bench *b, uint32_t id, int64_t value)
{
    return camera_control_set(&b->controls, control_of(b, id), &b->fake.io, b->fd, value);
}

static void test_fitting(void **state)
{
    struct bench *b = *state;
    const struct {
        uint32_t id;
        int64_t wish, value;
    } rows[] = {
        // Steps: -7 -3 1 5 9; in the middle upwards, as the kernel does it.
        {GAIN, -100, -7},
        {GAIN, -6, -7},
        {GAIN, -5, -3},
        {GAIN, 0, 1},
        {GAIN, 2, 1},
        {GAIN, 7, 9},
        {GAIN, 10, 9},
        {GAIN, INT64_MAX, 9},
        {GAIN, INT64_MIN, -7},
        {SWITCH, 7, 1},
        {SWITCH, 0, 0},
        {SWITCH, -1, 1},
        {LINE, 2, 2},
        {WIDE, INT64_MIN, INT64_MIN},
        {WIDE, INT64_MAX, INT64_MAX},
        {WIDE, 1LL << 40, 1LL << 40},
        {BITS, 0xff, 5},
        {BITS, 0x80000000, 0x80000000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(set(b, rows[i].id, rows[i].wish), 0);
        assert_int_equal(camera_control_refresh(control_of(b, rows[i].id), &b->fake.io, b->fd), 0);
        assert_true(control_of(b, rows[i].id)->value == rows[i].value);
    }
}

static void test_a_button(void **state)
{
    struct bench *b = *state;
    assert_int_equal(set(b, PUSH, 0), 0);
    assert_int_equal(set(b, PUSH, 99), 0);
    assert_int_equal(fake_v4l2_control_sets(&b->fake, PUSH), 2);
}

static void test_refusals(void **state)
{
    struct bench *b = *state;
    assert_int_equal(set(b, LINE, 1), -EINVAL); // an item that does not exist
    assert_int_equal(set(b, LINE, 6), -EINVAL);
    assert_int_equal(set(b, FIXED, 1), -EACCES);
    assert_int_equal(set(b, TEXT, 1), -ENOTSUP);
    b->fake.control_states[0].set_code = -EIO;
    assert_int_equal(set(b, GAIN, 1), -EIO);
    b->fake.gone = true;
    assert_int_equal(set(b, SWITCH, 1), -ENODEV);
    assert_int_equal(camera_control_refresh(control_of(b, SWITCH), &b->fake.io, b->fd), -ENODEV);
    assert_int_equal(camera_controls_take_event(&b->controls, &b->fake.io, b->fd), -ENODEV);
}

static int listen_to(struct bench *b)
{
    return camera_controls_subscribe(&b->controls, &b->fake.io, b->fd);
}

static int take(struct bench *b)
{
    return camera_controls_take_event(&b->controls, &b->fake.io, b->fd);
}

static void test_events(void **state)
{
    struct bench *b = *state;
    assert_int_equal(listen_to(b), 0);
    assert_int_equal(take(b), -ENOENT);
    fake_v4l2_control_set(&b->fake, GAIN, -3);
    fake_v4l2_control_set(&b->fake, WIDE, -(1LL << 40));
    fake_v4l2_control_flag(&b->fake, LINE, V4L2_CTRL_FLAG_INACTIVE);
    assert_int_equal(take(b), GAIN - GAIN);
    assert_int_equal(take(b), LINE - GAIN);
    assert_int_equal(take(b), WIDE - GAIN);
    assert_int_equal(take(b), -ENOENT);
    assert_true(control_of(b, GAIN)->value == -3);
    assert_true(control_of(b, WIDE)->value == -(1LL << 40));
    assert_true(control_of(b, LINE)->inactive);
    fake_v4l2_control_flag(&b->fake, LINE, 0);
    assert_int_equal(take(b), LINE - GAIN);
    assert_false(control_of(b, LINE)->inactive);
}

static void test_a_range_that_changes(void **state)
{
    struct bench *b = *state;
    assert_int_equal(listen_to(b), 0);
    b->fake.controls[0].maximum = 50;
    b->fake.control_states[0].changes = V4L2_EVENT_CTRL_CH_RANGE;
    assert_int_equal(take(b), 0);
    assert_true(control_of(b, GAIN)->maximum == 50);
}

static void test_no_events(void **state)
{
    struct bench *b = *state;
    b->fake.deaf = true;
    assert_int_equal(listen_to(b), -EINVAL);
}

static void test_copies(void **state)
{
    struct bench *b = *state;
    struct camera_controls copy = {0}, small = {0};
    assert_int_equal(camera_controls_copy(&copy, &b->controls), 0);
    assert_int_equal(copy.control_count, 8);
    assert_int_equal(copy.item_count, b->controls.item_count);
    assert_memory_equal(copy.controls, b->controls.controls, 8 * sizeof *copy.controls);
    const void *array = copy.controls;
    b->controls.controls[0].value = -7;
    assert_int_equal(camera_controls_copy(&copy, &b->controls), 0);
    assert_ptr_equal(copy.controls, array); // nothing is allocated anew
    assert_true(copy.controls[0].value == -7);
    assert_int_equal(camera_controls_copy(&copy, &small), 0);
    assert_int_equal(copy.control_count, 0);
    assert_int_equal(camera_controls_copy(&copy, &b->controls), 0);
    assert_int_equal(copy.control_count, 8);
    camera_controls_free(&copy);
}

static void test_opening_fails(void **state)
{
    struct bench *b = *state;
    struct error err = {""};
    b->fake.open_code = -EACCES;
    assert_int_equal(camera_controls_open(&b->fake.io, "/dev/video7", &err), -EACCES);
    assert_non_null(strstr(err.text, "/dev/video7"));
    b->fake.open_code = 0;
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_fitting),
        TEST(test_a_button),
        TEST(test_refusals),
        TEST(test_events),
        TEST(test_a_range_that_changes),
        TEST(test_no_events),
        TEST(test_copies),
        TEST(test_opening_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
