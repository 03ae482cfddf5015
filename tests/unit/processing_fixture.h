#pragma once

/**
 * @file
 * A processing loop and what is around it, fed by hand: the test is capture and main thread at
 * once.
 */

#include "app/mailbox.h"
#include "app/processing_loop.h"
#include "processing/canny_reference.h"
#include "tests/unit/loan_bench.h"
#include "tests/unit/samples.h"
#include "tests/unit/waiting.h"

#include <string.h>

enum { MOST_PIXELS = 128 * 128 };

/** The loop, its surroundings, and what it did. */
struct fixture {
    struct doorbell *capture_bell, *bell;
    struct controls *controls;
    struct control_values values;
    struct back_buffer *back_buffer;
    struct mailbox *mailbox;
    struct channel channel;
    struct source *source;
    struct processing_loop *loop;
    bool verify, keeps_last;

    // Of the last picture that was collected.
    struct picture picture;
    uint32_t pixels[MOST_PIXELS];
    struct canvas canvas;

    atomic_int wakes, held; ///< held: the last answer, -1 before the first
    atomic_int snapshots;   ///< taken
    enum view snapshot_view;
    int sunk; ///< pictures that the sink has seen; to be read after collect()
    uint32_t sunk_pixels[MOST_PIXELS]; ///< the last of them

    atomic_int wanted; ///< enum recorded
    bool shows_all;
    atomic_int recorded; ///< how often something was; the rest is to be read when it has gone up
    int recorded_bytes;  ///< a pixel
    uint32_t recorded_pixels[MOST_PIXELS];
    struct picture recorded_picture;
};

static inline void wake(void *self)
{
    atomic_fetch_add(&((struct fixture *)self)->wakes, 1);
}

static inline void on_held(void *self, bool held)
{
    atomic_store(&((struct fixture *)self)->held, held);
}

static inline void on_snapshot(void *self, const struct canvas *canvas, enum view view)
{
    struct fixture *f = self;
    (void)canvas;
    f->snapshot_view = view;
    atomic_fetch_add(&f->snapshots, 1);
}

static inline void on_painted(void *self, const struct canvas *canvas)
{
    struct fixture *f = self;
    memcpy(f->sunk_pixels, canvas->data, (size_t)canvas->stride * (size_t)canvas->height);
    f->sunk++;
}

static inline enum recorded what_is_recorded(void *self)
{
    return (enum recorded)atomic_load(&((struct fixture *)self)->wanted);
}

static inline void on_recorded(void *self, const struct video_picture *seen, int pixel_bytes,
                               const struct picture *picture)
{
    struct fixture *f = self;
    size_t row_bytes = (size_t)seen->width * (size_t)pixel_bytes;
    for (int y = 0; y < seen->height; y++)
        memcpy((uint8_t *)f->recorded_pixels + (size_t)y * row_bytes, seen->data + y * seen->stride,
               row_bytes);
    f->recorded_bytes = pixel_bytes;
    f->recorded_picture = *picture;
    atomic_fetch_add(&f->recorded, 1);
}

static inline void start(struct fixture *f)
{
    struct processing_config config = {
        .channel = f->channel,
        .back_buffer = f->back_buffer,
        .controls = f->controls,
        .bell = f->bell,
        .snapshot = {on_snapshot, f},
        .sink = {on_painted, f},
        .recorder = {what_is_recorded, on_recorded, f},
        .shows_all = f->shows_all,
        .held = on_held,
        .self = f,
        .keeps_last = f->keeps_last,
        .verify = f->verify,
    };
    assert_int_equal(processing_loop_start(&f->loop, &config), 0);
}

static inline void control(struct fixture *f)
{
    controls_set(f->controls, &f->values);
}

/** Posts a frame whose sequence is the slot. */
static inline void post(struct fixture *f, const struct sample *sample, int slot)
{
    struct loan loan;
    source_lend(f->source, &loan, slot);
    loan.frame = sample->frame;
    loan.frame.sequence = (uint32_t)slot;
    assert_true(f->channel.post(f->channel.self, &loan));
}

static inline void lend(struct fixture *f, int width, int height)
{
    f->canvas = (struct canvas){(uint8_t *)f->pixels, width, height, 4 * width};
    memset(f->pixels, 0x11, sizeof f->pixels);
    back_buffer_lend(f->back_buffer, &f->canvas);
}

static inline void collect(struct fixture *f)
{
    WAIT_UNTIL(back_buffer_collect(f->back_buffer, &f->picture));
}

/** Waits until loans of these slots, and of no others, have come back. */
static inline void expect_back(struct fixture *f, unsigned slots)
{
    unsigned back = 0;
    WAIT_UNTIL((back |= loan_bench_back(f->source)) == slots);
}

/** Gives the loop time for something that it must not do. */
static inline void give_it_time(void)
{
    for (int i = 0; i < 20; i++)
        waiting_nap();
}

/** What the canvas must hold for a frame in a view, by the specification. */
static inline void expect_picture(struct fixture *f, const struct frame *frame, enum view view,
                                  const struct canny_params *params)
{
    static uint32_t expected[MOST_PIXELS];
    uint8_t row[3 * 128];
    struct canvas canvas = {(uint8_t *)expected, frame->width, frame->height, 4 * frame->width};
    struct canny_reference *reference;
    assert_int_equal(canny_reference_create(&reference, frame->width, frame->height), 0);
    assert_int_equal(canny_reference_run(reference, params, frame), 0);
    view_draw(view, frame, params->gray, &canny_reference_stages(reference)->edges, &canvas, row);
    canny_reference_destroy(&reference);
    size_t bytes = 4 * (size_t)frame->width * (size_t)frame->height;
    if (memcmp(expected, f->pixels, bytes) != 0)
        fail_msg("%dx%d frame %u in view %d is painted otherwise", frame->width, frame->height,
                 frame->sequence, (int)view);
    assert_int_equal(f->picture.view, view);
    assert_int_equal(f->picture.width, frame->width);
    assert_int_equal(f->picture.height, frame->height);
}

/** Posts, lends, collects. */
static inline void paint(struct fixture *f, const struct sample *sample, int slot)
{
    post(f, sample, slot);
    lend(f, sample->frame.width, sample->frame.height);
    collect(f);
    assert_int_equal(f->picture.sequence, slot);
}

static inline int set_up(void **state)
{
    static struct fixture f;
    f = (struct fixture){.values = {.canny = canny_default_params, .view = VIEW_EDGES}};
    atomic_store(&f.held, -1);
    *state = &f;
    assert_int_equal(doorbell_create(&f.capture_bell), 0);
    assert_int_equal(doorbell_create(&f.bell), 0);
    assert_int_equal(controls_create(&f.controls, f.capture_bell, f.bell), 0);
    struct back_buffer_waker waker = {wake, &f};
    assert_int_equal(back_buffer_create(&f.back_buffer, f.bell, waker), 0);
    assert_int_equal(mailbox_create(&f.mailbox, f.bell), 0);
    f.channel = mailbox_channel(f.mailbox);
    f.source = loan_bench_open();
    return 0;
}

static inline int tear_down(void **state)
{
    struct fixture *f = *state;
    if (f->loop)
        processing_loop_stop(f->loop);
    processing_loop_join(&f->loop);
    mailbox_destroy(&f->mailbox);
    source_close(&f->source);
    back_buffer_destroy(&f->back_buffer);
    controls_destroy(&f->controls);
    doorbell_destroy(&f->bell);
    doorbell_destroy(&f->capture_bell);
    return 0;
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)
