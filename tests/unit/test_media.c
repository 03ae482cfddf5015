/**
 * @file
 * The media module through its front door: loading, videos, pictures that FFmpeg reads.
 *
 * The videos are written here byte by byte: YUV4MPEG2 (raw planes behind a text header) where
 * every sample must be known, GIF where frames must come at uneven times. Real, compressed video
 * is that of OpenCV's examples, where installed.
 */
#include "app/media.h"
#include "capture/image_reader.h"
#include "processing/clock.h"
#include "processing/memory.h"
#include "tests/unit/picture_files.h"

#include <errno.h>
#include <sys/stat.h>

#define COUNT(ARRAY) (sizeof(ARRAY) / sizeof *(ARRAY))

static const char real_video[] = "/usr/share/doc/opencv-doc/examples/data/Megamind.avi";

enum { SOON_MS = 10000, MOST_DAMAGE = 1000 };

static struct folder folder;
static const struct media_module *media;

static const char *in(const char *name)
{
    return in_folder(&folder, name);
}

static int set_up(void **state)
{
    (void)state;
    struct error err;
    folder_make(&folder);
    media = media_load(&err);
    if (!media)
        print_error("%s\n", err.text);
    return media ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove(&folder);
    return 0;
}

// --- Videos made here -----------------------------------------------------------------------

struct y4m {
    int width, height, frames, fps;
    const char *format;              ///< as in the header: "C420jpeg XCOLORRANGE=FULL"
    int chroma_width, chroma_height; ///< 0: none
};

static uint8_t y4m_sample(int frame, int plane, int x, int y)
{
    return (uint8_t)(made_sample(x, y, plane) + frame * 16);
}

static void put_plane(FILE *file, int frame, int plane, int width, int height)
{
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            fputc(y4m_sample(frame, plane, x, y), file);
}

static void make_y4m(const char *path, const struct y4m *video)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fprintf(file, "YUV4MPEG2 W%d H%d F%d:1 Ip A1:1 %s\n", video->width, video->height, video->fps,
            video->format);
    for (int frame = 0; frame < video->frames; frame++) {
        fputs("FRAME\n", file);
        put_plane(file, frame, 0, video->width, video->height);
        for (int plane = 1; plane < 3 && video->chroma_width; plane++)
            put_plane(file, frame, plane, video->chroma_width, video->chroma_height);
    }
    fclose(file);
}

static const struct y4m plain = {20, 12, 4, 10, "C420jpeg", 10, 6};

static struct source *open_kind(const struct source_kind *kind, const char *path,
                                struct source_config config)
{
    struct source *source;
    struct error err = {""};
    config.location = path;
    if (source_open(&source, kind, &config, &err) < 0)
        fail_msg("%s", err.text);
    return source;
}

static struct source *open_y4m(const struct y4m *video, struct source_config config)
{
    make_y4m(in("video.y4m"), video);
    return open_kind(media->video, in("video.y4m"), config);
}

static struct loan acquire(struct source *source)
{
    struct loan loan;
    struct error err = {""};
    if (source_acquire(source, SOON_MS, &loan, &err) < 0)
        fail_msg("no frame: %s", err.text);
    return loan;
}

static void assert_plane(const struct frame *frame, int number, int plane, int width, int height)
{
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            int got = frame->data[plane][y * frame->stride[plane] + x];
            if (got != y4m_sample(number, plane, x, y))
                fail_msg("plane %d at %d, %d: %d, not %d", plane, x, y, got,
                         y4m_sample(number, plane, x, y));
        }
}

static const struct source_config unpaced = {.fps = -1};

static void it_says_what_it_is(void **state)
{
    (void)state;
    struct source *source = open_y4m(&plain, unpaced);
    assert_string_equal(source->info.name, "video.y4m");
    assert_string_equal(source->info.format, "rawvideo");
    assert_int_equal(source->info.width, 20);
    assert_int_equal(source->info.height, 12);
    assert_true(source->info.fps == 10 && !source->info.live);
    source_close(&source);
}

static void each_frame_comes_once(void **state)
{
    (void)state;
    struct source *source = open_y4m(&plain, unpaced);
    struct loan loan;
    for (int n = 0; n < plain.frames; n++) {
        loan = acquire(source);
        assert_int_equal(loan.frame.format, PIXEL_I420);
        assert_int_equal(loan.frame.sequence, n);
        assert_int_equal(loan.frame.time_ns, n * NS_PER_S / 10);
        assert_plane(&loan.frame, n, 0, 20, 12);
        assert_plane(&loan.frame, n, 1, 10, 6);
        assert_plane(&loan.frame, n, 2, 10, 6);
        source_release(&loan);
    }
    assert_int_equal(source_acquire(source, SOON_MS, &loan, NULL), -ENODATA);
    assert_int_equal(source_acquire(source, SOON_MS, &loan, NULL), -ENODATA);
    source_close(&source);
}

static void layouts_and_ranges(void **state)
{
    (void)state;
    static const struct {
        struct y4m video;
        bool color;
        enum pixel_format format;
        enum pixel_range range;
        enum pixel_matrix matrix;
    } rows[] = {
        {{20, 12, 1, 10, "C420jpeg", 10, 6}, true, PIXEL_I420, RANGE_LIMITED, MATRIX_BT601},
        {{20, 12, 1, 10, "C420jpeg XCOLORRANGE=FULL", 10, 6},
         true,
         PIXEL_I420,
         RANGE_FULL,
         MATRIX_BT601},
        {{21, 13, 1, 10, "C420jpeg", 11, 7}, true, PIXEL_I420, RANGE_LIMITED, MATRIX_BT601},
        {{16, 720, 1, 10, "C420jpeg", 8, 360}, true, PIXEL_I420, RANGE_LIMITED, MATRIX_BT709},
        {{20, 12, 1, 10, "Cmono", 0, 0}, true, PIXEL_GRAY8, RANGE_FULL, MATRIX_BT601},
        {{20, 12, 1, 10, "C444", 20, 12}, false, PIXEL_GRAY8, RANGE_LIMITED, MATRIX_BT601},
        {{20, 12, 1, 10, "C444", 20, 12}, true, PIXEL_I420, RANGE_LIMITED, MATRIX_BT601},
        {{21, 13, 1, 10, "C422", 11, 13}, true, PIXEL_I420, RANGE_LIMITED, MATRIX_BT601},
        {{20, 12, 1, 10, "C422 XCOLORRANGE=FULL", 10, 12},
         true,
         PIXEL_I420,
         RANGE_FULL,
         MATRIX_BT601},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct source_config config = {.fps = -1, .wishes.color = rows[i].color};
        struct source *source = open_y4m(&rows[i].video, config);
        struct loan loan = acquire(source);
        assert_int_equal(loan.frame.format, rows[i].format);
        assert_int_equal(loan.frame.range, rows[i].range);
        if (rows[i].format != PIXEL_GRAY8)
            assert_int_equal(loan.frame.matrix, rows[i].matrix);
        assert_int_equal(loan.frame.width, rows[i].video.width);
        assert_int_equal(loan.frame.height, rows[i].video.height);
        // Whatever happens to the colours, luma stays what it was.
        assert_plane(&loan.frame, 0, 0, rows[i].video.width, rows[i].video.height);
        source_release(&loan);
        source_close(&source);
    }
}

static void bgr_is_made_of_yuv_and_not_of_gray(void **state)
{
    (void)state;
    static const struct y4m gray = {20, 12, 1, 10, "Cmono", 0, 0};
    struct source_config config = {.fps = -1, .wishes.bgr = true};
    struct source *source = open_y4m(&plain, config);
    struct loan loan = acquire(source);
    assert_int_equal(loan.frame.format, PIXEL_BGR24);
    assert_int_equal(loan.frame.range, RANGE_FULL);
    assert_int_equal(loan.frame.width, 20);
    source_release(&loan);
    source_close(&source);
    source = open_y4m(&gray, config);
    loan = acquire(source);
    assert_int_equal(loan.frame.format, PIXEL_GRAY8);
    source_release(&loan);
    source_close(&source);
}

static void wishes_change_on_the_way(void **state)
{
    (void)state;
    struct source *source = open_y4m(&plain, unpaced);
    struct loan held = acquire(source);
    source_wish(source, (struct source_wishes){.bgr = true});
    struct loan loan = acquire(source);
    assert_int_equal(loan.frame.format, PIXEL_BGR24);
    source_wish(source, (struct source_wishes){.color = true});
    struct loan third = acquire(source);
    assert_int_equal(third.frame.format, PIXEL_I420);
    assert_plane(&held.frame, 0, 0, 20, 12);
    assert_plane(&third.frame, 2, 0, 20, 12);
    source_release(&loan);
    source_release(&held);
    source_release(&third);
    source_close(&source);
}

static void it_begins_again(void **state)
{
    (void)state;
    struct source *source = open_y4m(&plain, (struct source_config){.fps = -1, .loop = true});
    for (int n = 0; n < 3 * plain.frames; n++) {
        struct loan loan = acquire(source);
        assert_plane(&loan.frame, n % plain.frames, 0, 20, 12);
        assert_int_equal(loan.frame.sequence, n);
        assert_int_equal(loan.frame.time_ns, n * NS_PER_S / 10);
        source_release(&loan);
    }
    source_close(&source);
}

static void a_rate_that_was_asked_for_counts(void **state)
{
    (void)state;
    struct source *source = open_y4m(&plain, (struct source_config){.fps = 50});
    assert_true(source->info.fps == 50);
    for (int n = 0; n < plain.frames; n++) {
        struct loan loan = acquire(source);
        assert_int_equal(loan.frame.time_ns, n * NS_PER_S / 50);
        source_release(&loan);
    }
    source_close(&source);
}

static void the_beat_is_waited_for(void **state)
{
    (void)state;
    struct source *source = open_y4m(&plain, (struct source_config){.fps = 0.01, .paced = true});
    struct loan loan = acquire(source);
    source_release(&loan);
    assert_int_equal(source_acquire(source, 0, &loan, NULL), -ETIMEDOUT);
    assert_int_equal(source_acquire(source, 1, &loan, NULL), -ETIMEDOUT);
    source_wake(source);
    assert_int_equal(source_acquire(source, SOON_MS, &loan, NULL), -EINTR);
    assert_int_equal(atomic_load(&source->counters.acquired), 1);
    source_close(&source);
}

static void a_fourth_loan_is_the_last(void **state)
{
    (void)state;
    static const struct y4m longer = {20, 12, 9, 10, "C420jpeg", 10, 6};
    struct source *source = open_y4m(&longer, unpaced);
    struct loan loans[4], more;
    for (int i = 0; i < 4; i++)
        loans[i] = acquire(source);
    assert_int_equal(source_acquire(source, 0, &more, NULL), -ETIMEDOUT);
    for (int i = 0; i < 4; i++)
        assert_plane(&loans[i].frame, i, 0, 20, 12);
    source_release(&loans[1]);
    more = acquire(source);
    assert_plane(&more.frame, 4, 0, 20, 12);
    assert_plane(&loans[0].frame, 0, 0, 20, 12);
    source_release(&more);
    source_release(&loans[0]);
    source_release(&loans[2]);
    source_release(&loans[3]);
    source_close(&source);
}

static void nothing_of_ours_is_allocated_for_a_frame(void **state)
{
    (void)state;
    for (int bgr = 0; bgr < 2; bgr++) {
        struct source_config config = {.fps = -1, .loop = true, .wishes.bgr = bgr};
        struct source *source = open_y4m(&plain, config);
        struct loan loan = acquire(source);
        source_release(&loan);
        int64_t before = memory_sum_of(MEMORY_OWNERS).total_count;
        for (int i = 0; i < 200; i++) {
            loan = acquire(source);
            source_release(&loan);
        }
        assert_int_equal(memory_sum_of(MEMORY_OWNERS).total_count, before);
        source_close(&source);
    }
}

// --- Uneven times ---------------------------------------------------------------------------

/** One 4 x 4 frame of a single colour: every code is 3 bits, a clear code before each pixel. */
static void put_gif_frame(FILE *file, int delay_cs, int color)
{
    const uint8_t head[] = {0x21, 0xf9, 4, 0, (uint8_t)delay_cs, 0, 0, 0, 0x2c, 0, 0, 0, 0, 4, 0,
                            4,    0,    0, 2};
    fwrite(head, 1, sizeof head, file);
    uint8_t data[16] = {0};
    size_t bit = 0;
    for (int i = 0; i < 33; i++) {
        int code = i == 32 ? 5 : i % 2 ? color : 4;
        for (int b = 0; b < 3; b++, bit++)
            data[bit / 8] |= (uint8_t)((code >> b & 1) << bit % 8);
    }
    fputc((int)(bit + 7) / 8, file);
    fwrite(data, 1, (bit + 7) / 8, file);
    fputc(0, file);
}

static void uneven_times_stay_uneven(void **state)
{
    (void)state;
    static const int delays_cs[] = {10, 40, 20, 10, 90, 10};
    FILE *file = fopen(in("uneven.gif"), "wb");
    fwrite("GIF89a\4\0\4\0\x91\0\0\0\0\0\xff\0\0\0\xff\0\0\0\xff", 1, 25, file);
    for (size_t i = 0; i < COUNT(delays_cs); i++)
        put_gif_frame(file, delays_cs[i], (int)i % 4);
    fputc(0x3b, file);
    fclose(file);

    struct source *source = open_kind(media->video, in("uneven.gif"), unpaced);
    int64_t time_ns = 0;
    static const uint8_t colors[4][3] = {{0, 0, 0}, {0, 0, 255}, {0, 255, 0}, {255, 0, 0}};
    for (size_t i = 0; i < COUNT(delays_cs); i++) {
        struct loan loan = acquire(source);
        assert_int_equal(loan.frame.time_ns, time_ns);
        assert_int_equal(loan.frame.format, PIXEL_BGR24);
        assert_memory_equal(loan.frame.data[0], colors[i % 4], 3);
        time_ns += delays_cs[i] * 10 * NS_PER_MS;
        source_release(&loan);
    }
    source_close(&source);
}

// --- Compressed, damaged, refused -----------------------------------------------------------

static void skip_without_real_video(void)
{
    if (access(real_video, R_OK) < 0) {
        print_message("SKIPPED: %s is not installed (opencv-doc)\n", real_video);
        skip();
    }
}

/** Plays to the end; returns the frames, and the code that ended it. */
static int play(const char *path, struct source_config config, int *code)
{
    struct source *source = open_kind(media->video, path, config);
    struct loan loan;
    int frames = 0, damaged = 0;
    while (damaged < MOST_DAMAGE) {
        *code = source_acquire(source, SOON_MS, &loan, NULL);
        if (*code == 0) {
            frames++;
            source_release(&loan);
        } else if (*code == -EAGAIN) {
            damaged++;
        } else {
            break;
        }
    }
    assert_true(damaged < MOST_DAMAGE);
    assert_int_equal(atomic_load(&source->counters.damaged), damaged);
    source_close(&source);
    return frames;
}

static void a_real_video_plays_whole(void **state)
{
    (void)state;
    skip_without_real_video();
    int code;
    for (int bgr = 0; bgr < 2; bgr++)
        for (int threads = 0; threads < 2; threads++) {
            // Paced decoding uses other threads; at this rate it takes half a second.
            struct source_config config = {
                .fps = threads ? 600 : -1, .paced = threads, .wishes.bgr = bgr};
            assert_int_equal(play(real_video, config, &code), 270);
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
    int code;
    load_real(&data, &bytes);
    bytes_save(data, bytes / 2, in("half.avi"));
    int frames = play(in("half.avi"), unpaced, &code);
    assert_in_range(frames, 50, 250);

    uint32_t seed = 3;
    for (size_t at = 20000; at < bytes; at += 1 + (seed >> 8) % 4000) {
        seed = seed * 1664525 + 1013904223;
        data[at] = (uint8_t)(seed >> 24);
    }
    bytes_save(data, bytes, in("hurt.avi"));
    frames = play(in("hurt.avi"), unpaced, &code);
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
    static const char *const names[] = {"http:x.y4m", "a b%03d.y4m", "concat:a|b", "caf\xe9"};
    for (size_t i = 0; i < COUNT(names); i++) {
        make_y4m(in(names[i]), &plain);
        int code;
        assert_int_equal(play(in(names[i]), unpaced, &code), plain.frames);
    }
}

// --- Pictures -------------------------------------------------------------------------------

/** An uncompressed 24-bit BMP, bottom row first, of made_sample() as B, G, R. */
static void make_bmp(const char *path, int width, int height)
{
    uint8_t head[54] = "BM";
    int row_bytes = (width * 3 + 3) / 4 * 4;
    const uint32_t words[][2] = {{2, 54 + (uint32_t)(row_bytes * height)},
                                 {10, 54},
                                 {14, 40},
                                 {18, (uint32_t)width},
                                 {22, (uint32_t)height},
                                 {26, 1 | 24 << 16}};
    for (size_t i = 0; i < COUNT(words); i++)
        for (int b = 0; b < 4; b++)
            head[words[i][0] + (uint32_t)b] = (uint8_t)(words[i][1] >> b * 8);
    FILE *file = fopen(path, "wb");
    fwrite(head, 1, sizeof head, file);
    for (int y = height - 1; y >= 0; y--)
        for (int i = 0; i < row_bytes; i++)
            fputc(i < width * 3 ? made_sample(i / 3, y, i % 3) : 0, file);
    fclose(file);
}

static void assert_made_bgr(const struct frame *frame, int width, int height)
{
    assert_int_equal(frame->format, PIXEL_BGR24);
    assert_int_equal(frame->width, width);
    assert_int_equal(frame->height, height);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width * 3; x++)
            assert_int_equal(frame->data[0][y * frame->stride[0] + x],
                             made_sample(x / 3, y, x % 3));
}

static void bmp_is_a_still_picture(void **state)
{
    (void)state;
    static const int sizes[][2] = {{1, 1}, {5, 3}, {33, 20}, {64, 2}};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        make_bmp(in("picture"), sizes[i][0], sizes[i][1]);
        struct source *source =
            open_kind(media->image, in("picture"), (struct source_config){.loop = true});
        assert_string_equal(source->info.format, "BMP");
        for (int n = 0; n < 5; n++) {
            source_wish(source, (struct source_wishes){.color = n & 1, .bgr = n & 2});
            struct loan loan = acquire(source);
            assert_made_bgr(&loan.frame, sizes[i][0], sizes[i][1]);
            assert_int_equal(loan.frame.sequence, n);
            source_release(&loan);
        }
        source_close(&source);
    }
}

static void a_damaged_picture_is_refused(void **state)
{
    (void)state;
    static struct bytes whole;
    make_bmp(in("hurt.bmp"), 33, 20);
    bytes_load(&whole, in("hurt.bmp"));
    bytes_save(whole.data, 40, in("hurt.bmp"));
    assert_refused(media->image, in("hurt.bmp"), -EBADMSG, "hurt.bmp");
    // 20000 pixels wide, it says.
    whole.data[18] = 0x20;
    whole.data[19] = 0x4e;
    bytes_save(whole.data, whole.count, in("wide.bmp"));
    struct source *source;
    struct source_config config = {.location = in("wide.bmp")};
    assert_true(source_open(&source, media->image, &config, NULL) < 0);
}

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

static void loading_twice_gives_the_same(void **state)
{
    (void)state;
    assert_ptr_equal(media_load(NULL), media);
    assert_int_equal(media->version, MEDIA_MODULE_VERSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loading_twice_gives_the_same),
        cmocka_unit_test(it_says_what_it_is),
        cmocka_unit_test(each_frame_comes_once),
        cmocka_unit_test(layouts_and_ranges),
        cmocka_unit_test(bgr_is_made_of_yuv_and_not_of_gray),
        cmocka_unit_test(wishes_change_on_the_way),
        cmocka_unit_test(it_begins_again),
        cmocka_unit_test(a_rate_that_was_asked_for_counts),
        cmocka_unit_test(the_beat_is_waited_for),
        cmocka_unit_test(a_fourth_loan_is_the_last),
        cmocka_unit_test(nothing_of_ours_is_allocated_for_a_frame),
        cmocka_unit_test(uneven_times_stay_uneven),
        cmocka_unit_test(a_real_video_plays_whole),
        cmocka_unit_test(a_damaged_video_plays_on),
        cmocka_unit_test(what_leads_elsewhere_is_refused),
        cmocka_unit_test(what_is_no_video_is_refused),
        cmocka_unit_test(odd_names_are_names),
        cmocka_unit_test(bmp_is_a_still_picture),
        cmocka_unit_test(a_damaged_picture_is_refused),
        cmocka_unit_test(webp_is_read),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
