/*
 * From what the user typed to a source. Cameras are those of the machine, most often none.
 */
#include "app/media.h"
#include "app/source_choice.h"
#include "capture/camera.h"
#include "capture/camera_list.h"
#include "capture/image_source.h"
#include "capture/scene.h"
#include "capture/v4l2_io.h"
#include "tests/unit/picture_files.h"

#include <errno.h>
#include <sys/stat.h>

struct fixture {
    struct folder folder;
    struct settings settings;
    struct source_choice choice;
    struct error err;
};

static int choose(struct fixture *f, const char *text)
{
    f->err.text[0] = 0;
    snprintf(f->settings.source, sizeof f->settings.source, "%s", text);
    return source_choose(&f->choice, &f->settings, &f->err);
}

static void test_the_scene(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(choose(f, "scene"), 0);
    assert_ptr_equal(f->choice.kind, &scene_source_kind);
    assert_true(f->choice.scene);
    assert_false(f->choice.file || f->choice.camera || f->choice.still);
    assert_string_equal(f->choice.location, "");
    assert_string_equal(f->choice.notice, "");
}

/** Whether a device is there or not: opening it says best what is wrong. */
static void test_devices(void **state)
{
    static const struct {
        const char *text, *location;
    } cases[] = {
        {"/dev/video0", "/dev/video0"},
        {"/dev/video99999", "/dev/video99999"},
        {"/dev/v4l/by-id/no-such-link", "/dev/v4l/by-id/no-such-link"},
        {"/dev/null", "/dev/null"},
        {"0", "/dev/video0"},
        {"17", "/dev/video17"},
        {"99999", "/dev/video99999"},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(choose(f, cases[i].text), 0);
        assert_ptr_equal(f->choice.kind, &camera_source_kind);
        assert_true(f->choice.camera);
        assert_false(f->choice.file || f->choice.scene || f->choice.still);
        assert_string_equal(f->choice.location, cases[i].location);
        assert_string_equal(f->choice.notice, "");
    }
    // A link to a device is a device.
    const char *link = in_folder(&f->folder, "camera");
    assert_int_equal(symlink("/dev/null", link), 0);
    assert_int_equal(choose(f, link), 0);
    assert_true(f->choice.camera);
    assert_string_equal(f->choice.location, link);
}

/** What must have been chosen for a file, by what it begins with. */
enum expected { PICTURE, MODULE_PICTURE, VIDEO };

static void expect_file(struct fixture *f, const char *path, enum expected expected)
{
    const struct media_module *media = media_load(NULL);
    int ret = choose(f, path);
    if (expected != PICTURE && !media) {
        assert_int_equal(ret, -ENOENT);
        assert_true(f->err.text[0]);
        return;
    }
    assert_int_equal(ret, 0);
    assert_true(f->choice.file);
    assert_int_equal(f->choice.still, expected != VIDEO);
    assert_false(f->choice.camera || f->choice.scene);
    assert_string_equal(f->choice.location, path);
    assert_ptr_equal(f->choice.kind, expected == PICTURE ? &image_source_kind
                                     : expected == VIDEO ? media->video
                                                         : media->image);
}

static void test_files_by_their_content(void **state)
{
    static const struct {
        const char *name; ///< says nothing, or the wrong thing
        const char *bytes;
        size_t count;
        enum expected expected;
    } cases[] = {
        {"photo.avi", "\xff\xd8\xff\xe0\0\x10JFIF", 10, PICTURE},
        {"drawing", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16, PICTURE},
        {"map.jpg", "BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", 18, PICTURE},
        {"scan.png", "II*\0\x08\0\0\0\0\0\0\0", 12, MODULE_PICTURE},
        {"page.png", "MM\0*\0\0\0\x08\0\0\0\0", 12, MODULE_PICTURE},
        {"web.png", "RIFF\x20\0\0\0WEBPVP8 ", 16, MODULE_PICTURE},
        {"film.png", "RIFF\x20\0\0\0AVI LIST", 16, VIDEO},
        {"clip.jpg", "\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x1f", 12, VIDEO},
        {"anything", "x", 1, VIDEO},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *path = in_folder(&f->folder, cases[i].name);
        bytes_save((const uint8_t *)cases[i].bytes, cases[i].count, path);
        expect_file(f, path, cases[i].expected);
    }
}

/** A file of that name comes before a camera of that number; nothing comes before the scene. */
static void test_files_with_odd_names(void **state)
{
    struct fixture *f = *state;
    char before[4096];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(f->folder.path), 0);
    static const uint8_t png[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    bytes_save(png, sizeof png, "7");
    bytes_save(png, sizeof png, "scene");
    expect_file(f, "7", PICTURE);
    expect_file(f, "./scene", PICTURE);
    test_the_scene(state);
    assert_int_equal(chdir(before), 0);
}

/** Memory that looks like a file lies below /dev, too. */
static void test_files_below_dev(void **state)
{
    struct fixture *f = *state;
    char path[] = "/dev/shm/cannyscope-test-XXXXXX";
    int fd = mkstemp(path);
    if (fd < 0)
        skip();
    close(fd);
    bytes_save((const uint8_t *)"\xff\xd8\xff\xe0", 4, path);
    expect_file(f, path, PICTURE);
    unlink(path);
}

static void test_what_cannot_be_read(void **state)
{
    struct fixture *f = *state;
    const char *const paths[] = {in_folder(&f->folder, "empty.png"),
                                 in_folder(&f->folder, "pipe.png"),
                                 in_folder(&f->folder, "dangling.png"), f->folder.path};
    bytes_save(NULL, 0, paths[0]);
    assert_int_equal(mkfifo(paths[1], 0600), 0);
    assert_int_equal(symlink("/no/such/file", paths[2]), 0);
    for (int i = 0; i < 4; i++) {
        assert_true(choose(f, paths[i]) < 0);
        if (!strstr(f->err.text, paths[i]))
            fail_msg("%s: %s", paths[i], f->err.text);
    }
}

static void test_nothing_of_that_name(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(choose(f, "no such thing at all"), -ENOENT);
    assert_non_null(strstr(f->err.text, "\"no such thing at all\""));
    assert_non_null(strstr(f->err.text, "cannyscope devices"));
    // As long as a text can be.
    char text[SETTING_TEXT_BYTES];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    assert_true(choose(f, text) < 0);
    // A number that no device has any more is a name.
    assert_int_equal(choose(f, "123456"), -ENOENT);
}

static void expect_default(struct fixture *f, const struct camera_entry *first, const char *last)
{
    snprintf(f->settings.last_source, sizeof f->settings.last_source, "%s", last);
    assert_int_equal(choose(f, ""), 0);
    if (!first) {
        assert_true(f->choice.scene);
        assert_ptr_equal(f->choice.kind, &scene_source_kind);
        assert_non_null(strstr(f->choice.notice, "No camera found"));
        assert_non_null(strstr(f->choice.notice, "scene"));
        return;
    }
    assert_true(f->choice.camera);
    assert_string_equal(f->choice.location, first->by_id[0] ? first->by_id : first->path);
    if (strncmp(last, "/dev/", 5) == 0) {
        assert_non_null(strstr(f->choice.notice, last));
        assert_non_null(strstr(f->choice.notice, first->card));
    } else {
        assert_string_equal(f->choice.notice, "");
    }
}

static void test_nothing_typed(void **state)
{
    static const char *const last[] = {"", "scene", "/dev/v4l/by-id/gone"};
    struct fixture *f = *state;
    struct camera_list list = {0};
    const struct camera_entry *first = NULL;
    if (camera_list_read(&list, &v4l2_io_kernel, NULL, NULL) == 0)
        first = camera_list_first(&list);
    for (int i = 0; i < 3; i++)
        expect_default(f, first, last[i]);
    camera_list_free(&list);
}

static int set_up(void **state)
{
    static struct fixture f;
    settings_reset(&f.settings);
    folder_make(&f.folder);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    folder_remove(&f->folder);
    return 0;
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_scene),
        TEST(test_devices),
        TEST(test_files_by_their_content),
        TEST(test_files_with_odd_names),
        TEST(test_files_below_dev),
        TEST(test_what_cannot_be_read),
        TEST(test_nothing_of_that_name),
        TEST(test_nothing_typed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
