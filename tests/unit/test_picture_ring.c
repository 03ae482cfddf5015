/*
 * The block of memory for pictures that wait: in order, of any size, never one over another.
 */
#include "app/picture_ring.h"
#include "processing/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ring_picture picture(int width, int height, unsigned part)
{
    return (struct ring_picture){.width = width, .height = height, .pixel_bytes = 1, .part = part};
}

/** Puts a picture whose bytes are all its part's number. */
static bool put(struct picture_ring *ring, int width, int height, unsigned part)
{
    struct ring_picture wanted = picture(width, height, part);
    uint8_t *data = picture_ring_reserve(ring, &wanted);
    if (!data)
        return false;
    assert_true(data >= ring->block && data + width * height <= ring->block + ring->bytes);
    memset(data, (int)(part & 255), (size_t)(width * height));
    picture_ring_commit(ring);
    return true;
}

static void expect(const struct picture_ring *ring, int index, unsigned part)
{
    const struct ring_picture *found = picture_ring_peek(ring, index);
    assert_non_null(found);
    assert_int_equal(found->part, part);
    for (size_t i = 0; i < found->bytes; i++)
        if (found->data[i] != (part & 255))
            fail_msg("picture %u is spoilt at byte %zu", part, i);
}

static void nothing_fits_before_there_is_memory(void **state)
{
    (void)state;
    struct picture_ring ring = {.block = NULL};
    assert_false(put(&ring, 1, 1, 1));
    assert_null(picture_ring_peek(&ring, 0));
}

static void there_is_room_for_as_many_as_were_counted(void **state)
{
    (void)state;
    for (int bytes = 1; bytes < 200; bytes++) {
        struct picture_ring ring = {.block = NULL};
        struct ring_picture one = picture(bytes, 1, 1);
        assert_int_equal(picture_ring_make(&ring, 4 * picture_ring_room(&one)), 0);
        for (unsigned part = 1; part <= 4; part++)
            assert_true(put(&ring, bytes, 1, part));
        assert_false(put(&ring, bytes, 1, 5));
        picture_ring_free(&ring);
    }
}

static void it_is_full_and_has_room_again(void **state)
{
    (void)state;
    struct picture_ring ring = {.block = NULL};
    assert_int_equal(picture_ring_make(&ring, 3 * 640), 0);
    for (unsigned part = 1; part <= 3; part++)
        assert_true(put(&ring, 64, 10, part));
    assert_false(put(&ring, 1, 1, 4));
    picture_ring_drop(&ring);
    assert_false(put(&ring, 641, 1, 4));
    assert_true(put(&ring, 64, 10, 4));
    for (unsigned part = 2; part <= 4; part++) {
        expect(&ring, 0, part);
        picture_ring_drop(&ring);
    }
    assert_null(picture_ring_peek(&ring, 0));
    // All of it, for one.
    assert_true(put(&ring, 3 * 640, 1, 5));
    assert_false(put(&ring, 1, 1, 6));
    picture_ring_free(&ring);
}

static void one_that_is_being_written_is_not_there_yet(void **state)
{
    (void)state;
    struct picture_ring ring = {.block = NULL};
    assert_int_equal(picture_ring_make(&ring, 1000), 0);
    assert_true(put(&ring, 10, 10, 1));
    struct ring_picture wanted = picture(10, 10, 2);
    assert_non_null(picture_ring_reserve(&ring, &wanted));
    assert_non_null(picture_ring_peek(&ring, 0));
    assert_null(picture_ring_peek(&ring, 1));
    picture_ring_commit(&ring);
    assert_non_null(picture_ring_peek(&ring, 1));
    picture_ring_free(&ring);
}

/** Sizes and turns by chance; what is there is never touched. */
static void pictures_of_all_sizes_keep_their_bytes(void **state)
{
    (void)state;
    struct picture_ring ring = {.block = NULL};
    assert_int_equal(picture_ring_make(&ring, 20000), 0);
    int64_t allocations = memory_sum_of(MEMORY_OWNERS).total_count;
    unsigned first = 1, next = 1, full = 0;
    srand(3);
    for (int turn = 0; turn < 20000; turn++) {
        bool puts = rand() % 100 < 55;
        if (puts && put(&ring, 1 + rand() % 90, 1 + rand() % 50, next))
            next++;
        else if (puts)
            full++;
        else if (first < next) {
            expect(&ring, 0, first++);
            picture_ring_drop(&ring);
        }
        for (unsigned part = first; turn % 50 == 0 && part < next; part++)
            expect(&ring, (int)(part - first), part);
    }
    assert_true(full > 100 && next > 1000);
    assert_int_equal(memory_sum_of(MEMORY_OWNERS).total_count, allocations);
    picture_ring_free(&ring);
    assert_int_equal(memory_sum_of(MEMORY_RECORDING).live_bytes, 0);
}

static void small_ones_are_limited_too(void **state)
{
    (void)state;
    struct picture_ring ring = {.block = NULL};
    assert_int_equal(picture_ring_make(&ring, 1 << 20), 0);
    for (unsigned part = 0; part < PICTURE_RING_MOST; part++)
        assert_true(put(&ring, 1, 1, part));
    assert_false(put(&ring, 1, 1, 0));
    picture_ring_free(&ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_fits_before_there_is_memory),
        cmocka_unit_test(there_is_room_for_as_many_as_were_counted),
        cmocka_unit_test(it_is_full_and_has_room_again),
        cmocka_unit_test(one_that_is_being_written_is_not_there_yet),
        cmocka_unit_test(pictures_of_all_sizes_keep_their_bytes),
        cmocka_unit_test(small_ones_are_limited_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
