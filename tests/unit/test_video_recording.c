/**
 * @file
 * Recordings: programs that are killed while recording, disks that are full or nearly.
 */
#include "tests/unit/video_maker.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/wait.h>

enum { KILLS = 10, RATE = 30, LIMIT_BYTES = 400000, MB = 1 << 20 };

/** What the disk says of itself: the module finds this function in place of the C library's. */
static int64_t pretended_room = INT64_MAX;

int fstatvfs(int fd, struct statvfs *disk)
{
    (void)fd;
    *disk = (struct statvfs){
        .f_bsize = 4096, .f_frsize = 4096, .f_bavail = (fsblkcnt_t)(pretended_room / 4096)};
    return 0;
}

static struct video_writer *record(const char *name, enum video_codec codec)
{
    return open_writer(
        (struct video_config){.path = in(name), .fps = RATE, .codec = codec, .recording = true});
}

static int64_t pts_of(int number)
{
    return number * NS_PER_S / RATE;
}

/** Records until it is killed; says how far it came. */
static void record_for_ever(const char *name, enum video_codec codec, atomic_int *progress)
{
    struct video_writer *writer = record(name, codec);
    for (int n = 0;; n++) {
        put(writer, numbered(n & 1023, WIDE, HIGH), pts_of(n));
        atomic_store(progress, n + 1);
        // Fast, but not so fast that a kill cannot come early.
        usleep(500);
    }
}

static void kill_one(const char *name, enum video_codec codec, int naps, atomic_int *progress)
{
    atomic_store(progress, 0);
    pid_t child = fork();
    if (child == 0) {
        record_for_ever(name, codec, progress);
        _exit(1);
    }
    for (int i = 0; atomic_load(progress) < naps && i < 100000; i++)
        usleep(300);
    kill(child, SIGKILL);
    int status;
    waitpid(child, &status, 0);
    assert_true(WIFSIGNALED(status));
}

static void a_kill_loses_a_second_at_most(void **state)
{
    (void)state;
    atomic_int *progress =
        mmap(NULL, sizeof *progress, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    static const enum video_codec codecs[] = {VIDEO_AUTOMATIC, VIDEO_MPEG4};
    // `KILLS=100` in the environment for a longer look.
    const char *asked = getenv("KILLS");
    int kills = asked ? atoi(asked) : KILLS;
    srand(7);
    for (int i = 0; i < kills; i++) {
        char name[32];
        snprintf(name, sizeof name, "kill%d.mkv", i);
        kill_one(name, codecs[i % 2], RATE + 2 + rand() % 300, progress);
        int written = atomic_load(progress);
        look_at(in(name), (struct source_config){.paced = false});
        if (written - seen.count > RATE)
            fail_msg("of %d pictures %d are left", written, seen.count);
        for (int n = 0; n < seen.count; n++) {
            assert_int_equal(seen.numbers[n], n & 1023);
            assert_near_ns(seen.times_ns[n], pts_of(n), NS_PER_MS);
        }
    }
    munmap(progress, sizeof *progress);
}

static void a_recording_that_ends_well_is_whole(void **state)
{
    (void)state;
    struct video_writer *writer = record("well.mkv", VIDEO_AUTOMATIC);
    for (int n = 0; n < 100; n++)
        put(writer, numbered(n, WIDE, HIGH), pts_of(n));
    // Under its own name from the beginning.
    assert_int_equal(access(in("well.mkv"), R_OK), 0);
    finish(writer);
    look_at(in("well.mkv"), (struct source_config){.paced = false});
    assert_int_equal(seen.count, 100);
    // The index at its end makes seeking exact.
    look_at(in("well.mkv"), (struct source_config){.start_ns = 2 * NS_PER_S});
    assert_int_equal(seen.count, 40);
}

static void an_aborted_recording_keeps_what_it_has(void **state)
{
    (void)state;
    struct video_writer *writer = record("abort.mkv", VIDEO_AUTOMATIC);
    for (int n = 0; n < 100; n++)
        put(writer, numbered(n, WIDE, HIGH), pts_of(n));
    media->writing.abort(&writer);
    look_at(in("abort.mkv"), (struct source_config){.paced = false});
    assert_in_range(seen.count, 70, 100);
}

/** Noise, so that there is something to write. */
static struct video_picture noise(uint32_t seed)
{
    for (int i = 0; i < WIDE * HIGH; i++) {
        seed = seed * 1664525 + 1013904223;
        made[i] = (uint8_t)(seed >> 24);
    }
    return (struct video_picture){made, WIDE, HIGH, WIDE};
}

/** Records noise until put() fails; the pictures before. */
static int record_until_it_fails(struct video_writer *writer, int *code, struct error *err)
{
    for (int n = 0; n < 1000; n++) {
        struct video_picture picture = noise((uint32_t)n);
        *code = media->writing.put(writer, &picture, pts_of(n), err);
        if (*code < 0)
            return n;
    }
    return 1000;
}

/** What a full disk does, done by a limit on the size of files. */
static void fill_disk(rlim_t bytes)
{
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = {bytes, bytes};
    if (setrlimit(RLIMIT_FSIZE, &limit) < 0)
        _exit(1);
}

/** Runs a test in a process of its own, which says by its status what went wrong. */
static void in_a_process(void (*test)(void))
{
    pid_t child = fork();
    if (child == 0)
        test();
    int status;
    waitpid(child, &status, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void record_into_a_full_disk(void)
{
    struct error err = {""};
    struct video_report report;
    int code;
    fill_disk(LIMIT_BYTES);
    struct video_writer *writer = record("full.mkv", VIDEO_MPEG4);
    record_until_it_fails(writer, &code, &err);
    if (code != -EFBIG || !strstr(err.text, "full.mkv"))
        _exit(2);
    if (media->writing.finish(&writer, true, &report, &err) < 0)
        _exit(3);
    look_at(in("full.mkv"), (struct source_config){.paced = false});
    _exit(report.pictures == seen.count && llabs(report.duration_ns - pts_of(seen.count)) < 10 ? 0
                                                                                               : 4);
}

static void a_full_disk_leaves_a_file_that_plays(void **state)
{
    (void)state;
    in_a_process(record_into_a_full_disk);
    static struct bytes bytes;
    bytes_load(&bytes, in("full.mkv"));
    assert_in_range(bytes.count, LIMIT_BYTES / 3, LIMIT_BYTES);
    look_at(in("full.mkv"), (struct source_config){.paced = false});
    assert_true(seen.count >= RATE / 2);
    assert_near_ns(seen.times_ns[seen.count - 1], pts_of(seen.count - 1), NS_PER_MS);
}

/** There is room for the header and not for a cluster. */
static struct video_writer *record_to_a_header(void)
{
    struct video_report report;
    struct video_writer *writer = record("header.mkv", VIDEO_MPEG4);
    media->writing.report(writer, &report);
    fill_disk((rlim_t)report.bytes + 100);
    return writer;
}

static void record_a_header(void)
{
    struct error err = {""};
    struct video_report report;
    int code;
    struct video_writer *writer = record_to_a_header();
    record_until_it_fails(writer, &code, &err);
    if (code != -EFBIG || !strstr(err.text, "header.mkv"))
        _exit(2);
    if (media->writing.finish(&writer, true, &report, &err) != -ENODATA || report.pictures != 0)
        _exit(3);
    _exit(0);
}

static void record_a_header_to_the_end(void)
{
    struct error err = {""};
    struct video_report report;
    struct video_writer *writer = record_to_a_header();
    struct video_picture picture = noise(1);
    if (media->writing.put(writer, &picture, 0, &err) < 0)
        _exit(2);
    int code = media->writing.finish(&writer, true, &report, &err);
    _exit(code == -EFBIG && strstr(err.text, "header.mkv") && report.pictures == 0 ? 0 : 3);
}

static void what_no_picture_came_to_be_in_is_gone(void **state)
{
    (void)state;
    int files = files_left();
    in_a_process(record_a_header);
    in_a_process(record_a_header_to_the_end);
    assert_int_equal(files_left(), files);
}

/** The disk is full when a second's pictures are in the file and the rest is to be brought out. */
static void record_to_a_full_end(void)
{
    struct error err = {""};
    struct video_report report;
    struct video_writer *writer = record("end.mkv", VIDEO_MPEG4);
    for (int n = 0; n < RATE + 5; n++)
        put(writer, noise((uint32_t)n), pts_of(n));
    media->writing.report(writer, &report);
    fill_disk((rlim_t)report.bytes);
    int code = media->writing.finish(&writer, true, &report, &err);
    if (code != -EFBIG || !strstr(err.text, "end.mkv"))
        _exit(2);
    look_at(in("end.mkv"), (struct source_config){.paced = false});
    _exit(seen.count >= RATE / 2 && report.pictures == seen.count ? 0 : 3);
}

static void a_disk_that_is_full_at_the_end_is_said(void **state)
{
    (void)state;
    in_a_process(record_to_a_full_end);
}

/** What else is written into a full disk is gone, and said. */
static void write_into_a_full_disk(void)
{
    struct error err = {""};
    int code;
    fill_disk(LIMIT_BYTES);
    struct video_writer *writer = open_writer((struct video_config){.path = in("full.avi")});
    record_until_it_fails(writer, &code, &err);
    if (code != -EFBIG || !strstr(err.text, "full.avi"))
        _exit(2);
    if (media->writing.finish(&writer, true, NULL, &err) != -EFBIG)
        _exit(3);
    _exit(0);
}

static void a_full_disk_leaves_nothing_of_other_files(void **state)
{
    (void)state;
    int files = files_left();
    in_a_process(write_into_a_full_disk);
    assert_int_equal(files_left(), files);
}

static void it_ends_before_the_disk_is_full(void **state)
{
    (void)state;
    struct video_writer *writer = record("room.mkv", VIDEO_AUTOMATIC);
    struct error err = {""};
    int code, n;
    pretended_room = 200LL * MB;
    for (n = 0; n < 100; n++)
        put(writer, numbered(n, WIDE, HIGH), pts_of(n));
    pretended_room = 199LL * MB;
    do {
        struct video_picture picture = numbered(n, WIDE, HIGH);
        code = media->writing.put(writer, &picture, pts_of(n++), &err);
    } while (code == 0 && n < 300);
    pretended_room = INT64_MAX;
    assert_int_equal(code, -ENOSPC);
    assert_true(n <= 100 + RATE * 3 / 2 + 1);
    assert_non_null(strstr(err.text, "199 MB"));
    assert_int_equal(finish(writer).pictures, n);
    look_at(in("room.mkv"), (struct source_config){.paced = false});
    assert_int_equal(seen.count, n);
}

static void a_fast_recording_needs_more_room(void **state)
{
    (void)state;
    struct video_writer *writer = open_writer((struct video_config){.path = in("fast.mkv"),
                                                                    .width = 256,
                                                                    .height = 256,
                                                                    .fps = 1000,
                                                                    .codec = VIDEO_FFV1,
                                                                    .recording = true});
    // At 1,000 pictures a second of 20 KB or more each, 20 seconds are more than 300 MB.
    pretended_room = 300LL * MB;
    struct error err = {""};
    int code = 0;
    uint32_t seed = 1;
    for (int n = 0; n < 2100 && code == 0; n++) {
        for (int i = 0; i < 256 * 256; i++) {
            seed = seed * 1664525 + 1013904223;
            made[i] = (uint8_t)(seed >> 24);
        }
        struct video_picture picture = {made, 256, 256, 256};
        code = media->writing.put(writer, &picture, n * NS_PER_MS, &err);
    }
    pretended_room = INT64_MAX;
    assert_int_equal(code, -ENOSPC);
    finish(writer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kill_loses_a_second_at_most),
        cmocka_unit_test(a_recording_that_ends_well_is_whole),
        cmocka_unit_test(an_aborted_recording_keeps_what_it_has),
        cmocka_unit_test(a_full_disk_leaves_a_file_that_plays),
        cmocka_unit_test(what_no_picture_came_to_be_in_is_gone),
        cmocka_unit_test(a_disk_that_is_full_at_the_end_is_said),
        cmocka_unit_test(a_full_disk_leaves_nothing_of_other_files),
        cmocka_unit_test(it_ends_before_the_disk_is_full),
        cmocka_unit_test(a_fast_recording_needs_more_room),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
