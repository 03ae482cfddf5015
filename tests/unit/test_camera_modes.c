/*
 * Reading what a driver lists, in each of the ways in which drivers do, and choosing from it.
 */
#include "capture/camera_formats.h"
#include "capture/camera_modes.h"
#include "tests/fakes/fake_v4l2.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int read_modes(struct fake_v4l2 *fake, struct camera_modes *modes,
                      const struct camera_wish *wish)
{
    int fd = fake->io.open(fake, "/dev/video0", false);
    assert_true(fd >= 0);
    *modes = (struct camera_modes){0};
    int ret = camera_modes_read(modes, &fake->io, fd, CAMERA_MODES_ALL, wish);
    fake->io.close(fake, fd);
    return ret;
}

static const struct camera_wish no_wish = {.fps = -1};

// Reading.

static void test_lists(void **state)
{
    (void)state;
    struct fake_v4l2 fake;
    struct camera_modes modes;
    fake_v4l2_init(&fake);
    fake.formats[2] =
        (struct fake_format){.fourcc = V4L2_PIX_FMT_YVYU, .sizes = {{320, 240, {{1, 5}}}}};
    assert_int_equal(read_modes(&fake, &modes, NULL), 0);
    assert_int_equal(modes.format_count, 3);
    const struct camera_format *yuyv = camera_modes_find(&modes, V4L2_PIX_FMT_YUYV);
    assert_true(yuyv->native && !yuyv->emulated && !yuyv->ranged);
    assert_string_equal(yuyv->description, "Fake YUYV");
    assert_int_equal(yuyv->sizes, 2);
    const struct camera_size *size = &modes.sizes[yuyv->first_size];
    assert_true(size->width == 640 && size->height == 480 && size->rates == 2);
    assert_int_equal(modes.rates[size->first_rate + 1].shortest.den, 15);
    assert_int_equal(modes.rates[size->first_rate + 1].longest.den, 15);
    const struct camera_format *yvyu = camera_modes_find(&modes, V4L2_PIX_FMT_YVYU);
    assert_true(!yvyu->native && yvyu->sizes == 1);
    assert_null(camera_modes_find(&modes, V4L2_PIX_FMT_NV12));
    camera_modes_free(&modes);
    camera_modes_free(&modes);
    assert_null(modes.formats);
}

static bool has(const struct camera_modes *modes, int width, int height)
{
    for (int i = 0; i < modes->size_count; i++)
        if (modes->sizes[i].width == width && modes->sizes[i].height == height)
            return true;
    return false;
}

static void make_stepwise(struct fake_v4l2 *fake)
{
    fake_v4l2_init(fake);
    memset(fake->formats, 0, sizeof fake->formats);
    fake->formats[0] = (struct fake_format){
        .fourcc = V4L2_PIX_FMT_YUYV,
        .listing = FAKE_STEPS,
        .limits = {.min_width = 48,
                   .max_width = 1600,
                   .step_width = 16,
                   .min_height = 32,
                   .max_height = 1200,
                   .step_height = 8},
        .shortest = {1, 50},
        .longest = {1, 2},
    };
}

static void test_limits(void **state)
{
    (void)state;
    struct fake_v4l2 fake;
    struct camera_modes modes;
    make_stepwise(&fake);
    struct camera_wish wish = {.width = 1001, .height = 701};
    assert_int_equal(read_modes(&fake, &modes, &wish), 0);
    assert_true(modes.formats[0].ranged);
    assert_int_equal(modes.formats[0].range.max_width, 1600);
    assert_true(has(&modes, 1008, 704)); // the wish, on the grid
    assert_true(has(&modes, 640, 480));
    assert_true(has(&modes, 1280, 720));
    assert_true(has(&modes, 1600, 1200)); // the largest
    assert_false(has(&modes, 1920, 1080));
    for (int i = 0; i < modes.size_count; i++) {
        assert_int_equal((modes.sizes[i].width - 48) % 16, 0);
        assert_int_equal((modes.sizes[i].height - 32) % 8, 0);
    }
    const struct camera_rate *rate = &modes.rates[modes.sizes[0].first_rate];
    assert_true(rate->shortest.den == 50 && rate->longest.den == 2);
    camera_modes_free(&modes);
}

/** Limits that make no sense still give sizes that a picture can have. */
static void test_absurd_limits(void **state)
{
    (void)state;
    struct fake_v4l2 fake;
    struct camera_modes modes;
    make_stepwise(&fake);
    fake.formats[0].limits = (struct v4l2_frmsize_stepwise){
        .min_width = 0, .max_width = 0xffffffff, .min_height = 500, .max_height = 20};
    struct camera_wish wish = {.width = 2000000000, .height = 2000000000};
    assert_int_equal(read_modes(&fake, &modes, &wish), 0);
    assert_true(modes.size_count > 0);
    for (int i = 0; i < modes.size_count; i++) {
        assert_in_range(modes.sizes[i].width, 1, FRAME_MAX_SIDE);
        assert_int_equal(modes.sizes[i].height, 500);
    }
    camera_modes_free(&modes);
}

/** A driver that lists no sizes is asked what it would make of usual ones. */
static void test_silence(void **state)
{
    (void)state;
    struct fake_v4l2 fake;
    struct camera_modes modes;
    fake_v4l2_init(&fake);
    memset(fake.formats, 0, sizeof fake.formats);
    fake.formats[0] = (struct fake_format){.fourcc = V4L2_PIX_FMT_UYVY, .listing = FAKE_SILENT};
    fake.forced.width = 720;
    fake.forced.height = 576;
    assert_int_equal(read_modes(&fake, &modes, &no_wish), 0);
    assert_int_equal(modes.size_count, 1);
    assert_true(has(&modes, 720, 576));
    struct camera_mode mode;
    assert_int_equal(camera_modes_choose(&modes, &no_wish, &mode), 0);
    assert_true(mode.width == 720 && mode.height == 576);
    assert_true(mode.interval.num == 0 && mode.interval.den == 0);
    camera_modes_free(&modes);
    // A driver that would rather give another format has no size of this one.
    fake.forced.pixelformat = V4L2_PIX_FMT_YUYV;
    assert_int_equal(read_modes(&fake, &modes, &no_wish), 0);
    assert_int_equal(modes.size_count, 0);
    camera_modes_free(&modes);
}

static int endless_fmt(void *self, int fd, unsigned long request, void *argument)
{
    (void)self;
    (void)fd;
    if (request == VIDIOC_ENUM_FMT)
        ((struct v4l2_fmtdesc *)argument)->pixelformat = V4L2_PIX_FMT_YUYV;
    if (request == VIDIOC_ENUM_FRAMESIZES) {
        struct v4l2_frmsizeenum *size = argument;
        size->type = V4L2_FRMSIZE_TYPE_DISCRETE;
        size->discrete.width = size->index + 1;
        size->discrete.height = 1;
    }
    if (request == VIDIOC_ENUM_FRAMEINTERVALS)
        return -EINVAL;
    return 0;
}

static void test_endless_list(void **state)
{
    (void)state;
    struct v4l2_io io = {.ioctl = endless_fmt};
    struct camera_modes modes = {0};
    assert_int_equal(camera_modes_read(&modes, &io, 0, CAMERA_MODES_ALL, NULL), 0);
    assert_int_equal(modes.format_count, 256);
    camera_modes_free(&modes);
}

static void test_unplugged_while_reading(void **state)
{
    (void)state;
    static const unsigned long requests[] = {VIDIOC_ENUM_FMT, VIDIOC_ENUM_FRAMESIZES,
                                             VIDIOC_ENUM_FRAMEINTERVALS};
    for (size_t i = 0; i < 3; i++) {
        struct fake_v4l2 fake;
        struct camera_modes modes;
        fake_v4l2_init(&fake);
        fake.failures[0] = (struct fake_failure){requests[i], -ENODEV, 1, 0};
        assert_int_equal(read_modes(&fake, &modes, NULL), -ENODEV);
        camera_modes_free(&modes);
    }
}

// Choosing.

#define Y V4L2_PIX_FMT_YUYV
#define M V4L2_PIX_FMT_MJPEG
#define G V4L2_PIX_FMT_GREY

/** A camera in short: modes of one rate each. The list ends with fourcc 0. */
struct offer {
    uint32_t fourcc;
    int width, height, fps;
};

static const struct choice {
    const char *why;
    struct offer offers[10];
    struct camera_wish wish;
    struct offer expected;
} choices[] = {
    {"a usual webcam: raw is slow at 720p, MJPEG is not",
     {{Y, 640, 480, 30}, {Y, 1280, 720, 10}, {M, 640, 480, 30}, {M, 1280, 720, 30}},
     {.fps = -1},
     {M, 1280, 720, 30}},
    {"raw before MJPEG where all else is equal",
     {{M, 1280, 720, 30}, {Y, 1280, 720, 30}, {Y, 640, 480, 30}},
     {.fps = -1},
     {Y, 1280, 720, 30}},
    {"the order of raw formats",
     {{G, 640, 480, 30}, {Y, 640, 480, 30}},
     {.fps = -1},
     {Y, 640, 480, 30}},
    {"not below 640x480, even if faster",
     {{Y, 320, 240, 60}, {Y, 640, 480, 15}},
     {.fps = -1},
     {Y, 640, 480, 15}},
    {"640x360 is below 640x480",
     {{Y, 640, 360, 40}, {Y, 640, 480, 25}, {Y, 1280, 720, 12}},
     {.fps = -1},
     {Y, 640, 480, 25}},
    {"unless there is nothing else",
     {{Y, 160, 120, 30}, {Y, 320, 240, 30}, {Y, 352, 288, 15}},
     {.fps = -1},
     {Y, 320, 240, 30}},
    {"not above 1280x720 at the same rate",
     {{M, 1920, 1080, 30}, {M, 1280, 720, 30}, {M, 3840, 2160, 30}},
     {.fps = -1},
     {M, 1280, 720, 30}},
    {"above it the smallest",
     {{M, 3840, 2160, 30}, {M, 1920, 1080, 30}},
     {.fps = -1},
     {M, 1920, 1080, 30}},
    {"the rate decides before the size",
     {{M, 1920, 1080, 60}, {M, 1280, 720, 30}},
     {.fps = -1},
     {M, 1920, 1080, 60}},
    {"more than 60 is no gain",
     {{M, 640, 480, 120}, {M, 1280, 720, 60}},
     {.fps = -1},
     {M, 1280, 720, 60}},
    {"and not taken when 60 is there",
     {{M, 1280, 720, 120}, {M, 1280, 720, 60}, {M, 1280, 720, 90}},
     {.fps = -1},
     {M, 1280, 720, 60}},
    {"but better than less than 60",
     {{M, 1280, 720, 90}, {M, 1280, 720, 50}},
     {.fps = -1},
     {M, 1280, 720, 90}},
    {"fps 0 is the fastest",
     {{M, 640, 480, 120}, {M, 1280, 720, 60}},
     {.fps = 0},
     {M, 640, 480, 120}},
    {"a wished size, at its highest rate",
     {{Y, 1920, 1080, 5}, {M, 1920, 1080, 30}, {Y, 640, 480, 30}},
     {.fps = -1, .width = 1920, .height = 1080},
     {M, 1920, 1080, 30}},
    {"a wished small size",
     {{Y, 320, 240, 30}, {Y, 640, 480, 30}},
     {.fps = -1, .width = 320, .height = 240},
     {Y, 320, 240, 30}},
    {"the nearest size to one that is not offered",
     {{Y, 320, 240, 30}, {Y, 640, 480, 30}, {Y, 1280, 720, 10}},
     {.fps = -1, .width = 600, .height = 480},
     {Y, 640, 480, 30}},
    {"half a size is no wish",
     {{Y, 320, 240, 30}, {Y, 640, 480, 30}},
     {.fps = -1, .width = 0, .height = 240},
     {Y, 640, 480, 30}},
    {"a wished format, even if slow",
     {{Y, 640, 480, 5}, {M, 640, 480, 30}},
     {.fps = -1, .fourcc = Y},
     {Y, 640, 480, 5}},
    {"a wished format that is not offered is no wish",
     {{Y, 640, 480, 5}, {M, 640, 480, 30}},
     {.fps = -1, .fourcc = G},
     {M, 640, 480, 30}},
    {"a wished rate: the nearest",
     {{Y, 640, 480, 30}, {Y, 640, 480, 15}, {Y, 640, 480, 10}},
     {.fps = 14},
     {Y, 640, 480, 15}},
    {"a wished rate before the size",
     {{Y, 1280, 720, 10}, {Y, 640, 480, 30}, {Y, 800, 600, 25}},
     {.fps = 25},
     {Y, 800, 600, 25}},
    {"all three",
     {{Y, 1280, 720, 10}, {M, 1280, 720, 30}, {M, 1280, 720, 60}, {M, 640, 480, 30}},
     {.fps = 30, .width = 1280, .height = 720, .fourcc = M},
     {M, 1280, 720, 30}},
};

static void offer(struct fake_v4l2 *fake, const struct offer *offers)
{
    fake_v4l2_init(fake);
    memset(fake->formats, 0, sizeof fake->formats);
    // Each offer as a format of its own: a driver may list one twice.
    for (int i = 0; offers[i].fourcc; i++)
        fake->formats[i] = (struct fake_format){.fourcc = offers[i].fourcc};
}

/** The same straight into the structs, without a driver; neighbours differ in the rate alone. */
static void build(struct camera_modes *modes, const struct offer *offers)
{
    static struct camera_format formats[10];
    static struct camera_size sizes[10];
    static struct camera_rate rates[10];
    *modes = (struct camera_modes){formats, sizes, rates, 0, 0, 0};
    for (int i = 0; offers[i].fourcc; i++) {
        const struct offer *one = &offers[i], *last = i > 0 ? &offers[i - 1] : NULL;
        struct camera_interval interval = {1, (uint32_t)one->fps};
        rates[modes->rate_count++] = (struct camera_rate){interval, interval};
        if (last && last->fourcc == one->fourcc && last->width == one->width &&
            last->height == one->height) {
            sizes[modes->size_count - 1].rates++;
            continue;
        }
        formats[modes->format_count++] =
            (struct camera_format){.fourcc = one->fourcc,
                                   .native = camera_format_find(one->fourcc) != NULL,
                                   .first_size = modes->size_count,
                                   .sizes = 1};
        sizes[modes->size_count++] = (struct camera_size){one->width, one->height, i, 1};
    }
}

static void test_choices(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++) {
        const struct choice *choice = &choices[i];
        struct camera_modes modes;
        struct camera_mode mode = {0};
        build(&modes, choice->offers);
        assert_int_equal(camera_modes_choose(&modes, &choice->wish, &mode), 0);
        const struct offer *expected = &choice->expected;
        if (mode.fourcc != expected->fourcc || mode.width != expected->width ||
            mode.height != expected->height || (int)mode.interval.den != expected->fps)
            fail_msg("%s: got %s %dx%d at %u/%u", choice->why, camera_fourcc_text(mode.fourcc).text,
                     mode.width, mode.height, mode.interval.den, mode.interval.num);
    }
}

/** 333333/10000000 and 1/30 are the same rate, so the size decides. */
static void test_rates_written_differently(void **state)
{
    (void)state;
    struct camera_modes modes;
    struct camera_mode mode;
    const struct offer offers[] = {{Y, 640, 480, 30}, {Y, 1280, 720, 30}, {0, 0, 0, 0}};
    build(&modes, offers);
    modes.rates[1].shortest = modes.rates[1].longest = (struct camera_interval){1001, 30000};
    assert_int_equal(camera_modes_choose(&modes, &no_wish, &mode), 0);
    assert_int_equal(mode.width, 1280);
}

/** Ranges of rates: the wished one within, the ends outside, 60 without a wish. */
static void test_rate_ranges(void **state)
{
    (void)state;
    static const struct {
        double fps;
        struct camera_interval expected;
    } rows[] = {{25, {1, 25}}, {12.5, {1000, 12500}}, {1000, {1, 90}},
                {1, {1, 5}},   {-1, {1, 60}},         {0, {1, 90}}};
    const struct offer offers[] = {{Y, 640, 480, 30}, {0, 0, 0, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct camera_modes modes;
        struct camera_mode mode;
        struct camera_wish wish = {.fps = rows[i].fps};
        build(&modes, offers);
        modes.rates[0] = (struct camera_rate){{1, 90}, {1, 5}};
        assert_int_equal(camera_modes_choose(&modes, &wish, &mode), 0);
        assert_int_equal(mode.interval.num, rows[i].expected.num);
        assert_int_equal(mode.interval.den, rows[i].expected.den);
    }
}

/** Rates that cannot be true are as good as unknown. */
static void test_absurd_rates(void **state)
{
    (void)state;
    static const struct camera_interval absurd[] = {{0, 0}, {1, 0}, {0, 1}, {1, 100000}, {100, 1}};
    for (size_t i = 0; i < sizeof absurd / sizeof absurd[0]; i++) {
        assert_true(camera_interval_fps(absurd[i]) <= 0);
        struct camera_modes modes;
        struct camera_mode mode;
        const struct offer offers[] = {{Y, 1280, 720, 30}, {Y, 640, 480, 10}, {0, 0, 0, 0}};
        build(&modes, offers);
        modes.rates[0] = (struct camera_rate){absurd[i], absurd[i]};
        assert_int_equal(camera_modes_choose(&modes, &no_wish, &mode), 0);
        assert_int_equal(mode.width, 640);
        assert_int_equal(mode.interval.den, 10);
    }
    assert_true(fabs(camera_interval_fps((struct camera_interval){1001, 30000}) - 29.97) < 0.001);
}

static void test_nothing_to_choose(void **state)
{
    (void)state;
    struct camera_modes modes = {0};
    struct camera_mode mode;
    assert_int_equal(camera_modes_choose(&modes, &no_wish, &mode), -ENOENT);
    const struct offer foreign[] = {{V4L2_PIX_FMT_YVYU, 640, 480, 30}, {0, 0, 0, 0}};
    build(&modes, foreign);
    assert_int_equal(camera_modes_choose(&modes, &no_wish, &mode), -ENOENT);
    struct fake_v4l2 fake;
    const struct offer sizeless[] = {{Y, 0, 0, 0}, {0, 0, 0, 0}};
    offer(&fake, sizeless);
    fake.failures[0] = (struct fake_failure){VIDIOC_TRY_FMT, -EINVAL, 0, 0};
    assert_int_equal(read_modes(&fake, &modes, NULL), 0);
    assert_int_equal(camera_modes_choose(&modes, &no_wish, &mode), -ENOENT);
    camera_modes_free(&modes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_absurd_limits),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_endless_list),
        cmocka_unit_test(test_unplugged_while_reading),
        cmocka_unit_test(test_choices),
        cmocka_unit_test(test_rates_written_differently),
        cmocka_unit_test(test_rate_ranges),
        cmocka_unit_test(test_absurd_rates),
        cmocka_unit_test(test_nothing_to_choose),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
