#pragma once

/**
 * @file
 * A belt: items of one size, first in first out, at most so many. Who puts waits while it is full,
 * who takes waits while it is empty, so nothing is dropped and memory is bounded. For threads that
 * do nothing else but take, work and put; one that waits for several things needs app/queue.h.
 *
 * Threads: any; a lock inside.
 */

#include <stdbool.h>
#include <stddef.h>

struct belt;

/**
 * @param out        Set to NULL on failure; destroyed with belt_destroy().
 * @param capacity   Items it holds, at least 1.
 * @param item_bytes Of one; items are copied.
 * @return 0 or -ENOMEM. Nothing is allocated later.
 */
int belt_create(struct belt **out, int capacity, size_t item_bytes);

/** Puts a copy of the item on it, waiting for room. False if it is closed: the item was not taken.
 */
bool belt_put(struct belt *belt, const void *item);

/** Takes the oldest item, waiting for one. False if it is closed and empty. */
bool belt_take(struct belt *belt, void *item);

/** Nothing can be put any more; what is on it can still be taken. Ends all waiting. Twice is fine.
 */
void belt_close(struct belt *belt);

/** Nobody may be using it. NULL in *belt is fine; sets it to NULL. */
void belt_destroy(struct belt **belt);
