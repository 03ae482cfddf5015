/**
 * @file
 * The runners that other tests trust: each calls every band once, in the order that it names.
 */
#include "tests/fakes/ordered_bands.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/** What a run called. */
struct calls {
    atomic_int count;
    atomic_int times[CANNY_BANDS_MAX]; ///< by band
    int order[CANNY_BANDS_MAX];
};

static void note(void *work, int index)
{
    struct calls *calls = work;
    calls->order[atomic_fetch_add(&calls->count, 1)] = index;
    atomic_fetch_add(&calls->times[index], 1);
}

static void run(struct ordered_bands *bands, int count, struct calls *calls)
{
    const struct band_runner *runner = ordered_bands_runner(bands);
    memset(calls, 0, sizeof *calls);
    assert_non_null(runner);
    runner->run(runner->context, count, note, calls);
}

static void every_band_is_called_once(void **state)
{
    (void)state;
    struct calls calls;
    for (int order = BANDS_FORWARD; order < BAND_ORDERS; order++) {
        struct ordered_bands bands = {.order = (enum band_order)order};
        for (int count = 1; count <= CANNY_BANDS_MAX; count++) {
            run(&bands, count, &calls);
            assert_int_equal(atomic_load(&calls.count), count);
            for (int i = 0; i < count; i++)
                assert_int_equal(atomic_load(&calls.times[i]), 1);
        }
        assert_int_equal(bands.runs, CANNY_BANDS_MAX);
        assert_int_equal(bands.most, CANNY_BANDS_MAX);
    }
}

static void orders_are_what_they_say(void **state)
{
    (void)state;
    struct calls forward, reverse, shuffled, again;
    struct ordered_bands bands = {.order = BANDS_FORWARD};
    run(&bands, CANNY_BANDS_MAX, &forward);
    bands.order = BANDS_REVERSE;
    run(&bands, CANNY_BANDS_MAX, &reverse);
    bands.order = BANDS_SHUFFLED;
    run(&bands, CANNY_BANDS_MAX, &shuffled);
    run(&bands, CANNY_BANDS_MAX, &again);
    for (int i = 0; i < CANNY_BANDS_MAX; i++) {
        assert_int_equal(forward.order[i], i);
        assert_int_equal(reverse.order[i], CANNY_BANDS_MAX - 1 - i);
    }
    assert_memory_not_equal(shuffled.order, forward.order, sizeof forward.order);
    assert_memory_not_equal(shuffled.order, reverse.order, sizeof forward.order);
    assert_memory_not_equal(shuffled.order, again.order, sizeof forward.order);
}

static void alone_means_no_runner(void **state)
{
    (void)state;
    struct ordered_bands bands = {.order = BANDS_ALONE};
    assert_null(ordered_bands_runner(&bands));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_band_is_called_once),
        cmocka_unit_test(orders_are_what_they_say),
        cmocka_unit_test(alone_means_no_runner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
