/*
 * The curves of the memory experiments: what was held between two samples is in one of them, and
 * a minute of them is kept.
 */
#include "app/lab_history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { MB = 1 << 20, PAYLOAD = MB - sizeof(struct lab_block) };

static struct lab *lab;
static struct lab_shelf *shelf;
static struct lab_history history;

static int set_up(void **state)
{
    (void)state;
    struct lab_config config = {.limit_bytes = 100LL * MB, .frames = 5};
    memset(&history, 0, sizeof history);
    int ret = lab_create(&lab, &config);
    if (ret < 0)
        return ret;
    lab_switch(lab, LAB_FOLDER, true);
    shelf = lab_shelf_of(lab, LAB_FOLDER);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    lab_destroy(&lab);
    return 0;
}

static void put(int blocks)
{
    for (int i = 0; i < blocks; i++)
        assert_non_null(lab_shelf_put(shelf, PAYLOAD));
}

static void assert_last(float low, float high)
{
    lab_history_add(&history, lab);
    struct band_span span = history.spans[LAB_FOLDER][history.count - 1];
    assert_float_equal(span.low, low, 1e-6);
    assert_float_equal(span.high, high, 1e-6);
}

static void test_what_came_and_went_between_samples(void **state)
{
    (void)state;
    assert_last(0, 0);
    put(3);
    assert_last(0, 3);
    assert_last(3, 3); // from here on
    put(2);
    lab_shelf_cut(shelf, 1);
    put(1);
    assert_last(1, 5);
    lab_shelf_cut(shelf, 0);
    put(4);
    lab_shelf_cut(shelf, 0);
    assert_last(0, 4);
    assert_last(0, 0);
}

static void test_a_minute_is_kept(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        lab_history_add(&history, lab);
    put(1);
    assert_last(0, 1);
    for (int i = 0; i < LAB_HISTORY_SAMPLES - 4; i++)
        lab_history_add(&history, lab);
    assert_int_equal(history.count, LAB_HISTORY_SAMPLES);
    assert_float_equal(history.spans[LAB_FOLDER][3].low, 0, 0);
    assert_float_equal(history.spans[LAB_FOLDER][4].low, 1, 0);
    lab_history_add(&history, lab);
    assert_int_equal(history.count, LAB_HISTORY_SAMPLES);
    assert_float_equal(history.spans[LAB_FOLDER][2].low, 0, 0);
    assert_float_equal(history.spans[LAB_FOLDER][3].low, 1, 0);
}

static void test_scales(void **state)
{
    (void)state;
    assert_int_equal(lab_history_band(&history, LAB_FOLDER).count, 0);
    put(7);
    lab_history_add(&history, lab);
    struct band band = lab_history_band(&history, LAB_FOLDER);
    assert_int_equal(band.count, 1);
    assert_float_equal(band.top, 8, 1e-6); // a round number
    assert_int_equal(lab_history_band(&history, LAB_KEEP).count, 0);
    // What is to be compared has the scale of the larger one, and is meant in both directions.
    history.spans[LAB_UINT8][0] = (struct band_span){0, 2};
    history.spans[LAB_FLOAT32][0] = (struct band_span){0, 8};
    assert_float_equal(lab_history_band(&history, LAB_UINT8).top, 8, 0);
    assert_float_equal(lab_history_band(&history, LAB_FLOAT32).top, 8, 0);
    for (int i = 0; i < LAB_EXPERIMENTS; i++)
        assert_int_equal(lab_infos[lab_infos[i].beside].beside, i);
}

#define TEST(F) cmocka_unit_test_setup_teardown(F, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_came_and_went_between_samples),
        TEST(test_a_minute_is_kept),
        TEST(test_scales),
    };
    return cmocka_run_group_tests_name("lab history", tests, NULL, NULL);
}
