/**
 * @file
 * Parts of files, files that ask to be turned, pictures that change their size on the way.
 */
#include "tests/unit/gate_fixture.h"
#include "tests/unit/video_maker.h"

#include <dirent.h>
#include <unistd.h>

// --- Parts ----------------------------------------------------------------------------------

static const char *const names[] = {"part.avi", "part.mp4", "part.mkv"};

static void assert_part(const char *name, int64_t start_ns, int64_t duration_ns, int first,
                        int count)
{
    look_at(in(name), (struct source_config){.start_ns = start_ns, .duration_ns = duration_ns});
    if (seen.count != count)
        fail_msg("%s from %.2f s: %d frames, not %d", name, (double)start_ns / NS_PER_S, seen.count,
                 count);
    for (int n = 0; n < seen.count; n++) {
        assert_int_equal(seen.numbers[n], first + n);
        assert_near_ns(seen.times_ns[n], (first + n) * NS_PER_S / 10 - start_ns, NS_PER_MS);
    }
}

static void parts_are_exact(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        make_video((struct video_config){.path = in(names[i]), .fps = 10}, 100);
        assert_part(names[i], 0, 0, 0, 100);
        assert_part(names[i], 2 * NS_PER_S, 0, 20, 80);
        assert_part(names[i], 2 * NS_PER_S, NS_PER_S, 20, 10);
        assert_part(names[i], 0, NS_PER_S / 2, 0, 5);
        assert_part(names[i], 3 * NS_PER_S + NS_PER_S / 20, NS_PER_S, 31, 10);
        assert_part(names[i], 99 * NS_PER_S / 10, 0, 99, 1);
        assert_part(names[i], 50 * NS_PER_S, 0, 0, 0);
    }
}

static int64_t duration_of(int64_t start_ns, int64_t duration_ns)
{
    struct source_config config = {.fps = -1, .start_ns = start_ns, .duration_ns = duration_ns};
    struct source *source = open_kind(media->video, in("part.mkv"), config);
    int64_t whole_ns = source->info.duration_ns;
    source_close(&source);
    return whole_ns;
}

static void it_says_how_long_it_takes(void **state)
{
    (void)state;
    make_video((struct video_config){.path = in("part.mkv"), .fps = 10}, 100);
    assert_near_ns(duration_of(0, 0), 10 * NS_PER_S, NS_PER_S / 10);
    assert_near_ns(duration_of(4 * NS_PER_S, 0), 6 * NS_PER_S, NS_PER_S / 10);
    assert_near_ns(duration_of(4 * NS_PER_S, NS_PER_S), NS_PER_S, NS_PER_MS);
    assert_int_equal(duration_of(40 * NS_PER_S, 0), 0);
}

static void parts_of_raw_video(void **state)
{
    (void)state;
    static const struct y4m longer = {20, 12, 9, 10, "C420jpeg", 10, 6};
    struct source *source = open_y4m(
        &longer,
        (struct source_config){.fps = -1, .start_ns = NS_PER_S / 2, .duration_ns = NS_PER_S / 5});
    struct loan loan;
    for (int n = 5; n < 7; n++) {
        loan = acquire(source);
        assert_int_equal(luma_at(&loan.frame, 0, 0), y4m_sample(n, 0, 0, 0));
        source_release(&loan);
    }
    assert_int_equal(source_acquire(source, SOON_MS, &loan, NULL), -ENODATA);
    source_close(&source);
}

static void a_part_begins_again(void **state)
{
    (void)state;
    make_video((struct video_config){.path = in("loop.mkv"), .fps = 10}, 50);
    struct source *source = open_kind(
        media->video, in("loop.mkv"),
        (struct source_config){
            .fps = -1, .loop = true, .start_ns = 2 * NS_PER_S, .duration_ns = NS_PER_S / 2});
    for (int n = 0; n < 15; n++) {
        struct loan loan = acquire(source);
        assert_int_equal(number_in(&loan.frame), 20 + n % 5);
        source_release(&loan);
    }
    source_close(&source);
}

// --- Turned ---------------------------------------------------------------------------------

/** Writes a display matrix into an MP4: that of its first track header, 36 bytes behind others. */
static void turn_mp4(const char *path, int turns)
{
    static struct bytes file;
    static const int32_t one = 1 << 16;
    const int32_t quarters[4][4] = {
        {one, 0, 0, one}, {0, one, -one, 0}, {-one, 0, 0, -one}, {0, -one, one, 0}};
    bytes_load(&file, path);
    uint8_t *header = memmem(file.data, file.count, "tkhd", 4);
    assert_non_null(header);
    assert_int_equal(header[4], 0);
    static const int places[4] = {0, 1, 3, 4};
    for (int i = 0; i < 4; i++) {
        uint8_t *at = header + 4 + 40 + places[i] * 4;
        uint32_t value = (uint32_t)quarters[turns][i];
        for (int b = 0; b < 4; b++)
            at[b] = (uint8_t)(value >> (24 - 8 * b));
    }
    bytes_save(file.data, file.count, path);
}

static struct frame first_frame(const char *path, struct source_wishes wishes, uint8_t *block,
                                struct source_info *info)
{
    struct source *source =
        open_kind(media->video, path, (struct source_config){.fps = -1, .wishes = wishes});
    struct loan loan = acquire(source);
    struct frame copy;
    struct frame_layout layout =
        frame_layout_make(loan.frame.format, loan.frame.width, loan.frame.height, 0);
    assert_true(layout.bytes < 4 * MOST_PIXELS);
    frame_copy(&copy, &layout, block, &loan.frame);
    *info = source->info;
    source_release(&loan);
    source_close(&source);
    return copy;
}

static void assert_turned(const struct frame *flat, const struct frame *turned, int turns,
                          int plane, int bytes, int width, int height)
{
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width * bytes; x++) {
            int sx = x / bytes, c = x % bytes;
            int tx = turns == 1 ? height - 1 - y : turns == 2 ? width - 1 - sx : y;
            int ty = turns == 1 ? sx : turns == 2 ? height - 1 - y : width - 1 - sx;
            int wanted = flat->data[plane][y * flat->stride[plane] + x];
            int got = turned->data[plane][ty * turned->stride[plane] + tx * bytes + c];
            if (got != wanted)
                fail_msg("plane %d, %d, %d: %d, not %d", plane, x, y, got, wanted);
        }
}

static void frames_come_upright(void **state)
{
    (void)state;
    enum { W = 84, H = 50 };
    static uint32_t canvas[W * H];
    static uint8_t flat_block[4 * MOST_PIXELS], turned_block[4 * MOST_PIXELS];
    for (int i = 0; i < W * H; i++)
        canvas[i] = 0xff000000u | (uint32_t)(i % W * 2) << 16 | (uint32_t)(i / W * 4) << 8;
    static const struct source_wishes wishes[] = {{.color = false}, {.color = true}, {.bgr = true}};
    for (int turns = 1; turns < 4; turns++)
        for (size_t i = 0; i < COUNT(wishes); i++) {
            struct video_writer *writer = open_writer((struct video_config){
                .path = in("turn.mp4"), .width = W, .height = H, .pixels = VIDEO_COLOR});
            put(writer, (struct video_picture){(const uint8_t *)canvas, W, H, 4 * W}, 0);
            finish(writer);
            struct source_info info;
            struct frame flat = first_frame(in("turn.mp4"), wishes[i], flat_block, &info);
            turn_mp4(in("turn.mp4"), turns);
            struct frame turned = first_frame(in("turn.mp4"), wishes[i], turned_block, &info);
            assert_int_equal(turned.format, flat.format);
            assert_int_equal(turned.range, flat.range);
            assert_int_equal(turned.width, turns == 2 ? W : H);
            assert_int_equal(turned.height, turns == 2 ? H : W);
            assert_int_equal(info.width, turned.width);
            assert_int_equal(info.height, turned.height);
            assert_string_equal(info.note, "");
            bool bgr = flat.format == PIXEL_BGR24;
            assert_turned(&flat, &turned, turns, 0, bgr ? 3 : 1, W, H);
            if (flat.format == PIXEL_I420)
                for (int plane = 1; plane < 3; plane++)
                    assert_turned(&flat, &turned, turns, plane, 1, W / 2, H / 2);
        }
}

// --- Sizes that change ----------------------------------------------------------------------

static void append(const char *to, const char *from, int times)
{
    static struct bytes bytes;
    bytes_load(&bytes, from);
    FILE *file = fopen(to, "ab");
    for (int i = 0; i < times; i++)
        assert_int_equal(fwrite(bytes.data, 1, bytes.count, file), bytes.count);
    fclose(file);
}

static void another_size_is_said(void **state)
{
    (void)state;
    make_jpeg(in("wide.jpg"), &(struct jpeg_spec){.width = 64, .height = 48, .space = JCS_YCbCr});
    make_jpeg(in("high.jpg"), &(struct jpeg_spec){.width = 48, .height = 64, .space = JCS_YCbCr});
    append(in("sizes.mjpeg"), in("wide.jpg"), 20);
    append(in("sizes.mjpeg"), in("high.jpg"), 20);
    struct source *source =
        open_kind(media->video, in("sizes.mjpeg"), (struct source_config){.fps = -1});
    char words[160];
    int said = 0, frames = 0, at = 0;
    struct loan loan;
    while (source_acquire(source, SOON_MS, &loan, NULL) == 0) {
        assert_int_equal(loan.frame.width, frames < 20 ? 64 : 48);
        source_release(&loan);
        if (source_hint(source, words, sizeof words)) {
            said++;
            at = frames;
            assert_non_null(strstr(words, "48 x 64"));
        }
        frames++;
    }
    assert_int_equal(frames, 40);
    assert_int_equal(said, 1);
    assert_int_equal(at, 20);
    source_close(&source);
}

/** grows.mjpeg: five small pictures, five large ones, five small ones. */
static void make_growing(void)
{
    unlink(in("grows.mjpeg"));
    make_jpeg(in("small.jpg"), &(struct jpeg_spec){.width = 64, .height = 48, .space = JCS_YCbCr});
    make_jpeg(in("large.jpg"),
              &(struct jpeg_spec){.width = 320, .height = 240, .space = JCS_YCbCr});
    append(in("grows.mjpeg"), in("small.jpg"), 5);
    append(in("grows.mjpeg"), in("large.jpg"), 5);
    append(in("grows.mjpeg"), in("small.jpg"), 5);
}

/** Where somebody watches, the pictures that fit are shown; else it ends, and says why. */
static void what_grows_too_large_is_refused(void **state)
{
    (void)state;
    make_growing();
    for (int paced = 0; paced < 2; paced++) {
        struct gate_fixture gate = {.most_bytes = 1 << 30};
        struct source_config config = {.fps = 200, .paced = paced, .gate = gate_of(&gate)};
        struct source *source = open_kind(media->video, in("grows.mjpeg"), config);
        gate.most_bytes = gate.last.bytes + 4 * gate.last.slot_bytes;
        int frames = 0, said = 0, ret;
        char words[160];
        struct loan loan;
        struct error err;
        while ((ret = source_acquire(source, SOON_MS, &loan, &err)) == 0 || ret == -EAGAIN) {
            said += source_hint(source, words, sizeof words);
            frames += ret == 0;
            if (ret < 0)
                continue;
            assert_int_equal(loan.frame.width, 64);
            source_release(&loan);
        }
        assert_int_equal(ret, paced ? -ENODATA : -EFBIG);
        assert_int_equal(frames, paced ? 10 : 5);
        assert_int_equal(said, paced);
        assert_string_equal(paced ? words : err.text, "it is too much");
        // Any slot may be lent by then: with fewer it would not do.
        assert_int_equal(gate.last.least_slots, gate.last.slots);
        source_close(&source);
    }
}

static void what_a_wish_makes_it_convert_is_asked_for(void **state)
{
    (void)state;
    make_growing();
    struct gate_fixture gate = {.most_bytes = 1 << 30};
    struct source_config config = {.fps = 25, .gate = gate_of(&gate)};
    struct source *source = open_kind(media->video, in("grows.mjpeg"), config);
    struct source_needs before = gate.last;
    struct loan loan;
    struct error err;
    assert_int_equal(source_acquire(source, SOON_MS, &loan, &err), 0);
    source_release(&loan);
    source_wish(source, (struct source_wishes){.bgr = true});
    assert_int_equal(source_acquire(source, SOON_MS, &loan, &err), 0);
    source_release(&loan);
    assert_true(gate.last.slot_bytes > before.slot_bytes);
    source_wish(source, (struct source_wishes){.bgr = false});
    int asked = gate.asked;
    assert_int_equal(source_acquire(source, SOON_MS, &loan, &err), 0);
    source_release(&loan);
    assert_int_equal(gate.asked, asked); // the memory is there already
    source_close(&source);
}

static void nothing_is_decoded_that_does_not_fit(void **state)
{
    (void)state;
    make_video((struct video_config){.path = in("asks.avi"), .fps = 25}, 30);
    struct gate_fixture gate = {.most_bytes = 1};
    struct source_config config = {.location = in("asks.avi"), .fps = -1, .gate = gate_of(&gate)};
    struct source *source;
    struct error err;
    assert_int_equal(source_open(&source, media->video, &config, &err), -EFBIG);
    assert_string_equal(err.text, "it is too much");
    assert_int_equal(gate.asked, 1); // the header was enough
}

static int threads_now(void)
{
    int count = 0;
    DIR *tasks = opendir("/proc/self/task");
    assert_non_null(tasks);
    while (readdir(tasks))
        count++;
    closedir(tasks);
    return count;
}

/** MPEG-4 has no slices: threads of its decoder are for several frames at once, which come late. */
static void frames_are_decoded_ahead_only_where_nobody_watches(void **state)
{
    (void)state;
    make_video((struct video_config){.path = in("threads.avi"), .fps = 25}, 30);
    for (int paced = 0; paced < 2; paced++) {
        struct source_config config = {.fps = -1, .paced = paced};
        int before = threads_now();
        struct source *source = open_kind(media->video, in("threads.avi"), config);
        int more = threads_now() - before;
        source_close(&source);
        if (paced)
            assert_int_equal(more, 0);
        else if (sysconf(_SC_NPROCESSORS_ONLN) > 1)
            assert_true(more > 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_decoded_ahead_only_where_nobody_watches),
        cmocka_unit_test(parts_are_exact),
        cmocka_unit_test(it_says_how_long_it_takes),
        cmocka_unit_test(parts_of_raw_video),
        cmocka_unit_test(a_part_begins_again),
        cmocka_unit_test(frames_come_upright),
        cmocka_unit_test(another_size_is_said),
        cmocka_unit_test(what_grows_too_large_is_refused),
        cmocka_unit_test(what_a_wish_makes_it_convert_is_asked_for),
        cmocka_unit_test(nothing_is_decoded_that_does_not_fit),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
