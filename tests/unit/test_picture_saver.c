/*
 * Saving pictures: under a given name or a new one, one at a time, and to the end.
 */
#include "app/paths.h"
#include "app/picture_saver.h"
#include "capture/image_reader.h"
#include "tests/unit/picture_files.h"
#include "tests/unit/waiting.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>

enum { WIDTH = 33, HEIGHT = 9, STRIDE = 4 * WIDTH + 12 };

struct fixture {
    struct folder folder;
    struct picture_saver *saver;
    uint8_t pixels[STRIDE * HEIGHT];
    struct canvas canvas;

    // What was reported last; to be read when `reports` has gone up.
    atomic_int reports;
    int ret;
    char path[4096], sentence[512];

    // While true the saver is held in its report.
    atomic_bool hold;
};

static void done(void *self, int ret, const char *path, const struct error *err)
{
    struct fixture *f = self;
    f->ret = ret;
    snprintf(f->path, sizeof f->path, "%s", path);
    snprintf(f->sentence, sizeof f->sentence, "%s", err->text);
    atomic_fetch_add(&f->reports, 1);
    WAIT_UNTIL(!atomic_load(&f->hold));
}

static void open_saver(struct fixture *f, const char *path)
{
    struct picture_saver_config config = {.path = path, .done = done, .self = f};
    assert_int_equal(picture_saver_create(&f->saver, &config), 0);
}

/** Colours, grays or edges, by the view. */
static void fill(struct fixture *f, enum view view, unsigned seed)
{
    for (unsigned y = 0; y < HEIGHT; y++)
        for (unsigned x = 0; x < WIDTH; x++) {
            unsigned value = (x * 37 + y * 59 + seed * 101) & 255;
            uint32_t *pixel = (uint32_t *)(void *)(f->pixels + y * STRIDE) + x;
            *pixel = 0xff000000u | (view == VIEW_EDGES      ? (value & 1) * 0xffffffu
                                    : view == VIEW_ORIGINAL ? value << 16 | (value ^ 85) << 8 | y
                                                            : value * 0x010101u);
        }
}

/** Whether a file holds the picture on the canvas, in three channels or in one. */
static void expect_file(const struct fixture *f, const char *path, bool color)
{
    struct image image = {0};
    assert_int_equal(
        image_read(&image, path,
                   &(struct image_wish){.how = IMAGE_BGR, .max_pixels = IMAGE_MAX_PIXELS}, NULL),
        0);
    assert_int_equal(image.frame.width, WIDTH);
    assert_int_equal(image.frame.height, HEIGHT);
    assert_int_equal(image.frame.format == PIXEL_BGR24, color);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            const uint32_t *row = (const uint32_t *)(const void *)(f->pixels + y * STRIDE);
            const uint8_t *at = image.frame.data[0] + y * image.frame.stride[0];
            uint32_t got =
                color ? at[3 * x] | (uint32_t)at[3 * x + 1] << 8 | (uint32_t)at[3 * x + 2] << 16
                      : at[x] * 0x010101u;
            assert_int_equal(got, row[x] & 0xffffff);
        }
    image_free(&image);
}

static void test_a_given_name_is_written_over(void **state)
{
    struct fixture *f = *state;
    const char *path = in_folder(&f->folder, "picture.png");
    static const enum view views[] = {VIEW_EDGES, VIEW_ORIGINAL, VIEW_GRAY, VIEW_EDGES};
    open_saver(f, path);
    for (int i = 0; i < 4; i++) {
        fill(f, views[i], (unsigned)i);
        assert_int_equal(picture_saver_take(f->saver, &f->canvas, views[i]), 0);
        WAIT_UNTIL(picture_saver_is_idle(f->saver));
        assert_int_equal(atomic_load(&f->reports), i + 1);
        assert_int_equal(f->ret, 0);
        assert_string_equal(f->path, path);
        expect_file(f, path, views[i] == VIEW_ORIGINAL);
    }
}

/** The canvas is copied: what is painted on it next is not what is saved. */
static void test_the_canvas_is_free_at_once(void **state)
{
    struct fixture *f = *state;
    const char *path = in_folder(&f->folder, "picture.png");
    open_saver(f, path);
    fill(f, VIEW_GRAY, 1);
    assert_int_equal(picture_saver_take(f->saver, &f->canvas, VIEW_GRAY), 0);
    fill(f, VIEW_GRAY, 2);
    picture_saver_destroy(&f->saver);
    fill(f, VIEW_GRAY, 1);
    expect_file(f, path, false);
}

static void test_one_at_a_time(void **state)
{
    struct fixture *f = *state;
    atomic_store(&f->hold, true);
    open_saver(f, in_folder(&f->folder, "picture.png"));
    assert_true(picture_saver_is_idle(f->saver));
    assert_int_equal(picture_saver_take(f->saver, &f->canvas, VIEW_GRAY), 0);
    assert_false(picture_saver_is_idle(f->saver));
    WAIT_UNTIL(atomic_load(&f->reports) == 1);
    assert_int_equal(picture_saver_take(f->saver, &f->canvas, VIEW_GRAY), -EBUSY);
    atomic_store(&f->hold, false);
    WAIT_UNTIL(picture_saver_is_idle(f->saver));
    // Another size too.
    struct canvas half = f->canvas;
    half.height /= 2;
    assert_int_equal(picture_saver_take(f->saver, &half, VIEW_GRAY), 0);
    picture_saver_destroy(&f->saver);
    assert_int_equal(atomic_load(&f->reports), 2);
}

static void test_ending_finishes_what_is_in_hand(void **state)
{
    struct fixture *f = *state;
    for (int i = 1; i <= 50; i++) {
        char name[32];
        snprintf(name, sizeof name, "%d.png", i);
        const char *path = in_folder(&f->folder, name);
        open_saver(f, path);
        if (i % 5 == 0) {
            picture_saver_destroy(&f->saver);
            open_saver(f, path);
        }
        assert_int_equal(picture_saver_take(f->saver, &f->canvas, VIEW_GRAY), 0);
        picture_saver_destroy(&f->saver);
        assert_null(f->saver);
        assert_int_equal(atomic_load(&f->reports), i);
        assert_int_equal(f->ret, 0);
        assert_int_equal(access(path, R_OK), 0);
    }
    picture_saver_destroy(&f->saver);
}

static int count_files(const char *path)
{
    DIR *folder = opendir(path);
    int count = 0;
    if (!folder)
        return 0;
    for (const struct dirent *entry; (entry = readdir(folder));)
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

static void test_new_names(void **state)
{
    struct fixture *f = *state;
    struct path pictures;
    setenv("HOME", f->folder.path, 1);
    unsetenv("XDG_CONFIG_HOME");
    unsetenv("XDG_PICTURES_DIR");
    assert_int_equal(paths_pictures(&pictures), 0);
    open_saver(f, NULL);
    for (int i = 0; i < 5; i++) {
        fill(f, VIEW_EDGES, (unsigned)i);
        assert_int_equal(picture_saver_take(f->saver, &f->canvas, VIEW_EDGES), 0);
        WAIT_UNTIL(picture_saver_is_idle(f->saver));
        assert_int_equal(f->ret, 0);
        assert_memory_equal(f->path, pictures.text, strlen(pictures.text));
        expect_file(f, f->path, false);
        assert_int_equal(count_files(pictures.text), i + 1);
    }
}

/** Where a folder should be there is a file: said, and nothing is left behind. */
static void test_failures_are_told(void **state)
{
    struct fixture *f = *state;
    const char *file = in_folder(&f->folder, "file");
    char path[512];
    bytes_save((const uint8_t *)"x", 1, file);
    snprintf(path, sizeof path, "%s/picture.png", file);
    open_saver(f, path);
    assert_int_equal(picture_saver_take(f->saver, &f->canvas, VIEW_GRAY), 0);
    picture_saver_destroy(&f->saver);
    assert_int_equal(f->ret, -ENOTDIR);
    assert_string_equal(f->path, path);
    assert_non_null(strstr(f->sentence, path));
    setenv("HOME", file, 1);
    open_saver(f, NULL);
    assert_int_equal(picture_saver_take(f->saver, &f->canvas, VIEW_GRAY), 0);
    picture_saver_destroy(&f->saver);
    assert_true(f->ret < 0);
    assert_non_null(strstr(f->sentence, file));
    unsetenv("HOME");
    open_saver(f, NULL);
    assert_int_equal(picture_saver_take(f->saver, &f->canvas, VIEW_GRAY), 0);
    picture_saver_destroy(&f->saver);
    assert_true(f->ret < 0);
    assert_true(f->sentence[0]);
    assert_int_equal(count_files(f->folder.path), 1);
}

/** A disk that is full after all: the name that was taken is given up again. */
static void test_a_failure_half_way_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    struct path pictures;
    struct rlimit before, none;
    setenv("HOME", f->folder.path, 1);
    assert_int_equal(paths_pictures(&pictures), 0);
    open_saver(f, NULL);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    none = (struct rlimit){0, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &none);
    int ret = picture_saver_take(f->saver, &f->canvas, VIEW_GRAY);
    picture_saver_destroy(&f->saver);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(ret, 0);
    assert_true(f->ret < 0);
    assert_non_null(strstr(f->sentence, pictures.text));
    assert_int_equal(access(pictures.text, F_OK), 0);
    assert_int_equal(count_files(pictures.text), 0);
}

static int set_up(void **state)
{
    static struct fixture f;
    memset(&f, 0, sizeof f);
    f.canvas = (struct canvas){f.pixels, WIDTH, HEIGHT, STRIDE};
    folder_make(&f.folder);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    atomic_store(&f->hold, false);
    picture_saver_destroy(&f->saver);
    folder_remove(&f->folder);
    return 0;
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    waiting_begin();
    const struct CMUnitTest tests[] = {
        TEST(test_a_given_name_is_written_over),
        TEST(test_the_canvas_is_free_at_once),
        TEST(test_one_at_a_time),
        TEST(test_ending_finishes_what_is_in_hand),
        TEST(test_new_names),
        TEST(test_failures_are_told),
        TEST(test_a_failure_half_way_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
