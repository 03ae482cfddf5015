/**
 * @file
 * The built-in scene: the same frame for the same number, whole at every size, noise in luma alone,
 * and a source that lends and waits like any other.
 */
#include "capture/scene.h"
#include "processing/clock.h"
#include "processing/memory.h"
#include "tests/unit/gate_fixture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { SOON_MS = 10000, SLOTS = 4 };

static const struct source_config small = {.width = 320, .height = 180};

static struct source *open_scene(const struct source_config *config)
{
    struct source *source;
    struct error err = {""};
    if (source_open(&source, &scene_source_kind, config, &err) < 0)
        fail_msg("%s", err.text);
    return source;
}

static struct loan acquire(struct source *source)
{
    struct loan loan;
    assert_int_equal(source_acquire(source, SOON_MS, &loan, NULL), 0);
    return loan;
}

/** The loan of frame `n`. */
static struct loan acquire_number(struct source *source, unsigned n)
{
    for (;;) {
        struct loan loan = acquire(source);
        if (loan.frame.sequence == n)
            return loan;
        source_release(&loan);
    }
}

static struct frame_layout layout_of(const struct frame *frame)
{
    return frame_layout_make(frame->format, frame->width, frame->height, 0);
}

static bool same_plane(const struct frame *a, const struct frame *b, int plane)
{
    struct frame_layout layout = layout_of(a);
    size_t row_bytes = (size_t)layout.row_bytes[plane];
    for (int y = 0; y < layout.rows[plane]; y++)
        if (memcmp(a->data[plane] + y * a->stride[plane], b->data[plane] + y * b->stride[plane],
                   row_bytes) != 0)
            return false;
    return true;
}

static bool same_frame(const struct frame *a, const struct frame *b)
{
    return same_plane(a, b, 0) && same_plane(a, b, 1) && same_plane(a, b, 2);
}

struct extremes {
    int least, most;
};

static struct extremes extremes_of(const struct frame *frame, int plane)
{
    struct frame_layout layout = layout_of(frame);
    struct extremes found = {255, 0};
    for (int y = 0; y < layout.rows[plane]; y++)
        for (int x = 0; x < layout.row_bytes[plane]; x++) {
            int value = frame->data[plane][y * frame->stride[plane] + x];
            found.least = value < found.least ? value : found.least;
            found.most = value > found.most ? value : found.most;
        }
    return found;
}

static void test_tells_what_it_is(void **state)
{
    (void)state;
    static const struct {
        double asked, granted;
        bool live;
    } rates[] = {{-1, 60, true}, {0, 0, false}, {25, 25, true}};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        struct source_config config = {.fps = rates[i].asked};
        struct source *source = open_scene(&config);
        assert_string_equal(source->info.name, "Built-in scene");
        assert_string_equal(source->info.format, "I420");
        assert_int_equal(source->info.width, 1280);
        assert_int_equal(source->info.height, 720);
        assert_true(source->info.fps == rates[i].granted);
        assert_int_equal(source->info.live, rates[i].live);
        source_close(&source);
    }
}

static void test_frames_are_stamped(void **state)
{
    (void)state;
    struct source *source = open_scene(&small);
    for (unsigned n = 0; n < 3; n++) {
        struct loan loan = acquire(source);
        assert_int_equal(loan.frame.format, PIXEL_I420);
        assert_int_equal(loan.frame.range, RANGE_FULL);
        assert_int_equal(loan.frame.matrix, MATRIX_BT601);
        assert_int_equal(loan.frame.width, 320);
        assert_int_equal(loan.frame.height, 180);
        assert_int_equal(loan.frame.sequence, n);
        assert_int_equal(loan.frame.time_ns, n * NS_PER_S / 60);
        source_release(&loan);
    }
    assert_true(atomic_load(&source->counters.decode_ns) > 0);
    source_close(&source);
}

static void test_paced_frames_carry_the_clock(void **state)
{
    (void)state;
    struct source_config config = {.width = 32, .height = 18, .fps = 1000};
    struct source *source = open_scene(&config);
    int64_t last = clock_now_ns();
    for (int i = 0; i < 3; i++) {
        struct loan loan = acquire(source);
        assert_true(loan.frame.time_ns > last);
        assert_true(loan.frame.received_ns >= loan.frame.time_ns);
        last = loan.frame.time_ns;
        source_release(&loan);
    }
    source_close(&source);
}

static void test_same_number_same_frame(void **state)
{
    (void)state;
    static const int noises[] = {0, 35};
    for (size_t i = 0; i < sizeof noises / sizeof *noises; i++) {
        struct source_config config = small;
        config.wishes.noise = noises[i];
        struct source *one = open_scene(&config), *other = open_scene(&config);
        // Different slots of the two: what lay there before must not matter.
        struct loan early = acquire_number(other, 0);
        struct loan a = acquire_number(one, 7), b = acquire_number(other, 7);
        assert_true(same_frame(&a.frame, &b.frame));
        assert_false(same_frame(&a.frame, &early.frame));
        source_release(&a);
        source_release(&b);
        source_release(&early);
        source_close(&one);
        source_close(&other);
    }
}

static void test_every_pixel_of_every_size(void **state)
{
    (void)state;
    static const int sizes[][2] = {{1, 1},     {2, 1},     {1, 2},       {3, 5},     {17, 33},
                                   {640, 480}, {480, 640}, {1921, 1081}, {16384, 1}, {3, 16384}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct source_config config = {.width = sizes[i][0], .height = sizes[i][1]};
        struct source *source = open_scene(&config);
        struct loan loan = acquire(source);
        // The scene has no black and no full white: 0 would be a pixel nobody drew.
        for (int plane = 0; plane < 3; plane++) {
            struct extremes found = extremes_of(&loan.frame, plane);
            assert_in_range(found.least, 25, 255);
            assert_in_range(found.most, 0, 245);
        }
        source_release(&loan);
        source_close(&source);
    }
}

static void test_sizes_refused(void **state)
{
    (void)state;
    static const int sizes[][2] = {
        {65536, 100}, {100, 65536}, {16385, 16385}, {-1, 100}, {100, -1}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct source_config config = {.width = sizes[i][0], .height = sizes[i][1]};
        struct source *source;
        struct error err = {""};
        assert_int_equal(source_open(&source, &scene_source_kind, &config, &err), -EINVAL);
        assert_null(source);
        assert_non_null(strstr(err.text, "scene"));
    }
}

static void test_noise_is_in_luma(void **state)
{
    (void)state;
    struct source *source = open_scene(&small), *clean = open_scene(&small);
    struct loan quiet = acquire_number(clean, 1);
    struct loan before = acquire(source);
    source_wish(source, (struct source_wishes){.noise = 50});
    struct loan noisy = acquire(source);
    assert_false(same_plane(&quiet.frame, &noisy.frame, 0));
    assert_true(same_plane(&quiet.frame, &noisy.frame, 1));
    assert_true(same_plane(&quiet.frame, &noisy.frame, 2));
    source_release(&before);
    source_release(&noisy);
    source_release(&quiet);
    source_close(&source);
    source_close(&clean);
}

/** Mean and variance of what the noise added. */
static void measure_noise(const struct frame *quiet, const struct frame *noisy, double *mean,
                          double *variance)
{
    double sum = 0, squares = 0;
    int count = quiet->width * quiet->height;
    for (int y = 0; y < quiet->height; y++)
        for (int x = 0; x < quiet->width; x++) {
            int added =
                noisy->data[0][y * noisy->stride[0] + x] - quiet->data[0][y * quiet->stride[0] + x];
            sum += added;
            squares += added * added;
        }
    *mean = sum / count;
    *variance = squares / count - *mean * *mean;
}

static void test_noise_is_as_strong_as_said(void **state)
{
    (void)state;
    struct source *source = open_scene(&small);
    struct source_config config = small;
    config.wishes.noise = 10;
    struct source *noisy_source = open_scene(&config);
    struct loan quiet = acquire(source), noisy = acquire(noisy_source);
    double mean, variance;
    measure_noise(&quiet.frame, &noisy.frame, &mean, &variance);
    assert_true(mean > -0.2 && mean < 0.2);
    assert_true(variance > 3.5 * 3.5 && variance < 4.5 * 4.5);
    source_release(&quiet);
    source_release(&noisy);
    source_close(&source);
    source_close(&noisy_source);
}

/** With strong noise values reach both ends, and a wrap would put dark pixels into light areas. */
static void test_noise_saturates(void **state)
{
    (void)state;
    struct source_config config = small;
    struct source *source = open_scene(&config);
    // 1000 is more than there is: taken as 100.
    config.wishes.noise = 1000;
    struct source *noisy_source = open_scene(&config);
    struct loan quiet = acquire(source), noisy = acquire(noisy_source);
    struct extremes found = extremes_of(&noisy.frame, 0);
    assert_int_equal(found.least, 0);
    assert_int_equal(found.most, 255);
    for (int i = 0; i < 320 * 180; i++)
        assert_in_range(noisy.frame.data[0][i] - quiet.frame.data[0][i] + 127, 0, 254);
    source_release(&quiet);
    source_release(&noisy);
    source_close(&source);
    source_close(&noisy_source);
}

static void test_noise_changes_from_frame_to_frame(void **state)
{
    (void)state;
    // So small that nothing of the drawing is seen to move.
    struct source_config config = {.width = 8, .height = 8, .wishes = {.noise = 60}};
    struct source *source = open_scene(&config);
    struct loan a = acquire(source), b = acquire(source);
    assert_false(same_plane(&a.frame, &b.frame, 0));
    source_release(&a);
    source_release(&b);
    source_close(&source);
}

static void test_no_slot_no_frame(void **state)
{
    (void)state;
    struct source *source = open_scene(&small);
    struct loan loans[SLOTS], more;
    for (int i = 0; i < SLOTS; i++)
        loans[i] = acquire(source);
    assert_int_equal(source_acquire(source, 0, &more, NULL), -ETIMEDOUT);
    assert_int_equal(source_acquire(source, 5, &more, NULL), -ETIMEDOUT);
    source_release(&loans[2]);
    more = acquire(source);
    assert_int_equal(more.slot, loans[2].slot);
    assert_int_equal(more.frame.sequence, SLOTS);
    loans[2] = more;
    for (int i = 0; i < SLOTS; i++)
        source_release(&loans[i]);
    source_close(&source);
}

static void test_loans_do_not_overlap(void **state)
{
    (void)state;
    struct source *source = open_scene(&small), *other = open_scene(&small);
    struct loan first = acquire(source), later[SLOTS - 1];
    for (int i = 0; i < SLOTS - 1; i++)
        later[i] = acquire(source);
    struct loan again = acquire(other);
    assert_true(same_frame(&first.frame, &again.frame));
    source_release(&first);
    source_release(&again);
    for (int i = 0; i < SLOTS - 1; i++)
        source_release(&later[i]);
    source_close(&source);
    source_close(&other);
}

static void test_wake(void **state)
{
    (void)state;
    struct source_config config = {.width = 32, .height = 18, .fps = 0.001};
    struct source *source = open_scene(&config);
    struct loan first = acquire(source), none;
    // The next is due in a quarter of an hour.
    assert_int_equal(source_acquire(source, 1, &none, NULL), -ETIMEDOUT);
    source_wake(source);
    assert_int_equal(source_acquire(source, 3600 * 1000, &none, NULL), -EINTR);
    source_release(&first);
    source_close(&source);
}

static void test_frames_allocate_nothing(void **state)
{
    (void)state;
    struct source *source = open_scene(&small);
    int64_t before = memory_sum_of(MEMORY_OWNERS).total_count;
    for (int i = 0; i < 100; i++) {
        source_wish(source, (struct source_wishes){.noise = i});
        struct loan loan = acquire(source);
        source_release(&loan);
    }
    assert_int_equal(memory_sum_of(MEMORY_OWNERS).total_count, before);
    source_close(&source);
    assert_int_equal(memory_sum_of(MEMORY_OWNERS).live_count, 0);
}

/** What it holds is what it asked for, and nothing is taken before. */
static void test_asks_before_it_takes(void **state)
{
    (void)state;
    struct gate_fixture gate = {.most_bytes = 1 << 30};
    struct source_config config = {.width = 640, .height = 480, .gate = gate_of(&gate)};
    int64_t empty = memory_sum_of(MEMORY_FRAMES).live_bytes;
    struct source *source = open_scene(&config);
    assert_true(gate.last.width == 640 && gate.last.height == 480 && gate.last.choosable);
    int64_t held = memory_sum_of(MEMORY_FRAMES).live_bytes - empty;
    int64_t asked = gate.last.bytes + SLOTS * gate.last.slot_bytes;
    assert_in_range(held, asked * 9 / 10, asked + 4096);
    source_close(&source);

    // Half the slots, and frames still come.
    gate.most_bytes = asked - gate.last.slot_bytes - 1;
    source = open_scene(&config);
    assert_in_range(memory_sum_of(MEMORY_FRAMES).live_bytes - empty, 1, gate.most_bytes + 4096);
    struct loan first = acquire(source), second = acquire(source), third;
    assert_int_equal(source_acquire(source, 0, &third, NULL), -ETIMEDOUT);
    source_release(&first);
    third = acquire(source);
    source_release(&second);
    source_release(&third);
    source_close(&source);

    struct error err;
    int64_t total = memory_sum_of(MEMORY_FRAMES).total_bytes;
    gate.most_bytes = 1000;
    assert_int_equal(source_open(&source, &scene_source_kind, &config, &err), -EFBIG);
    assert_string_equal(err.text, "it is too much");
    assert_in_range(memory_sum_of(MEMORY_FRAMES).total_bytes - total, 0, 4096);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tells_what_it_is),
        cmocka_unit_test(test_frames_are_stamped),
        cmocka_unit_test(test_paced_frames_carry_the_clock),
        cmocka_unit_test(test_same_number_same_frame),
        cmocka_unit_test(test_every_pixel_of_every_size),
        cmocka_unit_test(test_sizes_refused),
        cmocka_unit_test(test_noise_is_in_luma),
        cmocka_unit_test(test_noise_is_as_strong_as_said),
        cmocka_unit_test(test_noise_saturates),
        cmocka_unit_test(test_noise_changes_from_frame_to_frame),
        cmocka_unit_test(test_no_slot_no_frame),
        cmocka_unit_test(test_loans_do_not_overlap),
        cmocka_unit_test(test_wake),
        cmocka_unit_test(test_frames_allocate_nothing),
        cmocka_unit_test(test_asks_before_it_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
