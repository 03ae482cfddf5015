#pragma once

/**
 * @file
 * A few frames of our own, for what cannot be lent out of a driver's buffer: decoded, drawn and
 * copied pictures. Filled by the source's thread, lent like any loan (see capture/loans.h).
 */

#include "capture/loans.h"
#include "processing/frame.h"

/**
 * Enough for one being filled, one waiting, one being read and one to spare. Where memory is short
 * it goes with one being filled and one being read; they wait for each other then.
 */
enum { FRAME_POOL_SLOTS = 4, FRAME_POOL_LEAST = 2 };

struct frame_pool {
    struct loans *loans;        ///< of the source that owns the pool
    int slots;                  ///< 2 to FRAME_POOL_SLOTS; 0 for all of them
    struct frame_layout layout; ///< of every slot; bytes 0 before the first shape
    uint8_t *blocks[FRAME_POOL_SLOTS];
};

/**
 * Makes every slot hold frames of this format and size. Allocates only if that changed, and
 * then waits until every loan of the old shape came back.
 *
 * @return 0, -EINVAL (size out of range) or -ENOMEM; the pool is then empty.
 */
int frame_pool_shape(struct frame_pool *pool, enum pixel_format format, int width, int height);

/**
 * Waits for a slot that no reader has.
 *
 * @return The slot, -ETIMEDOUT or -EINTR (loans_wake() was called). Source's thread.
 */
int frame_pool_wait_free(const struct frame_pool *pool, int timeout_ms);

/** Of each slot in such a shape; 0 if there is none of that size. */
int64_t frame_pool_slot_bytes(enum pixel_format format, int width, int height);

/** Frees the slots; waits for loans that are out. Fine on a zeroed pool. */
void frame_pool_close(struct frame_pool *pool);
