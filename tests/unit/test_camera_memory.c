/*
 * What the desk remembers of cameras and sets again: over runs, over several cameras, against
 * cameras that refuse.
 */
#include "tests/unit/desk_fixture.h"

/** Only what the user set, soon after, and not what --set-ctrl or somebody else did. */
static void test_what_the_user_sets_is_remembered(void **state)
{
    struct bench *b = *state;
    b->config.wishes = "time=200";
    start(b);
    WAIT_UNTIL(is_at(b, TIME, 200));
    fake_v4l2_control_set(&b->fake, SLOW, 0);
    for (int value = 0; value <= 5; value++)
        camera_desk_set(b->desk, GAIN, value);
    camera_desk_set(b->desk, MODE, 4);
    // While it runs, as it may be killed.
    WAIT_UNTIL(strcmp(text_of(b, "Front"), "{\"controls\":{\"gain\":5,\"mode\":4}}") == 0 ||
               strcmp(text_of(b, "Front"), "{\"controls\":{\"mode\":4,\"gain\":5}}") == 0);
    camera_desk_set(b->desk, TIME, 304);
    WAIT_UNTIL(is_at(b, TIME, 300));
    stop(b);
    assert_non_null(strstr(text_of(b, "Front"), "\"time\":300"));
    assert_null(strstr(text_of(b, "Front"), "slow"));
    assert_string_equal(text_of(b, "Back"), "");
}

static void test_it_is_set_again(void **state)
{
    struct bench *b = *state;
    write_file(b, "Front", "{\"controls\": {\"gain\": 5, \"zoom\": 7, \"mode\": 0}, \"x\": 1}");
    start(b);
    WAIT_UNTIL(is_at(b, GAIN, 5) && is_at(b, MODE, 0));
    assert_true(is_at(b, TIME, 1000));
    camera_desk_set(b->desk, GAIN, 6);
    WAIT_UNTIL(is_at(b, GAIN, 6));
    stop(b);
    assert_int_equal(atomic_load(&b->complaints), 0);
    assert_string_equal(text_of(b, "Front"),
                        "{\"controls\":{\"gain\":6,\"zoom\":7,\"mode\":0},\"x\":1}");
}

/** What is typed for one run goes first, and leaves the file as it is. */
static void test_set_ctrl_wins(void **state)
{
    struct bench *b = *state;
    write_file(b, "Front", "{\"controls\":{\"gain\":5,\"time\":300}}");
    b->config.wishes = "gain=9";
    start(b);
    WAIT_UNTIL(is_at(b, GAIN, 9) && is_at(b, TIME, 300));
    stop(b);
    assert_int_equal(fake_v4l2_control_sets(&b->fake, GAIN), 1);
    assert_string_equal(text_of(b, "Front"), "{\"controls\":{\"gain\":5,\"time\":300}}");
}

/** A control that has an effect only in a mode which stands behind it in the file. */
static void test_modes_go_first(void **state)
{
    struct bench *b = *state;
    write_file(b, "Front",
               "{\"controls\": {\"time\": 300, \"gain\": 7, \"mode\": 0, \"slow\": 0}}");
    b->fake.control_states[MODE - MODE].rules = TIME;
    b->fake.control_states[SLOW - MODE].rules = MODE; // which is itself one that must wait
    b->fake.controls[TIME - MODE].flags = V4L2_CTRL_FLAG_INACTIVE;
    b->fake.controls[MODE - MODE].flags = V4L2_CTRL_FLAG_INACTIVE;
    start(b);
    WAIT_UNTIL(is_at(b, TIME, 300) && is_at(b, MODE, 0) && is_at(b, GAIN, 7));
    stop(b);
    assert_int_equal(atomic_load(&b->complaints), 0);
}

/** Read back: what the camera has otherwise is said, once, in one sentence. */
static void test_what_differs_is_said(void **state)
{
    struct bench *b = *state;
    write_file(b, "Front",
               "{\"controls\": {\"gain\": 30, \"mode\": 2, \"slow\": 0, \"time\": 50}}");
    b->fake.control_states[GAIN - MODE].set_code = -EIO;
    b->fake.control_states[MODE - MODE].set_code = -EINVAL;
    b->fake.control_states[SLOW - MODE].set_code = -EBUSY;
    start(b);
    WAIT_UNTIL(is_at(b, TIME, 50) && atomic_load(&b->complaints) == 1);
    follow(b, 0);
    stop(b);
    assert_int_equal(atomic_load(&b->complaints), 1);
    assert_int_equal(count_of(b, "Gain stays 64 instead of 30, Mode stays \"Item 4\" instead of "
                                 "\"Item 2\", Slow stays on instead of off"),
                     1);
    assert_int_equal(count_of(b, "stays"), 3);
}

/** What has no effect at the moment is not compared. */
static void test_inactive_is_not_said(void **state)
{
    struct bench *b = *state;
    write_file(b, "Front", "{\"controls\": {\"time\": 50, \"gain\": 3}}");
    b->fake.controls[TIME - MODE].flags = V4L2_CTRL_FLAG_INACTIVE;
    start(b);
    WAIT_UNTIL(is_at(b, GAIN, 3));
    stop(b);
    assert_int_equal(atomic_load(&b->complaints), 0);
    assert_int_equal(fake_v4l2_control_sets(&b->fake, TIME), 0);
}

static void test_what_is_refused_is_not_remembered(void **state)
{
    struct bench *b = *state;
    b->fake.control_states[GAIN - MODE].set_code = -EIO;
    start(b);
    camera_desk_set(b->desk, GAIN, 30);
    WAIT_UNTIL(atomic_load(&b->complaints) == 1);
    stop(b);
    assert_string_equal(text_of(b, "Front"), "");
}

static void test_reset_forgets(void **state)
{
    struct bench *b = *state;
    write_file(b, "Front", "{\"controls\":{\"gain\":5,\"zoom\":7},\"fps\":30}");
    start(b);
    WAIT_UNTIL(is_at(b, GAIN, 5));
    camera_desk_reset(b->desk);
    WAIT_UNTIL(is_at(b, GAIN, 0) && is_at(b, TIME, 100));
    stop(b);
    assert_string_equal(text_of(b, "Front"), "{\"controls\":{},\"fps\":30}");
}

static void test_reading_only(void **state)
{
    struct bench *b = *state;
    write_file(b, "Front", "{\"controls\":{\"gain\":5}}");
    b->config.read_only = true;
    start(b);
    WAIT_UNTIL(is_at(b, GAIN, 5));
    camera_desk_set(b->desk, GAIN, 6);
    camera_desk_remember_mode(b->desk, b->node[1], &(struct camera_wish){0, 640, 480, 30});
    WAIT_UNTIL(is_at(b, GAIN, 6));
    camera_desk_reset(b->desk);
    WAIT_UNTIL(is_at(b, GAIN, 0));
    stop(b);
    assert_string_equal(text_of(b, "Front"), "{\"controls\":{\"gain\":5}}");
    assert_string_equal(text_of(b, "Back"), "");
}

static void test_nothing_to_be_remembered(void **state)
{
    struct bench *b = *state;
    b->config.folder = "";
    start(b);
    camera_desk_set(b->desk, GAIN, 6);
    WAIT_UNTIL(is_at(b, GAIN, 6));
    stop(b);
    assert_string_equal(text_of(b, "Front"), "");
}

/** Each camera has what is its own; --set-ctrl is for the first. */
static void test_several_cameras(void **state)
{
    struct bench *b = *state;
    write_file(b, "Back", "{\"controls\": {\"time\": 50}}");
    b->config.wishes = "mode=0";
    start(b);
    WAIT_UNTIL(is_at(b, MODE, 0));
    camera_desk_set(b->desk, GAIN, 5);
    WAIT_UNTIL(is_at(b, GAIN, 5));
    // The other one stands at other values.
    camera_desk_follow(b->desk, NULL, b->opening);
    WAIT_UNTIL(!look(b, GAIN));
    fake_v4l2_control_set(&b->fake, GAIN, -9);
    fake_v4l2_control_set(&b->fake, MODE, 2);
    follow(b, 1);
    WAIT_UNTIL(is_at(b, TIME, 50));
    camera_desk_set(b->desk, TIME, 60);
    WAIT_UNTIL(is_at(b, TIME, 60));
    assert_true(is_at(b, GAIN, -9) && is_at(b, MODE, 2));
    assert_non_null(strstr(text_of(b, "Front"), "\"gain\":5"));
    follow(b, 0);
    WAIT_UNTIL(is_at(b, GAIN, 5) && is_at(b, MODE, 0));
    assert_true(is_at(b, TIME, 60));
    stop(b);
    assert_string_equal(text_of(b, "Front"), "{\"controls\":{\"gain\":5}}");
    assert_string_equal(text_of(b, "Back"), "{\"controls\":{\"time\":60}}");
}

/** Gone and back under another number: the same camera, with what was set meanwhile. */
static void test_replugged(void **state)
{
    struct bench *b = *state;
    write_file(b, "Front", "{\"controls\": {\"time\": 50}}");
    start(b);
    WAIT_UNTIL(is_at(b, TIME, 50));
    camera_desk_set(b->desk, GAIN, 5);
    WAIT_UNTIL(is_at(b, GAIN, 5));
    fake_v4l2_take_away(&b->fake, true);
    WAIT_UNTIL(!look(b, GAIN));
    camera_desk_follow(b->desk, NULL, b->opening);
    assert_int_equal(unlink(b->node[0]), 0);
    b->fake.nodes[1].card = "Front";
    fake_v4l2_control_set(&b->fake, GAIN, 0);
    fake_v4l2_control_set(&b->fake, TIME, 0);
    fake_v4l2_take_away(&b->fake, false);
    follow(b, 1);
    WAIT_UNTIL(is_at(b, TIME, 50) && is_at(b, GAIN, 5));
}

static void test_modes(void **state)
{
    struct bench *b = *state;
    write_file(b, "Back", "{\"controls\":{\"gain\":3}}");
    start(b);
    const struct camera_wish all = {v4l2_fourcc('M', 'J', 'P', 'G'), 640, 480, 30};
    const struct camera_wish some = {0, 1280, 720, -1};
    camera_desk_remember_mode(b->desk, b->node[1], &all);
    WAIT_UNTIL(strstr(text_of(b, "Back"), "\"MJPG\""));
    camera_desk_remember_mode(b->desk, b->node[0], &some);
    camera_desk_set(b->desk, GAIN, 5);
    WAIT_UNTIL(is_at(b, GAIN, 5));
    camera_desk_follow(b->desk, NULL, b->opening);
    stop(b);
    assert_string_equal(
        text_of(b, "Back"),
        "{\"controls\":{\"gain\":3},\"format\":\"MJPG\",\"size\":\"640x480\",\"fps\":30}");
    assert_string_equal(text_of(b, "Front"), "{\"size\":\"1280x720\",\"controls\":{\"gain\":5}}");
}

static void test_a_broken_file(void **state)
{
    struct bench *b = *state;
    write_file(b, "Front", "{\"controls\":{\"gain\":\"much\"}}");
    start(b);
    camera_desk_set(b->desk, GAIN, 6);
    WAIT_UNTIL(is_at(b, GAIN, 6));
    stop(b);
    assert_int_equal(count_of(b, "nothing of it is used, the file is now"), 1);
    assert_string_equal(text_of(b, "Front"), "{\"controls\":{\"gain\":6}}");
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_the_user_sets_is_remembered),
        TEST(test_it_is_set_again),
        TEST(test_set_ctrl_wins),
        TEST(test_modes_go_first),
        TEST(test_what_differs_is_said),
        TEST(test_inactive_is_not_said),
        TEST(test_what_is_refused_is_not_remembered),
        TEST(test_reset_forgets),
        TEST(test_reading_only),
        TEST(test_nothing_to_be_remembered),
        TEST(test_several_cameras),
        TEST(test_replugged),
        TEST(test_modes),
        TEST(test_a_broken_file),
    };
    waiting_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
