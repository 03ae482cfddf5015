/*
 * Order statistics against sorting.
 */
#include "app/quantile.h"
#include "tests/unit/samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 1000 };

static int compare(const void *a, const void *b)
{
    const float *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/** How the values of a case are spread. */
enum spread { RANDOM, FEW_VALUES, RISING, FALLING, EQUAL, SPREADS };

static void fill(float *values, int count, enum spread spread, uint32_t seed)
{
    for (int i = 0; i < count; i++) {
        uint32_t at = (uint32_t)i * 2;
        float random = (float)(sample_byte(seed, at) << 8 | sample_byte(seed, at + 1));
        const float of[SPREADS] = {random, (float)(sample_byte(seed, at) % 3), (float)i, (float)-i,
                                   7};
        values[i] = of[spread];
    }
}

static void check(const float *values, int count, double share)
{
    float sorted[MOST], chosen[MOST];
    size_t bytes = (size_t)count * sizeof(float);
    memcpy(sorted, values, bytes);
    memcpy(chosen, values, bytes);
    qsort(sorted, (size_t)count, sizeof(float), compare);
    float found = quantile(chosen, count, share);
    float wanted = sorted[(int)(share * (count - 1) + 0.5)];
    if (found != wanted)
        fail_msg("%g of %d: %g, not %g", share, count, (double)found, (double)wanted);
    // Nothing may have got lost.
    qsort(chosen, (size_t)count, sizeof(float), compare);
    assert_memory_equal(sorted, chosen, bytes);
}

static void test_against_sorting(void **state)
{
    (void)state;
    static const double shares[] = {0, 0.01, 0.25, 0.5, 0.75, 0.99, 1};
    static const int counts[] = {1, 2, 3, 4, 5, 10, 99, 100, 101, MOST};
    float values[MOST];
    for (int spread = 0; spread < SPREADS; spread++)
        for (int c = 0; c < 10; c++)
            for (int s = 0; s < 7; s++) {
                fill(values, counts[c], (enum spread)spread, (uint32_t)(c * 10 + s));
                check(values, counts[c], shares[s]);
            }
}

static void test_small_known_ones(void **state)
{
    (void)state;
    float values[] = {30, 10, 20};
    assert_true(quantile(values, 3, 0.5) == 20);
    assert_true(quantile(values, 3, 0) == 10);
    assert_true(quantile(values, 3, 1) == 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_sorting),
        cmocka_unit_test(test_small_known_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
