/*
 * The processing loop, fed by hand: what is painted, when loans go back, freezing and stepping.
 * The last test runs it at full speed over memory that is scribbled over once it is given back.
 */
#include "app/mailbox.h"
#include "app/processing_loop.h"
#include "processing/canny_reference.h"
#include "processing/memory.h"
#include "tests/fakes/scribbling_source.h"
#include "tests/unit/loan_bench.h"
#include "tests/unit/samples.h"
#include "tests/unit/waiting.h"

#include <pthread.h>
#include <string.h>

enum { MOST_PIXELS = 128 * 128 };

/** A loop and what is around it; the test is capture and main thread at once. */
struct fixture {
    struct doorbell *capture_bell, *bell;
    struct controls *controls;
    struct control_values values;
    struct back_buffer *back_buffer;
    struct mailbox *mailbox;
    struct channel channel;
    struct source *source;
    struct processing_loop *loop;
    bool verify;

    // Of the last picture that was collected.
    struct picture picture;
    uint32_t pixels[MOST_PIXELS];
    struct canvas canvas;

    atomic_int wakes, held; ///< held: the last answer, -1 before the first
    atomic_int snapshots;   ///< taken
    enum view snapshot_view;
};

static void wake(void *self)
{
    atomic_fetch_add(&((struct fixture *)self)->wakes, 1);
}

static void on_held(void *self, bool held)
{
    atomic_store(&((struct fixture *)self)->held, held);
}

static void on_snapshot(void *self, const struct canvas *canvas, enum view view)
{
    struct fixture *f = self;
    (void)canvas;
    f->snapshot_view = view;
    atomic_fetch_add(&f->snapshots, 1);
}

static void start(struct fixture *f)
{
    struct processing_config config = {
        .channel = f->channel,
        .back_buffer = f->back_buffer,
        .controls = f->controls,
        .bell = f->bell,
        .snapshot = {on_snapshot, f},
        .held = on_held,
        .self = f,
        .verify = f->verify,
    };
    assert_int_equal(processing_loop_start(&f->loop, &config), 0);
}

static void control(struct fixture *f)
{
    controls_set(f->controls, &f->values);
}

/** Posts a frame whose sequence is the slot. */
static void post(struct fixture *f, const struct sample *sample, int slot)
{
    struct loan loan;
    source_lend(f->source, &loan, slot);
    loan.frame = sample->frame;
    loan.frame.sequence = (uint32_t)slot;
    assert_true(f->channel.post(f->channel.self, &loan));
}

static void lend(struct fixture *f, int width, int height)
{
    f->canvas = (struct canvas){(uint8_t *)f->pixels, width, height, 4 * width};
    memset(f->pixels, 0x11, sizeof f->pixels);
    back_buffer_lend(f->back_buffer, &f->canvas);
}

static void collect(struct fixture *f)
{
    WAIT_UNTIL(back_buffer_collect(f->back_buffer, &f->picture));
}

/** Waits until loans of these slots, and of no others, have come back. */
static void expect_back(struct fixture *f, unsigned slots)
{
    unsigned back = 0;
    WAIT_UNTIL((back |= loan_bench_back(f->source)) == slots);
}

/** Gives the loop time for something that it must not do. */
static void give_it_time(void)
{
    for (int i = 0; i < 20; i++)
        waiting_nap();
}

/** What the canvas must hold for a frame in a view, by the specification. */
static void expect_picture(struct fixture *f, const struct frame *frame, enum view view,
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
static void paint(struct fixture *f, const struct sample *sample, int slot)
{
    post(f, sample, slot);
    lend(f, sample->frame.width, sample->frame.height);
    collect(f);
    assert_int_equal(f->picture.sequence, slot);
}

static void test_every_view_of_every_size(void **state)
{
    static const struct {
        enum pixel_format format;
        int width, height;
    } cases[] = {
        {PIXEL_YUYV, 64, 48},  {PIXEL_GRAY8, 64, 48}, {PIXEL_BGR24, 1, 1},  {PIXEL_I420, 17, 33},
        {PIXEL_NV12, 128, 2},  {PIXEL_UYVY, 3, 128},  {PIXEL_RGB24, 65, 7}, {PIXEL_YUV24, 64, 48},
    };
    struct fixture *f = *state;
    start(f);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sample sample =
            sample_make(cases[i].format, cases[i].width, cases[i].height, 4, (uint32_t)i);
        for (int v = 0; v < view_count; v++) {
            f->values.view = view_table[v].view;
            f->values.canny.gray = v % 2 ? GRAY_BGR : GRAY_LUMA;
            control(f);
            paint(f, &sample, v);
            expect_picture(f, &sample.frame, view_table[v].view, &f->values.canny);
            assert_false(f->picture.repainted);
            assert_int_equal(f->picture.canny_ns > 0, view_table[v].needs_edges);
            // Given back, once: loans.c stops the program at a second time.
            expect_back(f, 1u << v);
        }
        sample_free(&sample);
    }
}

static void test_parameters_hold_from_the_next_frame_on(void **state)
{
    static const struct canny_params params[] = {
        {.low = 10, .high = 30, .blur = 0, .aperture = 3},
        {.low = 900, .high = 300, .blur = 3, .aperture = 5, .l2 = true},
        {.low = 5000, .high = 9000, .blur = 7, .aperture = 7},
    };
    struct fixture *f = *state;
    struct sample sample = sample_make(PIXEL_YUYV, 96, 64, 0, 5);
    start(f);
    for (int i = 0; i < 3; i++) {
        f->values.canny = params[i];
        control(f);
        paint(f, &sample, i);
        expect_picture(f, &sample.frame, VIEW_EDGES, &params[i]);
    }
    expect_back(f, 7);
    sample_free(&sample);
}

static void test_frozen_one_frame_stays(void **state)
{
    struct fixture *f = *state;
    struct sample a = sample_make(PIXEL_YUYV, 64, 48, 0, 1);
    struct sample b = sample_make(PIXEL_YUYV, 64, 48, 0, 2);
    start(f);
    paint(f, &a, 0);
    f->values.frozen = true;
    control(f);
    paint(f, &b, 1);
    expect_back(f, 3);
    WAIT_UNTIL(atomic_load(&f->held) == 1);
    // What comes now is not looked at, and without a change nothing is painted.
    post(f, &a, 2);
    lend(f, 64, 48);
    give_it_time();
    assert_false(back_buffer_collect(f->back_buffer, &f->picture));
    for (int v = 0; v < view_count; v++) {
        f->values.view = view_table[v].view;
        f->values.canny.low += 20;
        control(f);
        collect(f);
        assert_true(f->picture.repainted);
        assert_int_equal(f->picture.sequence, 1);
        expect_picture(f, &b.frame, view_table[v].view, &f->values.canny);
        lend(f, 64, 48);
    }
    assert_int_equal(loan_bench_back(f->source), 0);
    // Thawed, it goes on with what is waiting.
    f->values.frozen = false;
    control(f);
    collect(f);
    assert_int_equal(f->picture.sequence, 2);
    assert_false(f->picture.repainted);
    assert_int_equal(atomic_load(&f->held), 0);
    expect_back(f, 1u << 2);
    sample_free(&a);
    sample_free(&b);
}

/** A step is one frame more, and then all is still again. */
static void step(struct fixture *f, const struct sample *sample, int slot)
{
    f->values.steps++;
    control(f);
    WAIT_UNTIL(atomic_load(&f->held) == 0);
    paint(f, sample, slot);
    WAIT_UNTIL(atomic_load(&f->held) == 1);
}

/** Frames of a format until the picture is frozen; returns how many that took. */
static int freeze(struct fixture *f, const struct sample *sample)
{
    f->values.frozen = true;
    control(f);
    int frames = 0;
    do {
        paint(f, sample, frames++);
        give_it_time();
    } while (atomic_load(&f->held) != 1 && frames < 20);
    return frames;
}

static void test_stepping(void **state)
{
    // A gray picture may be one that was decoded without its colours: others are looked at first.
    static const struct {
        enum pixel_format format;
        int frames; ///< until it is frozen
    } cases[] = {{PIXEL_YUYV, 1}, {PIXEL_GRAY8, 4}};
    struct fixture *f = *state;
    start(f);
    for (int c = 0; c < 2; c++) {
        struct sample sample = sample_make(cases[c].format, 64, 48, 0, 9);
        assert_int_equal(freeze(f, &sample), cases[c].frames);
        for (int i = 10; i < 13; i++) {
            step(f, &sample, i);
            post(f, &sample, 20 + i - 10);
            lend(f, 64, 48);
            give_it_time();
            assert_false(back_buffer_collect(f->back_buffer, &f->picture));
            back_buffer_recall(f->back_buffer, &f->picture);
        }
        f->values.frozen = false;
        control(f);
        lend(f, 64, 48);
        collect(f);
        assert_int_equal(f->picture.sequence, 22);
        loans_wait_all(&f->source->loans);
        sample_free(&sample);
    }
}

/** Two steps asked for before the first was made are two frames. */
static void test_quick_steps(void **state)
{
    struct fixture *f = *state;
    struct sample sample = sample_make(PIXEL_YUYV, 64, 48, 0, 9);
    start(f);
    freeze(f, &sample);
    f->values.steps += 2;
    control(f);
    paint(f, &sample, 5);
    paint(f, &sample, 6);
    WAIT_UNTIL(atomic_load(&f->held) == 1);
    post(f, &sample, 7);
    lend(f, 64, 48);
    give_it_time();
    assert_false(back_buffer_collect(f->back_buffer, &f->picture));
    back_buffer_recall(f->back_buffer, &f->picture);
    f->channel.let_go(f->channel.self);
    sample_free(&sample);
}

static void test_a_snapshot_for_each_request(void **state)
{
    struct fixture *f = *state;
    struct sample sample = sample_make(PIXEL_YUYV, 64, 48, 0, 9);
    start(f);
    paint(f, &sample, 0);
    assert_int_equal(atomic_load(&f->snapshots), 0);
    for (int i = 1; i <= 3; i++) {
        f->values.snapshots++;
        f->values.view = i % 2 ? VIEW_OVERLAY : VIEW_GRAY;
        control(f);
        paint(f, &sample, 2 * i - 1);
        assert_int_equal(atomic_load(&f->snapshots), i);
        assert_int_equal(f->snapshot_view, f->values.view);
        paint(f, &sample, 2 * i);
        assert_int_equal(atomic_load(&f->snapshots), i);
    }
    // The frozen picture can be saved too.
    f->values.frozen = true;
    control(f);
    paint(f, &sample, 10);
    f->values.snapshots++;
    control(f);
    lend(f, 64, 48);
    collect(f);
    assert_true(f->picture.repainted);
    assert_int_equal(atomic_load(&f->snapshots), 4);
    loans_wait_all(&f->source->loans);
    sample_free(&sample);
}

static void test_the_size_changes(void **state)
{
    struct fixture *f = *state;
    struct sample small = sample_make(PIXEL_YUYV, 32, 16, 0, 1);
    struct sample large = sample_make(PIXEL_YUYV, 80, 60, 0, 2);
    int width, height;
    start(f);
    for (int i = 0; i < 4; i++) {
        const struct sample *now = i % 2 ? &large : &small;
        const struct sample *before = i % 2 ? &small : &large;
        lend(f, before->frame.width, before->frame.height);
        int wakes = atomic_load(&f->wakes);
        post(f, now, i);
        WAIT_UNTIL(back_buffer_wanted(f->back_buffer, &width, &height) &&
                   width == now->frame.width && height == now->frame.height);
        WAIT_UNTIL(atomic_load(&f->wakes) == wakes + 1);
        // The frame waits for a canvas of its size; the other one is untouched.
        assert_false(back_buffer_recall(f->back_buffer, &f->picture));
        assert_int_equal(f->pixels[0], 0x11111111);
        lend(f, width, height);
        collect(f);
        expect_picture(f, &now->frame, VIEW_EDGES, &f->values.canny);
    }
    loans_wait_all(&f->source->loans);
    sample_free(&small);
    sample_free(&large);
}

static void test_verifying(void **state)
{
    struct fixture *f = *state;
    f->verify = true;
    start(f);
    for (int i = 0; i < 6; i++) {
        struct sample sample = sample_make(i % 2 ? PIXEL_YUYV : PIXEL_GRAY8, 40 + i, 30, 0, 3);
        // In every view: what is verified is the engine, not what is shown.
        f->values.view = i < 3 ? VIEW_EDGES : VIEW_GRAY;
        f->values.canny.l2 = i % 3 == 0;
        control(f);
        paint(f, &sample, i);
        assert_true(f->picture.canny_ns > 0);
        assert_int_equal(f->picture.mismatches, 0);
        loans_wait_all(&f->source->loans);
        sample_free(&sample);
    }
}

/** Nothing is lent, so the newest frame waits in the mailbox; older ones are given back. */
static void test_stopping_without_a_canvas(void **state)
{
    struct fixture *f = *state;
    struct sample sample = sample_make(PIXEL_YUYV, 64, 48, 0, 1);
    start(f);
    for (int i = 0; i < 5; i++)
        post(f, &sample, i);
    expect_back(f, 15);
    processing_loop_stop(f->loop);
    processing_loop_join(&f->loop);
    assert_null(f->loop);
    assert_int_equal(loan_bench_back(f->source), 0);
    f->channel.shut(f->channel.self);
    expect_back(f, 16);
    sample_free(&sample);
}

static void test_stopping_while_frozen(void **state)
{
    struct fixture *f = *state;
    struct sample sample = sample_make(PIXEL_YUYV, 64, 48, 0, 1);
    start(f);
    freeze(f, &sample);
    processing_loop_stop(f->loop);
    processing_loop_join(&f->loop);
    processing_loop_join(&f->loop);
    loans_wait_all(&f->source->loans);
    sample_free(&sample);
}

/** A channel in which something else lies than it seemed a moment ago. */
struct fickle {
    struct loan loan;
    atomic_int peeks; ///< left
    bool gives;
};

static bool fickle_peek(void *self, int *width, int *height)
{
    struct fickle *fickle = self;
    *width = 64;
    *height = 48;
    return atomic_fetch_sub(&fickle->peeks, 1) > 0;
}

static bool fickle_take(void *self, struct loan *loan)
{
    struct fickle *fickle = self;
    *loan = fickle->loan;
    return fickle->gives;
}

static void test_a_frame_that_is_gone_or_another(void **state)
{
    struct fixture *f = *state;
    struct sample other = sample_make(PIXEL_YUYV, 32, 16, 0, 1);
    for (int gives = 0; gives < 2; gives++) {
        struct fickle fickle = {.peeks = 1, .gives = gives};
        struct channel mailbox = f->channel;
        if (gives)
            source_lend(f->source, &fickle.loan, 0);
        fickle.loan.frame = other.frame;
        f->channel = (struct channel){.peek = fickle_peek, .take = fickle_take, .self = &fickle};
        lend(f, 64, 48);
        start(f);
        WAIT_UNTIL(atomic_load(&fickle.peeks) < 0 || !gives);
        expect_back(f, (unsigned)gives);
        processing_loop_stop(f->loop);
        processing_loop_join(&f->loop);
        // The canvas is lent still, and not painted.
        assert_false(back_buffer_recall(f->back_buffer, &f->picture));
        assert_int_equal(f->pixels[0], 0x11111111);
        f->channel = mailbox;
    }
    sample_free(&other);
}

/** Posts frames of the scribbling source until told to stop, then gives the rest back. */
struct writer {
    struct fixture *fixture;
    struct source *source;
    atomic_bool stop;
};

static void *write_on(void *self)
{
    struct writer *writer = self;
    struct channel *channel = &writer->fixture->channel;
    while (!atomic_load(&writer->stop)) {
        struct loan loan;
        if (source_acquire(writer->source, 100, &loan, NULL) == 0)
            channel->post(channel->self, &loan);
    }
    channel->let_go(channel->self);
    return NULL;
}

static void test_pictures_at_full_speed(void **state)
{
    enum { WIDTH = 40, HEIGHT = 30, PICTURES = 250 };
    struct fixture *f = *state;
    struct source_config config = {.width = WIDTH, .height = HEIGHT, .buffers = 4};
    struct writer writer = {.fixture = f};
    pthread_t thread;
    uint8_t samples[WIDTH * HEIGHT];
    struct plane plane = {samples, WIDTH, HEIGHT, WIDTH};
    int64_t last = -1;
    assert_int_equal(source_open(&writer.source, &scribbling_source_kind, &config, NULL), 0);
    assert_int_equal(pthread_create(&thread, NULL, write_on, &writer), 0);
    start(f);
    for (int i = 0; i < PICTURES; i++) {
        f->values.view = view_table[i % view_count].view;
        control(f);
        lend(f, WIDTH, HEIGHT);
        collect(f);
        assert_true(f->picture.sequence > last);
        last = f->picture.sequence;
        scribbling_draw(&plane, f->picture.sequence);
        struct frame frame = {.format = PIXEL_GRAY8,
                              .width = WIDTH,
                              .height = HEIGHT,
                              .data = {samples},
                              .stride = {WIDTH}};
        expect_picture(f, &frame, f->values.view, &f->values.canny);
    }
    processing_loop_stop(f->loop);
    processing_loop_join(&f->loop);
    atomic_store(&writer.stop, true);
    pthread_join(thread, NULL);
    source_close(&writer.source);
}

static int set_up(void **state)
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

static int tear_down(void **state)
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

int main(void)
{
    waiting_begin();
    const struct CMUnitTest tests[] = {
        TEST(test_every_view_of_every_size),
        TEST(test_parameters_hold_from_the_next_frame_on),
        TEST(test_frozen_one_frame_stays),
        TEST(test_stepping),
        TEST(test_quick_steps),
        TEST(test_a_snapshot_for_each_request),
        TEST(test_the_size_changes),
        TEST(test_verifying),
        TEST(test_stopping_without_a_canvas),
        TEST(test_stopping_while_frozen),
        TEST(test_a_frame_that_is_gone_or_another),
        TEST(test_pictures_at_full_speed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
