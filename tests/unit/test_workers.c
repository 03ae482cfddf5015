/*
 * The pool: every band once, all of them before run() returns, whoever sleeps or is late. What the
 * bands write is plain memory, so a thread sanitizer sees whether run() orders it.
 */
#include "app/workers.h"
#include "processing/canny_reference.h"
#include "processing/clock.h"
#include "processing/memory.h"
#include "tests/unit/samples.h"
#include "tests/unit/waiting.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>

#include <cmocka.h>

enum { MOST_BANDS = 300 };

enum { POOLS = 4 };
static const int thread_counts[POOLS] = {1, 2, 3, 8};

static struct workers *make(int threads)
{
    struct workers *workers;
    struct error err;
    if (workers_create(&workers, threads, &err) < 0)
        fail_msg("%s", err.text);
    return workers;
}

static void run(struct workers *workers, int count, void (*band)(void *, int), void *work)
{
    struct band_runner runner = workers_runner(workers);
    runner.run(runner.context, count, band, work);
}

/** How often each band was run. */
struct tally {
    int count;
    int runs[MOST_BANDS]; ///< a slot for each band, which only its thread touches
    atomic_int strays;    ///< bands that there are none of
};

static void count_band(void *work, int index)
{
    struct tally *tally = work;
    if (index >= 0 && index < tally->count)
        tally->runs[index]++;
    else
        atomic_fetch_add(&tally->strays, 1);
}

/** Checks that each of `count` bands was run `times` times since the tally began. */
static void check_tally(const struct tally *tally, int count, int times)
{
    assert_int_equal(atomic_load(&tally->strays), 0);
    for (int i = 0; i < MOST_BANDS; i++)
        if (tally->runs[i] != (i < count ? times : 0))
            fail_msg("band %d of %d was run %d times, not %d", i, count, tally->runs[i], times);
}

static void run_tally(struct workers *workers, struct tally *tally, int count, int times)
{
    tally->count = count;
    run(workers, count, count_band, tally);
    check_tally(tally, count, times);
}

static void test_every_band_once(void **state)
{
    (void)state;
    static const int counts[] = {0, 1, 2, 7, 64, MOST_BANDS};
    for (int p = 0; p < POOLS; p++) {
        struct workers *workers = make(thread_counts[p]);
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
            struct tally tally = {0};
            run_tally(workers, &tally, counts[i], 1);
        }
        workers_destroy(&workers);
        assert_null(workers);
    }
}

/** Two tallies in turn: a thread that is late must not take an old run's work for a new one's. */
static void test_many_runs(void **state)
{
    (void)state;
    enum { RUNS = 6000 };
    for (int p = 0; p < POOLS; p++) {
        struct workers *workers = make(thread_counts[p]);
        struct tally tallies[2] = {0};
        for (int i = 0; i < RUNS; i++)
            run_tally(workers, &tallies[i % 2], i % 2 ? 5 : 2 + thread_counts[p], i / 2 + 1);
        workers_destroy(&workers);
    }
}

static void test_destroying_idle_pools(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        for (int p = 0; p < POOLS; p++) {
            struct workers *workers = make(thread_counts[p]);
            struct tally tally = {0};
            if (i % 2)
                run_tally(workers, &tally, 4, 1);
            if (i % 4 >= 2)
                waiting_nap();
            workers_destroy(&workers);
        }
    }
    struct workers *none = NULL;
    workers_destroy(&none);
}

static void test_runs_after_sleep(void **state)
{
    (void)state;
    for (int p = 0; p < POOLS; p++) {
        struct workers *workers = make(thread_counts[p]);
        struct tally tally = {0};
        for (int i = 0; i < 200; i++) {
            // Around the moment when workers give up waiting and sleep, and well behind it.
            int64_t until_ns = clock_now_ns() + i * 300;
            while (i < 150 && clock_now_ns() < until_ns)
                ;
            if (i >= 150)
                waiting_nap();
            run_tally(workers, &tally, 9, i + 1);
        }
        workers_destroy(&workers);
    }
}

/** Bands that wait for each other. */
struct meeting {
    atomic_int begun, done;
    int count;
};

/** Ends when all have begun, so each must have a thread of its own. */
static void meet(void *work, int index)
{
    struct meeting *meeting = work;
    (void)index;
    atomic_fetch_add(&meeting->begun, 1);
    WAIT_UNTIL(atomic_load(&meeting->begun) == meeting->count);
    atomic_fetch_add(&meeting->done, 1);
}

static void test_all_threads_take_part(void **state)
{
    (void)state;
    for (int p = 0; p < POOLS; p++) {
        struct workers *workers = make(thread_counts[p]);
        for (int i = 0; i < 20; i++) {
            struct meeting meeting = {.count = thread_counts[p]};
            run(workers, meeting.count, meet, &meeting);
            assert_int_equal(atomic_load(&meeting.done), meeting.count);
            if (i % 2)
                waiting_nap();
        }
        workers_destroy(&workers);
    }
}

/** Band `count` / 2 is long: it ends after all others have. */
static void be_uneven(void *work, int index)
{
    struct meeting *meeting = work;
    if (index == meeting->count / 2)
        WAIT_UNTIL(atomic_load(&meeting->done) == meeting->count - 1);
    atomic_fetch_add(&meeting->done, 1);
}

static void test_uneven_bands(void **state)
{
    (void)state;
    static const int counts[] = {2, 3, 7, 64};
    for (int p = 0; p < POOLS; p++) {
        // A single thread cannot do the rest before the long one.
        struct workers *workers = make(thread_counts[p] == 1 ? 2 : thread_counts[p]);
        for (int i = 0; i < 40; i++) {
            struct meeting meeting = {.count = counts[i % 4]};
            run(workers, meeting.count, be_uneven, &meeting);
            assert_int_equal(atomic_load(&meeting.done), meeting.count);
        }
        workers_destroy(&workers);
    }
}

/** A thread that runs bands on somebody else's pool. */
struct guest {
    struct workers *workers;
    struct tally *tally;
};

static void *run_as_guest(void *self)
{
    struct guest *guest = self;
    run(guest->workers, guest->tally->count, count_band, guest->tally);
    return NULL;
}

static void test_other_threads_may_run(void **state)
{
    (void)state;
    for (int p = 0; p < POOLS; p++) {
        struct workers *workers = make(thread_counts[p]);
        struct tally tally = {0};
        for (int i = 0; i < 100; i++) {
            pthread_t thread;
            struct guest guest = {workers, &tally};
            run_tally(workers, &tally, 11, 2 * i + 1);
            assert_int_equal(pthread_create(&thread, NULL, run_as_guest, &guest), 0);
            pthread_join(thread, NULL);
            check_tally(&tally, 11, 2 * i + 2);
        }
        workers_destroy(&workers);
    }
}

static void test_edges(void **state)
{
    (void)state;
    enum { WIDTH = 97, HEIGHT = 141 };
    struct sample sample = sample_make(PIXEL_YUYV, WIDTH, HEIGHT, 0, 3);
    static uint8_t pixels[WIDTH * HEIGHT];
    struct plane edges = {pixels, WIDTH, HEIGHT, WIDTH};
    struct canny_reference *reference;
    assert_int_equal(canny_reference_create(&reference, WIDTH, HEIGHT), 0);
    assert_int_equal(canny_reference_run(reference, &canny_default_params, &sample.frame), 0);
    for (int p = 0; p < POOLS; p++) {
        struct workers *workers = make(thread_counts[p]);
        struct band_runner runner = workers_runner(workers);
        struct canny *canny;
        assert_int_equal(canny_create(&canny, WIDTH, HEIGHT, 7), 0);
        for (int i = 0; i < 30; i++) {
            memset(pixels, 1, sizeof pixels);
            assert_int_equal(
                canny_run(canny, &canny_default_params, &sample.frame, &edges, &runner), 0);
            assert_memory_equal(pixels, canny_reference_stages(reference)->edges.data,
                                sizeof pixels);
        }
        canny_destroy(&canny);
        workers_destroy(&workers);
    }
    canny_reference_destroy(&reference);
    sample_free(&sample);
}

static void test_runs_allocate_nothing(void **state)
{
    (void)state;
    struct workers *workers = make(3);
    struct tally tally = {0};
    int64_t before = memory_sum_of(MEMORY_OWNERS).total_count;
    for (int i = 0; i < 100; i++)
        run_tally(workers, &tally, 20, i + 1);
    assert_int_equal(memory_sum_of(MEMORY_OWNERS).total_count, before);
    workers_destroy(&workers);
}

static int64_t processor_time_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static void test_a_pool_at_rest_costs_nothing(void **state)
{
    (void)state;
    // Two threads wait awake at first, if there are as many processors; eight seldom do.
    for (int threads = 2; threads <= 8; threads += 6) {
        struct workers *workers = make(threads);
        struct tally tally = {0};
        run_tally(workers, &tally, 64, 1);
        int64_t before_ns = processor_time_ns();
        nanosleep(&(struct timespec){.tv_nsec = 300 * NS_PER_MS}, NULL);
        assert_in_range(processor_time_ns() - before_ns, 0, 50 * NS_PER_MS);
        workers_destroy(&workers);
    }
}

/** Limits this process to its first `most` processors; returns how many it has then. */
static int limit_processors(const cpu_set_t *all, int most)
{
    cpu_set_t some;
    CPU_ZERO(&some);
    for (int i = 0; i < CPU_SETSIZE && CPU_COUNT(&some) < most; i++)
        if (CPU_ISSET(i, all))
            CPU_SET(i, &some);
    assert_int_equal(sched_setaffinity(0, sizeof some, &some), 0);
    return CPU_COUNT(&some);
}

static void test_how_many_threads(void **state)
{
    (void)state;
    cpu_set_t all;
    assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
    for (int most = 1; most <= 6; most++) {
        int processors = limit_processors(&all, most);
        assert_int_equal(workers_threads_for(0), processors < 4 ? processors : 4);
        assert_int_equal(workers_threads_for(1), 1);
        assert_int_equal(workers_threads_for(37), 37);
    }
    assert_int_equal(sched_setaffinity(0, sizeof all, &all), 0);
}

/** Nobody may keep the one processor from whoever has the band that all wait for. */
static void test_one_processor(void **state)
{
    cpu_set_t all;
    assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
    assert_int_equal(limit_processors(&all, 1), 1);
    test_all_threads_take_part(state);
    test_uneven_bands(state);
    assert_int_equal(sched_setaffinity(0, sizeof all, &all), 0);
}

static void test_bad_numbers(void **state)
{
    (void)state;
    static const int bad[] = {0, -1, CANNY_BANDS_MAX + 1};
    for (int i = 0; i < 3; i++) {
        struct workers *workers = (struct workers *)&workers;
        struct error err = {""};
        assert_int_equal(workers_create(&workers, bad[i], &err), -EINVAL);
        assert_null(workers);
        assert_non_null(strstr(err.text, "1 to 64"));
    }
    struct workers *most = make(CANNY_BANDS_MAX);
    struct tally tally = {0};
    run_tally(most, &tally, MOST_BANDS, 1);
    workers_destroy(&most);
}

/** Stacks that no address space has room for: a thread cannot be started. */
static void test_a_thread_that_cannot_start(void **state)
{
    (void)state;
    pthread_attr_t usual, huge;
    assert_int_equal(pthread_getattr_default_np(&usual), 0);
    pthread_attr_init(&huge);
    assert_int_equal(pthread_attr_setstacksize(&huge, (size_t)1 << 46), 0);
    assert_int_equal(pthread_setattr_default_np(&huge), 0);
    int64_t before = memory_sum_of(MEMORY_OWNERS).live_count;
    struct workers *workers;
    struct error err = {""};
    int ret = workers_create(&workers, 3, &err);
    assert_int_equal(pthread_setattr_default_np(&usual), 0);
    assert_true(ret < 0);
    assert_null(workers);
    assert_int_equal(memory_sum_of(MEMORY_OWNERS).live_count, before);
    assert_non_null(strstr(err.text, "2 threads"));
    pthread_attr_destroy(&huge);
    pthread_attr_destroy(&usual);
}

int main(void)
{
    waiting_begin();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_band_once),
        cmocka_unit_test(test_many_runs),
        cmocka_unit_test(test_destroying_idle_pools),
        cmocka_unit_test(test_runs_after_sleep),
        cmocka_unit_test(test_all_threads_take_part),
        cmocka_unit_test(test_uneven_bands),
        cmocka_unit_test(test_other_threads_may_run),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_runs_allocate_nothing),
        cmocka_unit_test(test_a_pool_at_rest_costs_nothing),
        cmocka_unit_test(test_how_many_threads),
        cmocka_unit_test(test_one_processor),
        cmocka_unit_test(test_bad_numbers),
        cmocka_unit_test(test_a_thread_that_cannot_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
