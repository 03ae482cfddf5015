/*
 * Stopping and starting a camera's stream without closing it: what that heals, what stays with its
 * readers meanwhile, and what the driver may refuse on the way.
 */
#include "capture/scene.h"
#include "tests/unit/camera_fixture.h"

static int restart(struct fixture *f)
{
    return source_restart(f->camera, &f->err);
}

/** vivid's fatal error: POLLERR, EIO from every call, until the stream is turned off. */
static void kill_stream(struct fixture *f)
{
    f->fake.dead_code = -EIO;
    f->fake.dead_revents = POLLERR;
    f->fake.dead_until_off = true;
}

static void test_heals_a_dead_stream(void **state)
{
    struct fixture *f = *state;
    fake_v4l2_add_frames(&f->fake, 20);
    assert_int_equal(open_camera(f), 0);
    for (uint32_t round = 0; round < 5; round++) {
        expect_frame(f, 2 * round);
        expect_frame(f, 2 * round + 1);
        kill_stream(f);
        struct loan loan;
        assert_int_equal(acquire(f, &loan), -EIO);
        assert_int_equal(restart(f), 0);
        assert_int_equal(f->fake.fifo_count, 4);
    }
    expect_frame(f, 10);
    assert_int_equal(f->fake.opens, 1);
    assert_int_equal(f->fake.stream_ons, 6);
    assert_int_equal(COUNTER(f, acquired), 11);
}

/** A buffer that is being read is not queued: the driver would write into it. */
static void test_lent_buffers_stay_out(void **state)
{
    struct fixture *f = *state;
    f->fake.scribbles = true;
    fake_v4l2_add_frames(&f->fake, 4);
    assert_int_equal(open_camera(f), 0);
    struct loan held[4], none;
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(acquire(f, &held[i]), 0);
    assert_int_equal(restart(f), 0);
    assert_int_equal(f->fake.fifo_count, 1);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(held[i].frame.data[0][7], fake_v4l2_byte(i));
    // With all of them out there is nothing to queue, and the stream waits.
    assert_int_equal(acquire(f, &held[3]), 0);
    assert_int_equal(restart(f), 0);
    assert_int_equal(f->fake.fifo_count, 0);
    assert_int_equal(source_acquire(f->camera, 2, &none, &f->err), -ETIMEDOUT);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(held[i].frame.data[0][7], fake_v4l2_byte(i));
        source_release(&held[i]);
    }
    fake_v4l2_add_frames(&f->fake, 1);
    expect_frame(f, 4);
}

/** Copied frames have no buffer that could stay out: all of them are queued. */
static void test_copies_stay_readable(void **state)
{
    struct fixture *f = *state;
    f->config.buffers = 2;
    f->fake.scribbles = true;
    fake_v4l2_add_frames(&f->fake, 2);
    assert_int_equal(open_camera(f), 0);
    struct loan held;
    assert_int_equal(acquire(f, &held), 0);
    assert_int_equal(restart(f), 0);
    assert_int_equal(f->fake.fifo_count, 2);
    assert_int_equal(held.frame.data[0][7], fake_v4l2_byte(0));
    expect_frame(f, 1);
    source_release(&held);
}

/** Buffers that the driver lost on the way (an EIO may take one along) come back. */
static void test_lost_buffers_come_back(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(open_camera(f), 0);
    for (int i = 0; i < 4; i++) {
        f->fake.fifo_count = 0; // the driver has forgotten them; it still counts them as queued
        struct loan loan;
        assert_int_equal(source_acquire(f->camera, 0, &loan, &f->err), -ETIMEDOUT);
        assert_int_equal(restart(f), 0);
        assert_int_equal(f->fake.fifo_count, 4);
    }
    fake_v4l2_add_frames(&f->fake, 1);
    expect_frame(f, 0);
}

/** New numbers are no gap, and the first frames are forgiven again. */
static void test_new_stream_new_counts(void **state)
{
    struct fixture *f = *state;
    add_good_start(f);
    assert_int_equal(open_camera(f), 0);
    pass_start(f);
    f->fake.sequence = 1000;
    for (int i = 0; i < 3; i++) {
        fake_v4l2_add(&f->fake, (struct fake_event){.flags = V4L2_BUF_FLAG_ERROR});
        fake_v4l2_add(&f->fake, (struct fake_event){.code = -EAGAIN});
    }
    fake_v4l2_add_frames(&f->fake, 1);
    assert_int_equal(restart(f), 0);
    struct loan loan;
    for (int i = 0; i < 3; i++)
        assert_int_equal(acquire(f, &loan), -EAGAIN);
    expect_frame(f, 1003);
    assert_int_equal(COUNTER(f, damaged), 0);
    assert_int_equal(COUNTER(f, dropped_driver), 0);
}

/** What a driver stumbles over once or twice is asked again, at the start and at a restart. */
static void test_stumbles(void **state)
{
    static const unsigned long requests[] = {VIDIOC_REQBUFS, VIDIOC_QBUF, VIDIOC_STREAMON,
                                             VIDIOC_STREAMOFF};
    static const int codes[] = {-EINVAL, -EIO, -EPIPE};
    struct fixture *f = *state;
    for (size_t r = 0; r < 4; r++)
        for (size_t c = 0; c < 3; c++) {
            fake_v4l2_init(&f->fake);
            fake_v4l2_add_frames(&f->fake, 2);
            f->fake.failures[0] = (struct fake_failure){requests[r], codes[c], 0, 2};
            assert_int_equal(open_camera(f), 0);
            expect_frame(f, 0);
            f->fake.failures[0] = (struct fake_failure){requests[r], codes[c], 0, 2};
            assert_int_equal(restart(f), 0);
            expect_frame(f, 1);
            memset(f->fake.failures, 0, sizeof f->fake.failures);
            source_close(&f->camera);
            assert_true(fake_v4l2_is_clean(&f->fake));
        }
}

/** A single buffer that stays refused does not matter; it joins in later. */
static void test_refused_buffer(void **state)
{
    struct fixture *f = *state;
    fake_v4l2_add_frames(&f->fake, 1);
    assert_int_equal(open_camera(f), 0);
    f->fake.failures[0] = (struct fake_failure){VIDIOC_QBUF, -EINVAL, 1, 3};
    assert_int_equal(restart(f), 0);
    assert_int_equal(f->fake.fifo_count, 3);
    expect_frame(f, 0);
    struct loan loan;
    assert_int_equal(source_acquire(f->camera, 0, &loan, &f->err), -ETIMEDOUT);
    assert_int_equal(f->fake.fifo_count, 4);
}

/** What cannot be restarted says so, stays off without being polled, and may be tried again. */
static void test_failures(void **state)
{
    static const struct {
        struct fake_failure failure;
        int ret;
        const char *words;
    } rows[] = {
        {{VIDIOC_STREAMOFF, -EIO, 0, 0}, -EIO, "Cannot stop the stream on /dev/video7"},
        {{VIDIOC_STREAMOFF, -ENODEV, 0, 0}, -ENODEV, "unplugged"},
        {{VIDIOC_QBUF, -EIO, 0, 0}, -EIO, "Cannot queue a buffer on /dev/video7"},
        {{VIDIOC_QBUF, -ENODEV, 1, 0}, -ENODEV, "unplugged"},
        {{VIDIOC_STREAMON, -EIO, 0, 0}, -EIO, "Cannot start streaming on /dev/video7"},
        {{VIDIOC_STREAMON, -ENOSPC, 0, 0},
         -ENOSPC,
         "no bandwidth left for 640x480 YUYV (147 Mbit/s)"},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fake_v4l2_init(&f->fake);
        fake_v4l2_add_frames(&f->fake, 2);
        assert_int_equal(open_camera(f), 0);
        expect_frame(f, 0);
        f->fake.failures[0] = rows[i].failure;
        assert_int_equal(restart(f), rows[i].ret);
        assert_non_null(strstr(f->err.text, rows[i].words));
        struct loan loan;
        if (rows[i].failure.request != VIDIOC_STREAMOFF)
            assert_int_equal(acquire(f, &loan), -EIO);
        memset(f->fake.failures, 0, sizeof f->fake.failures);
        assert_int_equal(restart(f), 0);
        expect_frame(f, 1);
        source_close(&f->camera);
    }
}

static void test_only_streams_restart(void **state)
{
    (void)state;
    struct source *scene;
    struct error err = {""};
    struct source_config config = {.width = 64, .height = 48, .fps = 30};
    assert_int_equal(source_open(&scene, &scene_source_kind, &config, &err), 0);
    assert_int_equal(source_restart(scene, &err), -ENOTSUP);
    assert_true(err.text[0]);
    source_close(&scene);
}

// Events.

static void test_size_change_is_reported(void **state)
{
    struct fixture *f = *state;
    f->fake.has_events = true;
    fake_v4l2_add_frames(&f->fake, 2);
    assert_int_equal(open_camera(f), 0);
    assert_true(f->fake.subscribed);
    expect_frame(f, 0);
    f->fake.others = 2; // of no interest
    expect_frame(f, 1);
    f->fake.resizes = 1;
    struct loan loan;
    assert_int_equal(acquire(f, &loan), -ESTALE);
    assert_non_null(strstr(f->err.text, "/dev/video7"));
    assert_int_equal(f->fake.others, 0);
}

static void test_hints(void **state)
{
    struct fixture *f = *state;
    char text[160] = "untouched";
    assert_int_equal(open_camera(f), 0);
    assert_false(source_hint(f->camera, text, sizeof text));
    assert_string_equal(text, "untouched");
    source_say(f->camera, "Frame %d is torn", 3);
    assert_true(source_hint(f->camera, text, sizeof text));
    assert_string_equal(text, "Frame 3 is torn");
    assert_false(source_hint(f->camera, text, sizeof text));
    source_say(f->camera, "one");
    source_say(f->camera, "two");
    assert_true(source_hint(f->camera, text, 3));
    assert_string_equal(text, "tw");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_heals_a_dead_stream),
        TEST(test_lent_buffers_stay_out),
        TEST(test_copies_stay_readable),
        TEST(test_lost_buffers_come_back),
        TEST(test_new_stream_new_counts),
        TEST(test_stumbles),
        TEST(test_refused_buffer),
        TEST(test_failures),
        TEST(test_only_streams_restart),
        TEST(test_size_change_is_reported),
        TEST(test_hints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
