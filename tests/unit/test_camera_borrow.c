/*
 * What the desk borrows of a camera: set while the camera is open, given back whatever happens.
 */
#include "tests/unit/desk_fixture.h"

static void test_borrowed(void **state)
{
    struct bench *b = *state;
    start(b);
    camera_desk_borrow(b->desk, SLOW, 0);
    WAIT_UNTIL(is_at(b, SLOW, 0));
    follow(b, 0); // the stream was opened anew
    WAIT_UNTIL(is_at(b, SLOW, 0));
    stop(b);
    assert_true(is_at(b, SLOW, 1));
    assert_string_equal(text_of(b, "Front"), "");
    assert_int_equal(atomic_load(&given_back), 0);
}

static void test_given_back_to_the_camera_that_is_left(void **state)
{
    struct bench *b = *state;
    start(b);
    camera_desk_borrow(b->desk, SLOW, 0);
    WAIT_UNTIL(is_at(b, SLOW, 0));
    follow(b, 1);
    assert_true(is_at(b, SLOW, 1));
    int sets = fake_v4l2_control_sets(&b->fake, SLOW);
    stop(b);
    assert_int_equal(fake_v4l2_control_sets(&b->fake, SLOW), sets);
}

/** Until all is granted: controls take turns, so a second wish for one is behind the others. */
static void wait_for_wishes(struct bench *b, int gain)
{
    for (int turn = 0; turn < 2; turn++) {
        camera_desk_set(b->desk, GAIN, gain + turn);
        WAIT_UNTIL(is_at(b, GAIN, gain + turn));
    }
}

/** What there is nothing to change of is not borrowed, and what the user sets is the user's. */
static void test_not_borrowed(void **state)
{
    struct bench *b = *state;
    fake_v4l2_control_set(&b->fake, SLOW, 0);
    start(b);
    camera_desk_borrow(b->desk, SLOW, 0);
    camera_desk_borrow(b->desk, 4711, 0);
    wait_for_wishes(b, 1);
    fake_v4l2_control_set(&b->fake, SLOW, 1);
    WAIT_UNTIL(look(b, SLOW)->value == 1);
    camera_desk_borrow(b->desk, SLOW, 0);
    WAIT_UNTIL(is_at(b, SLOW, 0));
    camera_desk_set(b->desk, SLOW, 0);
    wait_for_wishes(b, 3);
    stop(b);
    assert_true(is_at(b, SLOW, 0));
    assert_non_null(strstr(text_of(b, "Front"), "\"slow\":0"));
}

/** The camera does not answer in time: somebody else is asked to give back. */
static void test_no_answer(void **state)
{
    struct bench *b = *state;
    b->fake.control_states[SLOW - MODE].answer_ms = 1000;
    start(b);
    camera_desk_borrow(b->desk, SLOW, 0);
    stop(b); // the camera has not answered yet; it may not even have been asked
    assert_true(is_at(b, SLOW, 1));
    b->fake.control_states[SLOW - MODE].answer_ms = 0;
    start(b);
    camera_desk_borrow(b->desk, SLOW, 0);
    WAIT_UNTIL(is_at(b, SLOW, 0));
    atomic_store(&given_back, 0);
    b->fake.control_states[SLOW - MODE].answer_ms = 1000;
    stop(b);
    assert_int_equal(atomic_load(&given_back), 1);
    assert_true(is_at(b, SLOW, 1));
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_borrowed),
        TEST(test_given_back_to_the_camera_that_is_left),
        TEST(test_not_borrowed),
        TEST(test_no_answer),
    };
    waiting_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
