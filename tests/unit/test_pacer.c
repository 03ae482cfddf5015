/*
 * The beat: where the next frame is due, not how long it took. Nothing here depends on how fast
 * the machine is: moments are compared with what the pacer itself noted, in one direction only.
 */
#include "capture/pacer.h"
#include "processing/clock.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const int64_t BEAT_NS = 3 * NS_PER_MS;

static void test_beats_are_even(void **state)
{
    struct pacer pacer = {0};
    int64_t before = clock_now_ns();
    assert_int_equal(pacer_wait(&pacer, *state, BEAT_NS, 1000), 0);
    int64_t first = pacer.due_ns - BEAT_NS;
    assert_true(first >= before && first <= clock_now_ns());
    for (int i = 1; i < 5; i++) {
        int64_t due = pacer.due_ns;
        assert_int_equal(pacer_wait(&pacer, *state, BEAT_NS, 1000), 0);
        assert_true(clock_now_ns() >= due);
        // Late by a scheduler's whim is late, but the next beat does not move.
        if (clock_now_ns() - due < NS_PER_S / 8)
            assert_int_equal(pacer.due_ns, due + BEAT_NS);
    }
}

static void test_time_out_moves_nothing(void **state)
{
    struct pacer pacer = {.due_ns = clock_now_ns() + 3600 * NS_PER_S};
    int64_t due = pacer.due_ns;
    assert_int_equal(pacer_wait(&pacer, *state, BEAT_NS, 0), -ETIMEDOUT);
    assert_int_equal(pacer_wait(&pacer, *state, BEAT_NS, 2), -ETIMEDOUT);
    assert_int_equal(pacer.due_ns, due);
}

static void test_wake(void **state)
{
    struct pacer pacer = {.due_ns = clock_now_ns() + 3600 * NS_PER_S};
    loans_wake(*state);
    assert_int_equal(pacer_wait(&pacer, *state, BEAT_NS, 1000000), -EINTR);
}

static void test_too_late_begins_anew(void **state)
{
    struct pacer pacer = {.due_ns = clock_now_ns() - NS_PER_S};
    int64_t before = clock_now_ns();
    assert_int_equal(pacer_wait(&pacer, *state, BEAT_NS, 1000), 0);
    assert_true(pacer.due_ns >= before + BEAT_NS);
}

static void test_no_interval_is_no_wait(void **state)
{
    struct pacer pacer = {.due_ns = clock_now_ns() + 3600 * NS_PER_S};
    for (int i = 0; i < 100; i++)
        assert_int_equal(pacer_wait(&pacer, *state, 0, 0), 0);
    assert_true(pacer.due_ns <= clock_now_ns());
}

static int set_up(void **state)
{
    static struct loans loans;
    *state = &loans;
    return loans_open(&loans);
}

static int tear_down(void **state)
{
    loans_close(*state);
    return 0;
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_beats_are_even),       TEST(test_time_out_moves_nothing), TEST(test_wake),
        TEST(test_too_late_begins_anew), TEST(test_no_interval_is_no_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
