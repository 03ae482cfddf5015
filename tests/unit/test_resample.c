/*
 * Pictures in another size: known values by hand, and any size against the formula in doubles.
 */
#include "processing/resample.h"
#include "tests/unit/samples.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(ARRAY) (sizeof(ARRAY) / sizeof *(ARRAY))

/** Samples in guarded memory, with `padding` bytes between rows. */
struct picture {
    struct guarded memory;
    struct plane plane;
};

static struct picture make(int channels, int width, int height, int padding, uint32_t seed)
{
    int row = channels * width, stride = row + padding;
    struct picture picture = {.memory = guarded_make((size_t)(stride * (height - 1) + row))};
    picture.plane = (struct plane){picture.memory.data, row, height, stride};
    for (int i = 0; i < stride * (height - 1) + row; i++)
        picture.memory.data[i] = sample_byte(seed, (uint32_t)i);
    return picture;
}

static int sample(const struct plane *plane, int channels, int x, int y, int c)
{
    int last = plane->width / channels - 1;
    x = x < 0 ? 0 : x > last ? last : x;
    y = y < 0 ? 0 : y >= plane->height ? plane->height - 1 : y;
    return plane->data[y * plane->stride + x * channels + c];
}

/** The formula, in doubles. */
static double expected(const struct plane *from, const struct plane *to, int channels, int x, int y,
                       int c)
{
    double at_x = (x + 0.5) * from->width / to->width - 0.5;
    double at_y = (y + 0.5) * from->height / to->height - 0.5;
    int x0 = (int)floor(at_x), y0 = (int)floor(at_y);
    double fx = at_x - x0, fy = at_y - y0;
    double top =
        sample(from, channels, x0, y0, c) * (1 - fx) + sample(from, channels, x0 + 1, y0, c) * fx;
    double bottom = sample(from, channels, x0, y0 + 1, c) * (1 - fx) +
                    sample(from, channels, x0 + 1, y0 + 1, c) * fx;
    return top * (1 - fy) + bottom * fy;
}

static void check_size(int channels, const int size[4])
{
    struct picture from = make(channels, size[0], size[1], 5, 1);
    struct picture to = make(channels, size[2], size[3], 3, 2);
    resample_bilinear(channels, &from.plane, &to.plane);
    for (int y = 0; y < size[3]; y++) {
        for (int i = 0; i < channels * size[2]; i++) {
            int x = i / channels, c = i % channels;
            // Both fractions are cut to 8 bits, so each may be off by 1/256 of a step of 255.
            double wanted = expected(&from.plane, &to.plane, channels, x, y, c);
            double found = sample(&to.plane, channels, x, y, c);
            if (fabs(found - wanted) > 2.5)
                fail_msg("%dx%d to %dx%d at %d, %d: %g, not %g", size[0], size[1], size[2], size[3],
                         x, y, found, wanted);
        }
        if (y + 1 < size[3]) // between two rows
            for (int i = 0; i < 3; i++) {
                int at = (int)(y * to.plane.stride) + to.plane.width + i;
                assert_int_equal(to.plane.data[at], sample_byte(2, (uint32_t)at));
            }
    }
    guarded_free(&from.memory);
    guarded_free(&to.memory);
}

static void any_size_follows_the_formula(void **state)
{
    (void)state;
    static const int sizes[][4] = {{1, 1, 1, 1},     {1, 1, 9, 4},     {9, 4, 1, 1},
                                   {17, 13, 34, 26}, {34, 26, 17, 13}, {31, 7, 50, 50},
                                   {50, 50, 31, 7},  {2, 100, 100, 2}, {640, 3, 1, 480}};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        check_size(1, sizes[i]);
        check_size(3, sizes[i]);
    }
}

static void the_same_size_copies(void **state)
{
    (void)state;
    for (int channels = 1; channels <= 3; channels += 2) {
        struct picture from = make(channels, 61, 23, 0, 3), to = make(channels, 61, 23, 0, 4);
        resample_bilinear(channels, &from.plane, &to.plane);
        assert_memory_equal(to.memory.data, from.memory.data, (size_t)(channels * 61 * 23));
        guarded_free(&from.memory);
        guarded_free(&to.memory);
    }
}

static void small_known_ones(void **state)
{
    (void)state;
    uint8_t four[] = {0, 100, 200, 40}, row[] = {0, 100}, mean, wide[4], tall[4];
    struct plane square = {four, 2, 2, 2}, two = {row, 2, 1, 2}, column = {row, 1, 2, 1};
    struct plane one = {&mean, 1, 1, 1}, broad = {wide, 4, 1, 4}, high = {tall, 1, 4, 1};
    resample_bilinear(1, &square, &one);
    assert_int_equal(mean, 85);
    // New pixels lie a quarter of an old one from its centre; the outer two beyond the centres.
    static const uint8_t stretched[] = {0, 25, 75, 100};
    resample_bilinear(1, &two, &broad);
    assert_memory_equal(wide, stretched, 4);
    resample_bilinear(1, &column, &high);
    assert_memory_equal(tall, stretched, 4);
}

static void channels_do_not_mix(void **state)
{
    (void)state;
    uint8_t from[3 * 8 * 5], to[3 * 21 * 13];
    for (int i = 0; i < 3 * 8 * 5; i++)
        from[i] = (uint8_t)(i % 3 * 100 + 7);
    struct plane a = {from, 24, 5, 24}, b = {to, 63, 13, 63};
    resample_bilinear(3, &a, &b);
    for (int i = 0; i < 3 * 21 * 13; i++)
        assert_int_equal(to[i], i % 3 * 100 + 7);
}

/** Offsets in the largest picture fit. */
static void the_widest_row(void **state)
{
    (void)state;
    struct picture from = make(3, FRAME_MAX_SIDE, 1, 0, 5), to = make(3, FRAME_MAX_SIDE, 2, 0, 6);
    resample_bilinear(3, &from.plane, &to.plane);
    for (int y = 0; y < 2; y++)
        assert_memory_equal(to.plane.data + y * to.plane.stride, from.memory.data,
                            3 * FRAME_MAX_SIDE);
    guarded_free(&from.memory);
    guarded_free(&to.memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_size_follows_the_formula),
        cmocka_unit_test(the_same_size_copies),
        cmocka_unit_test(small_known_ones),
        cmocka_unit_test(channels_do_not_mix),
        cmocka_unit_test(the_widest_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
