/*
 * A camera that sends JPEG: decoded as far as somebody looks, damaged ones dropped.
 */
#include "tests/fakes/make_jpeg.h"
#include "tests/unit/camera_fixture.h"

static void use_jpeg(struct fixture *f, const struct jpeg_recipe *recipe)
{
    free(f->jpeg);
    f->jpeg = make_jpeg(recipe, &f->jpeg_bytes);
    f->fake.jpeg = f->jpeg;
    f->fake.jpeg_bytes = f->jpeg_bytes;
    f->config.fourcc = V4L2_PIX_FMT_MJPEG;
    f->config.width = 640;
    f->config.height = 480;
}

static const struct jpeg_recipe vga = {.width = 640, .height = 480};

/** Gray, then colour, then BGR as the wishes go; nothing is allocated while they stay. */
static void test_jpeg_by_wish(void **state)
{
    struct fixture *f = *state;
    static const struct {
        struct source_wishes wishes;
        enum pixel_format format;
    } rows[] = {
        {{.color = false}, PIXEL_GRAY8}, {{.color = true}, PIXEL_YUYV},
        {{.bgr = true}, PIXEL_BGR24},    {{.color = true, .bgr = true}, PIXEL_BGR24},
        {{.color = false}, PIXEL_GRAY8},
    };
    use_jpeg(f, &vga);
    f->fake.endless = true;
    assert_int_equal(open_camera(f), 0);
    assert_string_equal(f->camera->info.format, "MJPG");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        source_wish(f->camera, rows[i].wishes);
        int64_t allocated = 0;
        for (int n = 0; n < 3; n++) {
            struct loan loan;
            assert_int_equal(acquire(f, &loan), 0);
            assert_int_equal(loan.frame.format, rows[i].format);
            assert_int_equal(loan.frame.range, RANGE_FULL);
            assert_true(loan.frame.width == 640 && loan.frame.height == 480);
            assert_int_equal(f->fake.fifo_count, 4); // the driver has it back already
            source_release(&loan);
            int64_t now = memory_sum_of(MEMORY_OWNERS).total_count;
            assert_true(n == 0 || now == allocated);
            allocated = now;
        }
    }
    assert_true(COUNTER(f, decode_ns) > 0);
}

/** A reader that keeps its frame keeps the old format alive; frames go on in it. */
static void test_wish_while_lent(void **state)
{
    struct fixture *f = *state;
    use_jpeg(f, &vga);
    fake_v4l2_add_frames(&f->fake, 3);
    assert_int_equal(open_camera(f), 0);
    struct loan held, loan;
    assert_int_equal(acquire(f, &held), 0);
    source_wish(f->camera, (struct source_wishes){.color = true});
    assert_int_equal(acquire(f, &loan), 0);
    assert_int_equal(loan.frame.format, PIXEL_GRAY8);
    assert_memory_equal(loan.frame.data[0], held.frame.data[0], 640 * 480);
    source_release(&loan);
    source_release(&held);
    assert_int_equal(acquire(f, &loan), 0);
    assert_int_equal(loan.frame.format, PIXEL_YUYV);
    source_release(&loan);
}

/** JPEGs that are not shown. The driver says nothing of any of them. */
static void test_damaged_jpegs(void **state)
{
    struct fixture *f = *state;
    use_jpeg(f, &vga);
    size_t other_bytes;
    uint8_t *other = make_jpeg(&(struct jpeg_recipe){.width = 320, .height = 240}, &other_bytes);
    uint8_t *garbled = malloc(f->jpeg_bytes);
    memcpy(garbled, f->jpeg, f->jpeg_bytes);
    memset(garbled + 2, 0xaa, 400);
    const struct fake_event events[] = {
        {.jpeg = f->jpeg, .jpeg_bytes = f->jpeg_bytes / 2},
        {.jpeg = f->jpeg, .jpeg_bytes = f->jpeg_bytes - 2},
        {.jpeg = f->jpeg, .jpeg_bytes = 124},
        {.jpeg = f->jpeg + 2, .jpeg_bytes = f->jpeg_bytes - 2},
        {.jpeg = garbled, .jpeg_bytes = f->jpeg_bytes},
        {.jpeg = other, .jpeg_bytes = other_bytes},
        {.short_frame = true},
        {.short_frame = true, .bytesused = 0xfffffff0},
        {.flags = V4L2_BUF_FLAG_ERROR},
    };
    enum { EVENTS = sizeof events / sizeof events[0] };
    fake_v4l2_add_frames(&f->fake, 3);
    for (int i = 0; i < EVENTS; i++) {
        fake_v4l2_add(&f->fake, events[i]);
        fake_v4l2_add(&f->fake, (struct fake_event){.code = -EAGAIN});
        fake_v4l2_add_frames(&f->fake, 1);
    }
    assert_int_equal(open_camera(f), 0);
    struct loan loan;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(acquire(f, &loan), 0);
        source_release(&loan);
    }
    for (unsigned i = 0; i < EVENTS; i++) {
        assert_int_equal(acquire(f, &loan), -EAGAIN);
        assert_int_equal(COUNTER(f, damaged), i + 1);
        assert_int_equal(f->fake.fifo_count, 4);
        assert_int_equal(acquire(f, &loan), 0);
        source_release(&loan);
    }
    assert_int_equal(COUNTER(f, dropped_driver), 0);
    free(other);
    free(garbled);
}

static void test_jpeg_without_tables(void **state)
{
    struct fixture *f = *state;
    const struct jpeg_recipe bare = {.width = 640, .height = 480, .without_tables = true};
    use_jpeg(f, &bare);
    fake_v4l2_add_frames(&f->fake, 1);
    assert_int_equal(open_camera(f), 0);
    struct loan loan;
    assert_int_equal(acquire(f, &loan), 0);
    source_release(&loan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_jpeg_by_wish),
        TEST(test_wish_while_lent),
        TEST(test_damaged_jpegs),
        TEST(test_jpeg_without_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
