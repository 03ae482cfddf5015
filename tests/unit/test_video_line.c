/*
 * The line: every frame's edges once, in order and right; bounded however slow the end is; whole
 * when stopped; an end with a reason when anything breaks.
 */
#include "app/video_line.h"
#include "capture/frame_pool.h"
#include "processing/clock.h"
#include "processing/memory.h"
#include "tests/fakes/scripted_source.h"
#include "tests/unit/waiting.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { WIDTH = 61, HEIGHT = 37, ENDLESS = 1 << 30 };

// A source of pictures that carry a bar whose place is their number's.

static int frames_there, frames_until_wider;

struct barred {
    struct source source; // must be first
    struct frame_pool pool;
    int number;
};

static void draw_bar(uint8_t *data, int width, int number)
{
    for (int i = 0; i < width * HEIGHT; i++)
        data[i] = i % width > 4 + number % 50 ? 200 : 20;
}

static int open_barred(struct source *source, const struct source_config *config, struct error *err)
{
    (void)config;
    (void)err;
    struct barred *barred = (struct barred *)source;
    barred->pool.loans = &source->loans;
    snprintf(source->info.name, sizeof source->info.name, "bars");
    return frame_pool_shape(&barred->pool, PIXEL_GRAY8, WIDTH, HEIGHT);
}

static int acquire_barred(struct source *source, int timeout_ms, struct loan *loan,
                          struct error *err)
{
    struct barred *barred = (struct barred *)source;
    if (barred->number == frames_there)
        return error_set(err, -ENODATA, "The end");
    if (barred->number == frames_until_wider)
        frame_pool_shape(&barred->pool, PIXEL_GRAY8, WIDTH + 1, HEIGHT);
    int slot = frame_pool_wait_free(&barred->pool, timeout_ms);
    if (slot < 0)
        return slot;
    draw_bar(barred->pool.blocks[slot], barred->pool.layout.width, barred->number);
    loan->frame = (struct frame){.time_ns = barred->number++ * NS_PER_MS};
    frame_place(&loan->frame, &barred->pool.layout, barred->pool.blocks[slot]);
    source_lend(source, loan, slot);
    return 0;
}

static void close_barred(struct source *source)
{
    frame_pool_close(&((struct barred *)source)->pool);
}

static const struct source_kind barred_kind = {
    .name = "bars",
    .bytes = sizeof(struct barred),
    .open = open_barred,
    .acquire = acquire_barred,
    .close = close_barred,
};

// Where the edges go.

static struct end {
    struct canny *canny;
    atomic_int puts;
    atomic_bool gate; ///< closed: puts wait
    int fails_at;     ///< its number; -1 never
    int wrong;        ///< pixels
    int64_t allocations_at_10, allocations;
    int hints;
} end_;

static bool is_right(const struct plane *edges, int number)
{
    static uint8_t bars[WIDTH * HEIGHT], expected[WIDTH * HEIGHT];
    struct frame_layout layout = frame_layout_make(PIXEL_GRAY8, WIDTH, HEIGHT, 0);
    struct frame frame = {.format = PIXEL_GRAY8};
    struct plane plane = {expected, WIDTH, HEIGHT, WIDTH};
    draw_bar(bars, WIDTH, number);
    frame_place(&frame, &layout, bars);
    canny_run(end_.canny, &canny_default_params, &frame, &plane, NULL);
    for (int y = 0; y < HEIGHT; y++)
        if (memcmp(edges->data + y * edges->stride, expected + y * WIDTH, WIDTH) != 0)
            return false;
    return memchr(expected, 255, sizeof expected) != NULL;
}

static int put(void *self, const struct plane *edges, int64_t time_ns, struct error *err)
{
    (void)self;
    int number = atomic_fetch_add(&end_.puts, 1);
    while (atomic_load(&end_.gate))
        waiting_nap();
    if (edges->width == WIDTH)
        end_.wrong += !is_right(edges, number) || time_ns != number * NS_PER_MS;
    end_.allocations = memory_sum_of(MEMORY_OWNERS).total_count;
    if (number == 10)
        end_.allocations_at_10 = end_.allocations;
    return number == end_.fails_at ? error_set(err, -ENOSPC, "The disk is full") : 0;
}

static void take_hint(void *self, const char *text)
{
    (void)self;
    end_.hints += strcmp(text, "A hint") == 0;
}

static struct video_line *begin(const struct source_kind *kind, struct source **source, int frames)
{
    struct video_line *line;
    struct source_config nothing = {.location = ""};
    struct error err;
    assert_int_equal(source_open(source, kind, &nothing, &err), 0);
    struct video_line_config config = {.source = *source,
                                       .canny = canny_default_params,
                                       .frames = frames,
                                       .put = put,
                                       .hint = take_hint};
    assert_int_equal(video_line_start(&line, &config), 0);
    return line;
}

static struct video_line_state finish(struct video_line *line, struct source **source)
{
    struct video_line_state state;
    do
        state = video_line_wait(line, 1000);
    while (!state.over);
    video_line_join(&line);
    assert_null(line);
    source_close(source); // would wait for a loan that is out
    return state;
}

static struct video_line_state run_bars(int frames)
{
    struct source *source;
    struct video_line *line = begin(&barred_kind, &source, frames);
    return finish(line, &source);
}

static struct video_line_state run_script(const char *steps)
{
    const char *openings[] = {steps, NULL};
    struct script script = {.openings = openings};
    struct source *source;
    struct video_line *line = begin(script_begin(&script), &source, 3);
    return finish(line, &source);
}

static int set_up(void **state)
{
    (void)state;
    end_ = (struct end){.fails_at = -1};
    frames_there = 300;
    frames_until_wider = -1;
    return canny_create(&end_.canny, WIDTH, HEIGHT, 1);
}

static int tear_down(void **state)
{
    (void)state;
    canny_destroy(&end_.canny);
    return memory_sum_of(MEMORY_OWNERS).live_count == 0 ? 0 : -1;
}

static void test_every_frame_in_order(void **state)
{
    (void)state;
    for (int frames = 1; frames <= 30; frames += 29) {
        atomic_store(&end_.puts, 0);
        struct video_line_state result = run_bars(frames);
        assert_int_equal(result.code, 0);
        assert_int_equal(result.frames, 300);
        assert_int_equal(result.time_ns, 299 * NS_PER_MS);
        assert_int_equal(atomic_load(&end_.puts), 300);
        assert_int_equal(end_.wrong, 0);
    }
}

static void test_nothing_is_allocated_once_it_runs(void **state)
{
    (void)state;
    run_bars(5);
    assert_true(end_.allocations_at_10 > 0);
    assert_int_equal(end_.allocations, end_.allocations_at_10);
}

/** Two on each belt, one in each thread's hands: the source is asked for no more than that. */
static void test_a_slow_end_holds_all_back(void **state)
{
    (void)state;
    struct source *source;
    atomic_store(&end_.gate, true);
    struct video_line *line = begin(&barred_kind, &source, 2);
    WAIT_UNTIL(atomic_load(&source->counters.acquired) == 6);
    for (int i = 0; i < 50; i++)
        waiting_nap();
    assert_int_equal(atomic_load(&source->counters.acquired), 6);
    assert_int_equal(video_line_look(line).frames, 0);
    atomic_store(&end_.gate, false);
    assert_int_equal(finish(line, &source).frames, 300);
    assert_int_equal(end_.wrong, 0);
}

static void test_stopped_it_finishes_what_it_has(void **state)
{
    (void)state;
    struct source *source;
    frames_there = ENDLESS;
    struct video_line *line = begin(&barred_kind, &source, 4);
    WAIT_UNTIL(video_line_look(line).frames > 20);
    video_line_stop(line);
    while (!video_line_wait(line, 1000).over)
        ;
    unsigned acquired = atomic_load(&source->counters.acquired);
    struct video_line_state result = finish(line, &source);
    assert_int_equal(result.code, 0);
    assert_int_equal(result.frames, acquired);
    assert_int_equal(end_.wrong, 0);
}

static void test_a_failing_end(void **state)
{
    (void)state;
    frames_there = ENDLESS;
    end_.fails_at = 50;
    struct video_line_state result = run_bars(7);
    assert_int_equal(result.code, -ENOSPC);
    assert_string_equal(result.reason.text, "The disk is full");
    assert_int_equal(result.frames, 50);
    assert_int_equal(atomic_load(&end_.puts), 51);
}

static void test_another_size(void **state)
{
    (void)state;
    frames_until_wider = 40;
    struct video_line_state result = run_bars(7);
    assert_int_equal(result.code, -ESTALE);
    assert_non_null(strstr(result.reason.text, "'bars' are 62 x 37 from here on"));
    assert_int_equal(result.frames, 40);
    assert_int_equal(end_.wrong, 0);
}

static void test_a_source_that_breaks(void **state)
{
    (void)state;
    struct video_line_state result = run_script("fftffx");
    assert_int_equal(result.code, -EIO);
    assert_string_equal(result.reason.text, "The source broke");
    assert_int_equal(result.frames, 4);
    assert_int_equal(run_script("e").frames, 0);
    assert_int_equal(run_script("e").code, 0);
}

static void test_hints(void **state)
{
    (void)state;
    assert_int_equal(run_script("fhffe").frames, 4);
    assert_int_equal(end_.hints, 1);
}

static void test_some_damage_is_borne(void **state)
{
    (void)state;
    struct video_line_state result = run_script("dfffffffffe");
    assert_int_equal(result.code, 0);
    assert_int_equal(result.damaged, 1);
    assert_int_equal(result.frames, 9);
    result = run_script("dddddffffffffffffffffffffffffffffffffffffffffffffffe");
    assert_int_equal(result.code, 0);
    assert_int_equal(result.damaged, 5);
}

static void test_much_damage_is_not(void **state)
{
    (void)state;
    struct video_line_state result = run_script("dffffffffe");
    assert_int_equal(result.code, -EBADMSG);
    assert_string_equal(result.reason.text,
                        "'Script' is damaged: 1 of 9 packets cannot be decoded");
    assert_int_equal(result.frames, 8);
    result = run_script("ffd"); // the last step again and again
    assert_int_equal(result.code, -EBADMSG);
    assert_int_equal(result.frames, 2);
    assert_int_equal(result.damaged, 98);
}

int main(void)
{
    waiting_begin();
#define EACH(TEST) cmocka_unit_test_setup_teardown(TEST, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        EACH(test_every_frame_in_order),
        EACH(test_nothing_is_allocated_once_it_runs),
        EACH(test_a_slow_end_holds_all_back),
        EACH(test_stopped_it_finishes_what_it_has),
        EACH(test_a_failing_end),
        EACH(test_another_size),
        EACH(test_a_source_that_breaks),
        EACH(test_hints),
        EACH(test_some_damage_is_borne),
        EACH(test_much_damage_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
