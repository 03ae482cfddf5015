/*
 * Statistics from pictures with made-up times. The clock itself is the system's: pictures that are
 * to count as recent are dated ahead of it, so that they stay recent on the slowest machine; and a
 * rate must lie between what the clock said before and after.
 */
#include "app/stats.h"
#include "processing/clock.h"
#include "processing/memory.h"
#include "tests/unit/waiting.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct overlay_numbers *numbers(struct stats *stats)
{
    return &stats_get_report(stats)->numbers;
}

static void sample(struct stats *stats)
{
    assert_true(stats_sample(stats, &(struct capture_status){0}, 0, true));
}

/** A moment that is recent for as long as these tests run. */
static int64_t recent_ns(void)
{
    return clock_now_ns() + 100 * NS_PER_S;
}

static void add_shown(struct stats *stats, int64_t shown_ns)
{
    stats_add_picture(stats, &(struct picture){.received_ns = shown_ns}, shown_ns, 0);
}

#define assert_near(VALUE, WANTED)                                                                 \
    do {                                                                                           \
        double value_ = (VALUE), wanted_ = (WANTED);                                               \
        if (!(value_ > wanted_ * 0.999 && value_ < wanted_ * 1.001))                               \
            fail_msg("%s is %g, not %g", #VALUE, value_, wanted_);                                 \
    } while (0)

static void test_before_anything_is_known(void **state)
{
    struct stats *stats = *state;
    const struct overlay_numbers *n = numbers(stats);
    assert_true(n->fps < 0 && n->camera_fps < 0 && n->age_p50_ms < 0 && n->canny_ms < 0);
    assert_true(n->minimum_fps < 0 && n->low_fps < 0 && n->allocations_per_frame < 0 &&
                n->library_allocations_per_frame < 0);
    sample(stats);
    assert_true(n->fps == 0);
    assert_true(n->age_p50_ms < 0 && n->age_p99_ms < 0 && n->canny_ms < 0 && n->minimum_fps < 0);
    assert_true(n->rss_bytes > 0 && n->peak_rss_bytes >= n->rss_bytes);
    assert_int_equal(stats_get_report(stats)->pictures, 0);
}

static void test_percentiles(void **state)
{
    struct stats *stats = *state;
    int64_t now = recent_ns();
    // Ages of 1 to 100 ms in a mixed order; the other times are parts of the same number.
    for (int i = 0; i < 100; i++) {
        int64_t ms = i * 37 % 100 + 1;
        struct picture picture = {.received_ns = now - ms * NS_PER_MS,
                                  .canny_ns = ms * NS_PER_MS / 10,
                                  .view_ns = ms * NS_PER_MS / 100};
        stats_add_picture(stats, &picture, now, ms * NS_PER_MS / 50);
    }
    sample(stats);
    const struct overlay_numbers *n = numbers(stats);
    assert_near(n->age_p50_ms, 51);
    assert_near(n->age_p99_ms, 99);
    assert_near(n->canny_ms, 5.1);
    assert_near(n->view_ms, 0.51);
    assert_near(n->draw_ms, 1.02);
    assert_int_equal(stats_get_report(stats)->pictures, 100);
}

/** Since the camera's own stamp, of the pictures that have one. */
static void test_age_by_stamp(void **state)
{
    struct stats *stats = *state;
    int64_t now = recent_ns();
    stats_add_picture(stats, &(struct picture){.received_ns = now, .time_ns = now}, now, 0);
    sample(stats);
    assert_true(numbers(stats)->stamp_age_p50_ms < 0 && numbers(stats)->stamp_age_p99_ms < 0);
    for (int ms = 1; ms <= 100; ms++) {
        struct picture picture = {
            .received_ns = now, .time_ns = now - ms * NS_PER_MS, .stamped = true};
        stats_add_picture(stats, &picture, now, 0);
    }
    sample(stats);
    assert_near(numbers(stats)->stamp_age_p50_ms, 51);
    assert_near(numbers(stats)->stamp_age_p99_ms, 99);
    assert_true(numbers(stats)->age_p99_ms == 0);
}

/** Only the last second counts for what is shown of the moment. */
static void test_old_pictures_do_not_count(void **state)
{
    struct stats *stats = *state;
    int64_t now = recent_ns();
    for (int i = 0; i < 50; i++) {
        int64_t shown_ns = i < 40 ? clock_now_ns() - 2 * NS_PER_S : now;
        int64_t age_ns = (i < 40 ? 500 : 5) * NS_PER_MS;
        stats_add_picture(stats, &(struct picture){.received_ns = shown_ns - age_ns}, shown_ns, 0);
    }
    sample(stats);
    assert_near(numbers(stats)->age_p99_ms, 5);
    assert_int_equal(stats_get_report(stats)->pictures, 50);
}

/** Frames a second; the average is over a second, or over the time since the start if less. */
static double rate(int frames, int64_t ns)
{
    double seconds = (double)ns / NS_PER_S;
    return frames / (seconds < 1 ? seconds : 1);
}

static void test_rates(void **state)
{
    (void)state;
    struct stats *stats;
    int64_t before_ns = clock_now_ns();
    assert_int_equal(stats_create(&stats), 0);
    int64_t created_ns = clock_now_ns();
    for (int i = 0; i < 30; i++)
        add_shown(stats, recent_ns());
    waiting_nap();
    int64_t shortest_ns = clock_now_ns() - created_ns;
    struct capture_status status = {.acquired = 60, .decode_ns = 3 * NS_PER_MS};
    assert_true(stats_sample(stats, &status, 0, true));
    int64_t longest_ns = clock_now_ns() - before_ns;
    const struct overlay_numbers *n = numbers(stats);
    assert_true(n->fps >= rate(30, longest_ns) && n->fps <= rate(30, shortest_ns));
    assert_true(n->camera_fps >= 0.999 * 60 * NS_PER_S / (double)longest_ns);
    assert_true(n->camera_fps <= 1.001 * 60 * NS_PER_S / (double)shortest_ns);
    assert_near(n->decode_ms, 3);
    // Frames that were counted are not counted again.
    assert_true(stats_sample(stats, &status, 0, true));
    assert_true(n->camera_fps <= 1.001 * 60 * NS_PER_S / (double)shortest_ns);
    double time_ns = stats_get_report(stats)->time_s * NS_PER_S;
    assert_true(time_ns >= (double)shortest_ns && time_ns <= (double)longest_ns);
    stats_destroy(&stats);
    assert_null(stats);
    stats_destroy(&stats);
}

static void test_slowest_frames(void **state)
{
    struct stats *stats = *state;
    // 201 pictures, so 200 intervals: 197 of 10 ms, two of 250, one of 500. 1 % of them are two.
    int64_t shown_ns = recent_ns();
    add_shown(stats, shown_ns);
    for (int i = 0; i < 200; i++) {
        shown_ns += (i == 50 ? 500 : i == 100 || i == 150 ? 250 : 10) * NS_PER_MS;
        add_shown(stats, shown_ns);
    }
    sample(stats);
    assert_near(numbers(stats)->minimum_fps, 2);
    assert_near(numbers(stats)->low_fps, 4);
}

static void test_a_repainted_picture_is_no_frame(void **state)
{
    struct stats *stats = *state;
    struct picture picture = {.received_ns = clock_now_ns(), .repainted = true, .mismatches = 3};
    stats_add_picture(stats, &picture, clock_now_ns(), 0);
    assert_int_equal(stats_get_report(stats)->pictures, 0);
    assert_int_equal(stats_get_report(stats)->mismatched, 1);
    picture.repainted = false;
    stats_add_picture(stats, &picture, clock_now_ns(), 0);
    picture.mismatches = 0;
    stats_add_picture(stats, &picture, clock_now_ns(), 0);
    assert_int_equal(stats_get_report(stats)->pictures, 2);
    assert_int_equal(stats_get_report(stats)->mismatched, 2);
}

static void test_drops_are_added_up(void **state)
{
    struct stats *stats = *state;
    struct capture_status status = {.dropped_driver = 3, .dropped_skipped = 4, .damaged = 5};
    // The first is always due: the first picture has numbers.
    assert_true(stats_sample(stats, &(struct capture_status){0}, 0, false));
    assert_true(numbers(stats)->rss_bytes > 0);
    // Not due, but what costs nothing is there at once.
    assert_false(stats_sample(stats, &status, 7, false));
    const struct overlay_numbers *n = numbers(stats);
    assert_int_equal(n->dropped_driver, 3);
    assert_int_equal(n->dropped_skipped, 4 + 7);
    assert_int_equal(n->damaged, 5);
    assert_int_equal(stats_get_report(stats)->capture.damaged, 5);
}

static void test_allocations_of_each_frame(void **state)
{
    struct stats *stats = *state;
    add_shown(stats, recent_ns());
    sample(stats);
    int64_t before = stats_get_report(stats)->allocations;
    int64_t frame_bytes = stats_get_report(stats)->frame_bytes;
    add_shown(stats, recent_ns());
    add_shown(stats, recent_ns());
    sample(stats);
    assert_true(numbers(stats)->allocations_per_frame == 0);
    void *blocks[4];
    for (int i = 0; i < 4; i++)
        blocks[i] = memory_alloc(MEMORY_FRAMES, 1000);
    add_shown(stats, recent_ns());
    add_shown(stats, recent_ns());
    sample(stats);
    assert_true(numbers(stats)->allocations_per_frame == 2);
    assert_int_equal(stats_get_report(stats)->allocations - before, 4);
    assert_int_equal(stats_get_report(stats)->frame_bytes - frame_bytes, 4000);
    for (int i = 0; i < 4; i++)
        memory_free(blocks[i]);
    sample(stats);
    assert_int_equal(stats_get_report(stats)->frame_bytes, frame_bytes);
    assert_int_equal(numbers(stats)->owner_count, MEMORY_OWNERS);
}

static void test_allocations_of_libraries(void **state)
{
    struct stats *stats = *state;
    add_shown(stats, recent_ns());
    sample(stats);
    int64_t before = stats_get_report(stats)->library_allocations;
    if (before < 0) { // a sanitizer's malloc
        assert_true(numbers(stats)->library_allocations_per_frame < 0);
        return;
    }
    void *volatile theirs[10]; // or the compiler leaves them out
    for (int i = 0; i < 10; i++)
        theirs[i] = malloc(10);
    void *ours = memory_alloc(MEMORY_FRAMES, 1000);
    for (int i = 0; i < 4; i++)
        add_shown(stats, recent_ns());
    sample(stats);
    assert_int_equal(stats_get_report(stats)->library_allocations - before, 10);
    assert_true(numbers(stats)->library_allocations_per_frame == 2.5);
    assert_true(numbers(stats)->allocations_per_frame == 0.25);
    for (int i = 0; i < 10; i++)
        free(theirs[i]);
    memory_free(ours);
    sample(stats);
    assert_int_equal(stats_get_report(stats)->library_allocations - before, 10);
}

/** More pictures and samples than are remembered: the oldest go. */
static void test_histories_are_bounded(void **state)
{
    struct stats *stats = *state;
    for (int i = 0; i < 20000; i++)
        add_shown(stats, recent_ns());
    for (int i = 1; i <= OVERLAY_HISTORY + 20; i++) {
        sample(stats);
        int count = i < OVERLAY_HISTORY ? i : OVERLAY_HISTORY;
        assert_int_equal(numbers(stats)->history_count, count);
        float newest = numbers(stats)->fps_history[count - 1];
        assert_true(newest == (float)numbers(stats)->fps);
        assert_true(numbers(stats)->rss_history_mb[count - 1] > 0);
    }
    assert_int_equal(stats_get_report(stats)->pictures, 20000);
    assert_true(numbers(stats)->fps >= 8192);
}

static int set_up(void **state)
{
    return stats_create((struct stats **)state);
}

static int tear_down(void **state)
{
    stats_destroy((struct stats **)state);
    return 0;
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    waiting_begin();
    const struct CMUnitTest tests[] = {
        TEST(test_before_anything_is_known),
        TEST(test_percentiles),
        TEST(test_age_by_stamp),
        TEST(test_old_pictures_do_not_count),
        cmocka_unit_test(test_rates),
        TEST(test_slowest_frames),
        TEST(test_a_repainted_picture_is_no_frame),
        TEST(test_drops_are_added_up),
        TEST(test_allocations_of_each_frame),
        TEST(test_allocations_of_libraries),
        TEST(test_histories_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
