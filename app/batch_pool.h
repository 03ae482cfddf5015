#pragma once

/**
 * @file
 * Many files by several threads: each takes the next one, as soon as there is memory for it.
 * Another thread waits for the disk, so that they need not: what they wrote becomes a file there.
 *
 * Threads: the one that starts a pool waits for it and joins it; batch_pool_stop() may be called by
 * any.
 */

#include "app/batch_file.h"
#include "app/memory_limit.h"

/** Pictures that wait for the disk, at most; each has a file open. */
enum { BATCH_POOL_DRAFTS = 16 };

/** A file to be done; the strings belong to the caller. */
struct batch_task {
    const char *input, *output;
};

/** What became of one. */
struct batch_outcome {
    int code; ///< 0 or a negative errno
    struct batch_file_result result;
    double ms;        ///< from the first look at the file to its written edges
    struct error err; ///< if it failed or was not sound
};

struct batch_pool_config {
    const struct batch_task *tasks;
    int count;
    int workers;
    struct memory_limit limit; ///< all files under way share its room
    struct batch_file_config file;

    /** A task is over. One call at a time, on a thread of the pool's. */
    void (*finished)(void *self, int index, const struct batch_outcome *outcome);
    void *self;
};

struct batch_pool;

/**
 * Chooses how much all files under way may take, for so many workers: sets the limit, and whether
 * anything is kept between files.
 *
 * @param limit_mb Of the whole program; 0: half of what the machine has free.
 * @return 0 or -EFBIG with a sentence: the program itself takes more.
 */
int batch_pool_limit(struct batch_pool_config *config, int limit_mb, struct error *err);

/**
 * Starts the threads; fewer than asked for is fine, none is a failure.
 *
 * @param config What it points to must outlive the pool.
 * @return 0 or a negative errno.
 */
int batch_pool_start(struct batch_pool **out, const struct batch_pool_config *config);

/**
 * Waits until all is done, but no longer than this.
 *
 * @return Whether it is: no task is under way, and none will be.
 */
bool batch_pool_wait(struct batch_pool *pool, int timeout_ms);

/** Lets those under way finish and begins no more. `finished` may do so too. */
void batch_pool_stop(struct batch_pool *pool);

/** Stops, waits, frees. NULL in *pool is fine. */
void batch_pool_join(struct batch_pool **pool);
