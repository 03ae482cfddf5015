/*
 * A canvas in the formats of cameras: every colour within rounding of BT.601, every gray exactly,
 * every byte where the format has it, nothing outside.
 */
#include "processing/gray.h"
#include "render/canvas_convert.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { MOST_WIDTH = 64, MOST_HEIGHT = 64, GUARD = 0xa5 };

static uint32_t pixels[MOST_WIDTH * MOST_HEIGHT];
static uint8_t block[8 * MOST_WIDTH * MOST_HEIGHT];

/** What a colour must be, by the formula of the recommendation. */
struct reference {
    double full, y, u, v;
};

static struct reference reference_of(double red, double green, double blue)
{
    double luma = 0.299 * red + 0.587 * green + 0.114 * blue;
    return (struct reference){luma, 16 + luma * 219 / 255, 128 + (blue - luma) / 1.772 * 224 / 255,
                              128 + (red - luma) / 1.402 * 224 / 255};
}

static void assert_rounded(int got, double expected)
{
    if (fabs(got - expected) > 0.505)
        fail_msg("%d is not %f rounded", got, expected);
}

static struct canvas canvas_of(int width, int height)
{
    return (struct canvas){(uint8_t *)pixels, width, height, 4 * MOST_WIDTH};
}

static void convert(enum pixel_format format, int width, int height, int wide, int high,
                    struct frame_layout *layout)
{
    *layout = frame_layout_make(format, wide, high, 0);
    memset(block, GUARD, sizeof block);
    struct canvas canvas = canvas_of(width, height);
    canvas_convert(&canvas, layout, block);
    assert_int_equal(block[layout->bytes], GUARD);
}

/** Pixel x, y of the canvas; beyond its border the border's. */
static uint32_t pixel_at(int x, int y, int width, int height)
{
    return pixels[(y < height ? y : height - 1) * MOST_WIDTH + (x < width ? x : width - 1)];
}

/** The reference of the mean of `columns` x `rows` pixels. */
static struct reference mean_at(int x, int y, int columns, int rows, int width, int height)
{
    double sum[3] = {0};
    for (int dy = 0; dy < rows; dy++)
        for (int dx = 0; dx < columns; dx++)
            for (int c = 0; c < 3; c++)
                sum[c] += pixel_at(x + dx, y + dy, width, height) >> (16 - 8 * c) & 0xff;
    int count = columns * rows;
    return reference_of(sum[0] / count, sum[1] / count, sum[2] / count);
}

static void fill(unsigned seed)
{
    uint32_t state = seed;
    for (int i = 0; i < MOST_WIDTH * MOST_HEIGHT; i++) {
        state = state * 1664525 + 1013904223;
        pixels[i] = 0xff000000u | state >> 8;
    }
}

static void every_colour_of_a_coarse_cube(void **unused)
{
    (void)unused;
    for (int red = 0; red < 256; red += 5)
        for (int green = 0; green < 256; green += 5) {
            for (int i = 0; i < 52; i++)
                pixels[i] = 0xff000000u | (uint32_t)(red << 16 | green << 8 | 5 * i);
            struct frame_layout layout;
            convert(PIXEL_YUYV, 52, 1, 52, 1, &layout);
            for (int i = 0; i < 52; i++)
                assert_rounded(block[2 * i], reference_of(red, green, 5 * i).y);
            for (int i = 0; i < 52; i += 2) {
                struct reference both = mean_at(i, 0, 2, 1, 52, 1);
                assert_rounded(block[2 * i + 1], both.u);
                assert_rounded(block[2 * i + 3], both.v);
            }
            convert(PIXEL_GRAY8, 52, 1, 52, 1, &layout);
            for (int i = 0; i < 52; i++)
                assert_rounded(block[i], reference_of(red, green, 5 * i).full);
        }
}

/** Black is 16, white 235, and what this program reads again is the gray that it was. */
static void every_gray(void **unused)
{
    (void)unused;
    for (int gray = 0; gray < 256; gray++) {
        pixels[0] = pixels[1] = 0xff000000u | (uint32_t)gray * 0x010101u;
        struct frame_layout layout;
        convert(PIXEL_YUYV, 2, 1, 2, 1, &layout);
        assert_int_equal(block[0], (int)floor(16 + gray * 219 / 255.0 + 0.5));
        assert_int_equal(block[1], 128);
        assert_int_equal(block[3], 128);
        struct frame frame = {.range = RANGE_LIMITED};
        frame_place(&frame, &layout, block);
        uint8_t row[2];
        gray_row(&frame, GRAY_LUMA, 0, row);
        assert_in_range(row[0] + 1, gray, gray + 2);
        if (gray == 0 || gray == 255)
            assert_int_equal(row[0], gray);
        convert(PIXEL_GRAY8, 2, 1, 2, 1, &layout);
        assert_int_equal(block[0], gray);
    }
}

static void check_packed(const struct frame_layout *layout, int width, int height)
{
    int luma = layout->format == PIXEL_UYVY;
    for (int y = 0; y < layout->height; y++)
        for (int x = 0; x < layout->width; x++) {
            const uint8_t *pair = block + y * layout->stride[0] + x / 2 * 4;
            struct reference both = mean_at(x & ~1, y, 2, 1, width, height);
            assert_rounded(pair[x % 2 * 2 + luma], mean_at(x, y, 1, 1, width, height).y);
            assert_rounded(pair[1 - luma], both.u);
            assert_rounded(pair[3 - luma], both.v);
        }
}

static void check_planar(const struct frame_layout *layout, int width, int height)
{
    bool nv12 = layout->format == PIXEL_NV12;
    for (int y = 0; y < layout->height; y++)
        for (int x = 0; x < layout->width; x++) {
            struct reference four = mean_at(x & ~1, y & ~1, 2, 2, width, height);
            const uint8_t *row = block + layout->offset[1] + y / 2 * layout->stride[1];
            const uint8_t *v = block + layout->offset[2] + y / 2 * layout->stride[2];
            assert_rounded(block[y * layout->stride[0] + x], mean_at(x, y, 1, 1, width, height).y);
            assert_rounded(nv12 ? row[x & ~1] : row[x / 2], four.u);
            assert_rounded(nv12 ? row[(x & ~1) + 1] : v[x / 2], four.v);
        }
}

static void check_rgb(const struct frame_layout *layout, int width, int height)
{
    for (int y = 0; y < layout->height; y++)
        for (int x = 0; x < layout->width; x++) {
            const uint8_t *at = block + y * layout->stride[0] + 3 * x;
            uint32_t pixel = pixel_at(x, y, width, height);
            uint8_t red = pixel >> 16 & 0xff, blue = pixel & 0xff;
            assert_int_equal(at[0], layout->format == PIXEL_RGB24 ? red : blue);
            assert_int_equal(at[1], pixel >> 8 & 0xff);
            assert_int_equal(at[2], layout->format == PIXEL_RGB24 ? blue : red);
        }
}

static void check(const struct frame_layout *layout, int width, int height)
{
    switch (layout->format) {
    case PIXEL_YUYV:
    case PIXEL_UYVY:
        check_packed(layout, width, height);
        break;
    case PIXEL_NV12:
    case PIXEL_I420:
        check_planar(layout, width, height);
        break;
    case PIXEL_RGB24:
    case PIXEL_BGR24:
        check_rgb(layout, width, height);
        break;
    default:
        for (int y = 0; y < layout->height; y++)
            for (int x = 0; x < layout->width; x++)
                assert_rounded(block[y * layout->stride[0] + x],
                               mean_at(x, y, 1, 1, width, height).full);
    }
}

/** Odd sizes become even by the last column and row once more. */
static void every_format_in_every_size(void **unused)
{
    (void)unused;
    fill(1);
    for (int f = 0; f < PIXEL_FORMATS; f++) {
        enum pixel_format format = (enum pixel_format)f;
        assert_int_equal(canvas_converts_to(format), format != PIXEL_YUV24);
        if (!canvas_converts_to(format))
            continue;
        for (int width = 1; width <= 40; width += width < 6 ? 1 : 11)
            for (int height = 1; height <= 9; height++) {
                struct frame_layout layout;
                convert(format, width, height, width, height, &layout);
                check(&layout, width, height);
                convert(format, width, height, width + width % 2, height + height % 2, &layout);
                check(&layout, width, height);
            }
    }
}

/** Bytes between the rows' ends and the stride stay as they were. */
static void a_stride_is_kept(void **unused)
{
    (void)unused;
    fill(2);
    struct frame_layout layout = frame_layout_make(PIXEL_YUYV, 10, 3, 32);
    memset(block, GUARD, sizeof block);
    struct canvas canvas = canvas_of(10, 3);
    canvas_convert(&canvas, &layout, block);
    check(&layout, 10, 3);
    for (int y = 0; y < 3; y++)
        for (int x = 20; x < 32; x++)
            assert_int_equal(block[32 * y + x], GUARD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_colour_of_a_coarse_cube),
        cmocka_unit_test(every_gray),
        cmocka_unit_test(every_format_in_every_size),
        cmocka_unit_test(a_stride_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
