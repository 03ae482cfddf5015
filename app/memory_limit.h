#pragma once

/**
 * @file
 * --max-memory: what the process may take, what it takes by itself, and the sentence for what does
 * not fit. Whoever is about to take much adds up how much first, and asks here before anything of
 * it is allocated.
 *
 * Threads: any; nothing is shared.
 */

#include "processing/error.h"

#include <stdint.h>

/**
 * For process_memory_return_blocks() where there is a limit: what malloc keeps is in no plan.
 */
enum { MEMORY_RETURNED_BYTES = 64 << 10 };

/** What a window takes beside pictures and its own pixels, about; measured. */
enum { MEMORY_WINDOW_BYTES = 8 << 20 };

/** How much of the memory that the machine has free is for the taking, where the user sets no
 * limit. */
enum memory_share {
    MEMORY_SHARE_ALL = 1,  ///< for one picture after the other
    MEMORY_SHARE_HALF = 2, ///< for what waits
};

/** Plain values; never negative. */
struct memory_limit {
    int limit_mb;      ///< --max-memory; 0 if the user gave none
    int64_t bytes;     ///< that the process may take, all in all
    int64_t own_bytes; ///< of these, what it takes by itself: so far, and for everything small
};

/** Something that is to fit. */
struct memory_need {
    const char *what;   ///< begins a sentence's clause, e.g. "'a.png'"
    int64_t bytes;      ///< that it takes, beside the process itself
    const char *remedy; ///< what helps beside more memory, e.g. "a smaller --size"; or NULL
};

/**
 * @param limit_mb As the user gave it; 0: a share of what the machine has free, and of that there
 *                 is no end where the system does not say.
 * @param small    Bytes for code that has not run yet and everything small.
 */
struct memory_limit memory_limit_now(int limit_mb, enum memory_share share, int64_t small);

/** The same, for measurements that are known. */
struct memory_limit memory_limit_make(int limit_mb, enum memory_share share, int64_t own_bytes,
                                      int64_t available_bytes);

/** Bytes that are left beside the process itself; less than 0 if it is too large already. */
int64_t memory_limit_room(const struct memory_limit *limit);

/**
 * Whether something fits.
 *
 * @return 0 or -EFBIG with a sentence: what takes how much, what was given, what to do.
 */
int memory_limit_check(const struct memory_limit *limit, const struct memory_need *need,
                       struct error *err);
