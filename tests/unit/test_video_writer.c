/**
 * @file
 * Video files written, and read back by the module's own reader: which pictures, when, how large;
 * what becomes of odd sizes, of sound, of times that do not fit, and of files that fail.
 */
#include "tests/unit/video_maker.h"

#include "processing/memory.h"

static const struct {
    const char *name;
    enum video_codec codec;
    const char *said;
} kinds[] = {
    {"a.avi", VIDEO_AUTOMATIC, "mpeg4"}, {"b.avi", VIDEO_MJPEG, "mjpeg"},
    {"c.avi", VIDEO_FFV1, "ffv1"},       {"d.avi", VIDEO_H264, "h264"},
    {"e.mp4", VIDEO_AUTOMATIC, "h264"},  {"f.mp4", VIDEO_MPEG4, "mpeg4"},
    {"g.mkv", VIDEO_AUTOMATIC, "h264"},  {"h.mkv", VIDEO_MPEG4, "mpeg4"},
    {"i.mkv", VIDEO_MJPEG, "mjpeg"},     {"j.MKV", VIDEO_FFV1, "ffv1"},
};

static void every_kind_comes_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct video_config config = {
            .path = in(kinds[i].name), .fps = 10, .codec = kinds[i].codec};
        struct video_report report = make_video(config, 40);
        assert_string_equal(report.codec, kinds[i].said);
        assert_int_equal(report.pictures, 40);
        assert_int_equal(report.duration_ns, 4 * NS_PER_S);
        assert_int_equal(report.repeated + report.left_out + report.corrected, 0);
        assert_string_equal(report.note, "");
        look_at(in(kinds[i].name), (struct source_config){.paced = false});
        assert_int_equal(seen.count, 40);
        assert_int_equal(seen.width, WIDE);
        assert_int_equal(seen.height, HIGH);
        for (int n = 0; n < 40; n++) {
            assert_int_equal(seen.numbers[n], n);
            assert_near_ns(seen.times_ns[n], n * NS_PER_S / 10, 10);
        }
    }
}

static void a_fractional_rate_stays_exact(void **state)
{
    (void)state;
    static const char *const names[] = {"ntsc.avi", "ntsc.mp4"};
    for (size_t i = 0; i < COUNT(names); i++) {
        make_video((struct video_config){.path = in(names[i]), .fps = 30000 / 1001.}, 300);
        look_at(in(names[i]), (struct source_config){.paced = false});
        assert_int_equal(seen.count, 300);
        for (int n = 0; n < 300; n++)
            assert_near_ns(seen.times_ns[n], n * (1001 * NS_PER_S) / 30000, 2000);
    }
}

static const int uneven_ms[] = {0, 33, 40, 100, 400, 401, 1000, 1033, 2500};

static void uneven_times_are_carried(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum video_codec codec;
    } rows[] = {{"u.mkv", VIDEO_H264},
                {"u.mp4", VIDEO_H264},
                {"v.mkv", VIDEO_MPEG4},
                {"v.mp4", VIDEO_MPEG4}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct video_writer *writer = open_writer(
            (struct video_config){.path = in(rows[i].name), .fps = 25, .codec = rows[i].codec});
        for (int n = 0; n < (int)COUNT(uneven_ms); n++)
            put(writer, numbered(n, WIDE, HIGH), uneven_ms[n] * NS_PER_MS);
        struct video_report report = finish(writer);
        assert_int_equal(report.duration_ns, 2540 * NS_PER_MS);
        look_at(in(rows[i].name), (struct source_config){.paced = false});
        assert_int_equal(seen.count, COUNT(uneven_ms));
        for (int n = 0; n < seen.count; n++) {
            assert_int_equal(seen.numbers[n], n);
            assert_near_ns(seen.times_ns[n], uneven_ms[n] * NS_PER_MS, 12000);
        }
    }
}

static void an_avi_repeats_and_leaves_out(void **state)
{
    (void)state;
    struct video_writer *writer =
        open_writer((struct video_config){.path = in("beat.avi"), .fps = 10});
    // Beats of 100 ms; a picture less than a beat off just takes the next one.
    static const int pts_ms[] = {0, 130, 170, 500, 505, 508, 600};
    static const int wanted[] = {0, 1, 2, 2, 2, 3, 6};
    for (int n = 0; n < (int)COUNT(pts_ms); n++)
        put(writer, numbered(n, WIDE, HIGH), pts_ms[n] * NS_PER_MS);
    struct video_report report = finish(writer);
    assert_int_equal(report.repeated, 2);
    assert_int_equal(report.left_out, 2);
    assert_int_equal(report.pictures, COUNT(wanted));
    assert_int_equal(report.duration_ns, 700 * NS_PER_MS);
    look_at(in("beat.avi"), (struct source_config){.paced = false});
    assert_int_equal(seen.count, COUNT(wanted));
    for (int n = 0; n < seen.count; n++)
        assert_int_equal(seen.numbers[n], wanted[n]);
}

static void a_late_beginning_stays_late(void **state)
{
    (void)state;
    struct video_writer *writer =
        open_writer((struct video_config){.path = in("late.avi"), .fps = 10});
    put(writer, numbered(7, WIDE, HIGH), 500 * NS_PER_MS);
    put(writer, numbered(8, WIDE, HIGH), 600 * NS_PER_MS);
    assert_int_equal(finish(writer).repeated, 5);
    look_at(in("late.avi"), (struct source_config){.paced = false});
    assert_int_equal(seen.count, 7);
    assert_int_equal(seen.numbers[5], 7);
    assert_int_equal(seen.numbers[6], 8);
}

static void times_that_do_not_rise_are_corrected(void **state)
{
    (void)state;
    struct video_writer *writer =
        open_writer((struct video_config){.path = in("fall.mkv"), .fps = 10});
    static const int pts_ms[] = {0, 100, 100, 50, 300};
    static const int wanted_ms[] = {0, 100, 101, 102, 300};
    for (int n = 0; n < (int)COUNT(pts_ms); n++)
        put(writer, numbered(n, WIDE, HIGH), pts_ms[n] * NS_PER_MS);
    assert_int_equal(finish(writer).corrected, 2);
    look_at(in("fall.mkv"), (struct source_config){.paced = false});
    assert_int_equal(seen.count, COUNT(pts_ms));
    for (int n = 0; n < seen.count; n++)
        assert_near_ns(seen.times_ns[n], wanted_ms[n] * NS_PER_MS, 0);
}

static void odd_sizes_repeat_their_border(void **state)
{
    (void)state;
    struct video_config config = {
        .path = in("odd.mkv"), .width = 35, .height = 33, .fps = 10, .pixels = VIDEO_GRAY};
    struct video_writer *writer = open_writer(config);
    for (int i = 0; i < 35 * 33; i++)
        made[i] = i % 35 == 34 ? 250 : i / 35 == 32 ? 180 : 20;
    put(writer, (struct video_picture){made, 35, 33, 35}, 0);
    struct video_report report = finish(writer);
    assert_true(report.padded && report.width == 36 && report.height == 34);
    struct source *source =
        open_kind(media->video, in("odd.mkv"), (struct source_config){.fps = -1});
    struct loan loan = acquire(source);
    assert_int_equal(loan.frame.width, 36);
    assert_int_equal(loan.frame.height, 34);
    for (int y = 4; y < 30; y++)
        assert_in_range(luma_at(&loan.frame, 35, y), 210, 240);
    for (int x = 4; x < 30; x++)
        assert_in_range(luma_at(&loan.frame, x, 33), 150, 190);
    source_release(&loan);
    source_close(&source);
    config = (struct video_config){
        .path = in("odd.mkv"), .width = 35, .height = 33, .fps = 10, .codec = VIDEO_FFV1};
    report = make_video(config, 2);
    assert_true(!report.padded && report.width == 35 && report.height == 33);
}

static void small_and_long_pictures(void **state)
{
    (void)state;
    static const int sizes[][2] = {{1, 1}, {3, 5}, {2, 70}, {4097, 3}};
    for (size_t k = 0; k < COUNT(kinds); k++)
        for (size_t i = 0; i < COUNT(sizes); i++) {
            int width = sizes[i][0], height = sizes[i][1];
            struct video_config config = {.path = in(kinds[k].name),
                                          .width = width,
                                          .height = height,
                                          .fps = 10,
                                          .codec = kinds[k].codec};
            struct video_report report = make_video(config, 3);
            assert_int_equal(report.pictures, 3);
            if (kinds[k].codec != VIDEO_FFV1)
                assert_true(report.width == width + (width & 1) &&
                            report.height == height + (height & 1));
            look_at(in(kinds[k].name), (struct source_config){.paced = false});
            assert_int_equal(seen.count, 3);
            assert_int_equal(seen.width, report.width);
            assert_int_equal(seen.height, report.height);
        }
}

static void another_size_is_refused_and_the_rest_goes_on(void **state)
{
    (void)state;
    struct video_writer *writer =
        open_writer((struct video_config){.path = in("size.avi"), .fps = 10});
    struct error err = {""};
    put(writer, numbered(1, WIDE, HIGH), 0);
    struct video_picture other = numbered(2, HIGH, WIDE);
    assert_int_equal(media->writing.put(writer, &other, NS_PER_S / 10, &err), -ESTALE);
    assert_non_null(strstr(err.text, "64 x 96"));
    put(writer, numbered(3, WIDE, HIGH), NS_PER_S / 10);
    assert_int_equal(finish(writer).pictures, 2);
}

// --- What is in the pictures ----------------------------------------------------------------

static void gray_comes_back(void **state)
{
    (void)state;
    static const enum video_codec codecs[] = {VIDEO_MPEG4, VIDEO_H264, VIDEO_MJPEG, VIDEO_FFV1};
    for (size_t i = 0; i < COUNT(codecs); i++) {
        struct video_writer *writer = open_writer((struct video_config){
            .path = in("gray.mkv"), .fps = 10, .codec = codecs[i], .pixels = VIDEO_GRAY});
        for (int p = 0; p < WIDE * HIGH; p++)
            made[p] = (uint8_t)(p % WIDE / 32 * 100);
        put(writer, (struct video_picture){made, WIDE, HIGH, WIDE}, 0);
        finish(writer);
        struct source *source =
            open_kind(media->video, in("gray.mkv"), (struct source_config){.fps = -1});
        struct loan loan = acquire(source);
        bool limited = loan.frame.range == RANGE_LIMITED;
        assert_true(limited == (i < 2));
        for (int level = 0; level < 3; level++) {
            int wanted = limited ? 16 + level * 100 * 219 / 255 : level * 100;
            int slack = codecs[i] == VIDEO_FFV1 ? 0 : 3;
            assert_in_range(luma_at(&loan.frame, level * 32 + 16, 30) + 3, wanted - slack + 3,
                            wanted + slack + 3);
        }
        source_release(&loan);
        source_close(&source);
    }
}

static void colors_come_back(void **state)
{
    (void)state;
    static const uint32_t colors[3] = {0xffff0000, 0xff00c040, 0xff2030f0};
    static const enum video_codec codecs[] = {VIDEO_MPEG4, VIDEO_H264, VIDEO_MJPEG, VIDEO_FFV1};
    static uint32_t canvas[WIDE * HIGH];
    for (int p = 0; p < WIDE * HIGH; p++)
        canvas[p] = colors[p % WIDE / 32];
    for (size_t i = 0; i < COUNT(codecs); i++) {
        struct video_writer *writer = open_writer((struct video_config){
            .path = in("color.mkv"), .fps = 10, .codec = codecs[i], .pixels = VIDEO_COLOR});
        put(writer, (struct video_picture){(const uint8_t *)canvas, WIDE, HIGH, 4 * WIDE}, 0);
        finish(writer);
        struct source *source = open_kind(media->video, in("color.mkv"),
                                          (struct source_config){.fps = -1, .wishes.bgr = true});
        struct loan loan = acquire(source);
        for (int c = 0; c < 3; c++)
            for (int channel = 0; channel < 3; channel++) {
                int got =
                    loan.frame.data[0][30 * loan.frame.stride[0] + (c * 32 + 16) * 3 + channel];
                int wanted = (int)(colors[c] >> 8 * channel & 255);
                if (abs(got - wanted) > (codecs[i] == VIDEO_FFV1 ? 0 : 8))
                    fail_msg("codec %zu, colour %d, channel %d: %d, not %d", i, c, channel, got,
                             wanted);
            }
        source_release(&loan);
        source_close(&source);
    }
}

// --- Sound ----------------------------------------------------------------------------------

enum { RATE = 8000, SOUND_SECONDS = 4 };

static void put_le(FILE *file, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        fputc((int)(value >> 8 * i & 255), file);
}

/** Sample number n is n. */
static void make_wav(const char *path)
{
    uint32_t bytes = RATE * SOUND_SECONDS * 2;
    FILE *file = fopen(path, "wb");
    fputs("RIFF", file);
    put_le(file, bytes + 36, 4);
    fputs("WAVEfmt ", file);
    put_le(file, 16, 4);
    put_le(file, 1, 2);
    put_le(file, 1, 2);
    put_le(file, RATE, 4);
    put_le(file, RATE * 2, 4);
    put_le(file, 2, 2);
    put_le(file, 16, 2);
    fputs("data", file);
    put_le(file, bytes, 4);
    for (uint32_t n = 0; n < bytes / 2; n++)
        put_le(file, n, 2);
    fclose(file);
}

/** How often the two bytes of a sample are followed by those of the next, i.e. its sound's length.
 */
static int samples_in(const char *path, int *first)
{
    static struct bytes bytes;
    bytes_load(&bytes, path);
    int count = 0, wanted = -1;
    *first = -1;
    for (size_t i = 0; i + 5 < bytes.count;) {
        int a = bytes.data[i] | bytes.data[i + 1] << 8,
            b = bytes.data[i + 2] | bytes.data[i + 3] << 8,
            c = bytes.data[i + 4] | bytes.data[i + 5] << 8;
        bool runs = b == a + 1 && c == a + 2 && (wanted < 0 || a == wanted);
        if (runs && *first < 0)
            *first = a;
        if (runs)
            for (wanted = a;
                 i + 1 < bytes.count && (bytes.data[i] | bytes.data[i + 1] << 8) == wanted;
                 i += 2, wanted++)
                count++;
        else
            i++;
    }
    return count;
}

static struct video_report make_sounding(const char *name, int64_t start_ns, int64_t duration_ns,
                                         bool to_end)
{
    struct video_config config = {.path = in(name),
                                  .fps = 10,
                                  .audio_path = in("sound.wav"),
                                  .start_ns = start_ns,
                                  .duration_ns = duration_ns};
    struct video_writer *writer = open_writer(config);
    for (int n = 0; n < 20; n++)
        put(writer, numbered(n, WIDE, HIGH), n * NS_PER_S / 10);
    struct video_report report;
    assert_int_equal(media->writing.finish(&writer, to_end, &report, NULL), 0);
    return report;
}

static void sound_is_copied(void **state)
{
    (void)state;
    make_wav(in("sound.wav"));
    static const char *const names[] = {"sound.avi", "sound.mkv"};
    int first;
    for (size_t i = 0; i < COUNT(names); i++) {
        struct video_report report = make_sounding(names[i], 0, 0, true);
        assert_true(report.sound);
        assert_string_equal(report.note, "");
        assert_int_equal(samples_in(in(names[i]), &first), RATE * SOUND_SECONDS);
        assert_int_equal(first, 0);
        look_at(in(names[i]), (struct source_config){.paced = false});
        assert_int_equal(seen.count, 20);
        make_sounding(names[i], 0, 0, false);
        assert_in_range(samples_in(in(names[i]), &first), RATE * 2, RATE * 2 + 4096);
        make_sounding(names[i], NS_PER_S, NS_PER_S, true);
        assert_in_range(samples_in(in(names[i]), &first), RATE - 4096, RATE + 4096);
        assert_in_range(first, RATE, RATE + 4096);
    }
}

static void sound_that_does_not_fit_is_left_out_and_said(void **state)
{
    (void)state;
    make_wav(in("sound.wav"));
    struct video_report report = make_sounding("sound.mp4", 0, 0, true);
    assert_false(report.sound);
    assert_non_null(strstr(report.note, "pcm_s16le"));
    look_at(in("sound.mp4"), (struct source_config){.paced = false});
    assert_int_equal(seen.count, 20);
}

static void a_file_without_sound_is_fine(void **state)
{
    (void)state;
    make_video((struct video_config){.path = in("mute.avi"), .fps = 10}, 3);
    struct video_config config = {.path = in("copy.avi"), .fps = 10, .audio_path = in("mute.avi")};
    struct video_report report = make_video(config, 3);
    assert_false(report.sound);
    assert_string_equal(report.note, "");
}

// --- What is refused, what remains ----------------------------------------------------------

static void assert_not_opened(struct video_config config, int code, const char *words)
{
    struct video_writer *writer;
    struct error err = {""};
    config.width = config.width ? config.width : WIDE;
    config.height = HIGH;
    int64_t before = memory_sum_of(MEMORY_OWNERS).live_bytes;
    int files = files_left();
    assert_int_equal(media->writing.open(&writer, &config, NULL, &err), code);
    assert_null(writer);
    if (!strstr(err.text, words))
        fail_msg("'%s' does not say '%s'", err.text, words);
    assert_int_equal(memory_sum_of(MEMORY_OWNERS).live_bytes, before);
    assert_int_equal(files_left(), files);
}

static void what_cannot_be_written_is_refused(void **state)
{
    (void)state;
    bytes_save(NULL, 0, in("taken.mkv"));
    assert_not_opened((struct video_config){.path = in("a.txt")}, -EINVAL, ".mkv");
    assert_not_opened((struct video_config){.path = in("avi")}, -EINVAL, ".mkv");
    assert_not_opened((struct video_config){.path = in("x.mp4"), .codec = VIDEO_FFV1}, -ENOTSUP,
                      "ffv1");
    assert_not_opened((struct video_config){.path = in("x.avi"), .recording = true}, -EINVAL,
                      ".mkv");
    assert_not_opened((struct video_config){.path = in("taken.mkv"), .recording = true}, -EEXIST,
                      "exists");
    assert_not_opened((struct video_config){.path = in("no/x.avi")}, -ENOENT, "No such");
    assert_not_opened((struct video_config){.path = in("x.avi"), .width = 100000}, -ENOTSUP,
                      "100000");
    assert_not_opened((struct video_config){.path = in("x.avi"), .audio_path = in("none.wav")},
                      -ENOENT, "none.wav");
}

static void a_name_means_a_whole_file(void **state)
{
    (void)state;
    bytes_save((const uint8_t *)"old", 3, in("whole.mp4"));
    int files = files_left();
    struct video_writer *writer = open_writer((struct video_config){.path = in("whole.mp4")});
    put(writer, numbered(1, WIDE, HIGH), 0);
    static struct bytes bytes;
    bytes_load(&bytes, in("whole.mp4"));
    assert_int_equal(bytes.count, 3);
    media->writing.abort(&writer);
    assert_null(writer);
    media->writing.abort(&writer);
    assert_int_equal(files_left(), files);
    bytes_load(&bytes, in("whole.mp4"));
    assert_int_equal(bytes.count, 3);
    make_video((struct video_config){.path = in("whole.mp4"), .fps = 10}, 2);
    assert_int_equal(files_left(), files);
    look_at(in("whole.mp4"), (struct source_config){.paced = false});
    assert_int_equal(seen.count, 2);
}

static void no_picture_no_file(void **state)
{
    (void)state;
    int files = files_left();
    for (int recording = 0; recording < 2; recording++) {
        struct video_writer *writer =
            open_writer((struct video_config){.path = in("none.mkv"), .recording = recording});
        struct error err = {""};
        assert_int_equal(media->writing.finish(&writer, true, NULL, &err), -ENODATA);
        assert_non_null(strstr(err.text, "no picture"));
        assert_int_equal(files_left(), files);
    }
}

static void nothing_of_ours_is_allocated_for_a_picture(void **state)
{
    (void)state;
    struct video_writer *writer =
        open_writer((struct video_config){.path = in("many.avi"), .fps = 10});
    for (int n = 0; n < 20; n++)
        put(writer, numbered(n, WIDE, HIGH), n * NS_PER_S / 10);
    int64_t before = memory_sum_of(MEMORY_OWNERS).total_count;
    for (int n = 20; n < 120; n++)
        put(writer, numbered(n, WIDE, HIGH), n * NS_PER_S / 10);
    assert_int_equal(memory_sum_of(MEMORY_OWNERS).total_count, before);
    finish(writer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_comes_back),
        cmocka_unit_test(a_fractional_rate_stays_exact),
        cmocka_unit_test(uneven_times_are_carried),
        cmocka_unit_test(an_avi_repeats_and_leaves_out),
        cmocka_unit_test(a_late_beginning_stays_late),
        cmocka_unit_test(times_that_do_not_rise_are_corrected),
        cmocka_unit_test(odd_sizes_repeat_their_border),
        cmocka_unit_test(small_and_long_pictures),
        cmocka_unit_test(another_size_is_refused_and_the_rest_goes_on),
        cmocka_unit_test(gray_comes_back),
        cmocka_unit_test(colors_come_back),
        cmocka_unit_test(sound_is_copied),
        cmocka_unit_test(sound_that_does_not_fit_is_left_out_and_said),
        cmocka_unit_test(a_file_without_sound_is_fine),
        cmocka_unit_test(what_cannot_be_written_is_refused),
        cmocka_unit_test(a_name_means_a_whole_file),
        cmocka_unit_test(no_picture_no_file),
        cmocka_unit_test(nothing_of_ours_is_allocated_for_a_picture),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
