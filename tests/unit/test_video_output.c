/*
 * Where edges go: the video is begun with the first picture, what is odd about it is said, pictures
 * are numbered, and what fails is lost or kept as it should be.
 */
#include "app/video_output.h"
#include "tests/unit/picture_files.h"

#include <errno.h>

enum { WIDTH = 5, HEIGHT = 3 };

/** A writer that only remembers. */
struct video_writer {
    int unused;
};

static struct fake {
    struct video_writer writer;
    struct video_config asked;
    int opened, puts, finished, aborted;
    int open_code, put_code; ///< what they return
    int64_t last_ns;
    bool to_end;
    char said[3][256];
    int sayings;
} fake;

static struct folder folder;
static struct error err;

static int fake_open(struct video_writer **out, const struct video_config *config,
                     struct video_audio *audio, struct error *error)
{
    assert_null(audio);
    fake.asked = *config;
    fake.opened++;
    *out = fake.open_code < 0 ? NULL : &fake.writer;
    return fake.open_code < 0 ? error_set(error, fake.open_code, "It cannot be opened") : 0;
}

static int fake_put(struct video_writer *writer, const struct video_picture *picture,
                    int64_t pts_ns, struct error *error)
{
    assert_ptr_equal(writer, &fake.writer);
    assert_int_equal(picture->width, WIDTH);
    assert_int_equal(picture->height, HEIGHT);
    fake.puts++;
    fake.last_ns = pts_ns;
    return fake.put_code < 0 ? error_set(error, fake.put_code, "The disk is full") : 0;
}

static void fake_report(const struct video_writer *writer, struct video_report *report)
{
    assert_ptr_equal(writer, &fake.writer);
    *report = (struct video_report){
        .width = WIDTH + 1, .height = HEIGHT + 1, .padded = true, .note = "There is no sound"};
}

static int fake_finish(struct video_writer **writer, bool to_end, struct video_report *report,
                       struct error *error)
{
    (void)error;
    *writer = NULL;
    *report = (struct video_report){.pictures = fake.puts};
    fake.finished++;
    fake.to_end = to_end;
    return 0;
}

static void fake_abort(struct video_writer **writer)
{
    fake.aborted += *writer != NULL;
    *writer = NULL;
}

static const struct video_writing writing = {
    .open = fake_open,
    .put = fake_put,
    .report = fake_report,
    .finish = fake_finish,
    .abort = fake_abort,
};

static void say(void *self, const char *text)
{
    assert_ptr_equal(self, &fake);
    assert_true(fake.sayings < 3);
    snprintf(fake.said[fake.sayings++], sizeof *fake.said, "%s", text);
}

static struct video_output output_to(const char *path, const char *pictures)
{
    fake = (struct fake){.opened = 0};
    return (struct video_output){.config = {.writing = &writing,
                                            .path = path,
                                            .folder = pictures,
                                            .input = "in.avi",
                                            .codec = VIDEO_MJPEG,
                                            .fps = 12.5,
                                            .start_ns = 7,
                                            .duration_ns = 8,
                                            .say = say,
                                            .self = &fake}};
}

static int put(struct video_output *output, int64_t time_ns)
{
    static uint8_t samples[WIDTH * HEIGHT] = {255};
    struct plane edges = {samples, WIDTH, HEIGHT, WIDTH};
    return video_output_put(output, &edges, time_ns, &err);
}

static int set_up(void **state)
{
    (void)state;
    folder_make(&folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove(&folder);
    return 0;
}

static void it_begins_with_the_first_picture(void **state)
{
    (void)state;
    struct video_report report;
    struct video_output output = output_to("out.avi", "");
    assert_int_equal(fake.opened, 0);
    assert_int_equal(put(&output, 40), 0);
    assert_int_equal(put(&output, 80), 0);
    assert_int_equal(fake.opened, 1);
    assert_int_equal(fake.puts, 2);
    assert_int_equal(fake.last_ns, 80);
    assert_string_equal(fake.asked.path, "out.avi");
    assert_string_equal(fake.asked.audio_path, "in.avi");
    assert_int_equal(fake.asked.width, WIDTH);
    assert_int_equal(fake.asked.codec, VIDEO_MJPEG);
    assert_int_equal(fake.asked.pixels, VIDEO_EDGES);
    assert_false(fake.asked.recording);
    assert_true(fake.asked.fps == 12.5 && fake.asked.start_ns == 7 && fake.asked.duration_ns == 8);
    assert_int_equal(video_output_finish(&output, true, &report, &err), 0);
    assert_true(fake.to_end);
    assert_int_equal(report.pictures, 2);
    video_output_close(&output);
    assert_int_equal(fake.aborted, 0);
}

static void what_differs_is_said_once(void **state)
{
    (void)state;
    struct video_output output = output_to("out.avi", "");
    put(&output, 0);
    put(&output, 1);
    assert_int_equal(fake.sayings, 2);
    assert_string_equal(fake.said[0], "There is no sound");
    assert_non_null(strstr(fake.said[1], "5 x 3; the video is 6 x 4"));
    video_output_close(&output);
    video_output_close(&output);
    assert_int_equal(fake.aborted, 1);
}

static void what_cannot_be_written_is_lost(void **state)
{
    (void)state;
    struct video_output output = output_to("out.avi", "");
    assert_int_equal(put(&output, 0), 0);
    assert_false(output.lost);
    fake.put_code = -ENOSPC;
    assert_int_equal(put(&output, 1), -ENOSPC);
    assert_string_equal(err.text, "The disk is full");
    assert_true(output.lost);
    assert_int_equal(output.pictures, 1);
    video_output_close(&output);
    output = output_to("out.avi", "");
    fake.open_code = -EACCES;
    assert_int_equal(put(&output, 0), -EACCES);
    assert_true(output.lost);
    video_output_close(&output);
    assert_int_equal(fake.aborted, 0);
}

static void pictures_are_numbered(void **state)
{
    (void)state;
    struct video_report report;
    struct video_output output = output_to("", folder.path);
    for (int i = 0; i < 3; i++)
        assert_int_equal(put(&output, i), 0);
    assert_int_equal(fake.opened, 0);
    assert_int_equal(access(in_folder(&folder, "frame-000001.png"), F_OK), 0);
    assert_int_equal(access(in_folder(&folder, "frame-000003.png"), F_OK), 0);
    assert_int_equal(access(in_folder(&folder, "frame-000004.png"), F_OK), -1);
    assert_int_equal(video_output_finish(&output, true, &report, &err), 0);
    assert_int_equal(report.pictures, 0);
}

/** The video before it is sound all the same. */
static void a_picture_that_fails_ends_it(void **state)
{
    (void)state;
    struct video_report report;
    struct video_output output = output_to("out.avi", in_folder(&folder, "missing"));
    assert_true(put(&output, 0) < 0);
    assert_false(output.lost);
    assert_int_equal(video_output_finish(&output, false, &report, &err), 0);
    assert_int_equal(fake.finished, 1);
    assert_false(fake.to_end);
}

static void without_a_picture_there_is_nothing(void **state)
{
    (void)state;
    struct video_report report;
    struct video_output output = output_to("out.avi", "");
    assert_int_equal(video_output_finish(&output, true, &report, &err), -ENODATA);
    assert_non_null(strstr(err.text, "in.avi"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_begins_with_the_first_picture),
        cmocka_unit_test(what_differs_is_said_once),
        cmocka_unit_test(what_cannot_be_written_is_lost),
        cmocka_unit_test(pictures_are_numbered),
        cmocka_unit_test(a_picture_that_fails_ends_it),
        cmocka_unit_test(without_a_picture_there_is_nothing),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
