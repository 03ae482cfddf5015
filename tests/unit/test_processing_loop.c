/*
 * The processing loop, fed by hand: what is painted and when loans go back. The last test runs it
 * at full speed over memory that is scribbled over once it is given back.
 */
#include "tests/fakes/scribbling_source.h"
#include "tests/unit/processing_fixture.h"

#include <pthread.h>

static void test_every_view_of_every_size(void **state)
{
    static const struct {
        enum pixel_format format;
        int width, height;
    } cases[] = {
        {PIXEL_YUYV, 64, 48}, {PIXEL_GRAY8, 64, 48}, {PIXEL_BGR24, 1, 1},  {PIXEL_I420, 17, 33},
        {PIXEL_NV12, 128, 2}, {PIXEL_UYVY, 3, 128},  {PIXEL_RGB24, 65, 7}, {PIXEL_YUV24, 64, 48},
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

/** A sink sees each picture as it is shown: in its size and view, the frozen one painted again too.
 */
static void test_what_a_sink_sees(void **state)
{
    struct fixture *f = *state;
    start(f);
    for (int i = 0; i < 4; i++) {
        struct sample sample = sample_make(PIXEL_YUYV, 40 + 8 * i, 30, 0, 3);
        f->values.view = view_table[i % view_count].view;
        f->values.frozen = i == 3;
        control(f);
        paint(f, &sample, i);
        assert_int_equal(f->sunk, i + 1);
        assert_memory_equal(f->sunk_pixels, f->pixels, (size_t)(4 * (40 + 8 * i) * 30));
        expect_back(f, 1u << i);
        sample_free(&sample);
    }
    lend(f, 64, 30);
    f->values.view = VIEW_GRAY;
    control(f);
    collect(f);
    assert_true(f->picture.repainted);
    assert_int_equal(f->sunk, 5);
    assert_memory_equal(f->sunk_pixels, f->pixels, (size_t)(4 * 64 * 30));
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

/** A channel in which something else lies than it seemed a moment ago. */
struct fickle {
    struct loan loan;
    atomic_int peeks; ///< left
    bool gives;
    struct fixture *changes; ///< whose view is changed meanwhile; NULL for none
};

static bool fickle_peek(void *self, int *width, int *height)
{
    struct fickle *fickle = self;
    *width = 64;
    *height = 48;
    if (fickle->changes && fickle->changes->values.view != VIEW_GRAY) {
        fickle->changes->values.view = VIEW_GRAY;
        control(fickle->changes);
    }
    return atomic_fetch_sub(&fickle->peeks, 1) > 0;
}

static bool fickle_take(void *self, struct loan *loan)
{
    struct fickle *fickle = self;
    *loan = fickle->loan;
    return fickle->gives;
}

/** Runs the loop on a fickle channel until the frame, if there is one, has been given back. */
static void be_fickle(struct fixture *f, struct fickle *fickle)
{
    struct channel mailbox = f->channel;
    f->channel = (struct channel){.peek = fickle_peek, .take = fickle_take, .self = fickle};
    lend(f, 64, 48);
    start(f);
    WAIT_UNTIL(atomic_load(&fickle->peeks) < (fickle->gives ? 0 : 1));
    expect_back(f, fickle->gives);
    processing_loop_stop(f->loop);
    processing_loop_join(&f->loop);
    f->channel = mailbox;
}

static void test_a_frame_that_is_gone_or_another(void **state)
{
    static const struct {
        int width, height; ///< of what is found; 0 if nothing is
    } cases[] = {{0, 0}, {32, 16}, {64, 16}, {32, 48}, {65, 48}};
    struct fixture *f = *state;
    for (int i = 0; i < 5; i++) {
        struct fickle fickle = {.peeks = 1, .gives = cases[i].width > 0};
        struct sample other = {0};
        if (fickle.gives) {
            other = sample_make(PIXEL_YUYV, cases[i].width, cases[i].height, 0, 1);
            source_lend(f->source, &fickle.loan, 0);
        }
        fickle.loan.frame = other.frame;
        be_fickle(f, &fickle);
        // The canvas is lent still, and not painted.
        assert_false(back_buffer_recall(f->back_buffer, &f->picture));
        assert_int_equal(f->pixels[0], 0x11111111);
        sample_free(&other);
    }
}

/** What is changed before the canvas is taken holds for it, even after the loop looked. */
static void test_a_change_at_the_last_moment(void **state)
{
    struct fixture *f = *state;
    struct sample sample = sample_make(PIXEL_YUYV, 64, 48, 0, 1);
    struct fickle fickle = {.peeks = 1, .gives = true, .changes = f};
    source_lend(f->source, &fickle.loan, 0);
    fickle.loan.frame = sample.frame;
    be_fickle(f, &fickle);
    assert_true(back_buffer_recall(f->back_buffer, &f->picture));
    expect_picture(f, &sample.frame, VIEW_GRAY, &f->values.canny);
    sample_free(&sample);
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
    enum { WIDTH = 128, HEIGHT = 96, PICTURES = SCRIBBLING_FRAMES / 200 };
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

int main(void)
{
    waiting_begin();
    const struct CMUnitTest tests[] = {
        TEST(test_every_view_of_every_size),
        TEST(test_parameters_hold_from_the_next_frame_on),
        TEST(test_the_size_changes),
        TEST(test_what_a_sink_sees),
        TEST(test_verifying),
        TEST(test_stopping_without_a_canvas),
        TEST(test_a_frame_that_is_gone_or_another),
        TEST(test_a_change_at_the_last_moment),
        TEST(test_pictures_at_full_speed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
