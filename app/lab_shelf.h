#pragma once

/**
 * @file
 * What a memory experiment holds: blocks on a shelf, the oldest in front, counted against a limit
 * that all experiments share. Each block lies behind a small header, so that holding it takes no
 * other memory and the ledger has to the byte what the shelf says.
 *
 * Threads: a shelf's blocks belong to one thread; its numbers and the limit may be read by any.
 */

#include "processing/memory.h"

#include <stdatomic.h>
#include <stdbool.h>

/** One piece of memory. */
struct lab_block {
    struct lab_block *next; ///< the one that was put after it
    size_t bytes;           ///< of the whole, this header too
    _Alignas(64) uint8_t data[];
};

/** What all shelves together, and what is worked with beside them, may take. */
struct lab_limit {
    atomic_llong bytes, held_bytes, scratch_bytes;
};

struct lab_shelf {
    struct lab_limit *limit;
    struct lab_block *oldest, *newest;
    atomic_llong bytes, peak_bytes, blocks, allocations;
    atomic_llong low_bytes, high_bytes; ///< of `bytes` since lab_shelf_range()
};

/** A shelf's numbers. */
struct lab_numbers {
    int64_t bytes;       ///< held now, as the ledger counts them
    int64_t peak_bytes;  ///< the most since the shelf was reset
    int64_t blocks;      ///< held now
    int64_t allocations; ///< since the shelf was reset
};

/** What a shelf held over a time. */
struct lab_range {
    int64_t low_bytes, high_bytes;
};

/**
 * Allocates a block behind the newest. The ledger has it under the line that calls.
 *
 * @return The shelf's, for the caller to write to, every page; NULL if the limit does not allow it,
 * or if there is no memory.
 */
#define lab_shelf_put(SHELF, BYTES)                                                                \
    __extension__({                                                                                \
        static struct memory_site lab_site_ = {                                                    \
            .file = __FILE__, .line = __LINE__, .owner = MEMORY_LAB};                              \
        lab_shelf_put_at((SHELF), &lab_site_, (BYTES));                                            \
    })

/** Behind lab_shelf_put(). */
struct lab_block *lab_shelf_put_at(struct lab_shelf *shelf, struct memory_site *site, size_t bytes);

/** Whether so many bytes more would be allowed. */
bool lab_shelf_allows(const struct lab_shelf *shelf, size_t bytes);

/** Counts what will be worked with beside the shelf. False, and nothing, if that is too much. */
bool lab_shelf_take_scratch(struct lab_shelf *shelf, int64_t bytes);

/** That is no more. */
void lab_shelf_give_scratch(struct lab_shelf *shelf, int64_t bytes);

/** What is taken of a limit. */
int64_t lab_limit_taken(const struct lab_limit *limit);

/** Frees the oldest block. There must be one. */
void lab_shelf_drop(struct lab_shelf *shelf);

/** Frees the oldest ones until there are no more than `blocks`. */
void lab_shelf_cut(struct lab_shelf *shelf, int64_t blocks);

/** Frees all, and counts anew. */
void lab_shelf_reset(struct lab_shelf *shelf);

/** The least and the most that it held since the call before. One thread, which may be any. */
struct lab_range lab_shelf_range(struct lab_shelf *shelf);

/** Any thread. */
struct lab_numbers lab_shelf_numbers(const struct lab_shelf *shelf);
