/*
 * Choosing a camera and its mode: what is offered, what a change keeps, what cameras are called.
 */
#include "app/camera_picker.h"
#include "processing/memory.h"
#include "tests/fakes/fake_v4l2.h"

#include <linux/videodev2.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { YUYV = V4L2_PIX_FMT_YUYV, MJPG = V4L2_PIX_FMT_MJPEG, YVYU = V4L2_PIX_FMT_YVYU };

enum { CAMERA, FORMAT, SIZE, RATE, FASTEST };

static const struct fake_format offered[] = {
    {.fourcc = YVYU, .sizes = {{320, 240, {{1, 15}}}}},
    {.fourcc = YUYV,
     .sizes = {{1280, 720, {{1, 10}}},
               {640, 480, {{1, 30}, {1, 15}}},
               {320, 240, {{1, 15}, {1, 30}}}}},
    {.fourcc = MJPG,
     .sizes = {{640, 480, {{1, 120}, {1, 60}, {1, 30}}},
               {1280, 720, {{333333, 20000000}, {1, 30}}},
               {1920, 1080, {{1, 30}}}}},
};

struct bench {
    struct fake_v4l2 fake;
    struct camera_picker picker;
};

static void add_camera(struct bench *b, const char *path, const char *card)
{
    struct camera_list *list = &b->picker.cameras;
    struct camera_entry entry = {.usable = true, .number = list->count, .index = 0};
    snprintf(entry.path, sizeof entry.path, "%s", path);
    snprintf(entry.card, sizeof entry.card, "%s", card);
    int fd = b->fake.io.open(&b->fake, path, false);
    assert_int_equal(camera_modes_read(&entry.modes, &b->fake.io, fd, CAMERA_MODES_ALL, NULL), 0);
    b->fake.io.close(&b->fake, fd);
    struct camera_entry *entries =
        memory_alloc(MEMORY_CAMERA, (size_t)(list->count + 1) * sizeof entry);
    assert_non_null(entries);
    if (list->count > 0)
        memcpy(entries, list->entries, (size_t)list->count * sizeof entry);
    memory_free(list->entries);
    entries[list->count++] = entry;
    list->entries = entries;
}

static int set_up(void **state)
{
    static struct bench b;
    b = (struct bench){0};
    fake_v4l2_init(&b.fake);
    memset(b.fake.formats, 0, sizeof b.fake.formats);
    memcpy(b.fake.formats, offered, sizeof offered);
    add_camera(&b, "/dev/video90", "Front");
    *state = &b;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *b = *state;
    camera_list_free(&b->picker.cameras);
    return memory_sum_of(MEMORY_OWNERS).live_bytes == 0 ? 0 : -1;
}

static const struct camera_modes *modes_of(const struct bench *b)
{
    return &b->picker.cameras.entries[0].modes;
}

static void test_formats(void **state)
{
    struct camera_format formats[PICKER_ITEMS];
    assert_int_equal(picker_formats(modes_of(*state), formats), 3);
    assert_true(formats[0].fourcc == YUYV && formats[1].fourcc == MJPG);
    assert_true(formats[2].fourcc == YVYU && !formats[2].native); // what needs help is the last
}

static void expect_sizes(const struct bench *b, uint32_t fourcc, bool fastest, int count,
                         const int *widths)
{
    struct camera_size sizes[PICKER_ITEMS];
    assert_int_equal(picker_sizes(modes_of(b), fourcc, fastest, sizes), count);
    for (int i = 0; i < count; i++)
        assert_int_equal(sizes[i].width, widths[i]);
}

static void test_sizes(void **state)
{
    struct bench *b = *state;
    expect_sizes(b, YUYV, false, 3, (const int[]){320, 640, 1280});
    expect_sizes(b, YUYV, true, 2, (const int[]){320, 640});
    expect_sizes(b, MJPG, false, 3, (const int[]){640, 1280, 1920});
    expect_sizes(b, MJPG, true, 2, (const int[]){640, 1280}); // 120 and 60.00006 are 60
    expect_sizes(b, V4L2_PIX_FMT_NV12, false, 0, NULL);
}

static void expect_rates(const struct camera_modes *modes, uint32_t fourcc, int width, int height,
                         bool fastest, int count, const double *expected)
{
    double rates[PICKER_ITEMS];
    assert_int_equal(picker_rates(modes, fourcc, width, height, fastest, rates), count);
    for (int i = 0; i < count; i++)
        assert_float_equal((float)rates[i], (float)expected[i], 0.001f);
}

static void test_rates(void **state)
{
    struct bench *b = *state;
    const struct camera_modes *modes = modes_of(b);
    expect_rates(modes, YUYV, 320, 240, false, 2, (const double[]){15, 30});
    expect_rates(modes, YUYV, 320, 240, true, 1, (const double[]){30});
    expect_rates(modes, MJPG, 640, 480, false, 3, (const double[]){30, 60, 120});
    expect_rates(modes, MJPG, 640, 480, true, 1, (const double[]){60});
    expect_rates(modes, MJPG, 1280, 720, true, 1, (const double[]){60.00006});
    expect_rates(modes, MJPG, 100, 100, false, 0, NULL);
}

/** Any rate between two: the usual ones. */
static void test_range_of_rates(void **state)
{
    struct bench *b = *state;
    struct fake_format steps = {.fourcc = YUYV,
                                .listing = FAKE_STEPS,
                                .limits = {16, 640, 16, 16, 480, 16},
                                .shortest = {1, 33},
                                .longest = {1, 8}};
    memset(b->fake.formats, 0, sizeof b->fake.formats);
    b->fake.formats[0] = steps;
    add_camera(b, "/dev/video91", "Steps");
    const struct camera_modes *modes = &b->picker.cameras.entries[1].modes;
    expect_rates(modes, YUYV, 640, 480, false, 8, (const double[]){8, 10, 15, 20, 24, 25, 30, 33});
    expect_rates(modes, YUYV, 640, 480, true, 1, (const double[]){33});
}

/** What is kept where it is offered, and what else comes nearest. */
static void test_wishes(void **state)
{
    static const struct {
        struct camera_wish wish;
        bool fastest;
        int width;
        double fps;
    } rows[] = {
        {{MJPG, 640, 480, 30}, false, 640, 30},    {{MJPG, 320, 240, 15}, false, 640, 30},
        {{YUYV, 1920, 1080, 30}, false, 1280, 10}, {{YUYV, 640, 480, 20}, false, 640, 15},
        {{MJPG, 1920, 1080, 30}, true, 1280, 60},  {{MJPG, 640, 480, 30}, true, 640, 60},
        {{YVYU, 1280, 720, 10}, false, 320, 15},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct camera_wish found = picker_wish(modes_of(*state), &rows[i].wish, rows[i].fastest);
        assert_int_equal(found.fourcc, rows[i].wish.fourcc);
        assert_int_equal(found.width, rows[i].width);
        assert_float_equal((float)found.fps, (float)rows[i].fps, 0.001f);
    }
}

static void expect_name(const struct bench *b, int camera, const char *expected)
{
    char name[PICKER_NAME];
    picker_name(&b->picker.cameras, &b->picker.cameras.entries[camera], name);
    assert_string_equal(name, expected);
}

static struct camera_entry *entry(struct bench *b, int camera)
{
    return &b->picker.cameras.entries[camera];
}

static void test_names(void **state)
{
    struct bench *b = *state;
    add_camera(b, "/dev/video91", "Integrated Camera: Integrated C");
    expect_name(b, 0, "Front");
    expect_name(b, 1, "Integrated Camera: Integrated C");
    add_camera(b, "/dev/video92", "Integrated Camera: Integrated C");
    expect_name(b, 1, "Integrated Camera: I\xe2\x80\xa6 (video91)");
    snprintf(entry(b, 1)->bus_info, 33, "usb-0000:00:14.0-4");
    snprintf(entry(b, 2)->bus_info, 33, "usb-0000:00:14.0-1.2");
    expect_name(b, 1, "Integrated Camera: I\xe2\x80\xa6 (usb 4)");
    expect_name(b, 2, "Integrated Camera: I\xe2\x80\xa6 (usb 1.2)");
    snprintf(entry(b, 1)->serial, 64, "A1");
    expect_name(b, 1, "Integrated Camera: I\xe2\x80\xa6 (usb 4)"); // the other has none
    snprintf(entry(b, 2)->serial, 64, "A1");
    expect_name(b, 1, "Integrated Camera: I\xe2\x80\xa6 (usb 4)"); // both have the same
    snprintf(entry(b, 2)->serial, 64, "B7");
    expect_name(b, 1, "Integrated Camera: I\xe2\x80\xa6 (A1)");
    entry(b, 2)->usable = false; // what is not offered needs no other name
    expect_name(b, 1, "Integrated Camera: Integrated C");
    snprintf(entry(b, 1)->card, 33, "Front");
    snprintf(entry(b, 0)->bus_info, 33, "platform:vivid-000");
    expect_name(b, 0, "Front (vivid-000)");
}

static const char *next_of(const struct bench *b, const char *device, const char *hidden)
{
    const struct camera_entry *next = picker_next(&b->picker.cameras, device, hidden);
    return next ? next->path : "";
}

static void test_next(void **state)
{
    struct bench *b = *state;
    assert_string_equal(next_of(b, "", ""), "/dev/video90");
    assert_string_equal(next_of(b, "/dev/video90", ""), "");
    assert_string_equal(next_of(b, "/dev/video7", ""), "/dev/video90");
    add_camera(b, "/dev/video91", "Metadata");
    entry(b, 1)->usable = false;
    add_camera(b, "/dev/video92", "Back");
    add_camera(b, "/dev/video93", "Loop");
    assert_string_equal(next_of(b, "/dev/video90", ""), "/dev/video92");
    assert_string_equal(next_of(b, "/dev/video92", ""), "/dev/video93");
    assert_string_equal(next_of(b, "/dev/video93", ""), "/dev/video90");
    assert_string_equal(next_of(b, "/dev/video92", "/dev/video93"), "/dev/video90");
    assert_string_equal(next_of(b, "", "/dev/video90"), "/dev/video92");
    camera_list_free(&b->picker.cameras);
    assert_string_equal(next_of(b, "/dev/video90", ""), "");
}

// The fields.

static void make(struct bench *b, enum picker_kind kind, const char *device,
                 struct camera_wish mode)
{
    struct picker_now now = {0};
    now.kind = kind;
    now.mode = mode;
    snprintf(now.name, sizeof now.name, "Name");
    snprintf(now.device, sizeof now.device, "%s", device);
    camera_picker_make(&b->picker, &now);
}

static void expect_field(const struct bench *b, int field, const char *text, int value, int high)
{
    const struct panel_field *f = &b->picker.fields[field];
    assert_string_equal(f->text, text);
    assert_int_equal(f->value, value);
    assert_int_equal(f->high, high);
}

static void test_fields(void **state)
{
    struct bench *b = *state;
    add_camera(b, "/dev/video91", "Back");
    make(b, PICKER_CAMERA, "/dev/video91", (struct camera_wish){YUYV, 640, 480, 15});
    assert_int_equal(b->picker.field_count, PICKER_FIELDS);
    assert_true(b->picker.another);
    expect_field(b, CAMERA, "Back", 1, 2);
    expect_field(b, FORMAT, "YUYV", 0, 2);
    expect_field(b, SIZE, "640x480", 1, 2);
    expect_field(b, RATE, "15 FPS", 0, 1);
    assert_int_equal(b->picker.fields[FASTEST].kind, PANEL_SWITCH);
    make(b, PICKER_SCENE, "", (struct camera_wish){0});
    assert_int_equal(b->picker.field_count, 1);
    expect_field(b, CAMERA, "Built-in scene", 2, 2);
    make(b, PICKER_OTHER, "", (struct camera_wish){0});
    expect_field(b, CAMERA, "Name", 0, 3);
    make(b, PICKER_CAMERA, "/dev/video92", (struct camera_wish){YUYV, 640, 480, 15});
    assert_int_equal(b->picker.field_count, 1); // it is gone
    expect_field(b, CAMERA, "Name", 0, 3);
    snprintf(b->picker.hidden, sizeof b->picker.hidden, "/dev/video90");
    make(b, PICKER_CAMERA, "/dev/video91", (struct camera_wish){YUYV, 640, 480, 15});
    expect_field(b, CAMERA, "Back", 0, 1);
    assert_false(b->picker.another); // the other one is hidden
    make(b, PICKER_SCENE, "", (struct camera_wish){0});
    assert_true(b->picker.another);
    camera_list_free(&b->picker.cameras);
    make(b, PICKER_SCENE, "", (struct camera_wish){0});
    assert_int_equal(b->picker.fields[1].kind, PANEL_WORDS); // that there is none
    assert_false(b->picker.another);
}

/** What was granted is shown although nobody lists it, and what is converted says so. */
static void test_unlisted(void **state)
{
    struct bench *b = *state;
    make(b, PICKER_CAMERA, "/dev/video90", (struct camera_wish){V4L2_PIX_FMT_NV12, 800, 600, 12.5});
    expect_field(b, FORMAT, "NV12", 3, 3);
    expect_field(b, SIZE, "800x600", 0, 0);
    expect_field(b, RATE, "12.5 FPS", 0, 0);
    make(b, PICKER_CAMERA, "/dev/video90", (struct camera_wish){YUYV, 800, 600, 0});
    expect_field(b, SIZE, "800x600", 2, 3);
    expect_field(b, RATE, "unknown", 0, 0);
    struct picker_now now = b->picker.now;
    now.mode = (struct camera_wish){V4L2_PIX_FMT_YUV420, 320, 240, 15};
    now.wished = YVYU;
    camera_picker_make(&b->picker, &now);
    expect_field(b, FORMAT, "YVYU (emulated)", 2, 2);
    expect_field(b, SIZE, "320x240", 0, 0);
}

static struct camera_pick change(struct bench *b, int field, int value)
{
    b->picker.fields[field].value = value;
    struct camera_pick pick = camera_picker_changed(&b->picker, field);
    struct picker_now now = b->picker.now;
    camera_picker_make(&b->picker, &now);
    return pick;
}

static void expect_wish(struct camera_pick pick, uint32_t fourcc, int width, double fps)
{
    assert_int_equal(pick.kind, PICKER_CAMERA);
    assert_true(pick.mode);
    assert_int_equal(pick.wish.fourcc, fourcc);
    assert_int_equal(pick.wish.width, width);
    assert_float_equal((float)pick.wish.fps, (float)fps, 0.001f);
}

static void test_picks(void **state)
{
    struct bench *b = *state;
    add_camera(b, "/dev/video91", "Back");
    struct camera_wish mode = {YUYV, 640, 480, 30};
    make(b, PICKER_CAMERA, "/dev/video90", mode);
    struct camera_pick pick = change(b, CAMERA, 1);
    assert_true(pick.kind == PICKER_CAMERA && !pick.mode);
    assert_string_equal(pick.camera->path, "/dev/video91");
    assert_int_equal(change(b, CAMERA, 2).kind, PICKER_SCENE);
    expect_wish(change(b, FORMAT, 1), MJPG, 640, 30);
    expect_wish(change(b, FORMAT, 2), YVYU, 320, 15);
    expect_wish(change(b, SIZE, 2), YUYV, 1280, 10);
    expect_wish(change(b, RATE, 0), YUYV, 640, 15);
    // The highest rate runs already: nothing is opened anew, but less is offered.
    assert_int_equal(change(b, FASTEST, 1).kind, PICKER_OTHER);
    expect_field(b, SIZE, "640x480", 1, 1);
    expect_field(b, RATE, "30 FPS", 0, 0);
    expect_wish(change(b, FORMAT, 1), MJPG, 640, 60);
    assert_int_equal(change(b, FASTEST, 0).kind, PICKER_OTHER);
    expect_field(b, SIZE, "640x480", 1, 2);
    make(b, PICKER_CAMERA, "/dev/video90", (struct camera_wish){MJPG, 1920, 1080, 30});
    expect_wish(change(b, FASTEST, 1), MJPG, 1280, 60);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_formats),  TEST(test_sizes), TEST(test_rates), TEST(test_range_of_rates),
        TEST(test_wishes),   TEST(test_names), TEST(test_next),  TEST(test_fields),
        TEST(test_unlisted), TEST(test_picks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
