/*
 * The thread that writes into a virtual camera: what is painted arrives, what stands is repeated,
 * what fails is said once, and nobody waits.
 */
#include "app/loopback.h"
#include "processing/memory.h"
#include "tests/fakes/fake_loopback.h"
#include "tests/unit/waiting.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 64 };

struct fixture {
    struct fake_loopback fake;
    struct virtual_camera_io io, real; ///< `io` waits while `hold`, then calls `real`
    struct loopback *loopback;
    uint32_t pixels[MOST * MOST];
    atomic_bool hold;
    atomic_int waiting;

    // What was said last; to be read when `said` has gone up.
    atomic_int said;
    bool warning;
    char text[512];
};

static void on_said(void *self, bool warning, const char *text)
{
    struct fixture *f = self;
    f->warning = warning;
    snprintf(f->text, sizeof f->text, "%s", text);
    atomic_fetch_add(&f->said, 1);
}

static double fps(void *self)
{
    (void)self;
    return 25;
}

static ssize_t held_write(void *self, int fd, const void *data, size_t bytes)
{
    struct fixture *f = self;
    atomic_fetch_add(&f->waiting, 1);
    WAIT_UNTIL(!atomic_load(&f->hold));
    return f->real.write(f->real.self, fd, data, bytes);
}

static int held_open(void *self, const char *device)
{
    struct fixture *f = self;
    return f->real.open(f->real.self, device);
}

static void held_close(void *self, int fd)
{
    struct fixture *f = self;
    f->real.close(f->real.self, fd);
}

static int held_ioctl(void *self, int fd, unsigned long request, void *argument)
{
    struct fixture *f = self;
    return f->real.ioctl(f->real.self, fd, request, argument);
}

static int create(struct fixture *f, bool on, struct error *err)
{
    f->real = fake_loopback_io(&f->fake);
    f->io = (struct virtual_camera_io){f, held_open, held_close, held_ioctl, held_write};
    struct loopback_config config = {
        .io = &f->io, .device = "/dev/video20", .on = on, .said = on_said, .fps = fps, .self = f};
    return loopback_create(&f->loopback, &config, err);
}

static void take(struct fixture *f, int width, int height, uint8_t gray)
{
    for (int i = 0; i < MOST * MOST; i++)
        f->pixels[i] = 0xff000000u | gray * 0x010101u;
    struct canvas canvas = {(uint8_t *)f->pixels, width, height, 4 * MOST};
    loopback_take(f->loopback, &canvas);
}

static unsigned written(struct fixture *f)
{
    return loopback_status(f->loopback).written;
}

static int set_up(void **state)
{
    static struct fixture f;
    f = (struct fixture){0};
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    atomic_store(&f->hold, false);
    loopback_destroy(&f->loopback);
    assert_null(f->loopback);
    assert_int_equal(atomic_load(&f->fake.opened), atomic_load(&f->fake.closed));
    return 0;
}

static void test_pictures_arrive(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(create(f, true, NULL), 0);
    assert_true(loopback_status(f->loopback).on);
    for (unsigned i = 1; i <= 20; i++) {
        take(f, 32, 20, (uint8_t)i);
        WAIT_UNTIL(written(f) == i);
    }
    assert_int_equal(atomic_load(&f->said), 1);
    assert_false(f->warning);
    assert_string_equal(f->text, "Virtual camera: /dev/video20, 32x20 YUYV");
    assert_int_equal(f->fake.interval.denominator, 25000);
    loopback_destroy(&f->loopback);
    assert_int_equal(f->fake.bytes, 32 * 20 * 2);
    for (size_t i = 0; i < f->fake.bytes; i++)
        assert_int_equal(f->fake.frame[i], i % 2 ? 128 : 33); // 16 + 20 * 219 / 255
}

/** The painter never waits: what comes while one is in hand is dropped and counted. */
static void test_a_device_that_blocks(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(create(f, true, NULL), 0);
    atomic_store(&f->hold, true);
    take(f, 32, 20, 1);
    WAIT_UNTIL(atomic_load(&f->waiting) == 1);
    for (int i = 0; i < 10; i++)
        take(f, 32, 20, 2);
    assert_int_equal(loopback_status(f->loopback).dropped, 10);
    assert_int_equal(written(f), 0);
    atomic_store(&f->hold, false);
    WAIT_UNTIL(written(f) == 1);
}

static void test_what_the_device_does_not_take(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(create(f, true, NULL), 0);
    atomic_store(&f->fake.write_error, -EAGAIN);
    take(f, 32, 20, 1);
    WAIT_UNTIL(loopback_status(f->loopback).dropped == 1);
    assert_true(loopback_status(f->loopback).on);
    atomic_store(&f->fake.write_error, 0);
    take(f, 32, 20, 1);
    WAIT_UNTIL(written(f) == 1);
}

/** The last one is written before the end. */
static void test_the_end_loses_nothing(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 50; i++) {
        assert_int_equal(create(f, true, NULL), 0);
        int before = atomic_load(&f->fake.written);
        take(f, 32, 20, 200);
        loopback_destroy(&f->loopback);
        assert_int_equal(atomic_load(&f->fake.written), before + 1);
    }
}

static void test_a_standing_picture_is_repeated(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(create(f, true, NULL), 0);
    take(f, 32, 20, 1);
    WAIT_UNTIL(atomic_load(&f->fake.written) >= 3);
    assert_int_equal(written(f), 1);
    atomic_store(&f->fake.write_error, -EIO);
    WAIT_UNTIL(!loopback_status(f->loopback).on);
}

static void test_off_and_on(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(create(f, false, NULL), 0);
    take(f, 32, 20, 1);
    assert_int_equal(atomic_load(&f->fake.opened), 0);
    for (int i = 1; i <= 5; i++) {
        loopback_switch(f->loopback, true);
        unsigned before = written(f);
        // Those that come before it is open are dropped, and not counted as written.
        WAIT_UNTIL((take(f, 32, 10 + i, 1), written(f) > before));
        assert_int_equal(atomic_load(&f->fake.opened), i);
        loopback_switch(f->loopback, false);
        WAIT_UNTIL(atomic_load(&f->fake.closed) == i);
        assert_int_equal(f->fake.format.height, 10 + i); // settled anew each time
    }
    assert_false(loopback_status(f->loopback).on);
}

static void test_a_start_that_fails(void **state)
{
    struct fixture *f = *state;
    struct error err;
    f->fake.open_error = -ENOENT;
    assert_int_equal(create(f, true, &err), -ENOENT);
    assert_null(f->loopback);
    assert_non_null(strstr(err.text, "There is no virtual camera /dev/video20"));
    assert_int_equal(atomic_load(&f->said), 0);
}

static void test_a_button_that_fails(void **state)
{
    struct fixture *f = *state;
    f->fake.open_error = -EACCES;
    assert_int_equal(create(f, false, NULL), 0);
    loopback_switch(f->loopback, true);
    WAIT_UNTIL(atomic_load(&f->said) == 1);
    assert_true(f->warning);
    assert_non_null(strstr(f->text, "usermod -aG video"));
    assert_false(loopback_status(f->loopback).on);
    f->fake.open_error = 0;
    loopback_switch(f->loopback, true);
    WAIT_UNTIL((take(f, 32, 20, 1), written(f) > 0));
}

static void test_a_device_that_breaks(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(create(f, true, NULL), 0);
    atomic_store(&f->fake.write_error, -ENODEV);
    take(f, 32, 20, 1);
    WAIT_UNTIL(atomic_load(&f->said) == 2); // what was settled, then why it ended
    assert_true(f->warning);
    assert_string_equal(f->text,
                        "The virtual camera /dev/video20 takes no more pictures: No such device");
    assert_false(loopback_status(f->loopback).on);
    assert_int_equal(atomic_load(&f->fake.closed), 1);
    take(f, 32, 20, 1); // harmless
}

static void test_nothing_is_allocated_per_picture(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(create(f, true, NULL), 0);
    take(f, 32, 20, 1);
    WAIT_UNTIL(written(f) == 1);
    int64_t before = memory_sum_of(MEMORY_OWNERS).total_count;
    for (unsigned i = 2; i <= 200; i++) {
        take(f, 32, 20, (uint8_t)i);
        WAIT_UNTIL(written(f) == i);
    }
    assert_int_equal(memory_sum_of(MEMORY_OWNERS).total_count, before);
}

#define TEST(FUNCTION) cmocka_unit_test_setup_teardown(FUNCTION, set_up, tear_down)

int main(void)
{
    waiting_begin();
    const struct CMUnitTest tests[] = {
        TEST(test_pictures_arrive),
        TEST(test_a_device_that_blocks),
        TEST(test_what_the_device_does_not_take),
        TEST(test_the_end_loses_nothing),
        TEST(test_a_standing_picture_is_repeated),
        TEST(test_off_and_on),
        TEST(test_a_start_that_fails),
        TEST(test_a_button_that_fails),
        TEST(test_a_device_that_breaks),
        TEST(test_nothing_is_allocated_per_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
