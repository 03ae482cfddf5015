/*
 * What is remembered of a camera: the name of its file, what is written and read again, what in a
 * file is refused.
 */
#include "app/camera_settings.h"
#include "tests/unit/config_fixture.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

static struct camera_settings remembered;

static void keep(const char *key, int64_t value)
{
    assert_int_equal(camera_settings_set(&remembered, key, value), 0);
}

static int load(void)
{
    camera_settings_free(&remembered);
    return camera_settings_load(&remembered, file, &problem);
}

static void save(void)
{
    assert_int_equal(camera_settings_save(&remembered, file, &problem), 0);
}

/** The value of a control; fails the test if it is not remembered. */
static int64_t value_of(const char *key)
{
    for (int i = 0; i < remembered.control_count; i++)
        if (strcmp(remembered.controls[i].key, key) == 0)
            return remembered.controls[i].value;
    fail_msg("%s is not remembered", key);
    return 0;
}

static void test_round_trip(void **state)
{
    (void)state;
    static const int64_t values[] = {
        0, 1, -64, INT32_MIN, INT64_MAX, INT64_MIN, 1LL << 53, (1LL << 53) + 1, 0x80002010};
    enum { VALUES = sizeof values / sizeof values[0] };
    char key[16];
    remembered = camera_settings_none();
    remembered.mode.fourcc = setting_fourcc("MJPG");
    remembered.mode.width = 1280;
    remembered.mode.height = 720;
    remembered.mode.fps = 29.97;
    for (int i = 0; i < VALUES; i++) {
        snprintf(key, sizeof key, "c%d", i);
        keep(key, values[i]);
    }
    keep("c0", 7);
    save();
    assert_int_equal(load(), 0);
    assert_int_equal(remembered.mode.fourcc, setting_fourcc("MJPG"));
    assert_int_equal(remembered.mode.width, 1280);
    assert_int_equal(remembered.mode.height, 720);
    assert_true(remembered.mode.fps == 29.97);
    assert_int_equal(remembered.control_count, VALUES);
    assert_int_equal(value_of("c0"), 7);
    for (int i = 1; i < VALUES; i++) {
        snprintf(key, sizeof key, "c%d", i);
        assert_true(value_of(key) == values[i]);
    }
    assert_int_equal(count_files(), 1);
}

static void test_nothing_remembered(void **state)
{
    (void)state;
    assert_int_equal(load(), 0);
    assert_int_equal(remembered.mode.fourcc, 0);
    assert_int_equal(remembered.mode.width, 0);
    assert_true(remembered.mode.fps < 0);
    assert_int_equal(remembered.control_count, 0);
    save();
    assert_null(strstr(text_of(""), "fps"));
    assert_null(strstr(text_of(""), "size"));
    assert_null(strstr(text_of(""), "format"));
    assert_int_equal(load(), 0);
    assert_true(remembered.mode.fps < 0);
}

/** What a newer version wrote stays; what is forgotten goes, also where it stands twice. */
static void test_the_rest_of_the_file_is_kept(void **state)
{
    (void)state;
    write_text("{\"zoom\": [1, {\"x\": 2}], \"fps\": 5, \"fps\": 10, \"controls\": {\"a\": 1},\n"
               "\"controls\": {\"gain\": 3, \"gain\": 4, \"gone\": \"-9\"}}");
    assert_int_equal(load(), 0);
    assert_true(remembered.mode.fps == 10);
    assert_int_equal(remembered.control_count, 2);
    assert_int_equal(value_of("gain"), 4);
    assert_int_equal(value_of("gone"), -9);
    camera_settings_forget_controls(&remembered);
    keep("gain", 5);
    remembered.mode.fps = -1;
    save();
    const char *text = text_of("");
    assert_non_null(strstr(text, "\"zoom\""));
    assert_null(strstr(text, "fps"));
    assert_null(strstr(text, "gone"));
    assert_null(strstr(text, "\"a\""));
    assert_int_equal(load(), 0);
    assert_int_equal(remembered.control_count, 1);
    assert_int_equal(value_of("gain"), 5);
}

/** All or nothing: the sentence names what is wrong, the file is put aside. */
static void test_broken_files(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"{\"fps\": 30, \"size\": \"0x480\"}", "\"size\""},
        {"{\"size\": \"640\"}", "\"size\""},
        {"{\"size\": 640}", "\"size\""},
        {"{\"size\": \"99999x1\"}", "\"size\""},
        {"{\"fps\": \"30\"}", "\"fps\""},
        {"{\"fps\": 1e999}", "\"fps\""},
        {"{\"fps\": -3}", "\"fps\""},
        {"{\"fps\": 1001}", "\"fps\""},
        {"{\"format\": \"MJPEGS\"}", "\"format\""},
        {"{\"format\": 5}", "\"format\""},
        {"{\"controls\": [1]}", "\"controls\""},
        {"{\"controls\": {\"gain\": 1.5}}", "\"gain\""},
        {"{\"controls\": {\"gain\": 1e300}}", "\"gain\""},
        {"{\"controls\": {\"gain\": 1e999}}", "\"gain\""},
        {"{\"controls\": {\"gain\": true}}", "\"gain\""},
        {"{\"controls\": {\"gain\": \"\"}}", "\"gain\""},
        {"{\"controls\": {\"gain\": \"1x\"}}", "\"gain\""},
        {"{\"controls\": {\"gain\": \"99999999999999999999\"}}", "\"gain\""},
        {"{\"controls\": {\"\": 1}}", "\"\""},
        {"{\"controls\": {\"a_name_that_is_longer_than_any_of_them\": 1}}", "a_name"},
        {"{\"controls\": {\"gain\": 1}", "line 1"},
        {"{\n\n,}", "line 3"},
        {"[]", "line 1"},
        {"", "line 1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char bad[160];
        write_text(rows[i][0]);
        if (load() != -EINVAL || !strstr(problem.text, rows[i][1]))
            fail_msg("%s: %s", rows[i][0], problem.text);
        assert_int_equal(remembered.control_count, 0);
        assert_true(remembered.mode.fps < 0 && !remembered.mode.width && !remembered.mode.fourcc);
        assert_null(text_of(""));
        assert_string_equal(text_of(".bad"), rows[i][0]);
        snprintf(bad, sizeof bad, "%s.bad", file);
        assert_int_equal(unlink(bad), 0);
    }
}

static void test_not_ours_to_replace(void **state)
{
    (void)state;
    assert_int_equal(mkdir(file, 0700), 0);
    int ret = load();
    assert_true(ret < 0 && ret != -EINVAL);
    assert_non_null(strstr(problem.text, file));
    assert_int_equal(rmdir(file), 0);
    assert_int_equal(mkfifo(file, 0700), 0);
    ret = load();
    assert_true(ret < 0 && ret != -EINVAL);
    assert_true(camera_settings_save(&remembered, file, &problem) < 0);
}

/** Broken by somebody since it was read: the new values count, the broken text is kept. */
static void test_broken_meanwhile(void **state)
{
    (void)state;
    assert_int_equal(load(), 0);
    keep("gain", 5);
    write_text("{");
    save();
    assert_string_equal(text_of(".bad"), "{");
    assert_int_equal(load(), 0);
    assert_int_equal(value_of("gain"), 5);
}

static void test_missing_folders_are_made(void **state)
{
    (void)state;
    snprintf(file, sizeof file, "%s/a/cameras/x.json", folder);
    assert_int_equal(load(), 0);
    keep("gain", 5);
    save();
    assert_int_equal(load(), 0);
    assert_int_equal(value_of("gain"), 5);
}

static void test_more_than_a_file_holds(void **state)
{
    (void)state;
    char key[64];
    remembered = camera_settings_none();
    keep("gain", 5);
    save();
    for (int i = 0; i < 5000; i++) {
        snprintf(key, sizeof key, "a_name_of_a_control_%d", i);
        keep(key, i);
    }
    assert_int_equal(camera_settings_save(&remembered, file, &problem), -EFBIG);
    assert_int_equal(load(), 0); // the old file is whole
    assert_int_equal(remembered.control_count, 1);
}

#define LONG "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void test_names(void **state)
{
    (void)state;
    static const struct {
        const char *by_id, *by_path, *card, *bus;
        bool twin;
        const char *name;
    } rows[] = {
        {"/dev/v4l/by-id/usb-046d_C920_1A2B-video-index0", "/dev/v4l/by-path/p", "C", "b", false,
         "usb-046d_C920_1A2B-video-index0"},
        // The link of two that look the same may go over from one to the other.
        {"/dev/v4l/by-id/usb-046d_C920_1A2B-video-index0", "/dev/v4l/by-path/pci-0:1.0", "C", "b",
         true, "pci-0:1.0"},
        {"", "/dev/v4l/by-path/pci-0000:00:14.0-usb-0:1:1.0-video-index0", "C", "b", false,
         "pci-0000:00:14.0-usb-0:1:1.0-video-index0"},
        {"", "", "C920", "usb-1", false, NULL},
        {"", "", "C920_usb-1", "", false, NULL},
        {"", "", "../../etc/passwd", "/", false, NULL},
        {"", "", ".hidden", "x", false, NULL},
        {"", "", "", "", false, NULL},
        {"", "", "\xff\n\"", "x", false, NULL},
        {"/x/" LONG LONG LONG "0", "", "", "", false, NULL},
        {"/x/" LONG LONG LONG "1", "", "", "", false, NULL},
    };
    enum { ROWS = sizeof rows / sizeof rows[0] };
    char names[ROWS][256];
    for (int i = 0; i < ROWS; i++) {
        struct camera_identity identity = {.has_twin = rows[i].twin};
        snprintf(identity.by_id, sizeof identity.by_id, "%s", rows[i].by_id);
        snprintf(identity.by_path, sizeof identity.by_path, "%s", rows[i].by_path);
        snprintf(identity.card, sizeof identity.card, "%s", rows[i].card);
        snprintf(identity.bus_info, sizeof identity.bus_info, "%s", rows[i].bus);
        camera_settings_name(&identity, names[i]);
        if (rows[i].name)
            assert_string_equal(names[i], rows[i].name);
        assert_true(strlen(names[i]) > 0 && strlen(names[i]) <= 200);
        assert_true(names[i][0] != '.');
        for (const char *c = names[i]; *c; c++)
            assert_true(*c > ' ' && *c < 127 && *c != '/' && *c != '"');
        for (int j = 0; j < i; j++)
            assert_string_not_equal(names[i], names[j]);
    }
}

static int leave_all(void **state)
{
    camera_settings_free(&remembered);
    return leave(state);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, enter, leave_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_round_trip),
        TEST(test_nothing_remembered),
        TEST(test_the_rest_of_the_file_is_kept),
        TEST(test_broken_files),
        TEST(test_not_ours_to_replace),
        TEST(test_broken_meanwhile),
        TEST(test_missing_folders_are_made),
        TEST(test_more_than_a_file_holds),
        TEST(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
