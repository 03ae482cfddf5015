#pragma once

/**
 * @file
 * Memory that grows: arrays whose length nobody knows beforehand, and texts that live as long as
 * the list they are in.
 *
 * Threads: one at a time for each array and pool.
 */

#include <stddef.h>

/**
 * Makes an array larger by half at least: what was in it stays, the rest is zero.
 *
 * @param items The array, from here or NULL; freed on success.
 * @param room  Items that there is room for; changed on success.
 * @return The larger array, to be freed with memory_free(); NULL if there is no memory: `items`
 *         is as it was then.
 */
void *array_grow(void *items, size_t *room, size_t item_bytes);

/** Texts side by side in large blocks; zeroed it is empty. */
struct text_pool {
    struct text_block *newest;
};

/**
 * Copies bytes and puts a zero behind them.
 *
 * @return The pool's, until text_pool_free(); aligned to nothing. NULL if there is no memory.
 */
char *text_pool_copy(struct text_pool *pool, const void *bytes, size_t count);

/** Frees all texts at once; the pool is empty then. */
void text_pool_free(struct text_pool *pool);
