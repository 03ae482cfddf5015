/*
 * The recorder: what comes arrives with its time, what stands lasts, a slow encoder costs pictures
 * and no memory, each size and each source has a file of its own, and what fails is said once.
 */
#include "app/recorder.h"
#include "processing/memory.h"
#include "tests/unit/picture_files.h"
#include "tests/unit/waiting.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

enum {
    FILES_MOST = 12,
    PUTS_MOST = 2000,
    SAYINGS_MOST = 32,
    WIDE = 64,
    HIGH = 48,
    PIXELS_MOST = 4 * 4096 * 1024
};

/** A file of the writer that only remembers. */
struct video_writer {
    char path[512];
    int width, height;
    enum video_pixels pixels;
    double fps;
    int64_t pts_ns[PUTS_MOST];
    uint8_t first[PUTS_MOST], last[PUTS_MOST]; ///< bytes of each picture
    atomic_int puts;
    atomic_bool finished;
};

/** Whatever the tests look at while the thread runs is atomic. */
static struct fake {
    struct video_writer files[FILES_MOST];
    atomic_int opened;
    atomic_bool hold; ///< the encoder sleeps until told
    atomic_int inside, put_code, open_code, check_code;
    char said[SAYINGS_MOST][700];
    enum log_level level[SAYINGS_MOST];
    atomic_int sayings, changes;
} fake;

static struct folder folder;
static struct recorder *recorder;
static uint8_t pixels[PIXELS_MOST];

static int fake_check(const char *path, struct error *err)
{
    int code = atomic_load(&fake.check_code);
    return code < 0 ? error_set(err, code, "Cannot record to '%s'", path) : 0;
}

static int fake_open(struct video_writer **out, const struct video_config *config,
                     struct video_audio *audio, struct error *err)
{
    assert_null(audio);
    assert_true(config->recording);
    int code = atomic_load(&fake.open_code);
    *out = NULL;
    if (code < 0)
        return error_set(err, code, "It cannot be opened");
    struct video_writer *file = *out = &fake.files[atomic_load(&fake.opened)];
    snprintf(file->path, sizeof file->path, "%s", config->path);
    file->width = config->width;
    file->height = config->height;
    file->pixels = config->pixels;
    file->fps = config->fps;
    bytes_save(NULL, 0, config->path);
    atomic_fetch_add(&fake.opened, 1);
    return 0;
}

static int fake_put(struct video_writer *file, const struct video_picture *picture, int64_t pts_ns,
                    struct error *err)
{
    atomic_fetch_add(&fake.inside, 1);
    WAIT_UNTIL(!atomic_load(&fake.hold));
    int code = atomic_load(&fake.put_code), at = atomic_load(&file->puts);
    if (picture->width != file->width || picture->height != file->height)
        code = -ESTALE;
    if (code < 0)
        return error_set(err, code, "The disk is full");
    file->pts_ns[at] = pts_ns;
    file->first[at] = picture->data[0];
    file->last[at] = picture->data[(picture->height - 1) * picture->stride + picture->width - 1];
    atomic_store(&file->puts, at + 1);
    return 0;
}

static void fake_report(const struct video_writer *file, struct video_report *report)
{
    int puts = atomic_load(&file->puts);
    *report = (struct video_report){
        .pictures = puts, .bytes = 1000 * puts, .duration_ns = puts ? file->pts_ns[puts - 1] : 0};
}

static int fake_finish(struct video_writer **file, bool to_end, struct video_report *report,
                       struct error *err)
{
    (void)err;
    assert_false(to_end);
    fake_report(*file, report);
    atomic_store(&(*file)->finished, true);
    *file = NULL;
    return 0;
}

static void fake_abort(struct video_writer **file)
{
    *file = NULL;
}

static const struct video_writing writing = {
    .check_recording = fake_check,
    .open = fake_open,
    .put = fake_put,
    .report = fake_report,
    .finish = fake_finish,
    .abort = fake_abort,
};

static double fps(void *self)
{
    assert_ptr_equal(self, &fake);
    return 25;
}

static void on_said(void *self, enum log_level level, const char *text)
{
    assert_ptr_equal(self, &fake);
    int at = atomic_load(&fake.sayings);
    if (at < SAYINGS_MOST) {
        fake.level[at] = level;
        snprintf(fake.said[at], sizeof fake.said[at], "%s", text);
    }
    atomic_store(&fake.sayings, at + 1);
}

static void on_changed(void *self)
{
    assert_ptr_equal(self, &fake);
    atomic_fetch_add(&fake.changes, 1);
}

static void create(const char *path, bool waits)
{
    struct recorder_config config = {
        .file = {.path = path, .writing = &writing, .fps = fps, .said = on_said, .self = &fake},
        .waits = waits,
        .changed = on_changed,
        .self = &fake,
    };
    assert_int_equal(recorder_create(&recorder, &config), 0);
}

/** A picture whose first and last bytes are `mark`. */
static void give_sized(int width, int height, int pixel_bytes, int mark, int64_t time_ns)
{
    struct video_picture picture = {pixels, width, height, (ptrdiff_t)(width * pixel_bytes)};
    assert_true(picture.stride * height <= PIXELS_MOST);
    pixels[0] = (uint8_t)mark;
    pixels[(height - 1) * picture.stride + width - 1] = (uint8_t)mark;
    recorder_take(recorder, &picture, pixel_bytes, time_ns);
}

static void give(int mark, int64_t time_ns)
{
    give_sized(WIDE, HIGH, 1, mark, time_ns);
}

static void stop(void)
{
    recorder_stop(recorder);
    recorder_wait(recorder);
}

/** Whether something was said by now that has these words. */
static bool was_said(const char *words)
{
    int count = atomic_load(&fake.sayings);
    for (int i = 0; i < count && i < SAYINGS_MOST; i++)
        if (strstr(fake.said[i], words))
            return true;
    return false;
}

static void expect_said(const char *words)
{
    if (!was_said(words))
        fail_msg("\"%s\" was not said, but \"%s\"", words, fake.said[0]);
}

static int set_up(void **state)
{
    (void)state;
    memset(&fake, 0, sizeof fake);
    folder_make(&folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    atomic_store(&fake.hold, false);
    recorder_destroy(&recorder);
    folder_remove(&folder);
    assert_int_equal(memory_sum_of(MEMORY_RECORDING).live_bytes, 0);
    return 0;
}

static void what_comes_arrives_with_its_time(void **state)
{
    (void)state;
    char path[256];
    snprintf(path, sizeof path, "%s", in_folder(&folder, "a.mkv"));
    create(path, true);
    give(1, 5000); // it is off
    recorder_start(recorder);
    for (int n = 0; n < 50; n++)
        give(n, 1000000 + n * 40 * NS_PER_MS);
    stop();
    give(1, INT64_MAX / 2);
    assert_int_equal(atomic_load(&fake.opened), 1);
    const struct video_writer *file = &fake.files[0];
    assert_string_equal(file->path, path);
    assert_int_equal(file->width, WIDE);
    assert_int_equal(file->height, HIGH);
    assert_int_equal(file->pixels, VIDEO_EDGES);
    assert_true(file->fps == 25);
    assert_true(file->finished);
    assert_int_equal(file->puts, 50);
    for (int n = 0; n < 50; n++) {
        assert_int_equal(file->pts_ns[n], n * 40 * NS_PER_MS);
        assert_int_equal(file->first[n], n);
        assert_int_equal(file->last[n], n);
    }
    struct recorder_status status = recorder_status(recorder);
    assert_int_equal(status.written, 50);
    assert_int_equal(status.lost, 0);
    assert_false(status.on || status.failed);
    assert_int_equal(status.queue_bytes, 0);
    assert_string_equal(fake.said[0] + strlen("Recording to "), path);
    expect_said("Recorded 50 frames, 2.0 s");
    assert_int_equal(memory_sum_of(MEMORY_RECORDING).live_bytes, 0);
}

static void rows_are_copied_without_their_gaps(void **state)
{
    (void)state;
    create(in_folder(&folder, "a.mkv"), true);
    recorder_start(recorder);
    struct video_picture picture = {pixels, 3, 2, 16};
    memset(pixels, 9, 32);
    pixels[0] = 1;
    pixels[16 + 2] = 2;
    recorder_take(recorder, &picture, 1, 0);
    stop();
    assert_int_equal(fake.files[0].first[0], 1);
    assert_int_equal(fake.files[0].last[0], 2);
}

/** The encoder sleeps until told: pictures are lost and counted, memory stays what it was. */
static void a_slow_encoder_costs_pictures_and_no_memory(void **state)
{
    (void)state;
    create(in_folder(&folder, "a.mkv"), false);
    atomic_store(&fake.hold, true);
    recorder_start(recorder);
    give(0, 0);
    WAIT_UNTIL(atomic_load(&fake.inside) == 1);
    int64_t queue_bytes = recorder_status(recorder).queue_bytes;
    int64_t allocations = memory_sum_of(MEMORY_OWNERS).total_count;
    assert_true(queue_bytes >= 4 * WIDE * HIGH);
    assert_int_equal(memory_sum_of(MEMORY_RECORDING).live_bytes, queue_bytes);
    for (int n = 1; n < 1000; n++) {
        give(n, n * NS_PER_MS);
        assert_int_equal(memory_sum_of(MEMORY_RECORDING).live_bytes, queue_bytes);
    }
    assert_int_equal(memory_sum_of(MEMORY_OWNERS).total_count, allocations);
    struct recorder_status status = recorder_status(recorder);
    int fit = 1000 - (int)status.lost;
    assert_int_equal(status.written, 0);
    assert_int_equal(status.lost, status.lost_now);
    assert_in_range(fit, 4, queue_bytes / (WIDE * HIGH));
    atomic_store(&fake.hold, false);
    stop();
    assert_int_equal(fake.files[0].puts, fit);
    for (int n = 0; n < fit; n++)
        assert_int_equal(fake.files[0].first[n], n);
    assert_int_equal(recorder_status(recorder).written, fit);
    expect_said("The recording cannot keep up: frames are lost");
    char words[64];
    snprintf(words, sizeof words, ", %d frames lost", 1000 - fit);
    expect_said(words);
    // The next one begins without them.
    recorder_start(recorder);
    assert_int_equal(recorder_status(recorder).lost_now, 0);
    assert_int_equal(recorder_status(recorder).lost, 1000 - fit);
}

static void large_pictures_have_a_limit_too(void **state)
{
    (void)state;
    create(in_folder(&folder, "a.mkv"), false);
    atomic_store(&fake.hold, true);
    recorder_start(recorder);
    for (int n = 0; n < 30; n++)
        give_sized(2048, 1024, 4, n, n);
    int64_t queue_bytes = recorder_status(recorder).queue_bytes;
    assert_true(queue_bytes <= 64 << 20);
    assert_int_equal(memory_sum_of(MEMORY_RECORDING).peak_bytes, queue_bytes);
    assert_int_equal(recorder_status(recorder).lost, 30 - queue_bytes / (2048 * 1024 * 4));
}

static atomic_int given;

static void *give_many(void *unused)
{
    (void)unused;
    for (int n = 0; n < 300; n++) {
        give(n, n * NS_PER_MS);
        atomic_fetch_add(&given, 1);
    }
    return NULL;
}

/** A file's frames wait for the encoder, and none is lost. */
static void what_has_no_clock_waits(void **state)
{
    (void)state;
    pthread_t giver;
    create(in_folder(&folder, "a.mkv"), true);
    atomic_store(&fake.hold, true);
    atomic_store(&given, 0);
    recorder_start(recorder);
    assert_int_equal(pthread_create(&giver, NULL, give_many, NULL), 0);
    WAIT_UNTIL(atomic_load(&fake.inside) == 1 && atomic_load(&given) > 3);
    for (int before = -1; before != atomic_load(&given);) {
        before = atomic_load(&given);
        for (int i = 0; i < 50; i++)
            waiting_nap();
    }
    assert_true(atomic_load(&given) < 300);
    atomic_store(&fake.hold, false);
    pthread_join(giver, NULL);
    stop();
    assert_int_equal(fake.files[0].puts, 300);
    assert_int_equal(recorder_status(recorder).lost, 0);
}

static void what_has_not_begun_does_not_go_on(void **state)
{
    (void)state;
    create(in_folder(&folder, "a.mkv"), false);
    recorder_start(recorder);
    recorder_split(recorder); // before there was a picture
    give(1, clock_now_ns());
    stop();
    assert_int_equal(atomic_load(&fake.opened), 1);
    assert_true(was_said("Recording to") && !was_said("goes on") && !was_said("The picture is"));
}

/** Who waits for room goes on when there is nothing to wait for any more. */
static void stopping_ends_the_waiting(void **state)
{
    (void)state;
    pthread_t giver;
    create(in_folder(&folder, "a.mkv"), true);
    atomic_store(&fake.hold, true);
    atomic_store(&given, 0);
    recorder_start(recorder);
    assert_int_equal(pthread_create(&giver, NULL, give_many, NULL), 0);
    WAIT_UNTIL(atomic_load(&given) > 3);
    recorder_stop(recorder); // the encoder still sleeps
    pthread_join(giver, NULL);
    assert_true(recorder_is_busy(recorder));
    atomic_store(&fake.hold, false);
    recorder_wait(recorder);
    assert_true(fake.files[0].finished);
}

static void another_size_is_another_file(void **state)
{
    (void)state;
    create(in_folder(&folder, "a.mkv"), true);
    recorder_start(recorder);
    for (int n = 0; n < 10; n++)
        give_sized(64, 48, 4, n, n * NS_PER_MS);
    for (int n = 10; n < 25; n++) // much larger than what waits
        give_sized(1024, 512, 4, n, n * NS_PER_MS);
    for (int n = 25; n < 30; n++)
        give_sized(64, 48, 4, n, n * NS_PER_MS);
    stop();
    static const struct {
        const char *name;
        int width, first, count;
    } files[] = {{"a.mkv", 64, 0, 10}, {"a-2.mkv", 1024, 10, 15}, {"a-3.mkv", 64, 25, 5}};
    assert_int_equal(atomic_load(&fake.opened), 3);
    for (int i = 0; i < 3; i++) {
        const struct video_writer *file = &fake.files[i];
        assert_string_equal(file->path, in_folder(&folder, files[i].name));
        assert_int_equal(file->width, files[i].width);
        assert_int_equal(file->pixels, VIDEO_COLOR);
        assert_int_equal(file->puts, files[i].count);
        assert_true(file->finished);
        for (int n = 0; n < files[i].count; n++) {
            assert_int_equal(file->first[n], files[i].first + n);
            assert_int_equal(file->pts_ns[n], n * NS_PER_MS);
        }
    }
    expect_said("The picture is 1024 x 512 now. The recording goes on in");
    expect_said("The picture is 64 x 48 now. The recording goes on in");
    assert_int_equal(recorder_status(recorder).files, 3);
}

static void another_source_is_another_file(void **state)
{
    (void)state;
    create(in_folder(&folder, "a.mkv"), true);
    recorder_start(recorder);
    int64_t now = clock_now_ns();
    give(1, now);
    give(2, now + 1);
    recorder_split(recorder);
    // The file ends at once, not when the next picture comes.
    WAIT_UNTIL(atomic_load(&fake.files[0].finished));
    recorder_split(recorder);
    give(3, now + 2); // of the source that is gone
    give(4, clock_now_ns());
    stop();
    assert_int_equal(atomic_load(&fake.opened), 2);
    assert_int_equal(fake.files[0].puts, 2);
    assert_int_equal(fake.files[1].puts, 1);
    assert_int_equal(fake.files[1].first[0], 4);
    assert_int_equal(fake.files[1].pts_ns[0], 0);
    assert_int_equal(recorder_status(recorder).lost, 0);
    assert_true(was_said("The recording goes on in") && !was_said("The picture is"));
}

/** A frozen picture lasts in the file as long as on the display. */
static void what_stands_is_written_again(void **state)
{
    (void)state;
    create(in_folder(&folder, "a.mkv"), false);
    recorder_start(recorder);
    int64_t begun = clock_now_ns();
    give(1, begun);
    give(2, begun + 1000);
    recorder_stand(recorder, true);
    recorder_split(recorder); // what is seen does not change
    const struct video_writer *file = &fake.files[0];
    WAIT_UNTIL(atomic_load(&fake.opened) && atomic_load(&file->puts) >= 5);
    int64_t stood_ns = clock_now_ns() - begun;
    stop();
    int64_t stopped_ns = clock_now_ns() - begun;
    assert_int_equal(atomic_load(&fake.opened), 1);
    for (int n = 1; n < file->puts; n++) {
        assert_int_equal(file->first[n], 2);
        assert_true(file->pts_ns[n] > file->pts_ns[n - 1]);
    }
    int64_t end_ns = file->pts_ns[file->puts - 1];
    assert_true(end_ns >= stood_ns && end_ns <= stopped_ns);
    assert_int_equal(recorder_status(recorder).written, 2);
}

static void what_goes_on_is_not_repeated(void **state)
{
    (void)state;
    create(in_folder(&folder, "a.mkv"), false);
    recorder_start(recorder);
    give(1, clock_now_ns());
    recorder_stand(recorder, true);
    WAIT_UNTIL(atomic_load(&fake.files[0].puts) >= 3);
    recorder_split(recorder);
    recorder_stand(recorder, false);
    WAIT_UNTIL(atomic_load(&fake.files[0].finished)); // the source broke off meanwhile
    give(2, clock_now_ns());
    give(3, clock_now_ns());
    WAIT_UNTIL(atomic_load(&fake.files[1].puts) == 2);
    usleep(500000);
    stop();
    assert_int_equal(fake.files[1].puts, 2);
}

static void a_full_disk_ends_it(void **state)
{
    (void)state;
    create(in_folder(&folder, "a.mkv"), false);
    recorder_start(recorder);
    give(1, 0);
    WAIT_UNTIL(atomic_load(&fake.files[0].puts) == 1);
    atomic_store(&fake.put_code, -ENOSPC);
    give(2, NS_PER_MS);
    WAIT_UNTIL(atomic_load(&fake.changes) == 1);
    recorder_wait(recorder);
    assert_true(fake.files[0].finished);
    assert_true(recorder_status(recorder).failed);
    assert_false(recorder_is_on(recorder));
    expect_said("The disk is full");
    expect_said("Recorded 1 frames");
    give(3, 2 * NS_PER_MS); // nobody wants it any more
    assert_int_equal(recorder_status(recorder).lost, 1);
    assert_int_equal(recorder_status(recorder).lost_now, 1);
    // There may be room by now.
    atomic_store(&fake.put_code, 0);
    recorder_start(recorder);
    give(4, 3 * NS_PER_MS);
    stop();
    assert_false(recorder_status(recorder).failed);
    assert_int_equal(fake.files[1].puts, 1);
    assert_string_equal(fake.files[1].path, in_folder(&folder, "a-2.mkv"));
}

static void what_waits_of_a_failed_file_is_thrown_away(void **state)
{
    (void)state;
    create(in_folder(&folder, "a.mkv"), false);
    atomic_store(&fake.hold, true);
    recorder_start(recorder);
    for (int n = 0; n < 5; n++)
        give(n, n);
    WAIT_UNTIL(atomic_load(&fake.inside) == 1);
    atomic_store(&fake.put_code, -EIO);
    atomic_store(&fake.hold, false);
    recorder_wait(recorder);
    assert_int_equal(atomic_load(&fake.opened), 1);
    assert_int_equal(atomic_load(&fake.inside), 1);
    assert_int_equal(atomic_load(&fake.changes), 1);
}

static void what_cannot_be_opened_is_said_once(void **state)
{
    (void)state;
    create(in_folder(&folder, "a.mkv"), false);
    atomic_store(&fake.open_code, -EACCES);
    recorder_start(recorder);
    for (int n = 0; n < 5; n++)
        give(n, n);
    recorder_wait(recorder);
    assert_int_equal(atomic_load(&fake.sayings), 1);
    assert_int_equal(fake.level[0], LOG_LEVEL_ERROR);
    expect_said("It cannot be opened");
    assert_true(recorder_status(recorder).failed);
}

static void names_are_never_taken_twice(void **state)
{
    (void)state;
    bytes_save(NULL, 0, in_folder(&folder, "a-2.mkv"));
    create(in_folder(&folder, "a.mkv"), true);
    for (int i = 0; i < 2; i++) {
        recorder_start(recorder);
        give(i, i);
        stop();
    }
    assert_string_equal(fake.files[0].path, in_folder(&folder, "a.mkv"));
    assert_string_equal(fake.files[1].path, in_folder(&folder, "a-3.mkv"));
    assert_false(was_said("goes on"));
}

static void without_a_name_it_is_the_videos_folder(void **state)
{
    (void)state;
    setenv("HOME", folder.path, 1);
    unsetenv("XDG_CONFIG_HOME");
    create("", true);
    for (int i = 0; i < 2; i++) {
        recorder_start(recorder);
        give(i, i);
        stop();
    }
    char start[256];
    snprintf(start, sizeof start, "%s", in_folder(&folder, "Videos/cannyscope/cannyscope-20"));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(strncmp(fake.files[i].path, start, strlen(start)), 0);
        assert_string_equal(fake.files[i].path + strlen(fake.files[i].path) - 4, ".mkv");
    }
    assert_string_not_equal(fake.files[0].path, fake.files[1].path);
}

static void it_is_checked_before_it_begins(void **state)
{
    (void)state;
    struct error err = {""};
    struct recording_file_config config = {.path = in_folder(&folder, "a.mkv"),
                                           .writing = &writing};
    assert_int_equal(recording_file_check(&config, &err), 0);
    atomic_store(&fake.check_code, -EEXIST);
    assert_int_equal(recording_file_check(&config, &err), -EEXIST);
    assert_non_null(strstr(err.text, "a.mkv"));
}

static void destroying_makes_it_whole(void **state)
{
    (void)state;
    create(in_folder(&folder, "a.mkv"), false);
    recorder_start(recorder);
    for (int n = 0; n < 5; n++)
        give(n, n * NS_PER_MS);
    recorder_destroy(&recorder);
    assert_int_equal(fake.files[0].puts, 5);
    assert_true(fake.files[0].finished);
}

static void nothing_is_allocated_for_a_picture(void **state)
{
    (void)state;
    create(in_folder(&folder, "a.mkv"), true);
    recorder_start(recorder);
    give(0, 0);
    int64_t allocations = memory_sum_of(MEMORY_OWNERS).total_count;
    for (int n = 1; n < 1000; n++)
        give(n, n * NS_PER_MS);
    assert_int_equal(memory_sum_of(MEMORY_OWNERS).total_count, allocations);
}

/** Nobody gets lost when it is switched to and fro while pictures come. */
static void switching_while_pictures_come(void **state)
{
    (void)state;
    pthread_t giver;
    create(in_folder(&folder, "a.mkv"), true);
    recorder_start(recorder);
    assert_int_equal(pthread_create(&giver, NULL, give_many, NULL), 0);
    for (int i = 0; i < FILES_MOST / 2 - 1; i++) {
        recorder_start(recorder);
        waiting_nap();
        recorder_stand(recorder, i % 2);
        recorder_stop(recorder);
    }
    pthread_join(giver, NULL);
    recorder_wait(recorder);
    int opened = atomic_load(&fake.opened), puts = 0;
    for (int i = 0; i < opened; i++) {
        assert_true(fake.files[i].finished);
        puts += fake.files[i].puts;
    }
    assert_true(puts >= (int)recorder_status(recorder).written);
}

int main(void)
{
    waiting_begin();
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_comes_arrives_with_its_time),
        TEST(rows_are_copied_without_their_gaps),
        TEST(a_slow_encoder_costs_pictures_and_no_memory),
        TEST(large_pictures_have_a_limit_too),
        TEST(what_has_no_clock_waits),
        TEST(stopping_ends_the_waiting),
        TEST(another_size_is_another_file),
        TEST(another_source_is_another_file),
        TEST(what_has_not_begun_does_not_go_on),
        TEST(what_stands_is_written_again),
        TEST(what_goes_on_is_not_repeated),
        TEST(a_full_disk_ends_it),
        TEST(what_waits_of_a_failed_file_is_thrown_away),
        TEST(what_cannot_be_opened_is_said_once),
        TEST(names_are_never_taken_twice),
        TEST(without_a_name_it_is_the_videos_folder),
        TEST(it_is_checked_before_it_begins),
        TEST(destroying_makes_it_whole),
        TEST(nothing_is_allocated_for_a_picture),
        TEST(switching_while_pictures_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
