/*
 * A streaming camera: what it believes of a driver, what it drops and counts, how it fails.
 */
#include "processing/clock.h"
#include "tests/unit/camera_fixture.h"

#include <pthread.h>

// Frames.

static void test_newest_wins(void **state)
{
    struct fixture *f = *state;
    f->fake.scribbles = true;
    fake_v4l2_add(&f->fake, (struct fake_event){.times = 3});
    assert_int_equal(open_camera(f), 0);
    struct loan loan;
    assert_int_equal(acquire(f, &loan), 0);
    assert_int_equal(loan.frame.sequence, 2);
    assert_int_equal(loan.frame.data[0][0], fake_v4l2_byte(2));
    assert_int_equal(COUNTER(f, dropped_skipped), 2);
    assert_int_equal(COUNTER(f, dropped_driver), 0);
    assert_int_equal(f->fake.fifo_count, 3);
    source_release(&loan);
}

/** A driver that fills faster than it is drained does not keep us for ever. */
static void test_endless_driver(void **state)
{
    struct fixture *f = *state;
    f->fake.endless = true;
    assert_int_equal(open_camera(f), 0);
    for (int i = 0; i < 3; i++) {
        struct loan loan;
        assert_int_equal(acquire(f, &loan), 0);
        source_release(&loan);
    }
    source_wake(f->camera);
    struct loan loan;
    assert_int_equal(acquire(f, &loan), -EINTR);
}

/** Frames that are dropped: an event, and whether it counts. The three before it were good. */
static const struct fake_event damages[] = {
    {.flags = V4L2_BUF_FLAG_ERROR},
    {.flags = V4L2_BUF_FLAG_ERROR, .short_frame = true},
    {.short_frame = true},
    {.short_frame = true, .bytesused = 640 * 480 * 2 - 1},
    {.short_frame = true, .bytesused = 640 * 480 * 2 + 1},
    {.short_frame = true, .bytesused = 0xffffffff},
};

static void test_damaged_frames(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        fake_v4l2_init(&f->fake);
        add_good_start(f);
        fake_v4l2_add(&f->fake, damages[i]);
        fake_v4l2_add(&f->fake, (struct fake_event){.code = -EAGAIN});
        fake_v4l2_add_frames(&f->fake, 1);
        assert_int_equal(open_camera(f), 0);
        pass_start(f);
        struct loan loan;
        assert_int_equal(acquire(f, &loan), -EAGAIN);
        assert_int_equal(COUNTER(f, damaged), 1);
        assert_int_equal(f->fake.fifo_count, 4);
        expect_frame(f, 4);
        assert_int_equal(COUNTER(f, damaged), 1);
        assert_int_equal(COUNTER(f, dropped_driver), 0);
        source_close(&f->camera);
    }
}

/** Damaged ones among good ones cost nothing but themselves. */
static void test_damaged_among_good(void **state)
{
    struct fixture *f = *state;
    add_good_start(f);
    fake_v4l2_add(&f->fake, (struct fake_event){.flags = V4L2_BUF_FLAG_ERROR});
    fake_v4l2_add(&f->fake, (struct fake_event){0});
    fake_v4l2_add(&f->fake, (struct fake_event){.flags = V4L2_BUF_FLAG_ERROR});
    assert_int_equal(open_camera(f), 0);
    pass_start(f);
    expect_frame(f, 4);
    assert_int_equal(COUNTER(f, damaged), 2);
    assert_int_equal(COUNTER(f, dropped_skipped), 0);
}

static void test_first_frames_are_forgiven(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 4; i++) {
        fake_v4l2_add(&f->fake, (struct fake_event){.flags = V4L2_BUF_FLAG_ERROR, .skip = 1000});
        fake_v4l2_add(&f->fake, (struct fake_event){.code = -EAGAIN});
    }
    assert_int_equal(open_camera(f), 0);
    struct loan loan;
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(acquire(f, &loan), -EAGAIN);
        assert_int_equal(COUNTER(f, damaged), i == 3);
        assert_int_equal(COUNTER(f, dropped_driver), 0);
    }
}

static void test_sequence_gaps(void **state)
{
    struct fixture *f = *state;
    f->fake.sequence = 0xfffffffd; // begins anywhere, wraps soon
    for (int i = 0; i < 6; i++) {
        fake_v4l2_add(&f->fake, (struct fake_event){.skip = i == 2 ? 5 : i == 4 ? 1 : 0});
        fake_v4l2_add(&f->fake, (struct fake_event){.code = -EAGAIN});
    }
    static const unsigned dropped[] = {0, 0, 5, 5, 6, 6};
    assert_int_equal(open_camera(f), 0);
    for (int i = 0; i < 6; i++) {
        struct loan loan;
        assert_int_equal(acquire(f, &loan), 0);
        source_release(&loan);
        assert_int_equal(COUNTER(f, dropped_driver), dropped[i]);
    }
    // A driver that starts again or repeats a number has lost nothing.
    f->fake.sequence = 0;
    fake_v4l2_add_frames(&f->fake, 1);
    expect_frame(f, 0);
    f->fake.sequence = 0;
    fake_v4l2_add_frames(&f->fake, 2);
    expect_frame(f, 0);
    expect_frame(f, 1);
    assert_int_equal(COUNTER(f, dropped_driver), 6);
}

/** Stamps: the driver's if it can be true, else the time of dequeueing; always rising. */
static void test_stamps(void **state)
{
    static const struct {
        int64_t age_ns;
        bool other_clock, believed;
    } rows[] = {
        {20 * NS_PER_MS, false, true},   {3 * NS_PER_MS, true, false},
        {-30 * NS_PER_MS, false, false}, {3 * NS_PER_S, false, false},
        {3600 * NS_PER_S, false, false}, {1900 * NS_PER_MS, false, false}, // before the last one
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fake_v4l2_add(&f->fake, (struct fake_event){.age_ns = rows[i].age_ns,
                                                    .other_clock = rows[i].other_clock});
        fake_v4l2_add(&f->fake, (struct fake_event){.code = -EAGAIN});
    }
    assert_int_equal(open_camera(f), 0);
    int64_t last_ns = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct loan loan;
        assert_int_equal(acquire(f, &loan), 0);
        const struct frame *frame = &loan.frame;
        assert_int_equal(frame->time_ns == frame->received_ns, !rows[i].believed);
        assert_int_equal(frame->stamped, rows[i].believed);
        if (rows[i].believed)
            assert_true(frame->received_ns - frame->time_ns >= rows[i].age_ns);
        assert_true(frame->time_ns > last_ns);
        last_ns = frame->time_ns;
        source_release(&loan);
    }
}

// A driver that lies or fails.

/** Buffers that it does not have: out of range, or lent to us. */
static void test_bad_index(void **state)
{
    struct fixture *f = *state;
    fake_v4l2_add_frames(&f->fake, 1);
    assert_int_equal(open_camera(f), 0);
    struct loan held, loan;
    assert_int_equal(acquire(f, &held), 0);
    const uint32_t lies[] = {4, 31, 32, 0xffffffff, (uint32_t)held.slot};
    for (size_t i = 0; i < 5; i++) {
        fake_v4l2_add(&f->fake, (struct fake_event){.lies_about_index = true, .index = lies[i]});
        fake_v4l2_add_frames(&f->fake, 1);
        assert_int_equal(acquire(f, &loan), -EAGAIN);
        assert_int_equal(f->fake.buffers[held.slot].queued, false);
        expect_frame(f, (uint32_t)i + 1);
    }
    assert_int_equal(held.frame.data[0][0], fake_v4l2_byte(0));
    source_release(&held);
    fake_v4l2_add(&f->fake, (struct fake_event){.lies_about_index = true, .index = 99, .times = 4});
    for (int i = 0; i < 3; i++)
        assert_int_equal(acquire(f, &loan), -EAGAIN);
    assert_int_equal(acquire(f, &loan), -EIO);
}

static void test_eio(void **state)
{
    struct fixture *f = *state;
    struct loan loan;
    assert_int_equal(open_camera(f), 0);
    // Three in a row are a stumble, again and again.
    for (uint32_t round = 0; round < 3; round++) {
        fake_v4l2_add(&f->fake, (struct fake_event){.code = -EIO, .times = 3});
        fake_v4l2_add_frames(&f->fake, 1);
        for (int i = 0; i < 3; i++)
            assert_int_equal(acquire(f, &loan), -EAGAIN);
        expect_frame(f, round);
    }
    fake_v4l2_add(&f->fake, (struct fake_event){.code = -EIO, .times = 4});
    for (int i = 0; i < 3; i++)
        assert_int_equal(acquire(f, &loan), -EAGAIN);
    assert_int_equal(f->err.text[0], '\0');
    assert_int_equal(acquire(f, &loan), -EIO);
    assert_non_null(strstr(f->err.text, "/dev/video7 stopped sending pictures"));
}

/** A good frame before the failure is not lost. */
static void test_frame_before_failure(void **state)
{
    struct fixture *f = *state;
    fake_v4l2_add(&f->fake, (struct fake_event){0});
    fake_v4l2_add(&f->fake, (struct fake_event){.code = -ENODEV, .times = 2});
    assert_int_equal(open_camera(f), 0);
    expect_frame(f, 0);
    struct loan loan;
    assert_int_equal(acquire(f, &loan), -ENODEV);
}

static void test_unplugged(void **state)
{
    struct fixture *f = *state;
    fake_v4l2_add_frames(&f->fake, 2);
    assert_int_equal(open_camera(f), 0);
    struct loan held, loan;
    assert_int_equal(acquire(f, &held), 0);
    fake_v4l2_unplug(&f->fake);
    assert_int_equal(acquire(f, &loan), -ENODEV);
    assert_string_equal(f->err.text, "/dev/video7 is gone: was the camera unplugged?");
    assert_int_equal(held.frame.data[0][0], fake_v4l2_byte(0));
    source_release(&held);
    assert_int_equal(acquire(f, &loan), -ENODEV); // now at QBUF
}

/** Before it is gone, a driver hands all buffers back as damaged. */
static void test_unplugged_with_flushed_buffers(void **state)
{
    struct fixture *f = *state;
    add_good_start(f);
    assert_int_equal(open_camera(f), 0);
    pass_start(f);
    fake_v4l2_add(&f->fake, (struct fake_event){
                                .flags = V4L2_BUF_FLAG_ERROR, .short_frame = true, .times = 4});
    f->fake.failures[0] = (struct fake_failure){VIDIOC_QBUF, -ENODEV, 1, 0};
    struct loan loan;
    assert_int_equal(acquire(f, &loan), -EAGAIN);
    assert_int_equal(acquire(f, &loan), -ENODEV);
}

static void test_poll_errors(void **state)
{
    struct fixture *f = *state;
    static const short revents[] = {POLLERR, POLLHUP, POLLNVAL, POLLERR | POLLPRI};
    for (size_t i = 0; i < 4; i++) {
        fake_v4l2_init(&f->fake);
        fake_v4l2_add_frames(&f->fake, 1);
        assert_int_equal(open_camera(f), 0);
        expect_frame(f, 0);
        f->fake.dead_revents = revents[i];
        f->fake.dead_code = i % 2 ? -EIO : 0;
        struct loan loan;
        assert_int_equal(acquire(f, &loan), -EIO);
        source_close(&f->camera);
    }
}

/** POLLERR with a frame still waiting: the frame first. */
static void test_poll_error_with_data(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(open_camera(f), 0);
    fake_v4l2_add(&f->fake, (struct fake_event){0});
    f->fake.dead_revents = POLLIN | POLLERR;
    expect_frame(f, 0);
    struct loan loan;
    assert_int_equal(acquire(f, &loan), -EIO);
}

/** Readable, but there is nothing: never an error, and no busy loop. */
static void test_eagain_after_poll(void **state)
{
    struct fixture *f = *state;
    fake_v4l2_add(&f->fake, (struct fake_event){.code = -EAGAIN, .times = 20});
    fake_v4l2_add_frames(&f->fake, 1);
    assert_int_equal(open_camera(f), 0);
    expect_frame(f, 0);
    fake_v4l2_add(&f->fake, (struct fake_event){.code = -EAGAIN, .times = 1 << 30});
    int polls = f->fake.polls;
    struct loan loan;
    assert_int_equal(source_acquire(f->camera, 20, &loan, &f->err), -ETIMEDOUT);
    assert_in_range(f->fake.polls - polls, 1, 20 * 5 + 10);
}

/** A buffer that QBUF refuses is offered again at the next call. */
static void test_refused_buffer(void **state)
{
    struct fixture *f = *state;
    fake_v4l2_add_frames(&f->fake, 3);
    assert_int_equal(open_camera(f), 0);
    expect_frame(f, 0);
    f->fake.failures[0] = (struct fake_failure){VIDIOC_QBUF, -EINVAL, 0, 1};
    expect_frame(f, 1);
    assert_int_equal(f->fake.fifo_count, 2); // one refused, one lent just now
    expect_frame(f, 2);
    struct loan loan;
    assert_int_equal(source_acquire(f->camera, 0, &loan, &f->err), -ETIMEDOUT);
    assert_int_equal(f->fake.fifo_count, 4);
}

/** When every buffer is refused, no frame can ever come: that is the end, not a time-out. */
static void test_all_refused(void **state)
{
    struct fixture *f = *state;
    fake_v4l2_add(&f->fake, (struct fake_event){.times = 4, .flags = V4L2_BUF_FLAG_ERROR});
    assert_int_equal(open_camera(f), 0);
    f->fake.failures[0] = (struct fake_failure){VIDIOC_QBUF, -EIO, 0, 0};
    struct loan loan;
    assert_int_equal(acquire(f, &loan), -EAGAIN);
    assert_int_equal(acquire(f, &loan), -EIO);
}

/** All buffers with readers: the camera is not polled, and the first that comes back goes in. */
static void test_all_lent(void **state)
{
    struct fixture *f = *state;
    fake_v4l2_add_frames(&f->fake, 5);
    assert_int_equal(open_camera(f), 0);
    struct loan loans[4], none;
    for (int i = 0; i < 4; i++)
        assert_int_equal(acquire(f, &loans[i]), 0);
    assert_int_equal(source_acquire(f->camera, 2, &none, &f->err), -ETIMEDOUT);
    for (int i = 0; i < 4; i++)
        assert_int_equal(loans[i].frame.data[0][0], fake_v4l2_byte((uint32_t)i));
    source_release(&loans[2]);
    expect_frame(f, 4);
    source_release(&loans[0]);
    source_release(&loans[1]);
    source_release(&loans[3]);
}

static void test_wake_and_time_out(void **state)
{
    struct fixture *f = *state;
    struct loan loan;
    assert_int_equal(open_camera(f), 0);
    assert_int_equal(source_acquire(f->camera, 2, &loan, &f->err), -ETIMEDOUT);
    source_wake(f->camera);
    assert_int_equal(acquire(f, &loan), -EINTR);
    assert_int_equal(source_acquire(f->camera, 0, &loan, &f->err), -ETIMEDOUT);
    fake_v4l2_add_frames(&f->fake, 1);
    expect_frame(f, 0);
    assert_int_equal(f->err.text[0], '\0');
}

static void *wake_later(void *argument)
{
    source_wake(argument);
    return NULL;
}

static void test_wake_from_another_thread(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(open_camera(f), 0);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, wake_later, f->camera), 0);
    struct loan loan;
    assert_int_equal(source_acquire(f->camera, 600000, &loan, &f->err), -EINTR);
    pthread_join(thread, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_newest_wins),
        TEST(test_endless_driver),
        TEST(test_damaged_frames),
        TEST(test_damaged_among_good),
        TEST(test_first_frames_are_forgiven),
        TEST(test_sequence_gaps),
        TEST(test_stamps),
        TEST(test_bad_index),
        TEST(test_eio),
        TEST(test_frame_before_failure),
        TEST(test_unplugged),
        TEST(test_unplugged_with_flushed_buffers),
        TEST(test_poll_errors),
        TEST(test_poll_error_with_data),
        TEST(test_eagain_after_poll),
        TEST(test_refused_buffer),
        TEST(test_all_refused),
        TEST(test_all_lent),
        TEST(test_wake_and_time_out),
        TEST(test_wake_from_another_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
