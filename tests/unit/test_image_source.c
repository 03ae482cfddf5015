/**
 * @file
 * A still picture as a source: its loans, its wishes, its end.
 */
#include "capture/image_source.h"
#include "capture/still.h"
#include "processing/clock.h"
#include "processing/memory.h"
#include "tests/unit/gate_fixture.h"
#include "tests/unit/picture_files.h"

#include <errno.h>

enum { WIDTH = 24, HEIGHT = 10, SOON_MS = 10000 };

static struct folder folder;

static const char *in(const char *name)
{
    return in_folder(&folder, name);
}

static int set_up(void **state)
{
    (void)state;
    folder_make(&folder);
    struct jpeg_spec color = {.width = WIDTH, .height = HEIGHT, .space = JCS_RGB};
    make_jpeg(in("color.jpg"), &color);
    struct jpeg_spec gray = {.width = WIDTH, .height = HEIGHT, .space = JCS_GRAYSCALE};
    make_jpeg(in("gray.jpg"), &gray);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove(&folder);
    return 0;
}

static struct source *open_file(const char *path, struct source_config config)
{
    struct source *source;
    struct error err = {""};
    config.location = path;
    if (source_open(&source, &image_source_kind, &config, &err) < 0)
        fail_msg("%s", err.text);
    return source;
}

static const struct source_config unpaced = {.fps = -1, .loop = true};

static struct loan acquire(struct source *source)
{
    struct loan loan;
    assert_int_equal(source_acquire(source, SOON_MS, &loan, NULL), 0);
    return loan;
}

/** The format that comes once these wishes are known. */
static enum pixel_format format_for(struct source *source, bool color, bool bgr)
{
    source_wish(source, (struct source_wishes){.color = color, .bgr = bgr});
    struct loan loan = acquire(source);
    source_release(&loan);
    return loan.frame.format;
}

static void it_says_what_it_is(void **state)
{
    (void)state;
    struct source *source = open_file(in("color.jpg"), unpaced);
    assert_string_equal(source->info.name, "color.jpg");
    assert_string_equal(source->info.format, "JPEG");
    assert_int_equal(source->info.width, WIDTH);
    assert_int_equal(source->info.height, HEIGHT);
    assert_true(source->info.fps == 30 && !source->info.live);
    source_close(&source);
    assert_null(source);
}

static void frames_count_up_in_time(void **state)
{
    (void)state;
    static const struct {
        double fps;
        int64_t interval_ns;
    } rates[] = {{-1, NS_PER_S / 30}, {0, NS_PER_S / 30}, {50, NS_PER_S / 50}};
    for (int i = 0; i < 3; i++) {
        struct source *source =
            open_file(in("color.jpg"), (struct source_config){.fps = rates[i].fps, .loop = true});
        for (int n = 0; n < 10; n++) {
            struct loan loan = acquire(source);
            assert_int_equal(loan.frame.sequence, n);
            assert_int_equal(loan.frame.time_ns, n * rates[i].interval_ns);
            assert_true(loan.frame.received_ns > 0);
            source_release(&loan);
        }
        assert_int_equal(atomic_load(&source->counters.acquired), 10);
        source_close(&source);
    }
}

static void without_looping_there_is_one_frame(void **state)
{
    (void)state;
    struct source *source = open_file(in("color.jpg"), (struct source_config){.fps = -1});
    struct loan loan = acquire(source);
    assert_int_equal(source_acquire(source, SOON_MS, &loan, NULL), -ENODATA);
    assert_int_equal(source_acquire(source, SOON_MS, &loan, NULL), -ENODATA);
    source_release(&loan);
    source_close(&source);
}

static void four_loans_share_one_block(void **state)
{
    (void)state;
    struct source *source = open_file(in("color.jpg"), unpaced);
    struct loan loans[STILL_SLOTS], more;
    for (int i = 0; i < STILL_SLOTS; i++) {
        loans[i] = acquire(source);
        assert_ptr_equal(loans[i].frame.data[0], loans[0].frame.data[0]);
        for (int k = 0; k < i; k++)
            assert_int_not_equal(loans[i].slot, loans[k].slot);
    }
    assert_int_equal(source_acquire(source, 0, &more, NULL), -ETIMEDOUT);
    source_release(&loans[2]);
    more = acquire(source);
    assert_int_equal(more.frame.sequence, STILL_SLOTS);
    loans[2] = more;
    for (int i = 0; i < STILL_SLOTS; i++)
        source_release(&loans[i]);
    source_close(&source);
}

static void wishes_are_followed(void **state)
{
    (void)state;
    struct source *source = open_file(in("color.jpg"), unpaced);
    assert_int_equal(format_for(source, false, false), PIXEL_GRAY8);
    assert_int_equal(format_for(source, true, false), PIXEL_YUV24);
    assert_int_equal(format_for(source, true, true), PIXEL_BGR24);
    assert_int_equal(format_for(source, true, false), PIXEL_YUV24);
    // Its luma serves as well, so nothing is read again.
    assert_int_equal(format_for(source, false, false), PIXEL_YUV24);
    assert_int_equal(format_for(source, false, true), PIXEL_BGR24);
    source_close(&source);
}

static void a_gray_file_is_read_once(void **state)
{
    (void)state;
    struct source *source = open_file(in("gray.jpg"), unpaced);
    int64_t before = memory_sum_of(MEMORY_FRAMES).total_count;
    assert_int_equal(format_for(source, true, false), PIXEL_GRAY8);
    assert_int_equal(format_for(source, false, true), PIXEL_GRAY8);
    assert_int_equal(memory_sum_of(MEMORY_FRAMES).total_count, before);
    source_close(&source);
}

static void a_lent_picture_outlives_two_changes(void **state)
{
    (void)state;
    struct source *source = open_file(in("color.jpg"), unpaced);
    struct loan held = acquire(source);
    static uint8_t copy[WIDTH * HEIGHT];
    assert_int_equal(held.frame.format, PIXEL_GRAY8);
    memcpy(copy, held.frame.data[0], sizeof copy);
    assert_int_equal(format_for(source, true, true), PIXEL_BGR24);
    // Both images are in use now: the third way has to wait for the loan.
    assert_int_equal(format_for(source, true, false), PIXEL_BGR24);
    assert_memory_equal(copy, held.frame.data[0], sizeof copy);
    source_release(&held);
    assert_int_equal(format_for(source, true, false), PIXEL_YUV24);
    source_close(&source);
}

static void a_vanished_file_stays_on_screen(void **state)
{
    (void)state;
    struct jpeg_spec spec = {.width = WIDTH, .height = HEIGHT, .space = JCS_RGB};
    make_jpeg(in("soon-gone.jpg"), &spec);
    struct source *source = open_file(in("soon-gone.jpg"), unpaced);
    assert_int_equal(unlink(in("soon-gone.jpg")), 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(format_for(source, true, false), PIXEL_GRAY8);
    // It is not looked for with every frame, but the next wish looks again.
    make_jpeg(in("soon-gone.jpg"), &spec);
    assert_int_equal(format_for(source, true, false), PIXEL_GRAY8);
    assert_int_equal(format_for(source, true, true), PIXEL_BGR24);
    source_close(&source);
}

static void nothing_is_allocated_for_a_frame(void **state)
{
    (void)state;
    struct source *source = open_file(in("color.jpg"), unpaced);
    struct loan loan = acquire(source);
    source_release(&loan);
    int64_t before = memory_sum_of(MEMORY_OWNERS).total_count;
    for (int i = 0; i < 1000; i++) {
        loan = acquire(source);
        source_release(&loan);
    }
    assert_int_equal(memory_sum_of(MEMORY_OWNERS).total_count, before);
    source_close(&source);
}

static void the_beat_is_waited_for(void **state)
{
    (void)state;
    // One frame in a hundred seconds: no machine is so slow that the second would be due.
    struct source *source = open_file(
        in("color.jpg"), (struct source_config){.fps = 0.01, .paced = true, .loop = true});
    struct loan loan = acquire(source);
    source_release(&loan);
    assert_int_equal(source_acquire(source, 0, &loan, NULL), -ETIMEDOUT);
    assert_int_equal(source_acquire(source, 1, &loan, NULL), -ETIMEDOUT);
    source_wake(source);
    assert_int_equal(source_acquire(source, SOON_MS, &loan, NULL), -EINTR);
    assert_int_equal(atomic_load(&source->counters.acquired), 1);
    source_close(&source);
}

static void failing_to_open_leaves_nothing(void **state)
{
    (void)state;
    bytes_save((const uint8_t *)"text", 4, in("text.jpg"));
    int64_t before = memory_sum_of(MEMORY_OWNERS).live_bytes;
    static const char *const names[] = {"missing.jpg", "text.jpg"};
    for (int i = 0; i < 2; i++) {
        struct error err = {""};
        struct source *source;
        struct source_config config = {.location = in(names[i])};
        assert_true(source_open(&source, &image_source_kind, &config, &err) < 0);
        assert_null(source);
        assert_non_null(strstr(err.text, names[i]));
        assert_int_equal(memory_sum_of(MEMORY_OWNERS).live_bytes, before);
    }
}

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
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
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
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        make_bmp(in("picture"), sizes[i][0], sizes[i][1]);
        struct source *source = open_file(in("picture"), unpaced);
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

static void it_asks_before_it_reads(void **state)
{
    (void)state;
    struct gate_fixture gate = {.most_bytes = 1 << 20};
    struct source_config config = unpaced;
    char words[160];
    config.gate = gate_of(&gate);
    struct source *source = open_file(in("color.jpg"), config);
    assert_int_equal(gate.asked, 1);
    assert_int_equal(gate.last.bytes, WIDTH * HEIGHT);
    assert_true(gate.last.width == WIDTH && gate.last.height == HEIGHT);
    // Colours are refused: that is said once, and what is there stays.
    gate.most_bytes = 4 * WIDTH * HEIGHT - 1;
    assert_int_equal(format_for(source, true, false), PIXEL_GRAY8);
    assert_int_equal(gate.asked, 2);
    assert_int_equal(gate.last.bytes, 4 * WIDTH * HEIGHT);
    assert_true(source_hint(source, words, sizeof words));
    assert_string_equal(words, "it is too much");
    assert_int_equal(format_for(source, true, false), PIXEL_GRAY8);
    assert_int_equal(gate.asked, 2);
    // Asked for anew when there is room.
    gate.most_bytes++;
    assert_int_equal(format_for(source, false, false), PIXEL_GRAY8);
    assert_int_equal(format_for(source, true, false), PIXEL_YUV24);
    assert_false(source_hint(source, words, sizeof words));
    source_close(&source);

    struct error err;
    gate.most_bytes = 1;
    config.location = in("color.jpg");
    assert_int_equal(source_open(&source, &image_source_kind, &config, &err), -EFBIG);
    assert_string_equal(err.text, "it is too much");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bmp_is_a_still_picture),
        cmocka_unit_test(it_says_what_it_is),
        cmocka_unit_test(frames_count_up_in_time),
        cmocka_unit_test(without_looping_there_is_one_frame),
        cmocka_unit_test(four_loans_share_one_block),
        cmocka_unit_test(wishes_are_followed),
        cmocka_unit_test(a_gray_file_is_read_once),
        cmocka_unit_test(a_lent_picture_outlives_two_changes),
        cmocka_unit_test(a_vanished_file_stays_on_screen),
        cmocka_unit_test(nothing_is_allocated_for_a_frame),
        cmocka_unit_test(the_beat_is_waited_for),
        cmocka_unit_test(failing_to_open_leaves_nothing),
        cmocka_unit_test(it_asks_before_it_reads),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
