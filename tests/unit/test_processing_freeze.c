/*
 * The processing loop while the picture is frozen: one frame that stays, steps, snapshots of it.
 * And while the source is gone, when one of its last frames stays.
 */
#include "tests/unit/processing_fixture.h"

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

/** Nothing is painted although a canvas is there. Takes the canvas back. */
static void expect_stillness(struct fixture *f)
{
    lend(f, 64, 48);
    give_it_time();
    assert_false(back_buffer_collect(f->back_buffer, &f->picture));
    back_buffer_recall(f->back_buffer, &f->picture);
}

static void test_gone_the_last_frame_stays(void **state)
{
    struct fixture *f = *state;
    struct sample a = sample_make(PIXEL_YUYV, 64, 48, 0, 1);
    struct sample b = sample_make(PIXEL_YUYV, 64, 48, 0, 2);
    f->keeps_last = true;
    start(f);
    paint(f, &a, 0);
    expect_back(f, 1);
    // The source is there: what is set now holds for its next frame.
    f->values.canny.low += 10;
    control(f);
    expect_stillness(f);
    processing_loop_set_gone(f->loop, true);
    for (int v = 0; v < view_count; v++) {
        f->values.view = view_table[v].view;
        f->values.canny.low += 20;
        control(f);
        lend(f, 64, 48);
        collect(f);
        assert_true(f->picture.repainted);
        assert_int_equal(f->picture.sequence, 0);
        expect_picture(f, &a.frame, view_table[v].view, &f->values.canny);
        expect_stillness(f);
    }
    // Frozen meanwhile, it can be tuned just as well.
    f->values.frozen = true;
    control(f);
    lend(f, 64, 48);
    collect(f);
    assert_int_equal(f->picture.sequence, 0);
    f->values.frozen = false;
    control(f);
    lend(f, 64, 48);
    collect(f);
    // The first new frame is shown, whether or not somebody said already that the source is back.
    paint(f, &b, 1);
    assert_false(f->picture.repainted);
    expect_picture(f, &b.frame, f->values.view, &f->values.canny);
    processing_loop_set_gone(f->loop, false);
    expect_back(f, 2);
    sample_free(&a);
    sample_free(&b);
}

/** Nothing came yet, or nothing is kept. */
static void test_gone_without_a_frame(void **state)
{
    struct fixture *f = *state;
    struct sample a = sample_make(PIXEL_YUYV, 64, 48, 0, 1);
    start(f);
    processing_loop_set_gone(f->loop, true);
    f->values.canny.low += 10;
    control(f);
    expect_stillness(f);
    paint(f, &a, 0);
    f->values.canny.low += 10;
    control(f);
    expect_stillness(f);
    expect_back(f, 1);
    sample_free(&a);
}

int main(void)
{
    waiting_begin();
    const struct CMUnitTest tests[] = {
        TEST(test_frozen_one_frame_stays),
        TEST(test_stepping),
        TEST(test_quick_steps),
        TEST(test_a_snapshot_for_each_request),
        TEST(test_stopping_while_frozen),
        TEST(test_gone_the_last_frame_stays),
        TEST(test_gone_without_a_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
