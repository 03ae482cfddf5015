/*
 * Resident memory by stage: nothing is booked twice or left out, whoever marks, and the lines are
 * those of memory_profiler, whose own output is in the tables here.
 */
#include "app/process_memory.h"
#include "app/stage_profile.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

static const char *const three[] = {"it is read", "it is worked on", "it is written"};
static struct stage_profile profile;

enum { BIG = 32 << 20, SLACK = 4 << 20 };

/** Pages that are there until they are unmapped, whatever the allocator does. */
static void *take_pages(void)
{
    void *pages =
        mmap(NULL, BIG, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    assert_true(pages != MAP_FAILED);
    return pages;
}

static int64_t all_increments(void)
{
    int64_t sum = 0;
    for (int row = 0; row < profile.count; row++)
        sum += stage_profile_read(&profile, row).increment_bytes;
    return sum;
}

static void assert_about(int64_t bytes, int64_t expected)
{
    if (bytes < expected - SLACK || bytes > expected + SLACK)
        fail_msg("%lld is not about %lld", (long long)bytes, (long long)expected);
}

static void test_the_beginning_is_the_first_row(void **state)
{
    (void)state;
    stage_profile_begin(&profile, three, 3);
    assert_int_equal(profile.count, 4);
    struct stage_memory row = stage_profile_read(&profile, 0);
    assert_true(row.usage_bytes > 0);
    assert_int_equal(row.usage_bytes, row.increment_bytes);
    assert_int_equal(row.occurrences, 1);
    assert_int_equal(stage_profile_read(&profile, 2).occurrences, 0);
    assert_string_equal(stage_profile_read(&profile, 2).contents, "it is worked on");
}

static void test_a_stage_is_booked_what_it_took(void **state)
{
    (void)state;
    stage_profile_begin(&profile, three, 3);
    int64_t at_first = stage_profile_read(&profile, 0).usage_bytes;
    for (int round = 0; round < 3; round++) {
        stage_profile_mark(&profile, 0);
        void *pages = take_pages();
        stage_profile_mark(&profile, 1);
        munmap(pages, BIG);
        stage_profile_mark(&profile, 2);
    }
    struct stage_memory read = stage_profile_read(&profile, 1);
    struct stage_memory work = stage_profile_read(&profile, 2);
    struct stage_memory write = stage_profile_read(&profile, 3);
    assert_int_equal(work.occurrences, 3);
    assert_about(read.increment_bytes, 0);
    assert_about(work.increment_bytes, (int64_t)3 * BIG);
    assert_about(write.increment_bytes, -(int64_t)3 * BIG);
    assert_about(work.usage_bytes, at_first + BIG);
    assert_about(write.usage_bytes, at_first);
    assert_int_equal(all_increments(), profile.last_bytes);
}

enum { THREADS = 4, ROUNDS = 2000 };

static void *mark_a_lot(void *self)
{
    (void)self;
    for (int i = 0; i < ROUNDS; i++)
        stage_profile_mark(&profile, i % 3);
    return NULL;
}

static void test_threads_add_up_exactly(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    stage_profile_begin(&profile, three, 3);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, mark_a_lot, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    int64_t occurrences = 0;
    for (int row = 1; row < profile.count; row++)
        occurrences += stage_profile_read(&profile, row).occurrences;
    assert_int_equal(occurrences, THREADS * ROUNDS);
    assert_int_equal(all_increments(), profile.last_bytes);
}

static void test_nobody_wants_to_know(void **state)
{
    (void)state;
    stage_profile_mark(NULL, 0);
    stage_profile_mark(NULL, 1000);
}

static void test_the_lines_are_memory_profilers(void **state)
{
    (void)state;
    // Made with the template of memory_profiler.show_results() in Python 3.11.
    static const struct {
        int number;
        struct stage_memory row;
        const char *text;
    } rows[] = {
        {3,
         {"a picture", 47867494, -20656947, 91},
         "     3     45.6 MiB    -19.7 MiB          91   a picture"},
        {4, {"x", 0, 0, 0}, "     4                                         x"},
        {12,
         {"a picture", 12945352294, 0, 1234567890123},
         "    12  12345.6 MiB      0.0 MiB  1234567890123   a picture"},
    };
    char text[256];
    stage_profile_format_heading(text, sizeof text);
    assert_string_equal(text, "Line #    Mem usage    Increment  Occurrences   Line Contents");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        stage_profile_format_row(rows[i].number, &rows[i].row, text, sizeof text);
        assert_string_equal(text, rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_beginning_is_the_first_row),
        cmocka_unit_test(test_a_stage_is_booked_what_it_took),
        cmocka_unit_test(test_threads_add_up_exactly),
        cmocka_unit_test(test_nobody_wants_to_know),
        cmocka_unit_test(test_the_lines_are_memory_profilers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
