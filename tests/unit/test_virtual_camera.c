/*
 * The virtual camera on a device that answers as v4l2loopback does: what is settled, what is
 * written, and what is said when it cannot be.
 */
#include "processing/memory.h"
#include "render/canvas_convert.h"
#include "render/virtual_camera.h"
#include "tests/fakes/fake_loopback.h"
#include "tests/unit/picture_files.h"

#include <errno.h>

enum { MOST = 64 };

struct fixture {
    struct fake_loopback fake;
    struct virtual_camera_io io;
    struct virtual_camera *camera;
    struct error err;
    uint32_t pixels[MOST * MOST];
};

static int open_camera(struct fixture *f)
{
    f->io = fake_loopback_io(&f->fake);
    return virtual_camera_open(&f->camera, &f->io, "/dev/video20", &f->err);
}

static struct canvas canvas_of(struct fixture *f, int width, int height)
{
    for (int i = 0; i < MOST * MOST; i++)
        f->pixels[i] = 0xff000000u | (uint32_t)i * 2654435761u >> 8;
    return (struct canvas){(uint8_t *)f->pixels, width, height, 4 * MOST};
}

static int write_size(struct fixture *f, int width, int height)
{
    struct canvas canvas = canvas_of(f, width, height);
    return virtual_camera_write(f->camera, &canvas, &f->err);
}

static int set_up(void **state)
{
    static struct fixture f;
    f = (struct fixture){0};
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    virtual_camera_close(&f->camera);
    assert_null(f->camera);
    assert_int_equal(atomic_load(&f->fake.opened), atomic_load(&f->fake.closed));
    return 0;
}

/** What was written is the canvas in the layout of the granted format. */
static void expect_written(struct fixture *f, enum pixel_format format, int width, int height)
{
    static uint8_t expected[FAKE_LOOPBACK_BYTES];
    const struct v4l2_pix_format *granted = &f->fake.format;
    struct frame_layout layout =
        frame_layout_make(format, (int)granted->width, (int)granted->height, granted->bytesperline);
    struct canvas canvas = canvas_of(f, width, height);
    memset(expected, 0, sizeof expected);
    canvas_convert(&canvas, &layout, expected);
    assert_int_equal(f->fake.bytes, layout.bytes);
    assert_memory_equal(f->fake.frame, expected, layout.bytes);
}

static void test_yuyv_comes_first(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(open_camera(f), 0);
    assert_string_equal(f->fake.device, "/dev/video20");
    assert_false(virtual_camera_is_settled(f->camera));
    assert_int_equal(virtual_camera_settle(f->camera, 32, 20, 29.97, &f->err), 0);
    assert_true(virtual_camera_is_settled(f->camera));
    const struct v4l2_pix_format *format = &f->fake.format;
    assert_int_equal(format->pixelformat, V4L2_PIX_FMT_YUYV);
    assert_int_equal(format->width, 32);
    assert_int_equal(format->height, 20);
    assert_int_equal(format->field, V4L2_FIELD_NONE);
    assert_int_equal(format->priv, V4L2_PIX_FMT_PRIV_MAGIC);
    assert_int_equal(format->ycbcr_enc, V4L2_YCBCR_ENC_601);
    assert_int_equal(format->quantization, V4L2_QUANTIZATION_LIM_RANGE);
    assert_int_equal(f->fake.interval.numerator, 1000);
    assert_int_equal(f->fake.interval.denominator, 29970);
    assert_int_equal(atomic_load(&f->fake.streaming), 1);
    assert_int_equal(write_size(f, 32, 20), 0);
    expect_written(f, PIXEL_YUYV, 32, 20);
    char text[256];
    virtual_camera_describe(f->camera, text, sizeof text);
    assert_string_equal(text, "/dev/video20, 32x20 YUYV");
}

static void test_every_format_that_a_device_takes(void **state)
{
    struct fixture *f = *state;
    static const struct {
        uint32_t fourcc, width, height; ///< of the frame for a picture of 31x19
        enum pixel_format format;
    } cases[] = {
        {V4L2_PIX_FMT_YUYV, 32, 19, PIXEL_YUYV},   {V4L2_PIX_FMT_UYVY, 32, 19, PIXEL_UYVY},
        {V4L2_PIX_FMT_NV12, 32, 20, PIXEL_NV12},   {V4L2_PIX_FMT_YUV420, 32, 20, PIXEL_I420},
        {V4L2_PIX_FMT_RGB24, 31, 19, PIXEL_RGB24}, {V4L2_PIX_FMT_BGR24, 31, 19, PIXEL_BGR24},
        {V4L2_PIX_FMT_GREY, 31, 19, PIXEL_GRAY8},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (uint32_t step = 1; step <= 16; step += 15) {
            const uint32_t takes[] = {cases[i].fourcc, V4L2_PIX_FMT_MJPEG, 0};
            f->fake.takes = takes;
            f->fake.stride_step = step;
            assert_int_equal(open_camera(f), 0);
            assert_int_equal(write_size(f, 31, 19), 0);
            assert_int_equal(f->fake.format.pixelformat, cases[i].fourcc);
            assert_int_equal(f->fake.format.width, cases[i].width);
            assert_int_equal(f->fake.format.height, cases[i].height);
            expect_written(f, cases[i].format, 31, 19);
            virtual_camera_close(&f->camera);
        }
    }
}

static uint8_t luma_at(const struct fixture *f, int x, int y)
{
    return f->fake.frame[y * (int)f->fake.format.bytesperline + 2 * x];
}

/** Whether a rectangle of the written frame is white, and all around it black. */
static void expect_white(const struct fixture *f, int left, int top, int width, int height)
{
    for (int y = 0; y < (int)f->fake.format.height; y++)
        for (int x = 0; x < (int)f->fake.format.width; x++) {
            bool inside = x >= left && x < left + width && y >= top && y < top + height;
            assert_int_equal(luma_at(f, x, y), inside ? 235 : 16);
        }
}

static void write_white(struct fixture *f, int width, int height)
{
    memset(f->pixels, 0xff, sizeof f->pixels);
    struct canvas canvas = {(uint8_t *)f->pixels, width, height, 4 * MOST};
    assert_int_equal(virtual_camera_write(f->camera, &canvas, &f->err), 0);
}

static void test_another_size_is_fitted_in(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(open_camera(f), 0);
    assert_int_equal(write_size(f, 40, 20), 0);
    write_white(f, 20, 20); // bars at the sides
    expect_white(f, 10, 0, 20, 20);
    write_white(f, 60, 20); // bars above and below; those at the sides are gone
    expect_white(f, 0, 3, 40, 13);
    write_white(f, 20, 10); // the same shape
    expect_white(f, 0, 0, 40, 20);
    write_white(f, 1, 64);
    expect_white(f, 19, 0, 1, 20);
    assert_int_equal(write_size(f, 40, 20), 0);
    expect_written(f, PIXEL_YUYV, 40, 20);
    assert_int_equal(f->fake.format.width, 40);
}

static void test_nothing_is_allocated_by_then(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(open_camera(f), 0);
    assert_int_equal(write_size(f, 40, 20), 0);
    assert_int_equal(write_size(f, 20, 20), 0);
    int64_t before = memory_sum_of(MEMORY_OWNERS).total_count;
    for (int i = 0; i < 100; i++)
        assert_int_equal(write_size(f, i % 2 ? 40 : 20, 20), 0);
    assert_int_equal(memory_sum_of(MEMORY_OWNERS).total_count, before);
}

/** A reader from before holds it: v4l2loopback grants what it has, whatever is asked. */
static void test_a_size_that_the_device_keeps(void **state)
{
    struct fixture *f = *state;
    f->fake.kept_fourcc = V4L2_PIX_FMT_YUYV;
    f->fake.kept_width = 20;
    f->fake.kept_height = 30;
    assert_int_equal(open_camera(f), 0);
    write_white(f, 40, 20);
    expect_white(f, 0, 10, 20, 10);
    char text[256];
    virtual_camera_describe(f->camera, text, sizeof text);
    assert_non_null(strstr(text, "/dev/video20, 20x30 YUYV (the device keeps this size"));
}

static void test_a_format_that_the_device_keeps(void **state)
{
    struct fixture *f = *state;
    f->fake.kept_fourcc = V4L2_PIX_FMT_MJPEG;
    f->fake.kept_width = 20;
    f->fake.kept_height = 30;
    assert_int_equal(open_camera(f), 0);
    assert_int_equal(write_size(f, 20, 30), -EINVAL);
    assert_non_null(strstr(f->err.text, "/dev/video20 takes no format that can be made here, only "
                                        "20x30 MJPG: close the programs"));
    assert_int_equal(atomic_load(&f->fake.written), 0);
}

static void test_streaming_that_is_refused_does_no_harm(void **state)
{
    struct fixture *f = *state;
    f->fake.refuses_streaming = true;
    assert_int_equal(open_camera(f), 0);
    assert_int_equal(write_size(f, 20, 30), 0);
    assert_int_equal(atomic_load(&f->fake.written), 1);
}

static void test_what_is_not_taken(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(open_camera(f), 0);
    assert_int_equal(virtual_camera_repeat(f->camera, &f->err), 0);
    assert_int_equal(atomic_load(&f->fake.written), 0);
    atomic_store(&f->fake.write_error, -EAGAIN);
    assert_int_equal(write_size(f, 20, 30), -EAGAIN);
    atomic_store(&f->fake.write_error, 0);
    assert_int_equal(virtual_camera_repeat(f->camera, &f->err), 0);
    expect_written(f, PIXEL_YUYV, 20, 30);
    atomic_store(&f->fake.write_error, -ENODEV);
    assert_int_equal(write_size(f, 20, 30), -ENODEV);
    assert_string_equal(f->err.text,
                        "The virtual camera /dev/video20 takes no more pictures: No such device");
    atomic_store(&f->fake.write_error, -EBUSY);
    assert_int_equal(virtual_camera_repeat(f->camera, &f->err), -EBUSY);
    assert_non_null(strstr(f->err.text, "is busy: another program is writing"));
    atomic_store(&f->fake.write_error, 0);
    atomic_store(&f->fake.short_writes, true);
    assert_int_equal(write_size(f, 20, 30), -EIO);
}

static void expect_refusal(struct fixture *f, int code, const char *words)
{
    assert_int_equal(open_camera(f), code);
    assert_null(f->camera);
    if (!strstr(f->err.text, words))
        fail_msg("\"%s\" does not say \"%s\"", f->err.text, words);
}

static void test_devices_that_cannot_be_opened(void **state)
{
    struct fixture *f = *state;
    f->fake.open_error = -ENOENT;
    expect_refusal(f, -ENOENT,
                   "There is no virtual camera /dev/video20: install v4l2loopback-dkms and run "
                   "`sudo modprobe v4l2loopback video_nr=20 ");
    f->fake.open_error = -EACCES;
    expect_refusal(f, -EACCES, "usermod -aG video");
    f->fake.open_error = -EBUSY;
    expect_refusal(f, -EBUSY, "/dev/video20 is busy");
    f->fake.open_error = -EISDIR;
    expect_refusal(f, -EISDIR, "Is a directory");
    f->fake.open_error = -ENOENT;
    assert_int_equal(virtual_camera_open(&f->camera, &f->io, "/dev/cam", &f->err), -ENOENT);
    assert_non_null(strstr(f->err.text, "modprobe v4l2loopback exclusive_caps=1"));
}

static void test_devices_that_are_no_output(void **state)
{
    struct fixture *f = *state;
    f->fake.no_video = true;
    expect_refusal(f, -ENODEV, "is no video device");
    f->fake.no_video = false;
    f->fake.driver = "uvcvideo";
    f->fake.caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
    expect_refusal(f, -ENODEV, "/dev/video20 (Fake Device) is no virtual camera");
    f->fake.caps = V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_STREAMING;
    expect_refusal(f, -ENODEV, "nothing can be written into it");
    f->fake.driver = NULL;
    f->fake.caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_READWRITE;
    expect_refusal(f, -EBUSY, "is busy: another program is writing into it");
    f->fake.caps = V4L2_CAP_READWRITE;
    expect_refusal(f, -EBUSY, "was left unusable");
    assert_int_equal(atomic_load(&f->fake.opened), 6); // the last one twice
}

/** What ffmpeg leaves behind in v4l2loopback 0.12.7 is brought back. */
static void test_an_abandoned_device(void **state)
{
    struct fixture *f = *state;
    f->fake.abandoned = true;
    assert_int_equal(open_camera(f), 0);
    assert_int_equal(write_size(f, 20, 30), 0);
    expect_written(f, PIXEL_YUYV, 20, 30);
}

/** Newer versions say so when the format is asked. */
static void test_busy_when_the_format_is_asked(void **state)
{
    struct fixture *f = *state;
    f->fake.format_error = -EBUSY;
    assert_int_equal(open_camera(f), 0);
    assert_int_equal(write_size(f, 20, 30), -EBUSY);
    assert_non_null(strstr(f->err.text, "/dev/video20 is busy"));
}

static void test_finding(void **state)
{
    struct fixture *f = *state;
    struct folder folder;
    char device[32] = "";
    f->io = fake_loopback_io(&f->fake);
    assert_false(virtual_camera_find(&f->io, "/nowhere", device, sizeof device));
    folder_make(&folder);
    assert_false(virtual_camera_find(&f->io, folder.path, device, sizeof device));
    static const char *const names[] = {"video21", "video7", "video100", "v4l-subdev0", "video3x"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        bytes_save((const uint8_t *)"", 0, in_folder(&folder, names[i]));
    assert_true(virtual_camera_find(&f->io, folder.path, device, sizeof device));
    assert_string_equal(device, "/dev/video7");
    f->fake.driver = "vivid";
    assert_false(virtual_camera_find(&f->io, folder.path, device, sizeof device));
    f->fake.driver = NULL;
    f->fake.abandoned = true;
    assert_true(virtual_camera_find(&f->io, folder.path, device, sizeof device));
    f->fake.caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_READWRITE; // somebody writes
    assert_false(virtual_camera_find(&f->io, folder.path, device, sizeof device));
    f->fake.open_error = -EACCES;
    assert_false(virtual_camera_find(&f->io, folder.path, device, sizeof device));
    folder_remove(&folder);
}

#define TEST(FUNCTION) cmocka_unit_test_setup_teardown(FUNCTION, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_yuyv_comes_first),
        TEST(test_every_format_that_a_device_takes),
        TEST(test_another_size_is_fitted_in),
        TEST(test_nothing_is_allocated_by_then),
        TEST(test_a_size_that_the_device_keeps),
        TEST(test_a_format_that_the_device_keeps),
        TEST(test_streaming_that_is_refused_does_no_harm),
        TEST(test_what_is_not_taken),
        TEST(test_devices_that_cannot_be_opened),
        TEST(test_devices_that_are_no_output),
        TEST(test_an_abandoned_device),
        TEST(test_busy_when_the_format_is_asked),
        TEST(test_finding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
