/*
 * A camera asks before its driver makes buffers and before frames of its own are made: fewer where
 * not all fit, none where two do not.
 */
#include "capture/frame_pool.h"
#include "tests/fakes/make_jpeg.h"
#include "tests/unit/camera_fixture.h"
#include "tests/unit/gate_fixture.h"

enum { PIXELS = 640 * 480 };

static struct gate_fixture gate;

static void use_jpeg(struct fixture *f)
{
    static const struct jpeg_recipe vga = {.width = 640, .height = 480};
    f->jpeg = make_jpeg(&vga, &f->jpeg_bytes);
    f->fake.jpeg = f->jpeg;
    f->fake.jpeg_bytes = f->jpeg_bytes;
    f->fake.endless = true;
    f->config.fourcc = V4L2_PIX_FMT_MJPEG;
}

static int begin(void **state)
{
    gate = (struct gate_fixture){.most_bytes = 1 << 30};
    int ret = set_up(state);
    struct fixture *f = *state;
    f->config.gate = gate_of(&gate);
    f->config.fourcc = V4L2_PIX_FMT_YUYV;
    return ret;
}

static int64_t mapped(void)
{
    return memory_sum_of(MEMORY_CAMERA).live_bytes;
}

static void test_raw(void **state)
{
    struct fixture *f = *state;
    f->config.buffers = 8;
    int64_t before = mapped();
    gate.most_bytes = 6 * 2 * PIXELS;
    assert_int_equal(open_camera(f), 0);
    assert_int_equal(mapped() - before, 6 * 2 * PIXELS);
    assert_int_equal(gate.last.slots, 8);
    source_close(&f->camera);
    // With fewer than four, frames would have to be copied out of them.
    gate.most_bytes = 4 * 2 * PIXELS - 1;
    assert_int_equal(open_camera(f), -EFBIG);
    assert_string_equal(f->err.text, "it is too much");
    assert_int_equal(mapped(), before);
    f->config.buffers = 2;
    assert_int_equal(open_camera(f), -EFBIG);
    gate.most_bytes = (2 + FRAME_POOL_LEAST) * 2 * PIXELS;
    assert_int_equal(open_camera(f), 0);
    fake_v4l2_add_frames(&f->fake, 2);
    expect_frame(f, 0);
}

static void test_jpeg(void **state)
{
    struct fixture *f = *state;
    use_jpeg(f);
    assert_int_equal(open_camera(f), 0);
    struct source_needs all = gate.last;
    assert_int_equal(all.slots, 4);
    assert_int_equal(all.bytes, FRAME_POOL_SLOTS * PIXELS);
    source_close(&f->camera);
    // First the driver gives way, then the frames.
    int64_t frames = memory_sum_of(MEMORY_FRAMES).live_bytes, buffers = mapped();
    gate.most_bytes = 2 * all.slot_bytes + 3 * PIXELS;
    assert_int_equal(open_camera(f), 0);
    assert_int_equal(mapped() - buffers, 2 * all.slot_bytes);
    assert_in_range(memory_sum_of(MEMORY_FRAMES).live_bytes - frames, 3 * PIXELS, 4 * PIXELS - 1);
    struct loan loan;
    assert_int_equal(acquire(f, &loan), 0);
    source_release(&loan);
    source_close(&f->camera);
    gate.most_bytes = 2 * all.slot_bytes + 2 * PIXELS - 1;
    assert_int_equal(open_camera(f), -EFBIG);
}

/** The gray picture goes on, and it is said why. */
static void test_colours_that_do_not_fit(void **state)
{
    struct fixture *f = *state;
    char words[160];
    struct loan loan;
    use_jpeg(f);
    assert_int_equal(open_camera(f), 0);
    gate.most_bytes = gate.last.slot_bytes * 4 + 3 * PIXELS + PIXELS / 2;
    int asked = gate.asked;
    source_wish(f->camera, (struct source_wishes){.color = true});
    for (int i = 0; i < 3; i++) {
        int ret;
        while ((ret = acquire(f, &loan)) == -EAGAIN) {
        }
        assert_int_equal(ret, 0);
        assert_int_equal(loan.frame.format, PIXEL_GRAY8);
        source_release(&loan);
    }
    assert_in_range(gate.asked, asked + 1, asked + 2);
    assert_true(source_hint(f->camera, words, sizeof words));
    assert_string_equal(words, "it is too much");
    // After gray it is tried once more.
    gate.most_bytes = 1 << 30;
    source_wish(f->camera, (struct source_wishes){.color = false});
    assert_int_equal(acquire(f, &loan), 0);
    source_release(&loan);
    source_wish(f->camera, (struct source_wishes){.color = true});
    assert_int_equal(acquire(f, &loan), 0);
    assert_int_equal(loan.frame.format, PIXEL_YUYV);
    source_release(&loan);
    // What the pixels depend on is never replaced by something else.
    gate.most_bytes = 1;
    source_wish(f->camera, (struct source_wishes){.bgr = true});
    assert_int_equal(acquire(f, &loan), -EFBIG);
    assert_string_equal(f->err.text, "it is too much");
}

#define GATED(NAME) cmocka_unit_test_setup_teardown(NAME, begin, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        GATED(test_raw),
        GATED(test_jpeg),
        GATED(test_colours_that_do_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
