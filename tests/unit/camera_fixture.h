#pragma once

/**
 * @file
 * What the tests of the camera share: a camera on a scripted device, closed and checked at the end.
 */

#include "capture/camera.h"
#include "processing/memory.h"
#include "tests/fakes/fake_v4l2.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/** Longer than anything takes; nothing waits for it to pass. */
enum { SOON_MS = 5000 };

/** A test's device, camera and settings; change what you need before open_camera(). */
struct fixture {
    struct fake_v4l2 fake;
    struct source_config config;
    struct source *camera;
    struct error err;
    uint8_t *jpeg;
    size_t jpeg_bytes;
};

static inline int open_camera(struct fixture *f)
{
    return source_open(&f->camera, &camera_source_kind, &f->config, &f->err);
}

static inline int acquire(struct fixture *f, struct loan *loan)
{
    return source_acquire(f->camera, SOON_MS, loan, &f->err);
}

/** A frame comes, is raw, is that of this sequence number; it goes back at once. */
static inline void expect_frame(struct fixture *f, uint32_t sequence)
{
    struct loan loan;
    assert_int_equal(acquire(f, &loan), 0);
    assert_int_equal(loan.frame.sequence, sequence);
    assert_int_equal(loan.frame.data[0][0], fake_v4l2_byte(sequence));
    source_release(&loan);
}

/** The three frames that are forgiven, all good. */
static inline void add_good_start(struct fixture *f)
{
    fake_v4l2_add_frames(&f->fake, 3);
}

/** Takes them. */
static inline void pass_start(struct fixture *f)
{
    for (uint32_t i = 0; i < 3; i++)
        expect_frame(f, i);
}

#define COUNTER(F, NAME) atomic_load(&(F)->camera->counters.NAME)

/** A webcam at /dev/video7, not open yet; 640x480 is wished. */
static inline int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    fake_v4l2_init(&f->fake);
    f->config = (struct source_config){
        .location = "/dev/video7", .fps = -1, .width = 640, .height = 480, .io = &f->fake.io};
    *state = f;
    return 0;
}

/** Closes it; fails the test if anything of it is left. */
static inline int tear_down(void **state)
{
    struct fixture *f = *state;
    source_close(&f->camera);
    bool clean = fake_v4l2_is_clean(&f->fake) && memory_sum_of(MEMORY_OWNERS).live_bytes == 0;
    free(f->jpeg);
    free(f);
    return clean ? 0 : -1;
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)
