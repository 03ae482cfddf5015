#include "processing/frame.h"
#include "processing/memory.h"
#include "tests/unit/samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/** A layout as V4L2's and FFmpeg's documents draw it. */
struct layout_row {
    enum pixel_format format;
    int width, height;
    ptrdiff_t asked;
    int planes;
    ptrdiff_t stride[3];
    int row_bytes[3];
    int rows[3];
    size_t offset[3];
    size_t bytes;
};

static const struct layout_row layouts[] = {
    // Even sizes, tightly packed.
    {PIXEL_GRAY8, 640, 480, 0, 1, {640}, {640}, {480}, {0}, 307200},
    {PIXEL_YUYV, 640, 480, 0, 1, {1280}, {1280}, {480}, {0}, 614400},
    {PIXEL_UYVY, 640, 480, 0, 1, {1280}, {1280}, {480}, {0}, 614400},
    {PIXEL_NV12, 640, 480, 0, 2, {640, 640}, {640, 640}, {480, 240}, {0, 307200}, 460800},
    {PIXEL_I420,
     640,
     480,
     0,
     3,
     {640, 320, 320},
     {640, 320, 320},
     {480, 240, 240},
     {0, 307200, 384000},
     460800},
    {PIXEL_YUV24, 640, 480, 0, 1, {1920}, {1920}, {480}, {0}, 921600},
    {PIXEL_RGB24, 640, 480, 0, 1, {1920}, {1920}, {480}, {0}, 921600},
    {PIXEL_BGR24, 640, 480, 0, 1, {1920}, {1920}, {480}, {0}, 921600},
    // Odd sizes: chroma rounded up, pairs completed.
    {PIXEL_GRAY8, 5, 3, 0, 1, {5}, {5}, {3}, {0}, 15},
    {PIXEL_YUYV, 5, 3, 0, 1, {12}, {12}, {3}, {0}, 36},
    {PIXEL_UYVY, 1, 1, 0, 1, {4}, {4}, {1}, {0}, 4},
    {PIXEL_NV12, 5, 3, 0, 2, {5, 6}, {5, 6}, {3, 2}, {0, 15}, 27},
    {PIXEL_I420, 5, 3, 0, 3, {5, 3, 3}, {5, 3, 3}, {3, 2, 2}, {0, 15, 21}, 27},
    {PIXEL_I420, 1, 1, 0, 3, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {0, 1, 2}, 3},
    // A driver's stride.
    {PIXEL_YUYV, 4, 2, 64, 1, {64}, {8}, {2}, {0}, 128},
    {PIXEL_NV12, 4, 2, 64, 2, {64, 64}, {4, 4}, {2, 1}, {0, 128}, 192},
    {PIXEL_I420, 4, 2, 64, 3, {64, 32, 32}, {4, 2, 2}, {2, 1, 1}, {0, 128, 160}, 192},
    {PIXEL_BGR24, 3, 2, 9, 1, {9}, {9}, {2}, {0}, 18},
    // The largest.
    {PIXEL_RGB24, 16384, 16384, 0, 1, {49152}, {49152}, {16384}, {0}, 805306368},
};

static void layouts_are_v4l2s(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        const struct layout_row *row = &layouts[i];
        struct frame_layout made =
            frame_layout_make(row->format, row->width, row->height, row->asked);
        assert_int_equal(made.bytes, row->bytes);
        assert_int_equal(made.format, row->format);
        assert_int_equal(made.width, row->width);
        assert_int_equal(made.height, row->height);
        assert_int_equal(made.planes, row->planes);
        for (int p = 0; p < row->planes; p++) {
            assert_int_equal(made.stride[p], row->stride[p]);
            assert_int_equal(made.row_bytes[p], row->row_bytes[p]);
            assert_int_equal(made.rows[p], row->rows[p]);
            assert_int_equal(made.offset[p], row->offset[p]);
        }
    }
}

static void bad_sizes_have_no_bytes(void **state)
{
    (void)state;
    static const struct {
        int width, height;
        ptrdiff_t stride;
    } bad[] = {{0, 1, 0},
               {1, 0, 0},
               {-1, 1, 0},
               {1, -1, 0},
               {FRAME_MAX_SIDE + 1, 1, 0},
               {1, FRAME_MAX_SIDE + 1, 0},
               {8, 8, 7},
               {8, 8, -8}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        for (int f = 0; f < PIXEL_FORMATS; f++) {
            struct frame_layout made =
                frame_layout_make((enum pixel_format)f, bad[i].width, bad[i].height, bad[i].stride);
            assert_int_equal(made.bytes, 0);
        }
    assert_int_equal(frame_layout_make(PIXEL_YUYV, 8, 8, 15).bytes, 0);
    assert_int_equal(frame_layout_make(PIXEL_YUYV, 7, 8, 15).bytes, 0);
    assert_int_equal(frame_layout_make(PIXEL_RGB24, 8, 8, 23).bytes, 0);
}

static void planes_lie_inside_and_apart(void **state)
{
    (void)state;
    for (int f = 0; f < PIXEL_FORMATS; f++)
        for (int width = 1; width < 20; width++)
            for (int height = 1; height < 6; height++)
                for (ptrdiff_t stride = 0; stride < 70; stride += 23) {
                    struct frame_layout l =
                        frame_layout_make((enum pixel_format)f, width, height, stride);
                    size_t end = 0;
                    for (int p = 0; p < l.planes && l.bytes; p++) {
                        assert_true(l.offset[p] >= end);
                        assert_true(l.stride[p] >= l.row_bytes[p]);
                        end = l.offset[p] + (size_t)l.stride[p] * (size_t)l.rows[p];
                    }
                    assert_true(end <= l.bytes);
                }
}

static void formats_have_names_and_color(void **state)
{
    (void)state;
    static const struct {
        enum pixel_format format;
        const char *name;
        bool color;
    } expected[PIXEL_FORMATS] = {
        {PIXEL_GRAY8, "GREY", false}, {PIXEL_YUYV, "YUYV", true},   {PIXEL_UYVY, "UYVY", true},
        {PIXEL_NV12, "NV12", true},   {PIXEL_I420, "I420", true},   {PIXEL_YUV24, "YUV24", true},
        {PIXEL_RGB24, "RGB24", true}, {PIXEL_BGR24, "BGR24", true},
    };
    for (int i = 0; i < PIXEL_FORMATS; i++) {
        assert_string_equal(pixel_format_name(expected[i].format), expected[i].name);
        assert_int_equal(pixel_format_has_color(expected[i].format), expected[i].color);
    }
}

static void placing_points_at_the_planes_and_keeps_the_rest(void **state)
{
    (void)state;
    static const uint8_t block[64];
    struct frame frame = {.range = RANGE_LIMITED,
                          .matrix = MATRIX_BT709,
                          .data = {block + 9, block + 9, block + 9},
                          .stride = {9, 9, 9},
                          .time_ns = 11,
                          .received_ns = 12,
                          .sequence = 13,
                          .stamped = true};
    struct frame_layout layout = frame_layout_make(PIXEL_NV12, 4, 4, 6);
    frame_place(&frame, &layout, block);
    assert_int_equal(frame.format, PIXEL_NV12);
    assert_int_equal(frame.width, 4);
    assert_int_equal(frame.height, 4);
    assert_ptr_equal(frame.data[0], block);
    assert_ptr_equal(frame.data[1], block + 24);
    assert_null(frame.data[2]);
    assert_int_equal(frame.stride[1], 6);
    assert_int_equal(frame.range, RANGE_LIMITED);
    assert_int_equal(frame.matrix, MATRIX_BT709);
    assert_int_equal(frame.time_ns, 11);
    assert_int_equal(frame.received_ns, 12);
    assert_int_equal(frame.sequence, 13);
    assert_true(frame.stamped);
}

/** Every sample of every plane, row by row. */
static void assert_same_samples(const struct frame *a, const struct frame *b,
                                const struct frame_layout *layout)
{
    for (int p = 0; p < layout->planes; p++)
        for (int y = 0; y < layout->rows[p]; y++)
            assert_memory_equal(a->data[p] + y * a->stride[p], b->data[p] + y * b->stride[p],
                                (size_t)layout->row_bytes[p]);
}

static void check_copy(enum pixel_format format, int width, int height, int padding)
{
    struct sample sample = sample_make(format, width, height, padding, 5);
    sample.frame.range = RANGE_LIMITED;
    sample.frame.matrix = MATRIX_BT709;
    sample.frame.time_ns = 21;
    sample.frame.received_ns = 22;
    sample.frame.sequence = 23;
    sample.frame.stamped = true;
    struct frame_layout layout = frame_layout_make(format, width, height, 0);
    struct guarded block = guarded_make(layout.bytes);
    struct frame copy;
    frame_copy(&copy, &layout, block.data, &sample.frame);
    assert_same_samples(&copy, &sample.frame, &layout);
    assert_ptr_equal(copy.data[0], block.data);
    assert_int_equal(copy.stride[0], layout.stride[0]);
    assert_int_equal(copy.format, format);
    assert_int_equal(copy.range, RANGE_LIMITED);
    assert_int_equal(copy.matrix, MATRIX_BT709);
    assert_int_equal(copy.time_ns, 21);
    assert_int_equal(copy.received_ns, 22);
    assert_int_equal(copy.sequence, 23);
    assert_true(copy.stamped);
    guarded_free(&block);
    sample_free(&sample);
}

static void copies_hold_every_sample(void **state)
{
    (void)state;
    static const int sizes[][2] = {{1, 1}, {2, 2}, {5, 3}, {16, 9}, {33, 2}};
    for (int f = 0; f < PIXEL_FORMATS; f++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            for (int padding = 0; padding < 30; padding += 13)
                check_copy((enum pixel_format)f, sizes[i][0], sizes[i][1], padding);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layouts_are_v4l2s),
        cmocka_unit_test(bad_sizes_have_no_bytes),
        cmocka_unit_test(planes_lie_inside_and_apart),
        cmocka_unit_test(formats_have_names_and_color),
        cmocka_unit_test(placing_points_at_the_planes_and_keeps_the_rest),
        cmocka_unit_test(copies_hold_every_sample),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
