/*
 * What V4L2's formats mean to us, and which of a driver's claims are believed.
 */
#include "capture/camera_formats.h"

#include <errno.h>
#include <linux/videodev2.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_table(void **state)
{
    (void)state;
    static const struct {
        uint32_t fourcc;
        enum pixel_format format;
        bool jpeg;
    } rows[] = {
        {V4L2_PIX_FMT_YUYV, PIXEL_YUYV, false},   {V4L2_PIX_FMT_UYVY, PIXEL_UYVY, false},
        {V4L2_PIX_FMT_NV12, PIXEL_NV12, false},   {V4L2_PIX_FMT_YUV420, PIXEL_I420, false},
        {V4L2_PIX_FMT_GREY, PIXEL_GRAY8, false},  {V4L2_PIX_FMT_RGB24, PIXEL_RGB24, false},
        {V4L2_PIX_FMT_BGR24, PIXEL_BGR24, false}, {V4L2_PIX_FMT_MJPEG, PIXEL_GRAY8, true},
        {V4L2_PIX_FMT_JPEG, PIXEL_GRAY8, true},
    };
    int last = -1;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct camera_format_row *row = camera_format_find(rows[i].fourcc);
        assert_non_null(row);
        assert_int_equal(row->format, rows[i].format);
        assert_int_equal(row->jpeg, rows[i].jpeg);
        assert_true(camera_format_rank(rows[i].fourcc) > last);
        last = camera_format_rank(rows[i].fourcc);
    }
    assert_null(camera_format_find(V4L2_PIX_FMT_YVYU));
    assert_null(camera_format_find(0));
    assert_true(camera_format_rank(V4L2_PIX_FMT_YVYU) > last);
}

static void test_fourcc_text(void **state)
{
    (void)state;
    assert_string_equal(camera_fourcc_text(V4L2_PIX_FMT_YUYV).text, "YUYV");
    assert_string_equal(camera_fourcc_text(V4L2_PIX_FMT_Y10).text, "Y10");
    assert_string_equal(camera_fourcc_text(v4l2_fourcc('A', 1, 'B', ' ')).text, "A?B");
    assert_string_equal(camera_fourcc_text(V4L2_PIX_FMT_Y16_BE).text, "Y16");
    assert_string_equal(camera_fourcc_text(0).text, "");
    assert_string_equal(camera_fourcc_text(0xffffffff).text, "????");
}

static void test_fourcc_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t fourcc;
    } rows[] = {
        {"YUYV", V4L2_PIX_FMT_YUYV},
        {"yuyv", V4L2_PIX_FMT_YUYV},
        {"YUY2", V4L2_PIX_FMT_YUYV},
        {"mjpeg", V4L2_PIX_FMT_MJPEG},
        {"MJPG", V4L2_PIX_FMT_MJPEG},
        {"JPEG", V4L2_PIX_FMT_JPEG},
        {"I420", V4L2_PIX_FMT_YUV420},
        {"YU12", V4L2_PIX_FMT_YUV420},
        {"RGB24", V4L2_PIX_FMT_RGB24},
        {"bgr3", V4L2_PIX_FMT_BGR24},
        {"GREY", V4L2_PIX_FMT_GREY},
        {"gray", V4L2_PIX_FMT_GREY},
        {"Y10", V4L2_PIX_FMT_Y10},
        {"YVYU", V4L2_PIX_FMT_YVYU},
        {"", 0},
        {"TOOLONG", 0},
        {"a\nb", 0},
        {"\xff\xff", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(camera_fourcc_parse(rows[i].text), rows[i].fourcc);
}

static void test_range(void **state)
{
    (void)state;
    static const struct {
        uint32_t fourcc, colorspace, quantization;
        enum pixel_range range;
    } rows[] = {
        {V4L2_PIX_FMT_YUYV, V4L2_COLORSPACE_SRGB, V4L2_QUANTIZATION_DEFAULT, RANGE_LIMITED},
        {V4L2_PIX_FMT_NV12, V4L2_COLORSPACE_DEFAULT, V4L2_QUANTIZATION_DEFAULT, RANGE_LIMITED},
        {V4L2_PIX_FMT_YUV420, V4L2_COLORSPACE_REC709, V4L2_QUANTIZATION_DEFAULT, RANGE_LIMITED},
        {V4L2_PIX_FMT_UYVY, V4L2_COLORSPACE_JPEG, V4L2_QUANTIZATION_DEFAULT, RANGE_FULL},
        {V4L2_PIX_FMT_UYVY, V4L2_COLORSPACE_JPEG, V4L2_QUANTIZATION_LIM_RANGE, RANGE_LIMITED},
        {V4L2_PIX_FMT_YUYV, V4L2_COLORSPACE_SRGB, V4L2_QUANTIZATION_FULL_RANGE, RANGE_FULL},
        {V4L2_PIX_FMT_GREY, V4L2_COLORSPACE_SRGB, V4L2_QUANTIZATION_DEFAULT, RANGE_FULL},
        {V4L2_PIX_FMT_GREY, V4L2_COLORSPACE_SRGB, V4L2_QUANTIZATION_LIM_RANGE, RANGE_LIMITED},
        {V4L2_PIX_FMT_RGB24, V4L2_COLORSPACE_SRGB, V4L2_QUANTIZATION_DEFAULT, RANGE_FULL},
        {V4L2_PIX_FMT_BGR24, V4L2_COLORSPACE_DEFAULT, V4L2_QUANTIZATION_DEFAULT, RANGE_FULL},
        // What a JPEG holds is in the JPEG, whatever the driver says.
        {V4L2_PIX_FMT_MJPEG, V4L2_COLORSPACE_SRGB, V4L2_QUANTIZATION_LIM_RANGE, RANGE_FULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct v4l2_pix_format pix = {.pixelformat = rows[i].fourcc,
                                      .colorspace = rows[i].colorspace,
                                      .quantization = rows[i].quantization};
        assert_int_equal(camera_format_range(&pix), rows[i].range);
    }
}

static void test_matrix(void **state)
{
    (void)state;
    static const struct {
        uint32_t fourcc, colorspace, encoding;
        enum pixel_matrix matrix;
    } rows[] = {
        {V4L2_PIX_FMT_YUYV, V4L2_COLORSPACE_DEFAULT, V4L2_YCBCR_ENC_DEFAULT, MATRIX_BT601},
        {V4L2_PIX_FMT_YUYV, V4L2_COLORSPACE_SRGB, V4L2_YCBCR_ENC_DEFAULT, MATRIX_BT601},
        {V4L2_PIX_FMT_YUYV, V4L2_COLORSPACE_SMPTE170M, V4L2_YCBCR_ENC_DEFAULT, MATRIX_BT601},
        {V4L2_PIX_FMT_YUYV, V4L2_COLORSPACE_REC709, V4L2_YCBCR_ENC_DEFAULT, MATRIX_BT709},
        {V4L2_PIX_FMT_YUYV, V4L2_COLORSPACE_REC709, V4L2_YCBCR_ENC_601, MATRIX_BT601},
        {V4L2_PIX_FMT_YUYV, V4L2_COLORSPACE_SRGB, V4L2_YCBCR_ENC_709, MATRIX_BT709},
        {V4L2_PIX_FMT_MJPEG, V4L2_COLORSPACE_REC709, V4L2_YCBCR_ENC_709, MATRIX_BT601},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct v4l2_pix_format pix = {.pixelformat = rows[i].fourcc,
                                      .colorspace = rows[i].colorspace,
                                      .ycbcr_enc = rows[i].encoding};
        assert_int_equal(camera_format_matrix(&pix), rows[i].matrix);
    }
}

/** Claims of drivers; `bytes` of the layout, 0 for a JPEG, -1 if the claim is refused. */
static const struct claim {
    uint32_t fourcc, width, height, bytesperline, sizeimage;
    int64_t bytes;
} claims[] = {
    {V4L2_PIX_FMT_YUYV, 640, 480, 1280, 614400, 614400},
    {V4L2_PIX_FMT_YUYV, 640, 480, 0, 614400, 614400}, // no stride said
    {V4L2_PIX_FMT_YUYV, 640, 480, 1536, 737280, 737280},
    {V4L2_PIX_FMT_YUYV, 640, 480, 1279, 614400, -1}, // rows too short
    {V4L2_PIX_FMT_YUYV, 640, 480, 1280, 614399, -1}, // buffer too small
    {V4L2_PIX_FMT_YUYV, 640, 480, 1536, 614400, -1}, // padded rows do not fit
    {V4L2_PIX_FMT_YUYV, 640, 480, 1280, 0, -1},
    {V4L2_PIX_FMT_YUYV, 0, 480, 0, 614400, -1},
    {V4L2_PIX_FMT_YUYV, 640, 0, 1280, 614400, -1},
    {V4L2_PIX_FMT_YUYV, 65536, 1, 0, 614400, -1},
    {V4L2_PIX_FMT_YUYV, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, -1},
    {V4L2_PIX_FMT_YUYV, 640, 480, 0x80000000, 614400, -1},
    {V4L2_PIX_FMT_YUYV, 640, 480, 1280, 0xffffffff, -1},
    {V4L2_PIX_FMT_NV12, 640, 480, 640, 460800, 460800},
    {V4L2_PIX_FMT_NV12, 640, 480, 640, 307200, -1}, // luma alone fits
    {V4L2_PIX_FMT_YUV420, 641, 481, 642, 463524, 642 * 481 + 2 * 321 * 241},
    {V4L2_PIX_FMT_GREY, 1, 1, 1, 1, 1},
    {V4L2_PIX_FMT_RGB24, 641, 2, 1924, 4096, 3848},
    {V4L2_PIX_FMT_BGR24, 641, 2, 1922, 4096, -1},
    {V4L2_PIX_FMT_MJPEG, 1280, 720, 0, 100000, 0},
    {V4L2_PIX_FMT_MJPEG, 1280, 720, 7, 100000, 0}, // a stride means nothing here
    {V4L2_PIX_FMT_MJPEG, 1280, 720, 0, 0, -1},
    {V4L2_PIX_FMT_YVYU, 640, 480, 1280, 614400, -1},
};

static void test_claims(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof claims / sizeof claims[0]; i++) {
        const struct claim *claim = &claims[i];
        struct v4l2_pix_format pix = {.pixelformat = claim->fourcc,
                                      .width = claim->width,
                                      .height = claim->height,
                                      .bytesperline = claim->bytesperline,
                                      .sizeimage = claim->sizeimage};
        struct frame_layout layout = {0};
        struct error err = {""};
        int ret = camera_format_check(&pix, &layout, &err);
        assert_int_equal(ret, claim->bytes < 0 ? -EINVAL : 0);
        assert_int_equal(err.text[0] != '\0', claim->bytes < 0);
        if (ret == 0) {
            assert_int_equal(layout.bytes, claim->bytes);
            assert_int_equal(layout.width, claim->width);
            assert_int_equal(layout.height, claim->height);
        }
    }
}

static void test_whole_raw_frame(void **state)
{
    (void)state;
    // 10 rows of 8 samples, 12 bytes apart: the last sample is byte 116.
    struct frame_layout layout = frame_layout_make(PIXEL_GRAY8, 8, 10, 12);
    uint8_t data[130] = {0};
    assert_true(camera_frame_whole(&layout, data, 120, 120));
    assert_true(camera_frame_whole(&layout, data, 116, 120));
    assert_false(camera_frame_whole(&layout, data, 115, 120));
    assert_false(camera_frame_whole(&layout, data, 0, 120));
    assert_false(camera_frame_whole(&layout, data, 121, 120));
    // Two planes: 8x8 of luma and 4 rows of pairs.
    struct frame_layout nv12 = frame_layout_make(PIXEL_NV12, 8, 8, 8);
    assert_true(camera_frame_whole(&nv12, data, 96, 130));
    assert_false(camera_frame_whole(&nv12, data, 64, 130));
}

static void test_whole_jpeg(void **state)
{
    (void)state;
    struct frame_layout layout = {.width = 8, .height = 8};
    uint8_t data[200] = {0xff, 0xd8, 0xff};
    assert_true(camera_frame_whole(&layout, data, 125, 200));
    assert_false(camera_frame_whole(&layout, data, 124, 200));
    assert_false(camera_frame_whole(&layout, data, 0, 200));
    assert_false(camera_frame_whole(&layout, data, 201, 200));
    data[1] = 0xd9;
    assert_false(camera_frame_whole(&layout, data, 125, 200));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),           cmocka_unit_test(test_fourcc_text),
        cmocka_unit_test(test_fourcc_parse),    cmocka_unit_test(test_range),
        cmocka_unit_test(test_matrix),          cmocka_unit_test(test_claims),
        cmocka_unit_test(test_whole_raw_frame), cmocka_unit_test(test_whole_jpeg),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
