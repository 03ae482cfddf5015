/*
 * What a camera notices while it streams and tells: damage, darkness, JPEGs of another size or
 * none at all, a machine that slept. Time is the test's own here: clock_gettime() is, too.
 */
#include "processing/clock.h"
#include "tests/fakes/make_jpeg.h"
#include "tests/unit/camera_fixture.h"

#include <time.h>

/** The clocks stand unless the test turns them: how busy the machine is changes nothing. */
static int64_t ahead_ns, asleep_ns;

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int64_t ns = 1000 * NS_PER_S + ahead_ns + (clock == CLOCK_BOOTTIME ? asleep_ns : 0);
    *now = (struct timespec){.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
    return 0;
}

/** One more event, then one acquire. */
static int pass(struct fixture *f, struct fake_event event)
{
    f->fake.event_count = f->fake.next_event = 0;
    fake_v4l2_add(&f->fake, event);
    fake_v4l2_add(&f->fake, (struct fake_event){.code = -EAGAIN});
    struct loan loan;
    int ret = acquire(f, &loan);
    if (ret == 0)
        source_release(&loan);
    return ret;
}

/** Frames at a rate for some seconds; every `damaged`-th is. Counts the hints; keeps the last. */
static int stream(struct fixture *f, double seconds, int fps, int damaged, char hint[160])
{
    int hints = 0;
    for (int i = 0; i < seconds * fps; i++) {
        ahead_ns += NS_PER_S / fps;
        bool bad = damaged && i % damaged == 0;
        int ret = pass(f, (struct fake_event){.flags = bad ? V4L2_BUF_FLAG_ERROR : 0});
        assert_int_equal(ret, bad ? -EAGAIN : 0);
        hints += source_hint(f->camera, hint, 160);
    }
    return hints;
}

static void test_damage(void **state)
{
    struct fixture *f = *state;
    char hint[160] = "";
    assert_int_equal(open_camera(f), 0);
    assert_int_equal(stream(f, 20, 30, 6, hint), 0);
    assert_int_equal(stream(f, 20, 30, 3, hint), 1);
    assert_string_equal(hint, "Many frames are damaged by USB errors: try another port or cable");
    assert_int_equal(stream(f, 50, 30, 3, hint), 1);
}

/** A slow camera is a dark scene only if it has the control for that, and that is on. */
static void test_darkness(void **state)
{
    struct fixture *f = *state;
    char hint[160] = "";
    assert_int_equal(open_camera(f), 0);
    assert_int_equal(stream(f, 10, 10, 0, hint), 0);
    source_close(&f->camera);
    f->fake.controls[0] = (struct v4l2_query_ext_ctrl){.id = V4L2_CID_EXPOSURE_AUTO_PRIORITY,
                                                       .type = V4L2_CTRL_TYPE_BOOLEAN,
                                                       .name = "Exposure, Dynamic Framerate"};
    assert_int_equal(open_camera(f), 0); // the fake's controls stand at their maximum: off
    assert_int_equal(stream(f, 10, 10, 0, hint), 0);
    source_close(&f->camera);
    f->fake.controls[0].maximum = 1;
    assert_int_equal(open_camera(f), 0);
    assert_int_equal(stream(f, 10, 30, 0, hint), 0);
    assert_int_equal(stream(f, 10, 10, 0, hint), 1);
    assert_string_equal(hint, "Dark scene: the camera lowered its rate to 10 of 30 FPS, as its "
                              "control \"Exposure, Dynamic Framerate\" allows");
    assert_true(f->camera->hint.dark);
    assert_int_equal(stream(f, 20, 30, 3, hint), 1); // damage
    assert_false(f->camera->hint.dark);
}

static void test_fragile(void **state)
{
    struct fixture *f = *state;
    char hint[160] = "";
    assert_int_equal(open_camera(f), 0);
    for (int i = 0; i < 3; i++) {
        ahead_ns += 5 * NS_PER_S;
        assert_false(source_hint(f->camera, hint, sizeof hint));
        assert_int_equal(source_restart(f->camera, &f->err), 0);
        assert_int_equal(pass(f, (struct fake_event){0}), 0);
    }
    assert_true(source_hint(f->camera, hint, sizeof hint));
    assert_non_null(strstr(hint, "try another cable, port or hub"));
}

static void test_suspend(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(open_camera(f), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pass(f, (struct fake_event){0}), 0);
        asleep_ns += 3600 * NS_PER_S;
        assert_int_equal(pass(f, (struct fake_event){0}), -EIO);
        assert_string_equal(f->err.text, "/dev/video7 has to start again: the machine was asleep");
        assert_int_equal(source_restart(f->camera, &f->err), 0);
        assert_int_equal(pass(f, (struct fake_event){0}), 0);
    }
    ahead_ns += 3600 * NS_PER_S; // awake for an hour: that is nothing
    assert_int_equal(pass(f, (struct fake_event){0}), 0);
}

// JPEGs.

static void use_jpeg(struct fixture *f)
{
    f->jpeg = make_jpeg(&(struct jpeg_recipe){.width = 640, .height = 480}, &f->jpeg_bytes);
    f->fake.jpeg = f->jpeg;
    f->fake.jpeg_bytes = f->jpeg_bytes;
    f->config.fourcc = V4L2_PIX_FMT_MJPEG;
}

/** Thirty in a row that nobody can decode are a dead stream; one good one between is none. */
static void test_undecodable(void **state)
{
    struct fixture *f = *state;
    char hint[160] = "";
    use_jpeg(f);
    const struct fake_event torn = {.jpeg = f->jpeg, .jpeg_bytes = f->jpeg_bytes / 2};
    const struct fake_event empty = {.short_frame = true};
    assert_int_equal(open_camera(f), 0);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(pass(f, (struct fake_event){0}), 0);
        for (int i = 0; i < 29; i++)
            assert_int_equal(pass(f, i % 2 ? torn : empty), -EAGAIN);
    }
    assert_false(source_hint(f->camera, hint, sizeof hint));
    assert_int_equal(pass(f, torn), -EIO);
    assert_non_null(strstr(f->err.text, "/dev/video7 sends nothing but damaged JPEGs"));
    assert_true(source_hint(f->camera, hint, sizeof hint));
    assert_non_null(strstr(hint, "try another --format"));
    // The remedy, which does not help; the hint is not given again so soon.
    assert_int_equal(source_restart(f->camera, &f->err), 0);
    for (int i = 0; i < 29; i++)
        assert_int_equal(pass(f, torn), -EAGAIN);
    assert_int_equal(pass(f, torn), -EIO);
    assert_false(source_hint(f->camera, hint, sizeof hint));
    assert_int_equal(source_restart(f->camera, &f->err), 0);
    assert_int_equal(pass(f, (struct fake_event){0}), 0);
}

/** Another size all of a sudden: three are dropped, then the camera has to be opened again. */
static void test_size_changes(void **state)
{
    struct fixture *f = *state;
    use_jpeg(f);
    size_t bytes;
    uint8_t *small = make_jpeg(&(struct jpeg_recipe){.width = 320, .height = 240}, &bytes);
    const struct fake_event other = {.jpeg = small, .jpeg_bytes = bytes};
    assert_int_equal(open_camera(f), 0);
    for (int round = 0; round < 3; round++) {
        assert_int_equal(pass(f, (struct fake_event){0}), 0);
        for (int i = 0; i < 3; i++)
            assert_int_equal(pass(f, other), -EAGAIN);
    }
    assert_int_equal(pass(f, other), -ESTALE);
    assert_string_equal(f->err.text, "/dev/video7 sends pictures of another size now");
    free(small);
}

/** Another size from the start: opening again would not help, so that size it is. */
static void test_size_never_granted(void **state)
{
    struct fixture *f = *state;
    char hint[160] = "";
    use_jpeg(f);
    size_t bytes;
    uint8_t *large = make_jpeg(&(struct jpeg_recipe){.width = 800, .height = 600}, &bytes);
    const struct fake_event other = {.jpeg = large, .jpeg_bytes = bytes};
    assert_int_equal(open_camera(f), 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pass(f, other), -EAGAIN);
    assert_true(source_hint(f->camera, hint, sizeof hint));
    assert_string_equal(hint, "The camera promises pictures of 640x480 and sends 800x600");
    f->fake.event_count = f->fake.next_event = 0;
    fake_v4l2_add(&f->fake, other);
    struct loan loan;
    assert_int_equal(acquire(f, &loan), 0);
    assert_true(loan.frame.width == 800 && loan.frame.height == 600);
    source_release(&loan);
    // What was granted is now what is foreign.
    for (int i = 0; i < 3; i++)
        assert_int_equal(pass(f, (struct fake_event){0}), -EAGAIN);
    assert_int_equal(pass(f, (struct fake_event){0}), -ESTALE);
    free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_damage),
        TEST(test_darkness),
        TEST(test_fragile),
        TEST(test_suspend),
        TEST(test_undecodable),
        TEST(test_size_changes),
        TEST(test_size_never_granted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
