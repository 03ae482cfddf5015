#include "processing/gray_fast.h"
#include "tests/golden/checksum.h"
#include "tests/unit/samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const enum pixel_format yuv_formats[] = {PIXEL_YUYV, PIXEL_UYVY, PIXEL_NV12, PIXEL_I420,
                                                PIXEL_YUV24};
enum { YUV_FORMATS = sizeof yuv_formats / sizeof *yuv_formats };

// Widths around whole pairs, vectors and the lengths that a loop may work in.
static const int widths[] = {1, 2, 3, 4, 5, 31, 32, 33, 63, 64, 65, 511, 512, 513, 1023, 1025};
enum { WIDTHS = sizeof widths / sizeof *widths };

/** Blue runs along the row, then green, then red. */
static uint32_t checksum_of_all_bgr(enum pixel_format format)
{
    struct sample sample = sample_make(format, 256, 1, 0, 0);
    uint8_t *row = sample.planes[0].data, gray[256];
    int blue = format == PIXEL_BGR24 ? 0 : 2;
    uint32_t crc = 0;
    for (int i = 0; i < 65536; i++) {
        for (int x = 0; x < 256; x++) {
            row[3 * x + blue] = (uint8_t)x;
            row[3 * x + 1] = (uint8_t)i;
            row[3 * x + 2 - blue] = (uint8_t)(i >> 8);
        }
        gray_row(&sample.frame, GRAY_BGR, 0, gray);
        crc = checksum_add(crc, gray, sizeof gray);
    }
    sample_free(&sample);
    return crc;
}

static void all_bgr_weighs_as_in_opencv(void **state)
{
    (void)state;
    // cv2.cvtColor(COLOR_BGR2GRAY) of all 16,777,216 triples, OpenCV 4.6.
    assert_int_equal(checksum_of_all_bgr(PIXEL_BGR24), 0x11196465);
    assert_int_equal(checksum_of_all_bgr(PIXEL_RGB24), 0x11196465);
}

static void fill_component(struct sample *sample, int component, int value)
{
    for (int y = 0; y < sample->frame.height; y++)
        for (int x = 0; x < sample->frame.width; x++)
            *sample_at(sample, component, x, y) = (uint8_t)value;
}

/** Luma runs along the row, then U, then V. */
static void checksums_of_all_yuv(enum pixel_format format, uint32_t *color, uint32_t *gray)
{
    struct sample sample = sample_make(format, 256, 1, 0, 0);
    sample.frame.range = RANGE_LIMITED;
    for (int x = 0; x < 256; x++)
        *sample_at(&sample, 0, x, 0) = (uint8_t)x;
    uint8_t bgr[3 * 256], row[256];
    *color = *gray = 0;
    for (int i = 0; i < 65536; i++) {
        fill_component(&sample, 1, i & 255);
        fill_component(&sample, 2, i >> 8);
        color_row(&sample.frame, 0, bgr);
        gray_row(&sample.frame, GRAY_BGR, 0, row);
        *color = checksum_add(*color, bgr, sizeof bgr);
        *gray = checksum_add(*gray, row, sizeof row);
    }
    sample_free(&sample);
}

static void all_limited_yuv_is_opencvs_color(void **state)
{
    (void)state;
    static const enum pixel_format formats[] = {PIXEL_YUYV, PIXEL_YUV24};
    for (size_t i = 0; i < 2; i++) {
        uint32_t color, gray;
        checksums_of_all_yuv(formats[i], &color, &gray);
        // cv2.cvtColor(COLOR_YUV2BGR_YUY2), then COLOR_BGR2GRAY, of all Y, U, V, OpenCV 4.6.
        assert_int_equal(color, 0xbe23330d);
        assert_int_equal(gray, 0xf0d00f50);
    }
}

static void limited_luma_is_expanded(void **state)
{
    (void)state;
    struct sample sample = sample_make(PIXEL_GRAY8, 256, 1, 0, 0);
    sample.frame.range = RANGE_LIMITED;
    uint8_t gray[256];
    for (int x = 0; x < 256; x++)
        sample.planes[0].data[x] = (uint8_t)x;
    gray_row(&sample.frame, GRAY_LUMA, 0, gray);
    static const uint8_t known[][2] = {{0, 0},     {15, 0},    {16, 0},    {17, 1},   {126, 128},
                                       {234, 254}, {235, 255}, {236, 255}, {255, 255}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        assert_int_equal(gray[known[i][0]], known[i][1]);
    for (int x = 16; x <= 235; x++)
        assert_in_range(gray[x] * 219 + 219, (x - 16) * 255, (x - 16) * 255 + 2 * 219);
    sample_free(&sample);
}

/** The row, written between two guards that must stay. */
static void gray_row_checked(const struct frame *frame, enum gray_mode mode, int y, uint8_t *out)
{
    size_t width = (size_t)frame->width;
    struct guarded memory = guarded_make(width + 8);
    memset(memory.data, 0x5a, 8);
    gray_row(frame, mode, y, memory.data + 8);
    assert_memory_equal(memory.data, "ZZZZZZZZ", 8);
    memcpy(out, memory.data + 8, width);
    guarded_free(&memory);
}

static void color_row_checked(const struct frame *frame, int y, uint8_t *out)
{
    size_t bytes = 3 * (size_t)frame->width;
    struct guarded memory = guarded_make(bytes + 8);
    memset(memory.data, 0x5a, 8);
    color_row(frame, y, memory.data + 8);
    assert_memory_equal(memory.data, "ZZZZZZZZ", 8);
    memcpy(out, memory.data + 8, bytes);
    guarded_free(&memory);
}

static void check_luma(enum pixel_format format, int width, int height, int padding)
{
    struct sample sample = sample_make(format, width, height, padding, 3);
    uint8_t gray[1100];
    for (int y = 0; y < height; y++) {
        gray_row_checked(&sample.frame, GRAY_LUMA, y, gray);
        for (int x = 0; x < width; x++)
            assert_int_equal(gray[x], *sample_at(&sample, 0, x, y));
    }
    sample_free(&sample);
}

static void luma_is_the_formats_own(void **state)
{
    (void)state;
    for (int i = 0; i < WIDTHS; i++)
        for (int padding = 0; padding < 40; padding += 19) {
            check_luma(PIXEL_GRAY8, widths[i], 3, padding);
            for (int f = 0; f < YUV_FORMATS; f++)
                check_luma(yuv_formats[f], widths[i], 3, padding);
        }
}

/** The same picture with Y, U and V of every pixel side by side. */
static struct sample to_yuv24(const struct sample *from)
{
    struct sample to = sample_make(PIXEL_YUV24, from->frame.width, from->frame.height, 0, 0);
    to.frame.range = from->frame.range;
    to.frame.matrix = from->frame.matrix;
    for (int y = 0; y < to.frame.height; y++)
        for (int x = 0; x < to.frame.width; x++)
            for (int c = 0; c < 3; c++)
                *sample_at(&to, c, x, y) = *sample_at(from, c, x, y);
    return to;
}

static void assert_same_rows(const struct frame *a, const struct frame *b)
{
    uint8_t of_a[3 * 1100], of_b[3 * 1100];
    size_t width = (size_t)a->width;
    for (int y = 0; y < a->height; y++) {
        color_row_checked(a, y, of_a);
        color_row_checked(b, y, of_b);
        assert_memory_equal(of_a, of_b, 3 * width);
        for (int mode = GRAY_LUMA; mode <= GRAY_BGR; mode++) {
            gray_row_checked(a, (enum gray_mode)mode, y, of_a);
            gray_row_checked(b, (enum gray_mode)mode, y, of_b);
            assert_memory_equal(of_a, of_b, width);
        }
    }
}

static void check_chroma(enum pixel_format format, int width, int padding)
{
    struct sample sample = sample_make(format, width, 3, padding, 4);
    for (int range = RANGE_FULL; range <= RANGE_LIMITED; range++)
        for (int matrix = MATRIX_BT601; matrix <= MATRIX_BT709; matrix++) {
            sample.frame.range = (enum pixel_range)range;
            sample.frame.matrix = (enum pixel_matrix)matrix;
            struct sample flat = to_yuv24(&sample);
            assert_same_rows(&sample.frame, &flat.frame);
            sample_free(&flat);
        }
    sample_free(&sample);
}

static void chroma_is_shared_as_the_format_says(void **state)
{
    (void)state;
    for (int i = 0; i < WIDTHS; i++)
        for (int padding = 0; padding < 40; padding += 19)
            for (int f = 0; f < YUV_FORMATS; f++)
                check_chroma(yuv_formats[f], widths[i], padding);
}

static void pure_colors_come_out_pure(void **state)
{
    (void)state;
    static const struct {
        enum pixel_range range;
        enum pixel_matrix matrix;
        uint8_t yuv[3], bgr[3];
    } colors[] = {
        {RANGE_LIMITED, MATRIX_BT601, {81, 90, 240}, {0, 0, 255}},
        {RANGE_LIMITED, MATRIX_BT601, {145, 54, 34}, {0, 255, 0}},
        {RANGE_LIMITED, MATRIX_BT601, {41, 240, 110}, {255, 0, 0}},
        {RANGE_LIMITED, MATRIX_BT601, {235, 128, 128}, {255, 255, 255}},
        {RANGE_LIMITED, MATRIX_BT601, {16, 128, 128}, {0, 0, 0}},
        {RANGE_LIMITED, MATRIX_BT709, {63, 102, 240}, {0, 0, 255}},
        {RANGE_LIMITED, MATRIX_BT709, {173, 42, 26}, {0, 255, 0}},
        {RANGE_LIMITED, MATRIX_BT709, {32, 240, 118}, {255, 0, 0}},
        {RANGE_FULL, MATRIX_BT601, {76, 85, 255}, {0, 0, 255}},
        {RANGE_FULL, MATRIX_BT601, {150, 44, 21}, {0, 255, 0}},
        {RANGE_FULL, MATRIX_BT601, {29, 255, 107}, {255, 0, 0}},
        {RANGE_FULL, MATRIX_BT601, {255, 128, 128}, {255, 255, 255}},
        {RANGE_FULL, MATRIX_BT709, {54, 99, 255}, {0, 0, 255}},
        {RANGE_FULL, MATRIX_BT709, {182, 30, 12}, {0, 255, 0}},
        {RANGE_FULL, MATRIX_BT709, {18, 255, 116}, {255, 0, 0}},
    };
    for (size_t i = 0; i < sizeof colors / sizeof *colors; i++) {
        struct frame frame = {.format = PIXEL_YUV24,
                              .range = colors[i].range,
                              .matrix = colors[i].matrix,
                              .width = 1,
                              .height = 1,
                              .data = {colors[i].yuv},
                              .stride = {3}};
        uint8_t bgr[3];
        color_row(&frame, 0, bgr);
        for (int c = 0; c < 3; c++) // samples are rounded, so a little is lost
            assert_in_range(bgr[c] + 3, colors[i].bgr[c], colors[i].bgr[c] + 6);
    }
}

/** Without chroma a picture is gray, and both modes agree but for rounding. */
static void no_chroma_is_gray(void **state)
{
    (void)state;
    struct sample sample = sample_make(PIXEL_YUV24, 256, 1, 0, 0);
    for (int x = 0; x < 256; x++)
        *sample_at(&sample, 0, x, 0) = (uint8_t)x;
    fill_component(&sample, 1, 128);
    fill_component(&sample, 2, 128);
    uint8_t bgr[3 * 256], luma[256], gray[256];
    for (int i = 0; i < 4; i++) {
        sample.frame.range = i & 1 ? RANGE_LIMITED : RANGE_FULL;
        sample.frame.matrix = i & 2 ? MATRIX_BT709 : MATRIX_BT601;
        color_row(&sample.frame, 0, bgr);
        gray_row(&sample.frame, GRAY_LUMA, 0, luma);
        gray_row(&sample.frame, GRAY_BGR, 0, gray);
        for (int x = 0; x < 256; x++) {
            assert_int_equal(bgr[3 * x], bgr[3 * x + 1]);
            assert_int_equal(bgr[3 * x], bgr[3 * x + 2]);
            assert_int_equal(bgr[3 * x], gray[x]);
            assert_in_range(gray[x] + 1, luma[x], luma[x] + 2);
            if (sample.frame.range == RANGE_FULL)
                assert_int_equal(gray[x], x);
        }
    }
    sample_free(&sample);
}

static void gray_has_a_color_too(void **state)
{
    (void)state;
    for (int range = RANGE_FULL; range <= RANGE_LIMITED; range++) {
        struct sample sample = sample_make(PIXEL_GRAY8, 65, 2, 3, 9);
        sample.frame.range = (enum pixel_range)range;
        uint8_t bgr[3 * 65], luma[65], other[65];
        color_row_checked(&sample.frame, 1, bgr);
        gray_row_checked(&sample.frame, GRAY_LUMA, 1, luma);
        gray_row_checked(&sample.frame, GRAY_BGR, 1, other);
        assert_memory_equal(luma, other, sizeof luma);
        for (int i = 0; i < 3 * 65; i++)
            assert_int_equal(bgr[i], luma[i / 3]);
        sample_free(&sample);
    }
}

/** RGB24 and BGR24 differ in the order of bytes alone, and the mode means nothing to them. */
static void rgb_is_bgr_reversed(void **state)
{
    (void)state;
    for (int i = 0; i < WIDTHS; i++) {
        struct sample bgr = sample_make(PIXEL_BGR24, widths[i], 2, 5, 6);
        struct sample rgb = sample_make(PIXEL_RGB24, widths[i], 2, 5, 0);
        for (int y = 0; y < 2; y++)
            for (int x = 0; x < 3 * widths[i]; x++)
                rgb.planes[0].data[y * rgb.frame.stride[0] + x / 3 * 3 + 2 - x % 3] =
                    bgr.planes[0].data[y * bgr.frame.stride[0] + x];
        assert_same_rows(&bgr.frame, &rgb.frame);
        uint8_t row[3 * 1100], luma[1100], gray[1100];
        color_row_checked(&bgr.frame, 1, row);
        assert_memory_equal(row, bgr.frame.data[0] + bgr.frame.stride[0], 3 * (size_t)widths[i]);
        gray_row_checked(&bgr.frame, GRAY_LUMA, 1, luma);
        gray_row_checked(&bgr.frame, GRAY_BGR, 1, gray);
        assert_memory_equal(luma, gray, (size_t)widths[i]);
        sample_free(&bgr);
        sample_free(&rgb);
    }
}

/** All levels' ways to a gray row, beside the plain one; what lies behind the row stays. */
static void every_level_makes_the_same_gray(void **state)
{
    (void)state;
    enum { GUARD = 0xa5, WIDEST = 1025 };
    uint8_t plain[WIDEST + 1], fast[WIDEST + 1];
    for (int format = 0; format < PIXEL_FORMATS; format++)
        for (int i = 0; i < WIDTHS; i++)
            for (int kind = 0; kind < 4 * CPU_LEVELS; kind++) {
                if (!cpu_has((enum cpu_level)(kind / 4)))
                    continue;
                assert_int_equal(cpu_select((enum cpu_level)(kind / 4)), 0);
                struct sample sample =
                    sample_make((enum pixel_format)format, widths[i], 2, 7, (uint32_t)i + 1);
                sample.frame.range = kind & 1 ? RANGE_LIMITED : RANGE_FULL;
                enum gray_mode mode = kind & 2 ? GRAY_BGR : GRAY_LUMA;
                memset(plain, GUARD, sizeof plain);
                memset(fast, GUARD, sizeof fast);
                gray_row(&sample.frame, mode, 1, plain);
                gray_row_fast(&sample.frame, mode, 1, fast);
                assert_memory_equal(fast, plain, sizeof plain);
                sample_free(&sample);
            }
    cpu_select(cpu_best());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_bgr_weighs_as_in_opencv),
        cmocka_unit_test(all_limited_yuv_is_opencvs_color),
        cmocka_unit_test(limited_luma_is_expanded),
        cmocka_unit_test(luma_is_the_formats_own),
        cmocka_unit_test(chroma_is_shared_as_the_format_says),
        cmocka_unit_test(pure_colors_come_out_pure),
        cmocka_unit_test(no_chroma_is_gray),
        cmocka_unit_test(gray_has_a_color_too),
        cmocka_unit_test(rgb_is_bgr_reversed),
        cmocka_unit_test(every_level_makes_the_same_gray),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
