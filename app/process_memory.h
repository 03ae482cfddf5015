#pragma once

/**
 * @file
 * What the system says about this process's memory. Cheap enough for four times a second; what
 * costs more (PSS) says so.
 *
 * Sources: proc(5), mallinfo(3), getrusage(2).
 */

#include <stdint.h>

struct process_memory {
    int64_t rss_bytes;       ///< resident now
    int64_t peak_rss_bytes;  ///< highest ever
    int64_t heap_bytes;      ///< allocated from malloc by anyone in the process
    int64_t heap_free_bytes; ///< freed, but kept by the allocator
};

/** Any thread. What cannot be read is 0. */
struct process_memory process_memory_now(void);

/** rss_bytes alone, for a few microseconds. Any thread. */
int64_t process_memory_resident(void);

/**
 * PSS: resident bytes, each page that several processes have divided among them. The kernel walks
 * through all pages, for milliseconds: not for a thread that a frame waits for.
 *
 * @return Less than 0 if the system does not say. Any thread.
 */
int64_t process_memory_proportional(void);

/** Bytes that the system could give out without swapping; 0 if it does not say. Any thread. */
int64_t process_memory_available(void);

/**
 * From now on blocks of at least so many bytes go back to the system when they are freed. Otherwise
 * the C library, once it has seen a large block freed, keeps the next ones, for each thread apart.
 * Call it before there are threads.
 */
void process_memory_return_blocks(int bytes);

/**
 * Gives the system what the C library keeps of what was freed. Takes milliseconds where there is
 * much. Any thread.
 */
void process_memory_give_back(void);
