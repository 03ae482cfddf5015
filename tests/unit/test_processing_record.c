/*
 * What the processing loop gives a recorder: every frame, also while the window has lent nothing.
 */
#include "processing/memory.h"
#include "tests/unit/processing_fixture.h"

/** The last recorded picture is this frame's view. */
static void expect_recorded(struct fixture *f, const struct frame *frame, enum view view)
{
    assert_int_equal(f->recorded_bytes, 4);
    memcpy(f->pixels, f->recorded_pixels, sizeof f->pixels);
    f->picture = f->recorded_picture;
    expect_picture(f, frame, view, &f->values.canny);
}

static void expect_recorded_edges(struct fixture *f, const struct frame *frame)
{
    struct canny_reference *reference;
    assert_int_equal(f->recorded_bytes, 1);
    assert_int_equal(canny_reference_create(&reference, frame->width, frame->height), 0);
    assert_int_equal(canny_reference_run(reference, &f->values.canny, frame), 0);
    assert_memory_equal(f->recorded_pixels, canny_reference_stages(reference)->edges.data,
                        (size_t)frame->width * (size_t)frame->height);
    canny_reference_destroy(&reference);
}

/** A window that is blocked lends nothing: the frames go on, in every view. */
static void test_without_a_canvas(void **state)
{
    struct fixture *f = *state;
    struct sample sample = sample_make(PIXEL_YUYV, 96, 64, 0, 5);
    start(f);
    atomic_store(&f->wanted, RECORDED_PICTURE);
    for (int v = 0; v < view_count; v++) {
        f->values.view = view_table[v].view;
        control(f);
        post(f, &sample, v);
        WAIT_UNTIL(atomic_load(&f->recorded) == v + 1);
        expect_recorded(f, &sample.frame, view_table[v].view);
        assert_int_equal(f->recorded_picture.sequence, v);
        expect_back(f, 1u << v);
    }
    // And it is shown again as soon as there is something to paint on.
    f->values.view = VIEW_GRAY;
    control(f);
    lend(f, 96, 64);
    post(f, &sample, 0);
    collect(f);
    expect_picture(f, &sample.frame, VIEW_GRAY, &f->values.canny);
    assert_int_equal(atomic_load(&f->recorded), view_count + 1);
    assert_memory_equal(f->recorded_pixels, f->pixels, 96 * 64 * 4);
    sample_free(&sample);
}

static void test_edges_alone(void **state)
{
    struct fixture *f = *state;
    struct sample small = sample_make(PIXEL_YUYV, 64, 48, 0, 5);
    struct sample large = sample_make(PIXEL_BGR24, 101, 77, 0, 6);
    start(f);
    atomic_store(&f->wanted, RECORDED_EDGES);
    f->values.view = VIEW_ORIGINAL; // which needs none
    control(f);
    for (int i = 0; i < 4; i++) {
        const struct sample *sample = i % 2 ? &large : &small;
        bool shown = i > 1;
        if (shown)
            lend(f, sample->frame.width, sample->frame.height);
        post(f, sample, i);
        if (shown)
            collect(f);
        WAIT_UNTIL(atomic_load(&f->recorded) == i + 1);
        expect_recorded_edges(f, &sample->frame);
        if (shown)
            expect_picture(f, &sample->frame, VIEW_ORIGINAL, &f->values.canny);
        expect_back(f, 1u << i);
    }
    sample_free(&small);
    sample_free(&large);
}

static void test_nothing_is_allocated_for_a_hidden_frame(void **state)
{
    struct fixture *f = *state;
    struct sample sample = sample_make(PIXEL_YUYV, 96, 64, 0, 5);
    int64_t allocations = 0;
    start(f);
    atomic_store(&f->wanted, RECORDED_PICTURE);
    for (int i = 0; i < 50; i++) {
        post(f, &sample, 0);
        WAIT_UNTIL(atomic_load(&f->recorded) == i + 1);
        expect_back(f, 1);
        if (i == 0)
            allocations = memory_sum_of(MEMORY_OWNERS).total_count;
    }
    assert_int_equal(memory_sum_of(MEMORY_OWNERS).total_count, allocations);
    sample_free(&sample);
}

/** Files without a window go through one by one. */
static void test_some_wait_for_a_canvas_all_the_same(void **state)
{
    struct fixture *f = *state;
    struct sample sample = sample_make(PIXEL_YUYV, 96, 64, 0, 5);
    f->shows_all = true;
    start(f);
    atomic_store(&f->wanted, RECORDED_PICTURE);
    post(f, &sample, 0);
    give_it_time();
    assert_int_equal(atomic_load(&f->recorded), 0);
    lend(f, 96, 64);
    collect(f);
    assert_int_equal(atomic_load(&f->recorded), 1);
    expect_back(f, 1);
    sample_free(&sample);
}

/** What was frozen while nothing was lent is painted when something is. */
static void test_frozen_while_hidden(void **state)
{
    struct fixture *f = *state;
    struct sample sample = sample_make(PIXEL_YUV24, 96, 64, 0, 5);
    start(f);
    atomic_store(&f->wanted, RECORDED_PICTURE);
    f->values.frozen = true;
    control(f);
    post(f, &sample, 0);
    WAIT_UNTIL(atomic_load(&f->held) == 1);
    assert_int_equal(atomic_load(&f->recorded), 1);
    assert_false(f->recorded_picture.repainted);
    lend(f, 96, 64);
    collect(f);
    assert_true(f->picture.repainted);
    expect_picture(f, &sample.frame, VIEW_EDGES, &f->values.canny);
    // What is tuned on it is recorded too.
    f->values.view = VIEW_ORIGINAL;
    control(f);
    lend(f, 96, 64);
    collect(f);
    assert_true(f->recorded_picture.repainted);
    expect_recorded(f, &sample.frame, VIEW_ORIGINAL);
    expect_back(f, 1);
    sample_free(&sample);
}

/** Nobody sees anything new then. */
static void test_not_while_the_source_is_gone(void **state)
{
    struct fixture *f = *state;
    struct sample sample = sample_make(PIXEL_YUYV, 96, 64, 0, 5);
    f->keeps_last = true;
    start(f);
    atomic_store(&f->wanted, RECORDED_PICTURE);
    lend(f, 96, 64); // first: without a canvas it would not wait
    post(f, &sample, 0);
    collect(f);
    assert_int_equal(atomic_load(&f->recorded), 1);
    processing_loop_set_gone(f->loop, true);
    f->values.view = VIEW_GRAY;
    control(f);
    lend(f, 96, 64);
    collect(f);
    assert_true(f->picture.repainted);
    assert_int_equal(atomic_load(&f->recorded), 1);
    expect_back(f, 1);
    sample_free(&sample);
}

int main(void)
{
    waiting_begin();
    const struct CMUnitTest tests[] = {
        TEST(test_without_a_canvas),
        TEST(test_edges_alone),
        TEST(test_nothing_is_allocated_for_a_hidden_frame),
        TEST(test_some_wait_for_a_canvas_all_the_same),
        TEST(test_frozen_while_hidden),
        TEST(test_not_while_the_source_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
