/*
 * Opening a camera: what it asks the driver for, what it grants and says, what it refuses and with
 * which words, and the frames of each raw format.
 */
#include "capture/camera_formats.h"
#include "processing/clock.h"
#include "tests/unit/camera_fixture.h"

#include <stdio.h>

// Opening.

static void test_opens_and_lends(void **state)
{
    struct fixture *f = *state;
    fake_v4l2_add_frames(&f->fake, 2);
    int64_t before = clock_now_ns();
    assert_int_equal(open_camera(f), 0);
    assert_string_equal(f->camera->info.name, "Fake Camera");
    assert_string_equal(f->camera->info.format, "YUYV");
    assert_string_equal(f->camera->info.note, "");
    assert_int_equal(f->camera->info.width, 640);
    assert_int_equal(f->camera->info.height, 480);
    assert_true(f->camera->info.live);
    assert_int_equal(f->fake.mapped_now, 4);
    assert_int_equal(memory_sum_of(MEMORY_CAMERA).live_bytes, 4 * 640 * 480 * 2);
    assert_false(f->fake.converting);
    struct loan first, second;
    assert_int_equal(acquire(f, &first), 0);
    assert_int_equal(acquire(f, &second), 0);
    const struct frame *frame = &first.frame;
    assert_int_equal(frame->format, PIXEL_YUYV);
    assert_int_equal(frame->range, RANGE_LIMITED);
    assert_int_equal(frame->stride[0], 1280);
    // The driver's own memory, both at once, untouched while they are out.
    assert_ptr_equal(frame->data[0], f->fake.buffers[first.slot].memory);
    assert_ptr_not_equal(frame->data[0], second.frame.data[0]);
    assert_int_equal(frame->data[0][0], fake_v4l2_byte(0));
    assert_true(frame->time_ns >= before - NS_PER_MS && frame->time_ns < frame->received_ns);
    assert_true(frame->received_ns >= before && frame->received_ns <= clock_now_ns());
    assert_false(f->fake.buffers[first.slot].queued);
    source_release(&first);
    source_release(&second);
    assert_int_equal(source_acquire(f->camera, 0, &first, &f->err), -ETIMEDOUT);
    assert_true(f->fake.buffers[first.slot].queued);
}

/** What is asked of the driver: chosen mode, all other fields 0, a rate always. */
static void test_asks_properly(void **state)
{
    struct fixture *f = *state;
    f->config.width = 1280;
    f->config.height = 720;
    f->config.fourcc = V4L2_PIX_FMT_YUYV;
    assert_int_equal(open_camera(f), 0);
    const struct v4l2_pix_format *asked = &f->fake.asked;
    struct v4l2_pix_format expected = {
        .width = 1280, .height = 720, .pixelformat = V4L2_PIX_FMT_YUYV};
    assert_memory_equal(asked, &expected, sizeof expected);
    assert_int_equal(f->fake.asked_interval.denominator, 10);
    assert_string_equal(f->camera->info.note, "");
    assert_true(f->camera->info.fps > 9.9 && f->camera->info.fps < 10.1);
}

static const struct note {
    int width, height;
    uint32_t fourcc;
    double fps;
    struct v4l2_pix_format forced;
    struct v4l2_fract interval;
    const char *note;
} notes[] = {
    {.width = 640, .height = 480, .note = ""},
    {.fps = 30, .note = ""},
    {.fourcc = V4L2_PIX_FMT_MJPEG, .note = ""},
    {.width = 800, .height = 600, .note = "asked 800x600, the camera gives 640x480 YUYV"},
    {.width = 1920,
     .height = 1080,
     .fourcc = V4L2_PIX_FMT_YUYV,
     .forced = {.pixelformat = V4L2_PIX_FMT_MJPEG},
     .note = "asked 1920x1080 YUYV, the camera gives 1280x720 MJPG"},
    {.fourcc = V4L2_PIX_FMT_NV12, .note = "asked NV12, the camera gives 1280x720 MJPG"},
    {.width = 640,
     .height = 480,
     .fps = 60,
     .note = "asked 640x480 at 60 FPS, the camera gives 640x480 YUYV at 30 FPS"},
    {.fps = 15,
     .interval = {2, 25},
     .note = "asked at 15 FPS, the camera gives 640x480 YUYV at 12.5 FPS"},
    {.fps = 15, .interval = {1, 100000}, .note = ""}, // a rate that nobody believes
};

static void test_notes(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++) {
        f->config.width = notes[i].width;
        f->config.height = notes[i].height;
        f->config.fourcc = notes[i].fourcc;
        f->config.fps = notes[i].fps > 0 ? notes[i].fps : -1;
        f->fake.forced = notes[i].forced;
        f->fake.forced_interval = notes[i].interval;
        assert_int_equal(open_camera(f), 0);
        assert_string_equal(f->camera->info.note, notes[i].note);
        source_close(&f->camera);
    }
}

/** Formats that only libv4l2 can read: asked for, or because there is nothing else. */
static void test_conversion(void **state)
{
    struct fixture *f = *state;
    struct fake_format foreign = {.fourcc = V4L2_PIX_FMT_YVYU, .sizes = {{640, 480, {{1, 30}}}}};
    struct fake_format emulated = foreign;
    emulated.fourcc = V4L2_PIX_FMT_YUV420;
    emulated.emulated = true;
    f->fake.formats[2] = foreign;
    f->fake.formats[3] = emulated;
    f->config.fourcc = V4L2_PIX_FMT_YVYU;
    const char *note = "YVYU is converted to YU12 by libv4l2, which takes time";
    assert_int_equal(open_camera(f), 0);
    assert_true(f->fake.converting);
    assert_int_equal(f->fake.opens, 2);
    assert_string_equal(f->camera->info.note, note);
    assert_string_equal(f->camera->info.format, "YU12");
    source_close(&f->camera);
    assert_true(fake_v4l2_is_clean(&f->fake));
    // Without the wish the native formats win.
    f->config.fourcc = 0;
    assert_int_equal(open_camera(f), 0);
    assert_false(f->fake.converting);
    source_close(&f->camera);
    // Unless there are none.
    memset(f->fake.formats, 0, sizeof f->fake.formats);
    f->fake.formats[0] = foreign;
    f->fake.formats[1] = emulated;
    assert_int_equal(open_camera(f), 0);
    assert_true(f->fake.converting);
    assert_string_equal(f->camera->info.note, note);
    source_close(&f->camera);
    // And conversion cannot help either.
    memset(&f->fake.formats[1], 0, sizeof f->fake.formats[1]);
    assert_int_equal(open_camera(f), -EINVAL);
    assert_string_equal(f->err.text, "/dev/video7 offers no picture format that can be read");
    f->fake.convert_code = -EOPNOTSUPP;
    assert_int_equal(open_camera(f), -EOPNOTSUPP);
    assert_non_null(strstr(f->err.text, "only formats that need libv4l2's conversion"));
}

/** Opening fails: with which code, with which words in the sentence, and nothing left behind. */
static const struct refusal {
    const char *words;
    int ret;
    int open_code;
    uint32_t device_caps;
    struct fake_failure failure;
    struct v4l2_pix_format forced;
    unsigned buffers_max, length_missing;
} refusals[] = {
    {.words = "does not exist", .ret = -ENOENT, .open_code = -ENOENT},
    {.words = "usermod -aG video", .ret = -EACCES, .open_code = -EACCES},
    {.words = "forbids it", .ret = -EPERM, .open_code = -EPERM},
    {.words = "no camera behind it", .ret = -ENXIO, .open_code = -ENXIO},
    {.words = "in use by another program", .ret = -EBUSY, .open_code = -EBUSY},
    {.words = "unplugged", .ret = -ENODEV, .open_code = -ENODEV},
    {.words = "Too many open files", .ret = -EMFILE, .open_code = -EMFILE},
    {.words = "not a camera", .ret = -ENOTTY, .failure = {VIDIOC_QUERYCAP, -ENOTTY, 0, 0}},
    {.words = "metadata",
     .ret = -EINVAL,
     .device_caps = V4L2_CAP_META_CAPTURE | V4L2_CAP_STREAMING},
    {.words = "output", .ret = -EINVAL, .device_caps = V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_STREAMING},
    {.words = "converter", .ret = -EINVAL, .device_caps = V4L2_CAP_VIDEO_M2M | V4L2_CAP_STREAMING},
    {.words = "multi-planar",
     .ret = -EINVAL,
     .device_caps = V4L2_CAP_VIDEO_CAPTURE_MPLANE | V4L2_CAP_STREAMING},
    {.words = "not a capture device", .ret = -EINVAL, .device_caps = V4L2_CAP_RADIO},
    {.words = "cannot stream", .ret = -EINVAL, .device_caps = V4L2_CAP_VIDEO_CAPTURE},
    {.words = "unplugged", .ret = -ENODEV, .failure = {VIDIOC_ENUM_FMT, -ENODEV, 1, 0}},
    {.words = "no picture format", .ret = -EINVAL, .failure = {VIDIOC_ENUM_FMT, -EINVAL, 0, 0}},
    {.words = "in use by another", .ret = -EBUSY, .failure = {VIDIOC_S_FMT, -EBUSY, 0, 0}},
    {.words = "refuses to set the format with 640x480 YUYV",
     .ret = -EINVAL,
     .failure = {VIDIOC_S_FMT, -EINVAL, 0, 0}},
    {.words = "Cannot set the format on /dev/video7: Input/output error",
     .ret = -EIO,
     .failure = {VIDIOC_S_FMT, -EIO, 0, 0}},
    {.words = "unplugged", .ret = -ENODEV, .failure = {VIDIOC_S_PARM, -ENODEV, 0, 0}},
    {.words = "format H264 is not one", .ret = -EINVAL, .forced.pixelformat = V4L2_PIX_FMT_H264},
    {.words = "70000x480 pixels", .ret = -EINVAL, .forced.width = 70000},
    {.words = "rows of 100 bytes", .ret = -EINVAL, .forced.bytesperline = 100},
    {.words = "does not fit", .ret = -EINVAL, .forced.sizeimage = 1000},
    {.words = "does not fit",
     .ret = -EINVAL,
     .forced.bytesperline = 1282,
     .forced.sizeimage = 614400},
    {.words = "more than is given", .ret = -ENOMEM, .forced.sizeimage = 200 << 20},
    {.words = "in use by another", .ret = -EBUSY, .failure = {VIDIOC_REQBUFS, -EBUSY, 0, 0}},
    {.words = "got no memory", .ret = -ENOMEM, .failure = {VIDIOC_REQBUFS, -ENOMEM, 0, 0}},
    {.words = "grants 1 buffer", .ret = -ENOMEM, .buffers_max = 1},
    {.words = "claims frames", .ret = -EINVAL, .length_missing = 1},
    {.words = "Cannot ask for a buffer", .ret = -EIO, .failure = {VIDIOC_QUERYBUF, -EIO, 2, 0}},
    {.words = "Cannot queue a buffer", .ret = -EIO, .failure = {VIDIOC_QBUF, -EIO, 2, 0}},
    {.words = "USB has no bandwidth left for 640x480 YUYV (147 Mbit/s)",
     .ret = -ENOSPC,
     .failure = {VIDIOC_STREAMON, -ENOSPC, 0, 0}},
    {.words = "unplugged", .ret = -ENODEV, .failure = {VIDIOC_STREAMON, -ENODEV, 0, 0}},
};

static void test_refusals(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        const struct refusal *refusal = &refusals[i];
        fake_v4l2_init(&f->fake);
        f->fake.open_code = refusal->open_code;
        f->fake.failures[0] = refusal->failure;
        f->fake.forced = refusal->forced;
        f->fake.length_missing = refusal->length_missing;
        if (refusal->device_caps)
            f->fake.device_caps = refusal->device_caps;
        if (refusal->buffers_max)
            f->fake.buffers_max = refusal->buffers_max;
        f->err.text[0] = '\0';
        int ret = open_camera(f);
        if (ret != refusal->ret || !strstr(f->err.text, refusal->words))
            fail_msg("expected %d and '%s', got %d and '%s'", refusal->ret, refusal->words, ret,
                     f->err.text);
        assert_null(f->camera);
        assert_true(fake_v4l2_is_clean(&f->fake));
        assert_int_equal(memory_sum_of(MEMORY_CAMERA).live_bytes, 0);
    }
}

/** A webcam with three sizes and as many rates. */
static void offer_plenty(struct fake_v4l2 *fake)
{
    const struct v4l2_fract fast = {1, 60}, usual = {1, 30}, slow = {1, 15};
    fake_v4l2_init(fake);
    fake->formats[0].sizes[1] = (struct fake_size){1280, 720, {usual}};
    fake->formats[1].sizes[0] = (struct fake_size){640, 480, {usual, slow}};
    fake->formats[1].sizes[1] = (struct fake_size){1280, 720, {usual, fast}};
    fake->formats[1].sizes[2] = (struct fake_size){320, 240, {slow, fast, usual}};
}

/** When the bus is full: MJPEG, then smaller, then slower; and a note of what became of it. */
static void test_full_bus(void **state)
{
    static const char *const notes_of_refusal[] = {
        "",
        ", so it is 1280x720 MJPG at 30 FPS",
        ", so it is 640x480 MJPG at 30 FPS",
        ", so it is 320x240 MJPG at 30 FPS",
        ", so it is 320x240 MJPG at 15 FPS",
    };
    struct fixture *f = *state;
    f->config.width = 1280;
    f->config.height = 720;
    f->config.fourcc = V4L2_PIX_FMT_YUYV;
    for (int i = 0; i < 5; i++) {
        char note[200] = "";
        if (i)
            snprintf(note, sizeof note,
                     "USB has no bandwidth left for 1280x720 YUYV (442 Mbit/s)%s",
                     notes_of_refusal[i]);
        offer_plenty(&f->fake);
        f->fake.failures[0] = (struct fake_failure){VIDIOC_STREAMON, -ENOSPC, 0, i};
        f->fake.failures[0].code = i ? -ENOSPC : 0;
        assert_int_equal(open_camera(f), 0);
        assert_string_equal(f->camera->info.note, note);
        assert_int_equal(f->fake.opens, 1);
        assert_int_equal(f->fake.mapped_now, 4);
        source_close(&f->camera);
        assert_true(fake_v4l2_is_clean(&f->fake));
    }
    // When nothing is cheap enough, what was refused first is told.
    offer_plenty(&f->fake);
    f->fake.failures[0] = (struct fake_failure){VIDIOC_STREAMON, -ENOSPC, 0, 0};
    assert_int_equal(open_camera(f), -ENOSPC);
    assert_non_null(
        strstr(f->err.text, "1280x720 YUYV (442 Mbit/s) from /dev/video7: try another"));
    // Something else that goes wrong on the way is told as it is.
    offer_plenty(&f->fake);
    f->fake.failures[0] = (struct fake_failure){VIDIOC_STREAMON, -ENOSPC, 0, 2};
    f->fake.failures[1] = (struct fake_failure){VIDIOC_S_FMT, -ENODEV, 2, 0};
    assert_int_equal(open_camera(f), -ENODEV);
    assert_non_null(strstr(f->err.text, "unplugged"));
}

/** Drivers that do not know rates or list nothing still stream. */
static void test_driver_without_rates(void **state)
{
    struct fixture *f = *state;
    f->fake.failures[0] = (struct fake_failure){VIDIOC_S_PARM, -ENOTTY, 0, 0};
    f->fake.failures[1] = (struct fake_failure){VIDIOC_G_PARM, -ENOTTY, 0, 0};
    f->fake.failures[2] = (struct fake_failure){VIDIOC_ENUM_FRAMEINTERVALS, -EINVAL, 0, 0};
    f->fake.failures[3] = (struct fake_failure){VIDIOC_ENUM_FRAMESIZES, -EINVAL, 0, 0};
    f->fake.failures[4] = (struct fake_failure){VIDIOC_TRY_FMT, -EINVAL, 0, 0};
    fake_v4l2_add_frames(&f->fake, 1);
    assert_int_equal(open_camera(f), 0);
    assert_true(f->camera->info.fps <= 0);
    assert_int_equal(f->camera->info.width, 640);
    expect_frame(f, 0);
}

static void test_buffer_counts(void **state)
{
    static const struct {
        int asked;
        unsigned min, max;
        uint32_t sizeimage;
        int mapped;
    } rows[] = {
        {0, 1, 32, 0, 4},         {2, 1, 32, 0, 2},        {8, 1, 32, 0, 8},
        {32, 1, 32, 0, 28},       {4, 1, 2, 0, 2},         {2, 3, 32, 0, 3},
        {2, 32, 64, 0, 28},       {4, 1, 32, 64 << 20, 4}, {4, 1, 32, 65 << 20, 2},
        {4, 1, 32, 128 << 20, 2},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        f->config.buffers = rows[i].asked;
        f->fake.buffers_min = rows[i].min;
        f->fake.buffers_max = rows[i].max;
        f->fake.forced.sizeimage = rows[i].sizeimage;
        assert_int_equal(open_camera(f), 0);
        assert_int_equal(f->fake.mapped_now, rows[i].mapped);
        source_close(&f->camera);
        assert_true(fake_v4l2_is_clean(&f->fake));
    }
}

// Formats.

static const struct raw_format {
    uint32_t fourcc;
    enum pixel_format format;
    enum pixel_range range;
} raw_formats[] = {
    {V4L2_PIX_FMT_YUYV, PIXEL_YUYV, RANGE_LIMITED},
    {V4L2_PIX_FMT_UYVY, PIXEL_UYVY, RANGE_LIMITED},
    {V4L2_PIX_FMT_NV12, PIXEL_NV12, RANGE_LIMITED},
    {V4L2_PIX_FMT_YUV420, PIXEL_I420, RANGE_LIMITED},
    {V4L2_PIX_FMT_GREY, PIXEL_GRAY8, RANGE_FULL},
    {V4L2_PIX_FMT_RGB24, PIXEL_RGB24, RANGE_FULL},
    {V4L2_PIX_FMT_BGR24, PIXEL_BGR24, RANGE_FULL},
};

/** Each raw format in odd sizes with padded rows, lent and copied: the planes lie where they lay.
 */
static void test_raw_formats(void **state)
{
    static const int sides[] = {1, 2, 3, 15, 16, 17, 641};
    struct fixture *f = *state;
    f->config.width = f->config.height = 0;
    for (size_t i = 0; i < sizeof raw_formats / sizeof raw_formats[0]; i++)
        for (size_t w = 0; w < 7; w++)
            for (size_t h = 0; h < 7; h++) {
                fake_v4l2_init(&f->fake);
                memset(f->fake.formats, 0, sizeof f->fake.formats);
                f->fake.formats[0] = (struct fake_format){
                    .fourcc = raw_formats[i].fourcc,
                    .sizes = {{(unsigned)sides[w], (unsigned)sides[h], {{1, 30}}}}};
                f->fake.stride_padding = (w + h) % 2 * 34;
                f->fake.buffers_max = h % 3 == 0 ? 3 : 4;
                fake_v4l2_add_frames(&f->fake, 1);
                assert_int_equal(open_camera(f), 0);
                struct loan loan;
                assert_int_equal(acquire(f, &loan), 0);
                const struct frame *frame = &loan.frame;
                assert_int_equal(frame->format, raw_formats[i].format);
                assert_int_equal(frame->range, raw_formats[i].range);
                assert_true(frame->width == sides[w] && frame->height == sides[h]);
                struct frame_layout layout =
                    frame_layout_make(frame->format, frame->width, frame->height, frame->stride[0]);
                for (int p = 0; p < layout.planes; p++)
                    for (int y = 0; y < layout.rows[p]; y++)
                        for (int x = 0; x < layout.row_bytes[p]; x++)
                            assert_int_equal(frame->data[p][y * frame->stride[p] + x],
                                             fake_v4l2_byte(0));
                source_release(&loan);
                source_close(&f->camera);
            }
}

/** With fewer than four buffers frames are copies, and the driver has all its buffers back. */
static void test_copies_when_buffers_are_few(void **state)
{
    struct fixture *f = *state;
    f->config.buffers = 2;
    f->fake.scribbles = true;
    fake_v4l2_add_frames(&f->fake, 4);
    assert_int_equal(open_camera(f), 0);
    struct loan loans[4];
    int64_t allocated = memory_sum_of(MEMORY_OWNERS).total_count;
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(acquire(f, &loans[i]), 0);
        assert_int_equal(f->fake.fifo_count, 2);
    }
    assert_int_equal(memory_sum_of(MEMORY_OWNERS).total_count, allocated);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(loans[i].frame.data[0][5], fake_v4l2_byte(i));
        assert_int_equal(loans[i].frame.sequence, i);
        source_release(&loans[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_opens_and_lends),
        TEST(test_asks_properly),
        TEST(test_notes),
        TEST(test_conversion),
        TEST(test_refusals),
        TEST(test_full_bus),
        TEST(test_driver_without_rates),
        TEST(test_buffer_counts),
        TEST(test_raw_formats),
        TEST(test_copies_when_buffers_are_few),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
