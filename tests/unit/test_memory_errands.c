/*
 * The errands of the memory page: they are done on another thread, told once, and finished before
 * the end.
 */
#include "app/memory_errands.h"
#include "tests/unit/waiting.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct told {
    struct memory_errands *errands;
    atomic_int measured, saved, result;
    atomic_llong pss_bytes;
    atomic_bool held; ///< saved() waits while it is set
    atomic_bool other_thread;
    pthread_t own;
    char path[4096], text[512];
};

static struct told told;
static struct memory_export what;
static char folder[64];

static void on_measured(void *self, int64_t pss_bytes)
{
    struct told *t = self;
    t->other_thread = !pthread_equal(pthread_self(), t->own);
    t->pss_bytes = pss_bytes;
    t->measured++;
}

static void on_saved(void *self, int ret, const char *path, const struct error *err)
{
    struct told *t = self;
    while (t->held)
        waiting_nap();
    t->other_thread = !pthread_equal(pthread_self(), t->own);
    t->result = ret;
    snprintf(t->path, sizeof t->path, "%s", path);
    snprintf(t->text, sizeof t->text, "%s", err->text);
    t->saved++;
}

static int set_up(void **state)
{
    (void)state;
    told = (struct told){.own = pthread_self()};
    struct memory_errands_config config = {on_measured, on_saved, &told};
    snprintf(folder, sizeof folder, "/tmp/cannyscope-test-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    setenv("XDG_STATE_HOME", folder, 1);
    snapshots_take(&what.snapshot);
    return memory_errands_create(&told.errands, &config);
}

static int tear_down(void **state)
{
    (void)state;
    char path[128];
    memory_errands_destroy(&told.errands);
    if (told.path[0])
        unlink(told.path);
    snprintf(path, sizeof path, "%s/cannyscope/memory", folder);
    rmdir(path);
    snprintf(path, sizeof path, "%s/cannyscope", folder);
    rmdir(path);
    return rmdir(folder);
}

static void test_pss_is_read_on_another_thread(void **state)
{
    (void)state;
    assert_int_equal(memory_errands_measure(told.errands), 0);
    WAIT_UNTIL(told.measured > 0);
    assert_true(told.other_thread);
    bool there = access("/proc/self/smaps_rollup", R_OK) == 0;
    assert_int_equal(told.pss_bytes > 0, there);
}

static void test_a_file_is_written_on_another_thread(void **state)
{
    (void)state;
    assert_int_equal(memory_errands_save(told.errands, &what), 0);
    WAIT_UNTIL(told.saved > 0);
    assert_int_equal(told.result, 0);
    assert_true(told.other_thread);
    assert_int_equal(access(told.path, R_OK), 0);
    assert_int_equal(strncmp(told.path, folder, strlen(folder)), 0);
}

static void test_one_at_a_time(void **state)
{
    (void)state;
    told.held = true;
    assert_int_equal(memory_errands_save(told.errands, &what), 0);
    assert_int_equal(memory_errands_save(told.errands, &what), -EBUSY);
    assert_int_equal(memory_errands_measure(told.errands), 0); // waits for its turn
    told.held = false;
    WAIT_UNTIL(told.saved > 0);
    WAIT_UNTIL(told.measured > 0);
    assert_int_equal(told.saved, 1);
}

static void test_what_is_in_hand_is_finished(void **state)
{
    (void)state;
    assert_int_equal(memory_errands_save(told.errands, &what), 0);
    assert_int_equal(memory_errands_measure(told.errands), 0);
    memory_errands_destroy(&told.errands);
    assert_null(told.errands);
    assert_int_equal(told.saved, 1);
    assert_int_equal(told.measured, 1);
    memory_errands_destroy(&told.errands);
}

static void test_a_failure_is_told(void **state)
{
    (void)state;
    setenv("XDG_STATE_HOME", "/proc/nowhere", 1);
    assert_int_equal(memory_errands_save(told.errands, &what), 0);
    WAIT_UNTIL(told.saved > 0);
    assert_true(told.result < 0);
    assert_non_null(strstr(told.text, "/proc/nowhere"));
}

static void test_nothing_was_asked_for(void **state)
{
    (void)state;
    assert_int_equal(told.measured + told.saved, 0);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_pss_is_read_on_another_thread),
        TEST(test_a_file_is_written_on_another_thread),
        TEST(test_one_at_a_time),
        TEST(test_what_is_in_hand_is_finished),
        TEST(test_a_failure_is_told),
        TEST(test_nothing_was_asked_for),
    };
    waiting_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
