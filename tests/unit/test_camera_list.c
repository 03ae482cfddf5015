/*
 * The list of cameras, over a folder of our own that looks like /dev and a scripted device behind
 * each of its nodes.
 */
#include "capture/camera_list.h"
#include "processing/memory.h"
#include "tests/fakes/fake_v4l2.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
    struct fake_v4l2 fake;
    char folder[64];
    struct camera_list list;
    struct error err;
};

/** Files first, folders last: they are removed in this order. */
static const char *const files[] = {
    "video0",
    "video1",
    "video2",
    "video10",
    "video11",
    "video",
    "video3x",
    "media0",
    "v4l/by-id/usb-Maker_Camera_1234-video-index0",
    "v4l/by-id/usb-Maker_Camera_1234-video-index1",
    "v4l/by-path/pci-0000-usb-0:1:1.0-video-index0",
    "v4l/by-path/pci-0000-usbv2-0:1:1.0-video-index0",
    "v4l/by-path/dangling",
    "v4l/by-id",
    "v4l/by-path",
    "v4l",
};

enum { FILES = sizeof files / sizeof files[0] };

static void path_of(const struct fixture *f, const char *name, char path[256])
{
    snprintf(path, 256, "%s/%s", f->folder, name);
}

static void make_link(const struct fixture *f, const char *name, const char *target)
{
    char path[256];
    path_of(f, name, path);
    assert_int_equal(symlink(target, path), 0);
}

static void make_folder(const struct fixture *f)
{
    for (int i = FILES - 1; i >= FILES - 3; i--) {
        char path[256];
        path_of(f, files[i], path);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    for (int i = 0; i < 8; i++) {
        char path[256];
        path_of(f, files[i], path);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fclose(file);
    }
    make_link(f, files[8], "../../video2");
    make_link(f, files[9], "../../video10");
    make_link(f, files[11], "../../video2");
    make_link(f, files[10], "../../video2");
    make_link(f, files[12], "../../video77");
}

static void read_list(struct fixture *f)
{
    assert_int_equal(camera_list_read(&f->list, &f->fake.io, f->folder, &f->err), 0);
}

/** Five nodes: a camera, one without permission, another camera, metadata, a loopback's output. */
static void describe_nodes(struct fixture *f)
{
    const struct fake_node nodes[] = {
        {.ending = "video1", .open_code = -EACCES},
        {.ending = "video2", .card = "HD Camera 920"},
        {.ending = "video10", .device_caps = V4L2_CAP_META_CAPTURE | V4L2_CAP_STREAMING},
        {.ending = "video11", .device_caps = V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_STREAMING},
    };
    memcpy(f->fake.nodes, nodes, sizeof nodes);
}

static void test_nodes(void **state)
{
    struct fixture *f = *state;
    const struct {
        int number;
        bool usable;
        const char *card, *reason, *by_id, *by_path;
    } rows[] = {
        {0, true, "Fake Camera", "", "", ""},
        {1, false, "", "you have no permission: join the group video", "", ""},
        // Of two links by path the first by name.
        {2, true, "HD Camera 920", "", files[8], files[10]},
        {10, false, "Fake Camera", "a metadata node, which carries no pictures", files[9], ""},
        {11, false, "Fake Camera",
         "an output, not a camera (or a loopback device that nothing feeds)", "", ""},
    };
    describe_nodes(f);
    read_list(f);
    assert_int_equal(f->list.count, 5);
    for (int i = 0; i < 5; i++) {
        const struct camera_entry *entry = &f->list.entries[i];
        char name[32], path[256];
        snprintf(name, sizeof name, "video%d", rows[i].number);
        path_of(f, name, path);
        assert_string_equal(entry->path, path);
        assert_int_equal(entry->number, rows[i].number);
        assert_int_equal(entry->usable, rows[i].usable);
        assert_string_equal(entry->reason, rows[i].reason);
        assert_string_equal(entry->card, rows[i].card);
        assert_int_equal(entry->modes.format_count, rows[i].usable ? 2 : 0);
        path_of(f, rows[i].by_id, path);
        assert_string_equal(entry->by_id, rows[i].by_id[0] ? path : "");
        path_of(f, rows[i].by_path, path);
        assert_string_equal(entry->by_path, rows[i].by_path[0] ? path : "");
    }
    assert_string_equal(f->list.entries[0].driver, "fake");
    assert_string_equal(f->list.entries[0].bus_info, "platform:fake");
    assert_ptr_equal(camera_list_first(&f->list), &f->list.entries[0]);
    assert_int_equal(f->fake.open_now, 0);
    assert_false(f->fake.converting);
}

/** Nodes that are no cameras for a list, though one of them can be opened by name. */
static void test_left_out(void **state)
{
    struct fixture *f = *state;
    static const struct {
        uint32_t caps;
        const char *reason;
    } rows[] = {
        {V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_STREAMING, "an output too"},
        {V4L2_CAP_VIDEO_M2M | V4L2_CAP_STREAMING, "a converter"},
        {V4L2_CAP_VIDEO_CAPTURE_MPLANE | V4L2_CAP_STREAMING, "a multi-planar device"},
        {V4L2_CAP_VIDEO_CAPTURE, "a device that cannot stream"},
        {V4L2_CAP_SDR_CAPTURE | V4L2_CAP_STREAMING, "not a capture device"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        f->fake.device_caps = rows[i].caps;
        read_list(f);
        const struct camera_entry *entry = &f->list.entries[0];
        assert_false(entry->usable);
        assert_ptr_equal(strstr(entry->reason, rows[i].reason), entry->reason);
        assert_null(camera_list_first(&f->list));
        camera_list_free(&f->list);
    }
}

static void test_capabilities_of_old_drivers(void **state)
{
    struct fixture *f = *state;
    f->fake.capabilities = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
    f->fake.device_caps = 0xdeadbeef;
    read_list(f);
    assert_true(f->list.entries[0].usable);
}

static void test_troubled_nodes(void **state)
{
    struct fixture *f = *state;
    static const struct {
        struct fake_failure failure;
        const char *reason;
    } rows[] = {
        {{VIDIOC_QUERYCAP, -ENOTTY, 0, 0}, "not a V4L2 device"},
        {{VIDIOC_ENUM_FMT, -EINVAL, 0, 0}, "it offers no picture format"},
        {{VIDIOC_ENUM_FMT, -ENODEV, 0, 0}, "No such device"},
        {{VIDIOC_QUERY_EXT_CTRL, -ENODEV, 0, 0}, "No such device"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        f->fake.failures[0] = rows[i].failure;
        read_list(f);
        assert_false(f->list.entries[0].usable);
        assert_string_equal(f->list.entries[0].reason, rows[i].reason);
        assert_int_equal(f->fake.open_now, 0);
        camera_list_free(&f->list);
    }
}

static void test_controls(void **state)
{
    struct fixture *f = *state;
    const struct v4l2_query_ext_ctrl controls[] = {
        {.id = 1, .type = V4L2_CTRL_TYPE_CTRL_CLASS, .name = "User Controls"},
        {.id = 10,
         .type = V4L2_CTRL_TYPE_INTEGER,
         .name = "Gain, Digital (R/B)",
         .minimum = -64,
         .maximum = 64,
         .step = 2,
         .default_value = 4,
         .flags = V4L2_CTRL_FLAG_INACTIVE | V4L2_CTRL_FLAG_VOLATILE},
        {.id = 11, .type = V4L2_CTRL_TYPE_MENU, .name = "Power Line", .maximum = 4},
        {.id = 12,
         .type = V4L2_CTRL_TYPE_BUTTON,
         .name = "Reset",
         .flags = V4L2_CTRL_FLAG_WRITE_ONLY},
        {.id = 13, .type = V4L2_CTRL_TYPE_INTEGER, .name = "Off", .flags = V4L2_CTRL_FLAG_DISABLED},
        {.id = 14, .type = V4L2_CTRL_TYPE_U8, .name = "Area", .nr_of_dims = 1},
        {.id = 15, .type = V4L2_CTRL_TYPE_BOOLEAN, .name = "Mute", .maximum = 1, .step = 1},
    };
    memcpy(f->fake.controls, controls, sizeof controls);
    read_list(f);
    const struct camera_controls *got = &f->list.entries[0].controls;
    assert_int_equal(got->control_count, 5);
    const struct camera_control *gain = &got->controls[0];
    assert_string_equal(gain->name, "Gain, Digital (R/B)");
    assert_string_equal(gain->key, "gain_digital_r_b");
    assert_int_equal(gain->type, CONTROL_INTEGER);
    assert_true(gain->minimum == -64 && gain->maximum == 64 && gain->step == 2);
    assert_true(gain->default_value == 4 && gain->has_value && gain->value == 64);
    assert_true(gain->inactive && gain->fleeting && !gain->read_only && !gain->grabbed);
    const struct camera_control *line = &got->controls[1];
    assert_int_equal(line->type, CONTROL_MENU);
    assert_int_equal(line->items, 3); // of five numbers, odd ones do not exist
    assert_int_equal(got->items[line->first_item + 1].value, 2);
    assert_string_equal(got->items[line->first_item + 1].name, "Item 2");
    const struct camera_control *reset = &got->controls[2];
    assert_true(reset->type == CONTROL_BUTTON && !reset->has_value && reset->write_only);
    assert_true(got->controls[3].type == CONTROL_OTHER && !got->controls[3].has_value);
    assert_string_equal(camera_control_type_name(got->controls[4].type), "boolean");
    assert_string_equal(camera_control_type_name(CONTROL_OTHER), "other");
}

/** A driver that describes the same control for ever does not keep us. */
static int same_control(void *self, int fd, unsigned long request, void *argument)
{
    (void)self;
    (void)fd;
    if (request != VIDIOC_QUERY_EXT_CTRL)
        return -EINVAL;
    struct v4l2_query_ext_ctrl *query = argument;
    *query = (struct v4l2_query_ext_ctrl){.id = 7, .type = V4L2_CTRL_TYPE_INTEGER};
    return 0;
}

static void test_endless_controls(void **state)
{
    (void)state;
    struct v4l2_io io = {.ioctl = same_control};
    struct camera_controls controls = {0};
    assert_int_equal(camera_controls_read(&controls, &io, 0), 0);
    assert_int_equal(controls.control_count, 1);
    assert_false(controls.controls[0].has_value);
    camera_controls_free(&controls);
}

static void test_find(void **state)
{
    struct fixture *f = *state;
    char node[256], link[256];
    path_of(f, "video2", node);
    path_of(f, files[8], link);
    const struct {
        const char *text;
        int number;
    } rows[] = {
        {node, 2},     {link, 2},          {"2", 2},         {"0", 0},
        {"10", 10},    {"3", -1},          {"hd camera", 2}, {"HD Camera 920", 2},
        {"camera", 0}, {"fake camera", 0}, {"no such", -1},  {"", -1},
        {"920", 2}, // no such number, but a part of a name
    };
    describe_nodes(f);
    read_list(f);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct camera_entry *entry = camera_list_find(&f->list, rows[i].text);
        assert_int_equal(entry ? entry->number : -1, rows[i].number);
    }
}

static void test_no_folder(void **state)
{
    struct fixture *f = *state;
    int ret = camera_list_read(&f->list, &f->fake.io, "/nonexistent", &f->err);
    assert_int_equal(ret, -ENOENT);
    assert_string_equal(f->err.text,
                        "Cannot look for cameras in /nonexistent: No such file or directory");
    assert_int_equal(f->list.count, 0);
    assert_null(camera_list_first(&f->list));
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    fake_v4l2_init(&f->fake);
    snprintf(f->folder, sizeof f->folder, "/tmp/cannyscope-test-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    make_folder(f);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    camera_list_free(&f->list);
    camera_list_free(&f->list);
    for (int i = 0; i < FILES; i++) {
        char path[256];
        path_of(f, files[i], path);
        remove(path);
    }
    int left = rmdir(f->folder);
    free(f);
    return left || memory_sum_of(MEMORY_OWNERS).live_bytes != 0 ? -1 : 0;
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_nodes),          TEST(test_left_out),  TEST(test_capabilities_of_old_drivers),
        TEST(test_troubled_nodes), TEST(test_controls),  TEST(test_endless_controls),
        TEST(test_find),           TEST(test_no_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
