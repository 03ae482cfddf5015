/*
 * Measuring: what is tried, in which rows it ends up, that wrong pixels are refused.
 */
#include "app/bench_measure.h"
#include "processing/canny_reference.h"
#include "processing/memory.h"
#include "tests/unit/samples.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void quantiles_of_known_times(void **state)
{
    (void)state;
    float ms[] = {7, 1, 11, 3, 9, 5, 2, 10, 4, 8, 6};
    struct bench_times times = bench_times_of(ms, 11);
    assert_true(times.median_ms == 6);
    assert_true(times.p10_ms == 2);
    assert_true(times.p90_ms == 10);
    float one[] = {4};
    times = bench_times_of(one, 1);
    assert_true(times.median_ms == 4 && times.p10_ms == 4 && times.p90_ms == 4);
}

static void everything_there_is_is_planned(void **state)
{
    (void)state;
    struct bench_plan plan;
    bench_plan_all(&plan);
    int there = 0;
    for (int level = 0; level < CPU_LEVELS; level++)
        there += cpu_has((enum cpu_level)level);
    assert_int_equal(plan.level_count, there);
    assert_int_equal(plan.levels[0], CPU_C);
    for (int i = 1; i < there; i++)
        assert_true(plan.levels[i] > plan.levels[i - 1] && cpu_has(plan.levels[i]));
    assert_int_equal(plan.threads[0], 1);
    assert_in_range(plan.thread_counts, 1, BENCH_THREAD_COUNTS);
    if (plan.thread_counts == 2)
        assert_in_range(plan.threads[1], 2, CANNY_BANDS_MAX);
}

static void wrong_pixels_are_named(void **state)
{
    (void)state;
    struct bench_row row = {.level = "avx2", .stage = "whole", .threads = 2};
    uint8_t edges[1000] = {0}, expected[1000] = {0};
    struct error err = {""};
    assert_int_equal(bench_check_edges(&row, edges, expected, sizeof edges, &err), 0);
    assert_string_equal(err.text, "");
    expected[999] = edges[0] = 255;
    assert_int_equal(bench_check_edges(&row, edges, expected, sizeof edges, &err), -EBADMSG);
    assert_non_null(strstr(err.text, "avx2"));
    assert_non_null(strstr(err.text, "2 threads"));
    assert_non_null(strstr(err.text, "2 of 1000 pixels"));
}

/** Called between the rounds. */
struct rounds {
    int calls, last, rounds;
};

static void listen(void *self, int done, int rounds)
{
    struct rounds *heard = self;
    assert_true(done > heard->last && done < rounds);
    *heard = (struct rounds){heard->calls + 1, done, rounds};
}

static bool are_ordered(const struct bench_times *times)
{
    return times->p10_ms >= 0 && times->p10_ms <= times->median_ms &&
           times->median_ms <= times->p90_ms;
}

static void check_reference(const struct bench_row *rows)
{
    for (int i = 0; i < 1 + CANNY_STAGES; i++) {
        assert_string_equal(rows[i].level, "reference");
        assert_string_equal(rows[i].stage,
                            i ? canny_stage_name((enum canny_stage)(i - 1)) : "whole");
        assert_int_equal(rows[i].threads, 1);
        // The whole contains every stage of the same run.
        assert_true(rows[i].times.median_ms <= rows[0].times.median_ms);
        assert_true(rows[i].times.p90_ms <= rows[0].times.p90_ms);
    }
    assert_true(rows[1 + CANNY_BLUR].times.median_ms > 0);
}

static void check_measured(enum pixel_format format, struct bench_plan *plan)
{
    struct sample sample = sample_make(format, 161, 97, 0, 3);
    struct bench_results results;
    struct rounds heard = {0};
    struct error err;
    int64_t before = memory_sum_of(MEMORY_OWNERS).live_bytes;
    if (bench_measure(&results, plan, &sample.frame, listen, &heard, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(memory_sum_of(MEMORY_OWNERS).live_bytes, before);
    int contenders = plan->level_count * plan->thread_counts;
    assert_int_equal(results.count, contenders + (plan->stages ? 1 + CANNY_STAGES : 0));
    assert_int_equal(results.runs, plan->runs);
    for (int i = 0; i < contenders; i++) {
        const struct bench_row *row = &results.rows[i];
        assert_string_equal(row->level, cpu_level_name(plan->levels[i / plan->thread_counts]));
        assert_string_equal(row->stage, "whole");
        assert_int_equal(row->threads, plan->threads[i % plan->thread_counts]);
        assert_true(row->times.p10_ms > 0);
    }
    for (int i = 0; i < results.count; i++)
        assert_true(are_ordered(&results.rows[i].times));
    assert_true(are_ordered(&results.copy) && results.copy.p90_ms > 0);
    if (plan->stages)
        check_reference(&results.rows[contenders]);
    assert_int_equal(heard.calls, heard.rounds - 1);
    assert_in_range(heard.rounds, plan->runs + 1, plan->runs + 10);
    sample_free(&sample);
}

static void the_rows_are_the_plans(void **state)
{
    (void)state;
    struct bench_plan plan = {.params = canny_default_params, .runs = 3};
    bench_plan_all(&plan);
    check_measured(PIXEL_GRAY8, &plan);
    plan.stages = true;
    plan.params.gray = GRAY_BGR;
    plan.threads[1] = 3; // more than this computer may have
    plan.thread_counts = 2;
    check_measured(PIXEL_BGR24, &plan);
    plan.levels[0] = cpu_best();
    plan.level_count = plan.thread_counts = 1;
    plan.threads[0] = CANNY_BANDS_MAX;
    check_measured(PIXEL_BGR24, &plan);
}

/** Large enough to be cut into bands, with a thread each. */
static void a_large_picture_with_threads(void **state)
{
    (void)state;
    struct sample sample = sample_make(PIXEL_GRAY8, 1280, 720, 0, 3);
    struct bench_plan plan = {.params = canny_default_params, .runs = 3, .threads = {3}};
    plan.levels[0] = cpu_best();
    plan.level_count = plan.thread_counts = 1;
    struct bench_results results;
    assert_int_equal(bench_measure(&results, &plan, &sample.frame, NULL, NULL, NULL), 0);
    assert_int_equal(results.rows[0].threads, 3);
    sample_free(&sample);
}

static void what_cannot_be_measured_is_refused(void **state)
{
    (void)state;
    struct sample sample = sample_make(PIXEL_GRAY8, 16, 16, 0, 3);
    struct bench_plan plan = {.params = canny_default_params, .runs = 3};
    struct bench_results results;
    struct error err;
    int64_t before = memory_sum_of(MEMORY_OWNERS).live_bytes;
    bench_plan_all(&plan);
    plan.params.aperture = 4;
    for (int stages = 0; stages < 2; stages++) {
        plan.stages = stages;
        err.text[0] = '\0';
        assert_int_equal(bench_measure(&results, &plan, &sample.frame, NULL, NULL, &err), -EINVAL);
        assert_non_null(strstr(err.text, "parameters"));
    }
    plan.params.aperture = 3;
    plan.levels[1] = cpu_has(CPU_NEON) ? CPU_AVX2 : CPU_NEON;
    plan.level_count = 2;
    assert_int_equal(bench_measure(&results, &plan, &sample.frame, NULL, NULL, &err), -ENOTSUP);
    assert_non_null(strstr(err.text, cpu_level_name(plan.levels[1])));
    assert_int_equal(memory_sum_of(MEMORY_OWNERS).live_bytes, before);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_of_known_times),
        cmocka_unit_test(everything_there_is_is_planned),
        cmocka_unit_test(wrong_pixels_are_named),
        cmocka_unit_test(the_rows_are_the_plans),
        cmocka_unit_test(a_large_picture_with_threads),
        cmocka_unit_test(what_cannot_be_measured_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
