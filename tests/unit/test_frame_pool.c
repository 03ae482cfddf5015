/*
 * Frames of our own: shaped when needed, waited for when all are lent.
 */
#include "capture/frame_pool.h"
#include "processing/memory.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
    struct loans loans;
    struct frame_pool pool;
    int64_t live_bytes; ///< of frames, before the test
};

static int64_t frames_live(void)
{
    return memory_sum_of(MEMORY_FRAMES).live_bytes;
}

static int64_t frames_allocated(void)
{
    return memory_sum_of(MEMORY_FRAMES).total_count;
}

static void test_shape(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(frame_pool_shape(&f->pool, PIXEL_YUYV, 63, 10), 0);
    assert_int_equal(f->pool.layout.bytes, 128 * 10);
    assert_true(frames_live() - f->live_bytes >= FRAME_POOL_SLOTS * 1280);
    for (int i = 0; i < FRAME_POOL_SLOTS; i++)
        memset(f->pool.blocks[i], 1, f->pool.layout.bytes);
    // The same again costs nothing; another one replaces it.
    int64_t before = frames_allocated();
    assert_int_equal(frame_pool_shape(&f->pool, PIXEL_YUYV, 63, 10), 0);
    assert_int_equal(frames_allocated(), before);
    assert_int_equal(frame_pool_shape(&f->pool, PIXEL_GRAY8, 63, 10), 0);
    assert_int_equal(frames_allocated(), before + FRAME_POOL_SLOTS);
    assert_int_equal(f->pool.layout.bytes, 630);
}

static void test_absurd_shape(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(frame_pool_shape(&f->pool, PIXEL_GRAY8, 0, 10), -EINVAL);
    assert_int_equal(frame_pool_shape(&f->pool, PIXEL_GRAY8, FRAME_MAX_SIDE + 1, 1), -EINVAL);
    assert_int_equal(f->pool.layout.bytes, 0);
    assert_int_equal(frames_live(), f->live_bytes);
    assert_int_equal(frame_pool_shape(&f->pool, PIXEL_GRAY8, 4, 4), 0);
    assert_int_equal(frame_pool_shape(&f->pool, PIXEL_GRAY8, -1, 4), -EINVAL);
    assert_null(f->pool.blocks[0]);
    assert_int_equal(frames_live(), f->live_bytes);
}

static void test_waiting(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(frame_pool_shape(&f->pool, PIXEL_GRAY8, 8, 8), 0);
    unsigned seen = 0;
    for (int i = 0; i < FRAME_POOL_SLOTS; i++) {
        int slot = frame_pool_wait_free(&f->pool, 0);
        assert_in_range(slot, 0, FRAME_POOL_SLOTS - 1);
        assert_int_equal(seen & 1u << slot, 0);
        seen |= 1u << slot;
        loans_lend(&f->loans, slot);
    }
    assert_int_equal(frame_pool_wait_free(&f->pool, 0), -ETIMEDOUT);
    assert_int_equal(frame_pool_wait_free(&f->pool, 2), -ETIMEDOUT);
    loans_wake(&f->loans);
    assert_int_equal(frame_pool_wait_free(&f->pool, 60000), -EINTR);
    loans_return(&f->loans, 2);
    assert_int_equal(frame_pool_wait_free(&f->pool, 60000), 2);
    for (int i = 0; i < FRAME_POOL_SLOTS; i++)
        if (i != 2)
            loans_return(&f->loans, i);
}

static void test_fewer_slots(void **state)
{
    struct fixture *f = *state;
    f->pool.slots = FRAME_POOL_LEAST;
    assert_int_equal(frame_pool_shape(&f->pool, PIXEL_GRAY8, 64, 10), 0);
    assert_int_equal(frame_pool_slot_bytes(PIXEL_GRAY8, 64, 10), 640);
    assert_int_equal(frames_live() - f->live_bytes, FRAME_POOL_LEAST * 640);
    for (int i = 0; i < FRAME_POOL_LEAST; i++) {
        int slot = frame_pool_wait_free(&f->pool, 0);
        assert_in_range(slot, 0, FRAME_POOL_LEAST - 1);
        loans_lend(&f->loans, slot);
    }
    assert_int_equal(frame_pool_wait_free(&f->pool, 0), -ETIMEDOUT);
    for (int i = 0; i < FRAME_POOL_LEAST; i++)
        loans_return(&f->loans, i);
    loans_collect(&f->loans);
}

static void test_close_forgives(void **state)
{
    (void)state;
    struct frame_pool pool = {0};
    frame_pool_close(&pool);
    frame_pool_close(&pool);
}

static int set_up(void **state)
{
    static struct fixture fixture;
    memset(&fixture, 0, sizeof fixture);
    fixture.live_bytes = frames_live();
    fixture.pool.loans = &fixture.loans;
    *state = &fixture;
    return loans_open(&fixture.loans);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    frame_pool_close(&f->pool);
    loans_close(&f->loans);
    return frames_live() == f->live_bytes ? 0 : -1;
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_shape),       TEST(test_absurd_shape),   TEST(test_waiting),
        TEST(test_fewer_slots), TEST(test_close_forgives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
