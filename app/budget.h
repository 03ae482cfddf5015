#pragma once

/**
 * @file
 * Bytes that several threads share: who needs more than is left waits until others are done.
 *
 * Threads: any; a lock inside.
 */

#include <stdbool.h>
#include <stddef.h>

struct budget;

/** Returns 0 or -ENOMEM. */
int budget_create(struct budget **out, size_t bytes);

/**
 * Waits for `bytes` and takes them.
 *
 * @return 0; -EFBIG (more than the whole budget: never); -EINTR (budget_stop() was called).
 */
int budget_take(struct budget *budget, size_t bytes);

/**
 * Waits for `bytes` and makes the whole smaller by them, for good. Whoever waits for more than is
 * left of it is refused.
 *
 * @return As budget_take().
 */
int budget_shrink(struct budget *budget, size_t bytes);

/** Gives back what was taken. */
void budget_give(struct budget *budget, size_t bytes);

/** Ends all waiting, now and later. */
void budget_stop(struct budget *budget);

/** The whole of it, now. */
size_t budget_bytes(struct budget *budget);

/** NULL in *budget is fine; sets it to NULL. */
void budget_destroy(struct budget **budget);
