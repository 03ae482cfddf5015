/*
 * The batch and video commands give everything back, whatever came of the run: no owner holds a
 * byte afterwards.
 */
#include "app/batch.h"
#include "app/options.h"
#include "app/video.h"
#include "processing/memory.h"
#include "tests/unit/video_files.h"

#include <sys/stat.h>

enum { WIDTH = 320, HEIGHT = 240 };

static struct settings settings;

/** Runs a command as main() does; then nobody may hold anything. */
static void run(int (*command)(const struct settings *, const char *const *, int, struct log *),
                const char *input, int expected)
{
    struct log *log;
    struct log_config quiet = {.stream = stderr, .level = LOG_LEVEL_ERROR};
    assert_int_equal(log_open(&log, &quiet), 0);
    assert_int_equal(command(&settings, &input, 1, log), expected);
    log_close(&log);
    for (int owner = 0; owner <= MEMORY_OWNERS; owner++) {
        struct memory_sum sum = memory_sum_of((enum memory_owner)owner);
        if (sum.live_bytes != 0 || sum.live_count != 0)
            fail_msg("%s: %lld bytes in %lld blocks are left",
                     memory_owner_name((enum memory_owner)owner), (long long)sum.live_bytes,
                     (long long)sum.live_count);
    }
    for (const struct memory_site *site = memory_sites(); site; site = site->next)
        assert_int_equal(memory_sum_of_site(site).live_bytes, 0);
    assert_int_equal(memory_sum_allocated().live_count, 0);
}

static void begin(const char *output)
{
    settings_reset(&settings);
    settings.quiet = true;
    settings.memory_report = settings.memory_diff = true;
    snprintf(settings.output, sizeof settings.output, "%s", output);
}

static void make_pictures(const char *name, int count)
{
    char path[600];
    assert_int_equal(mkdir(in(name), 0777), 0);
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%d.jpg", in(name), i);
        make_jpeg(path, &(struct jpeg_spec){.width = WIDTH, .height = HEIGHT, .space = JCS_RGB});
    }
}

static void test_a_batch_gives_everything_back(void **state)
{
    (void)state;
    make_pictures("pictures", 12);
    begin(in("edges"));
    settings.workers = 3;
    snprintf(settings.report, sizeof settings.report, "%s", in("report.jsonl"));
    run(batch_run, in("pictures"), EXIT_CODE_DONE);
    settings.resume = true;
    run(batch_run, in("pictures"), EXIT_CODE_DONE);
    settings.dry_run = true;
    run(batch_run, in("pictures"), EXIT_CODE_DONE);
}

static void test_so_does_one_in_which_things_fail(void **state)
{
    (void)state;
    char path[600];
    make_pictures("bad", 5);
    snprintf(path, sizeof path, "%s/text.jpg", in("bad"));
    bytes_save((const uint8_t *)"no picture", 10, path);
    snprintf(path, sizeof path, "%s/3.jpg", in("bad"));
    assert_int_equal(truncate(path, 700), 0);
    begin(in("some"));
    run(batch_run, in("bad"), EXIT_CODE_PARTLY);
    settings.keep_damaged = true;
    run(batch_run, in("bad"), EXIT_CODE_PARTLY);
    settings.max_memory_mb = 1;
    run(batch_run, in("bad"), EXIT_CODE_BROKEN);
    begin(in("bad/text.jpg"));
    run(batch_run, in("bad"), EXIT_CODE_BROKEN);
    begin("");
    run(batch_run, in("bad"), EXIT_CODE_USAGE);
}

static void test_a_video_gives_everything_back(void **state)
{
    (void)state;
    struct y4m video = {64, 48, 40, 10, "C420jpeg", 32, 24};
    make_y4m(in("in.y4m"), &video);
    begin(in("out.avi"));
    run(video_run, in("in.y4m"), EXIT_CODE_DONE);
    snprintf(settings.output, sizeof settings.output, "%s", in("out.mkv"));
    snprintf(settings.save_frames, sizeof settings.save_frames, "%s", in("frames"));
    settings.codec = VIDEO_FFV1;
    run(video_run, in("in.y4m"), EXIT_CODE_DONE);
}

static void test_so_does_one_that_fails(void **state)
{
    (void)state;
    struct y4m video = {64, 48, 40, 10, "C420jpeg", 32, 24};
    make_y4m(in("in.y4m"), &video);
    begin(in("out.avi"));
    run(video_run, in("none.y4m"), EXIT_CODE_BROKEN);
    snprintf(settings.output, sizeof settings.output, "%s", in("no/such/folder.avi"));
    run(video_run, in("in.y4m"), EXIT_CODE_BROKEN);
    snprintf(settings.output, sizeof settings.output, "%s", in("out.xyz"));
    run(video_run, in("in.y4m"), EXIT_CODE_USAGE);
    begin(in("out.avi"));
    settings.max_memory_mb = 1;
    run(video_run, in("in.y4m"), EXIT_CODE_BROKEN);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_batch_gives_everything_back),
        TEST(test_so_does_one_in_which_things_fail),
        TEST(test_a_video_gives_everything_back),
        TEST(test_so_does_one_that_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
