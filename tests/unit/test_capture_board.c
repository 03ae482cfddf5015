/*
 * What the capture thread tells about itself, without a thread: what is counted on, what is said
 * to whom, and what is left when a switch failed.
 */
#include "app/capture_board.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct source_kind first_kind = {.name = "first"}, second_kind = {.name = "second"};

/** A board, and how often it told of a change. */
struct bench {
    struct capture_board *board;
    int told;
};

static void changed(void *self)
{
    struct bench *bench = self;
    bench->told++;
    // The lock is free: whoever is told may look.
    (void)capture_board_state(bench->board);
}

static int make(void **state)
{
    static struct bench bench;
    bench.told = 0;
    *state = &bench;
    return capture_board_create(&bench.board, changed, &bench);
}

static int clear(void **state)
{
    struct bench *bench = *state;
    capture_board_destroy(&bench->board);
    assert_null(bench->board);
    capture_board_destroy(&bench->board); // nothing to be done
    return 0;
}

static struct reopening_aim camera_at(const char *location)
{
    struct reopening_aim aim = {.camera = true};
    strcpy(aim.location, location);
    return aim;
}

static void a_state_is_told_once(void **state)
{
    struct bench *bench = *state;
    capture_board_set_state(bench->board, CAPTURE_OPENING); // as it is
    assert_int_equal(bench->told, 0);
    capture_board_set_state(bench->board, CAPTURE_STREAMING);
    capture_board_set_state(bench->board, CAPTURE_STREAMING);
    assert_int_equal(bench->told, 1);
    assert_int_equal(capture_board_state(bench->board), CAPTURE_STREAMING);
    assert_int_equal(capture_board_status(bench->board).reconnects, 0);
}

static void waiting_is_told_when_it_is_for_something_else(void **state)
{
    struct bench *bench = *state;
    capture_board_set_waiting(bench->board, "for %d", 1);
    assert_int_equal(bench->told, 1);
    capture_board_set_waiting(bench->board, "for %d", 1);
    assert_int_equal(bench->told, 1);
    capture_board_set_waiting(bench->board, "for %d", 2);
    assert_int_equal(bench->told, 2);
    assert_string_equal(capture_board_status(bench->board).waiting, "for 2");
    capture_board_set_state(bench->board, CAPTURE_STREAMING);
    struct capture_status status = capture_board_status(bench->board);
    assert_int_equal(status.state, CAPTURE_STREAMING);
    assert_int_equal(status.reconnects, 1);
}

static void counters_go_on_over_openings(void **state)
{
    struct bench *bench = *state;
    struct reopening_aim aim = camera_at("/dev/video90");
    struct source one = {.kind = &first_kind}, two = {.kind = &second_kind};
    capture_board_show(bench->board, &one, &aim, "/dev/video90");
    atomic_store(&one.counters.acquired, 3);
    atomic_store(&one.counters.damaged, 1);
    capture_board_count(bench->board, &one, false);
    assert_int_equal(capture_board_status(bench->board).last_frame_ns, 0);
    capture_board_hide(bench->board);
    capture_board_show(bench->board, &two, &aim, "/dev/video91");
    atomic_store(&two.counters.acquired, 2);
    atomic_store(&two.counters.dropped_driver, 5);
    atomic_store(&two.counters.dropped_skipped, 7);
    capture_board_count(bench->board, &two, true);
    capture_board_count(bench->board, &two, true); // counts nothing twice
    struct capture_status status = capture_board_status(bench->board);
    assert_int_equal(status.acquired, 5);
    assert_int_equal(status.damaged, 1);
    assert_int_equal(status.dropped_driver, 5);
    assert_int_equal(status.dropped_skipped, 7);
    assert_int_equal(status.openings, 2);
    assert_true(status.last_frame_ns > 0);
}

static void a_source_is_described(void **state)
{
    struct bench *bench = *state;
    struct reopening_aim aim = camera_at("/dev/v4l/by-id/it");
    struct source source = {.kind = &first_kind, .info.name = "It"};
    capture_board_show(bench->board, &source, &aim, "/dev/video92");
    struct capture_status status = capture_board_status(bench->board);
    assert_ptr_equal(status.kind, &first_kind);
    assert_true(status.camera);
    assert_string_equal(status.info.name, "It");
    assert_string_equal(status.chosen, "/dev/v4l/by-id/it");
    assert_string_equal(status.device, "/dev/video92");
    aim.camera = false; // only cameras have a node
    memset(aim.location, 'x', sizeof aim.location - 1);
    capture_board_show(bench->board, &source, &aim, "a picture");
    status = capture_board_status(bench->board);
    assert_false(status.camera);
    assert_string_equal(status.device, "");
    assert_int_equal(strlen(status.chosen), sizeof status.chosen - 1); // cut
}

static void a_switch_settles_or_returns(void **state)
{
    struct bench *bench = *state;
    struct reopening_aim former = camera_at("/dev/video90"), other = camera_at("/dev/video91");
    struct source source = {.kind = &second_kind, .info.name = "Other"};
    struct source_info info = {.name = "Former"};
    capture_board_show(bench->board, &source, &other, "/dev/video91");
    capture_board_settle(bench->board, 1);
    struct capture_status status = capture_board_status(bench->board);
    assert_int_equal(status.settled, 1);
    assert_int_equal(status.returns, 0);
    capture_board_hide(bench->board);
    capture_board_return(bench->board, 2, &first_kind, &former, &info, "/dev/video93");
    status = capture_board_status(bench->board);
    assert_int_equal(status.settled, 2);
    assert_int_equal(status.returns, 1);
    assert_ptr_equal(status.kind, &first_kind);
    assert_string_equal(status.info.name, "Former");
    assert_string_equal(status.chosen, "/dev/video90");
    assert_string_equal(status.device, "/dev/video93");
}

static void hints_are_counted_and_told(void **state)
{
    struct bench *bench = *state;
    capture_board_say_hint(bench->board, "Dark here", true);
    capture_board_say_hint(bench->board, "A bad cable", false);
    struct capture_status status = capture_board_status(bench->board);
    assert_int_equal(bench->told, 2);
    assert_int_equal(status.hints, 2);
    assert_string_equal(status.hint, "A bad cable");
    assert_false(status.dark);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_state_is_told_once, make, clear),
        cmocka_unit_test_setup_teardown(waiting_is_told_when_it_is_for_something_else, make, clear),
        cmocka_unit_test_setup_teardown(counters_go_on_over_openings, make, clear),
        cmocka_unit_test_setup_teardown(a_source_is_described, make, clear),
        cmocka_unit_test_setup_teardown(a_switch_settles_or_returns, make, clear),
        cmocka_unit_test_setup_teardown(hints_are_counted_and_told, make, clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
