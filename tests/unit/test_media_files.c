/**
 * @file
 * The media module over files from outside: compressed video (OpenCV's example, where installed),
 * damaged ones, what must be refused, and pictures that FFmpeg reads.
 */
#include "capture/image_reader.h"
#include "processing/memory.h"
#include "tests/unit/video_files.h"

#include <errno.h>
#include <sys/stat.h>

#define COUNT(ARRAY) (sizeof(ARRAY) / sizeof *(ARRAY))

enum { MOST_DAMAGE = 1000 };

static const char real_video[] = "/usr/share/doc/opencv-doc/examples/data/Megamind.avi";

static const struct source_config unpaced = {.fps = -1};

// --- Compressed, damaged, refused -----------------------------------------------------------

static void skip_without_real_video(void)
{
    if (access(real_video, R_OK) < 0) {
        print_message("SKIPPED: %s is not installed (opencv-doc)\n", real_video);
        skip();
    }
}

/** Plays to the end; returns the frames, how many were damaged, and the code that ended it. */
static int play(const char *path, struct source_config config, int *code, int *damaged)
{
    struct source *source = open_kind(media->video, path, config);
    struct loan loan;
    int frames = 0;
    *damaged = 0;
    while (*damaged < MOST_DAMAGE) {
        *code = source_acquire(source, SOON_MS, &loan, NULL);
        if (*code == 0) {
            frames++;
            source_release(&loan);
        } else if (*code == -EAGAIN) {
            ++*damaged;
        } else {
            break;
        }
    }
    assert_true(*damaged < MOST_DAMAGE);
    assert_int_equal(atomic_load(&source->counters.damaged), *damaged);
    source_close(&source);
    return frames;
}

static void a_real_video_plays_whole(void **state)
{
    (void)state;
    skip_without_real_video();
    int code, damaged;
    for (int bgr = 0; bgr < 2; bgr++)
        for (int threads = 0; threads < 2; threads++) {
            // Paced decoding uses other threads; at this rate it takes half a second.
            struct source_config config = {
                .fps = threads ? 600 : -1, .paced = threads, .wishes.bgr = bgr};
            assert_int_equal(play(real_video, config, &code, &damaged), 270);
            assert_int_equal(code, -ENODATA);
        }
}

static void load_real(uint8_t **data, size_t *bytes)
{
    struct stat about;
    assert_int_equal(stat(real_video, &about), 0);
    *bytes = (size_t)about.st_size;
    *data = test_malloc(*bytes);
    FILE *file = fopen(real_video, "rb");
    assert_int_equal(fread(*data, 1, *bytes, file), *bytes);
    fclose(file);
}

static void a_damaged_video_plays_on(void **state)
{
    (void)state;
    skip_without_real_video();
    uint8_t *data;
    size_t bytes;
    int code, damaged;
    load_real(&data, &bytes);
    bytes_save(data, bytes / 2, in("half.avi"));
    int frames = play(in("half.avi"), unpaced, &code, &damaged);
    assert_in_range(frames, 50, 250);

    uint32_t seed = 3;
    for (size_t at = 20000; at < bytes; at += 1 + (seed >> 8) % 4000) {
        seed = seed * 1664525 + 1013904223;
        data[at] = (uint8_t)(seed >> 24);
    }
    bytes_save(data, bytes, in("hurt.avi"));
    frames = play(in("hurt.avi"), unpaced, &code, &damaged);
    assert_in_range(frames, 20, 270);
    test_free(data);
}

static void assert_refused(const struct source_kind *kind, const char *path, int code,
                           const char *words)
{
    struct source *source;
    struct error err = {""};
    struct source_config config = {.location = path};
    int64_t before = memory_sum_of(MEMORY_OWNERS).live_bytes;
    assert_int_equal(source_open(&source, kind, &config, &err), code);
    assert_null(source);
    assert_int_equal(memory_sum_of(MEMORY_OWNERS).live_bytes, before);
    if (!strstr(err.text, words))
        fail_msg("'%s' does not say '%s'", err.text, words);
}

static void save_text(const char *path, const char *text)
{
    bytes_save((const uint8_t *)text, strlen(text), path);
}

static void what_leads_elsewhere_is_refused(void **state)
{
    (void)state;
    make_y4m(in("video.y4m"), &plain);
    char text[1024];
    snprintf(text, sizeof text, "ffconcat version 1.0\nfile %s\n", in("video.y4m"));
    save_text(in("list.avi"), text);
    assert_refused(media->video, in("list.avi"), -EPERM, "other files");
    snprintf(text, sizeof text,
             "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n%s\n"
             "#EXT-X-ENDLIST\n",
             in("video.y4m"));
    save_text(in("list.mp4"), text);
    assert_refused(media->video, in("list.mp4"), -EPERM, "other files");
}

static void what_is_no_video_is_refused(void **state)
{
    (void)state;
    save_text(in("text.avi"), "Dear diary, this is no video at all. Nor is this.\n");
    assert_refused(media->video, in("text.avi"), -ENOTSUP, "no picture or video");
    save_text(in("empty.avi"), "");
    assert_refused(media->video, in("empty.avi"), -EINVAL, "empty");
    assert_refused(media->video, in("missing.avi"), -EINVAL, "No such file");
    assert_int_equal(mkfifo(in("pipe.avi"), 0666), 0);
    assert_refused(media->video, in("pipe.avi"), -EINVAL, "regular");
    assert_refused(media->video, folder.path, -EINVAL, "folder");

    static const uint8_t no_index[] = "\0\0\0\x18"
                                      "ftypisom\0\0\2\0isomiso2\0\0\0\x10mdatxxxxxxxx";
    bytes_save(no_index, sizeof no_index - 1, in("cut.mp4"));
    assert_refused(media->video, in("cut.mp4"), -EBADMSG, "index is missing");

    static const uint8_t sound[] = "RIFF\x2c\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x40\x1f"
                                   "\0\0\1\0\x8\0data\x8\0\0\0abcdefgh";
    bytes_save(sound, sizeof sound - 1, in("sound.avi"));
    assert_refused(media->video, in("sound.avi"), -ENOTSUP, "no video");
}

static void odd_names_are_names(void **state)
{
    (void)state;
    char here[256];
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(folder.path), 0);
    static const char *const names[] = {"http:x.y4m", "a b%03d.y4m", "concat:a|b", "-i", "caf\xe9"};
    for (size_t i = 0; i < COUNT(names); i++) {
        make_y4m(names[i], &plain);
        int code, damaged;
        assert_int_equal(play(names[i], unpaced, &code, &damaged), plain.frames);
    }
    assert_int_equal(chdir(here), 0);
}

/**
 * A row of JPEGs is a video too; its decoder gives full-range YUV 4:4:4. Those from `first` up to
 * `last` say that they have 77 bits a sample, which no decoder takes.
 */
static void make_many_jpegs(int count, int first, int last)
{
    static struct bytes one, many;
    struct jpeg_spec spec = {.width = 48, .height = 32, .space = JCS_RGB, .full_chroma = true};
    make_jpeg(in("one.jpg"), &spec);
    bytes_load(&one, in("one.jpg"));
    uint8_t *start = memmem(one.data, one.count, "\xff\xc0", 2);
    assert_non_null(start);
    many.count = 0;
    for (int i = 0; i < count; i++) {
        start[4] = i >= first && i < last ? 77 : 8;
        assert_true(many.count + one.count <= sizeof many.data);
        memcpy(many.data + many.count, one.data, one.count);
        many.count += one.count;
    }
    bytes_save(many.data, many.count, in("many"));
}

static void damaged_packets_are_counted(void **state)
{
    (void)state;
    static const struct {
        int count, first, last; ///< JPEGs in all; those damaged
        int frames, damaged, code;
    } rows[] = {
        {20, 0, 0, 20, 0, -ENODATA},      {20, 7, 8, 19, 1, -ENODATA},
        {20, 5, 15, 10, 10, -ENODATA},    {130, 10, 109, 31, 99, -ENODATA},
        {130, 10, 110, 10, 99, -EBADMSG},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        int code, damaged;
        make_many_jpegs(rows[i].count, rows[i].first, rows[i].last);
        assert_int_equal(play(in("many"), unpaced, &code, &damaged), rows[i].frames);
        assert_int_equal(damaged, rows[i].damaged);
        assert_int_equal(code, rows[i].code);
    }
}

static void full_range_stays_full(void **state)
{
    (void)state;
    make_many_jpegs(8, 8, 8);
    struct image image = {0};
    assert_int_equal(
        image_read(&image, in("one.jpg"),
                   &(struct image_wish){.how = IMAGE_LUMA, .max_pixels = IMAGE_MAX_PIXELS}, NULL),
        0);
    for (int color = 0; color < 2; color++) {
        struct source_config config = {.fps = -1, .wishes.color = color};
        struct source *source = open_kind(media->video, in("many"), config);
        assert_string_equal(source->info.format, "mjpeg");
        struct loan loan = acquire(source);
        assert_int_equal(loan.frame.format, color ? PIXEL_I420 : PIXEL_GRAY8);
        assert_int_equal(loan.frame.range, RANGE_FULL);
        for (int y = 0; y < 32; y++)
            for (int x = 0; x < 48; x++) {
                // Decoders may round differently.
                int got = loan.frame.data[0][y * loan.frame.stride[0] + x];
                assert_in_range(got - image.block[y * 48 + x] + 3, 0, 6);
            }
        source_release(&loan);
        source_close(&source);
    }
    image_free(&image);
}

// --- Pictures -------------------------------------------------------------------------------

static void webp_is_read(void **state)
{
    (void)state;
    // One pixel, lossless.
    static const uint8_t webp[] = "RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\0\0\0\x10\x07\x10\x11\x11"
                                  "\x88\x88\xfe\x07";
    bytes_save(webp, sizeof webp, in("one.webp"));
    struct source *source =
        open_kind(media->image, in("one.webp"), (struct source_config){.loop = true});
    assert_string_equal(source->info.format, "WebP");
    struct loan loan = acquire(source);
    assert_int_equal(loan.frame.width, 1);
    assert_int_equal(loan.frame.height, 1);
    source_release(&loan);
    source_close(&source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_real_video_plays_whole),
        cmocka_unit_test(a_damaged_video_plays_on),
        cmocka_unit_test(what_leads_elsewhere_is_refused),
        cmocka_unit_test(what_is_no_video_is_refused),
        cmocka_unit_test(odd_names_are_names),
        cmocka_unit_test(damaged_packets_are_counted),
        cmocka_unit_test(full_range_stays_full),
        cmocka_unit_test(webp_is_read),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
