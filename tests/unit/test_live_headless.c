/*
 * Whole sessions without a window, with a source that plays a script: what is counted, what is
 * written, and the exit status.
 */
#include "app/live_headless.h"
#include "capture/image_reader.h"
#include "tests/fakes/scripted_source.h"
#include "tests/unit/picture_files.h"
#include "tests/unit/waiting.h"

#include <cjson/cJSON.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

struct fixture {
    struct folder folder;
    struct settings settings;
    struct script script;
    struct ending *ending;
    bool file; ///< nothing may be lost
};

/** Runs a session to its end; returns the status. */
static int run(struct fixture *f, const char *const *openings, bool live)
{
    f->script = (struct script){.openings = openings, .live = live};
    f->settings.headless = true;
    struct session session = {.settings = &f->settings, .ending = f->ending};
    session.choice.kind = script_begin(&f->script);
    session.choice.file = f->file;
    int status = live_headless_run(&session, &(struct source_config){0});
    assert_int_equal(atomic_load(&f->script.opened), atomic_load(&f->script.closed));
    return status;
}

/** A number of the last line of the statistics. */
static double last_number(struct fixture *f, const char *name)
{
    static struct bytes bytes;
    bytes_load(&bytes, f->settings.stats);
    assert_true(bytes.count > 0);
    bytes.data[bytes.count - 1] = 0;
    const char *line = strrchr((const char *)bytes.data, '\n');
    cJSON *json = cJSON_Parse(line ? line + 1 : (const char *)bytes.data);
    assert_non_null(json);
    double number = cJSON_GetObjectItem(json, name)->valuedouble;
    cJSON_Delete(json);
    return number;
}

/** The gray of the whole picture that was saved; fails if it is not all of one. */
static int saved_gray(struct fixture *f)
{
    struct image image = {0};
    assert_int_equal(
        image_read(&image, f->settings.snapshot,
                   &(struct image_wish){.how = IMAGE_BGR, .max_pixels = IMAGE_MAX_PIXELS}, NULL),
        0);
    assert_int_equal(image.frame.width, SCRIPT_WIDTH);
    assert_int_equal(image.frame.height, SCRIPT_HEIGHT);
    int gray = image.frame.data[0][0];
    for (int y = 0; y < SCRIPT_HEIGHT; y++)
        for (int x = 0; x < SCRIPT_WIDTH; x++)
            assert_int_equal(image.frame.data[0][y * image.frame.stride[0] + x], gray);
    image_free(&image);
    return gray;
}

static void test_a_file_goes_through_whole(void **state)
{
    struct fixture *f = *state;
    f->file = true;
    f->settings.view = VIEW_GRAY;
    f->settings.verify = true;
    assert_int_equal(run(f, (const char *const[]){"ffffffffffffffffffffe", NULL}, false), 0);
    assert_int_equal((int)last_number(f, "frames"), 20);
    assert_int_equal((int)last_number(f, "dropped_skipped"), 0);
    assert_int_equal(saved_gray(f), 19);
}

/** The last picture is often still being painted when the file has ended. */
static void test_the_last_frame_is_counted(void **state)
{
    struct fixture *f = *state;
    f->file = true;
    for (int i = 0; i < 60; i++) {
        assert_int_equal(run(f, (const char *const[]){"fffe", NULL}, false), 0);
        assert_int_equal((int)last_number(f, "frames"), 3);
    }
}

static void test_so_many_frames_and_no_more(void **state)
{
    struct fixture *f = *state;
    f->file = true;
    f->settings.view = VIEW_GRAY;
    f->settings.frames = 7;
    for (int i = 0; i < 20; i++) {
        assert_int_equal(run(f, (const char *const[]){"f", NULL}, false), 0);
        assert_int_equal((int)last_number(f, "frames"), 7);
        assert_true(saved_gray(f) >= 6);
    }
}

static void test_nothing_of_a_live_source_is_counted_twice(void **state)
{
    struct fixture *f = *state;
    f->settings.frames = 30;
    assert_int_equal(run(f, (const char *const[]){"f", NULL}, true), 0);
    assert_int_equal((int)last_number(f, "frames"), 30);
}

static void test_for_so_long(void **state)
{
    struct fixture *f = *state;
    f->settings.duration_s = 1; // on a busy machine the frame takes its time
    assert_int_equal(run(f, (const char *const[]){"fw", NULL}, true), 0);
    assert_int_equal((int)last_number(f, "frames"), 1);
    assert_true(last_number(f, "time_s") >= f->settings.duration_s);
}

static void test_failures_are_a_status(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(run(f, (const char *const[]){"-", NULL}, true), 1);
    assert_int_equal(access(f->settings.snapshot, F_OK), -1);
    f->settings.exit_on_device_error = true;
    assert_int_equal(run(f, (const char *const[]){"fffx", NULL}, true), 1);
    // A file that breaks is not waited for.
    f->settings.exit_on_device_error = false;
    f->file = true;
    assert_int_equal(run(f, (const char *const[]){"fffx", NULL}, false), 1);
    // Without a frame there is no picture to save.
    assert_int_equal(run(f, (const char *const[]){"e", NULL}, false), 1);
    assert_int_equal(access(f->settings.snapshot, F_OK), -1);
    snprintf(f->settings.snapshot, sizeof f->settings.snapshot, "/no/such/folder/a.png");
    assert_int_equal(run(f, (const char *const[]){"fe", NULL}, false), 1);
    snprintf(f->settings.stats, sizeof f->settings.stats, "/no/such/folder/a.json");
    assert_int_equal(run(f, (const char *const[]){"fe", NULL}, false), 1);
}

static void test_a_full_disk_ends_nothing_before_its_time(void **state)
{
    struct fixture *f = *state;
    f->file = true;
    snprintf(f->settings.stats, sizeof f->settings.stats, "/dev/full");
    assert_int_equal(run(f, (const char *const[]){"ffe", NULL}, false), 1);
    assert_int_equal(access(f->settings.snapshot, F_OK), 0);
}

/** In a child: a session that runs for ever, until a signal. */
static void test_a_signal_ends_it(void **state)
{
    struct fixture *f = *state;
    pid_t child = fork();
    if (child == 0) {
        waiting_begin();
        ending_destroy(&f->ending);
        int status = ending_create(&f->ending, 10000) < 0 ? 99 : 0;
        status = status ? status : run(f, (const char *const[]){"fw", NULL}, true);
        int signal = ending_signal(f->ending);
        ending_destroy(&f->ending);
        _exit(status ? status : 40 + signal);
    }
    int status;
    // The first line of the statistics, a second after the start, is the sign that it runs.
    struct stat about;
    WAIT_UNTIL(stat(f->settings.stats, &about) == 0 && about.st_size > 0);
    kill(child, SIGTERM);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 40 + SIGTERM);
}

/** However little patience is left for threads, what was asked for is written before. */
static void test_the_last_picture_is_not_cut_off(void **state)
{
    struct fixture *f = *state;
    f->file = true;
    f->settings.view = VIEW_GRAY;
    f->settings.frames = 3;
    pid_t child = fork();
    if (child == 0) {
        waiting_begin();
        ending_destroy(&f->ending);
        if (ending_create(&f->ending, 0) < 0)
            _exit(99);
        int status = run(f, (const char *const[]){"f", NULL}, false);
        ending_destroy(&f->ending);
        _exit(status);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_true(saved_gray(f) >= 2);
    assert_int_equal((int)last_number(f, "frames"), 3);
}

static int set_up(void **state)
{
    static struct fixture f;
    f.file = false;
    settings_reset(&f.settings);
    f.settings.quiet = true;
    folder_make(&f.folder);
    snprintf(f.settings.stats, sizeof f.settings.stats, "%s/numbers.json", f.folder.path);
    snprintf(f.settings.snapshot, sizeof f.settings.snapshot, "%s/last.png", f.folder.path);
    *state = &f;
    return 0;
}

static int with_ending(void **state)
{
    set_up(state);
    struct fixture *f = *state;
    return ending_create(&f->ending, 50000);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    ending_destroy(&f->ending);
    folder_remove(&f->folder);
    return 0;
}

#define TEST(NAME)  cmocka_unit_test_setup_teardown(NAME, with_ending, tear_down)
#define CHILD(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    waiting_begin();
    const struct CMUnitTest tests[] = {
        CHILD(test_a_signal_ends_it),
        CHILD(test_the_last_picture_is_not_cut_off),
        TEST(test_a_file_goes_through_whole),
        TEST(test_the_last_frame_is_counted),
        TEST(test_so_many_frames_and_no_more),
        TEST(test_nothing_of_a_live_source_is_counted_twice),
        TEST(test_for_so_long),
        TEST(test_failures_are_a_status),
        TEST(test_a_full_disk_ends_nothing_before_its_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
