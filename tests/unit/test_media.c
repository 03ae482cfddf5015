/**
 * @file
 * The media module through its front door: loading it, and videos of which every sample and every
 * time is known. GIF is here for its uneven times.
 */
#include "processing/clock.h"
#include "processing/memory.h"
#include "tests/fakes/make_gif.h"
#include "tests/unit/video_files.h"

#include <errno.h>

#define COUNT(ARRAY) (sizeof(ARRAY) / sizeof *(ARRAY))

static void loading_twice_gives_the_same(void **state)
{
    (void)state;
    assert_ptr_equal(media_load(NULL), media);
    assert_int_equal(media->version, MEDIA_MODULE_VERSION);
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

static void uneven_times_stay_uneven(void **state)
{
    (void)state;
    static const int delays_cs[] = {10, 40, 20, 10, 90, 10};
    FILE *file = fopen(in("uneven.gif"), "wb");
    make_gif_head(file, "\0\0\0\xff\0\0\0\xff\0\0\0\xff");
    for (size_t i = 0; i < COUNT(delays_cs); i++)
        make_gif_frame(file, delays_cs[i], (int)i % 4);
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
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
