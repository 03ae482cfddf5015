#pragma once

/**
 * @file
 * The ledger: every allocation of ours, counted by owner and by the line that asked for it.
 *
 * All code of this project allocates here and nowhere else (`make lint` checks the object files),
 * so the counts are whole. Memory that is ours without being allocated, such as a driver's mapped
 * buffers or a texture, is noted with memory_note(). The counters are the one piece of global
 * state: they describe the process, which there is one of.
 *
 * Threads: every function may be called from any thread; nothing takes a lock.
 */

#include <stddef.h>
#include <stdint.h>

/** Who the bytes work for. */
enum memory_owner {
    MEMORY_CAMERA,    ///< the driver's buffers, mapped
    MEMORY_FRAMES,    ///< decoded, copied and drawn frames
    MEMORY_RECORDING, ///< pictures that wait for the encoder of a recording
    MEMORY_CANNY,     ///< scratch of the edge detector
    MEMORY_TEXTURES,  ///< what the renderer keeps for us
    MEMORY_INTERFACE, ///< fonts, widgets, statistics
    MEMORY_LAB,       ///< what the memory experiments hold
    MEMORY_OTHER,     ///< settings, names, reports
    MEMORY_OWNERS
};

/** A line of the ledger added up. */
struct memory_sum {
    int64_t live_bytes, live_count;   ///< not yet freed
    int64_t total_bytes, total_count; ///< since the start
    int64_t peak_bytes;               ///< highest live_bytes ever
};

/** A line of code that allocates. One static variable a call, made by memory_alloc(). */
struct memory_site {
    const char *file;
    int line;
    enum memory_owner owner;
    struct memory_site *next; ///< in the list of all sites ever used; constant once listed
    int listed;               ///< 0 until the first allocation put it on the list
    struct memory_sum sum;    ///< updated with atomic operations; read by memory_sum_of_site()
};

/**
 * Allocates `bytes`, zeroed, aligned to 64 bytes (a cache line, the widest vector).
 *
 * @return The caller's, to be freed with memory_free(); NULL if there is none or bytes is 0.
 */
#define memory_alloc(OWNER, BYTES)                                                                 \
    __extension__({                                                                                \
        static struct memory_site memory_site_ = {                                                 \
            .file = __FILE__, .line = __LINE__, .owner = (OWNER)};                                 \
        memory_alloc_at(&memory_site_, (BYTES));                                                   \
    })

/** A copy of a string; as memory_alloc(). NULL in gives NULL. */
#define memory_copy_string(OWNER, STRING)                                                          \
    __extension__({                                                                                \
        static struct memory_site memory_site_ = {                                                 \
            .file = __FILE__, .line = __LINE__, .owner = (OWNER)};                                 \
        memory_copy_string_at(&memory_site_, (STRING));                                            \
    })

/** Behind memory_alloc(). */
void *memory_alloc_at(struct memory_site *site, size_t bytes);

/** Behind memory_copy_string(). */
char *memory_copy_string_at(struct memory_site *site, const char *string);

/**
 * Makes memory resident that was allocated and holds nothing yet. For a ring that will fill up in
 * any case: slowly, that would look like a leak.
 */
void memory_touch(void *memory, size_t bytes);

/** Frees what memory_alloc() or memory_copy_string() gave. NULL is fine. */
void memory_free(void *memory);

/**
 * Counts bytes that something else allocated for us: a mapping, a texture.
 *
 * @param bytes Negative when they are gone.
 */
void memory_note(enum memory_owner owner, int64_t bytes);

/** What an owner holds, allocated and noted; `owner` MEMORY_OWNERS for all together. */
struct memory_sum memory_sum_of(enum memory_owner owner);

/**
 * What malloc gave for all that was allocated: with the header that the ledger puts in front of
 * each block and what moves it to a cache line, without what was noted. This is what
 * others see who count our calls of malloc.
 */
struct memory_sum memory_sum_allocated(void);

/** What was allocated at one line. */
struct memory_sum memory_sum_of_site(const struct memory_site *site);

/** Bytes noted for an owner that are not gone yet. */
int64_t memory_noted_bytes(enum memory_owner owner);

/** First of the sites that ever allocated, in no order; follow `next`. NULL if none did. */
const struct memory_site *memory_sites(void);

/** The owner's name in one or two words, for people. */
const char *memory_owner_name(enum memory_owner owner);
