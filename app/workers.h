#pragma once

/**
 * @file
 * A pool of threads that runs the bands of one image at once (processing/canny.h), and nothing
 * else. The thread that calls run() works too, so a pool of one thread starts none.
 *
 *     struct band_runner runner = workers_runner(workers);
 *     canny_run(canny, &params, &frame, &edges, &runner);
 *
 * What it costs, measured at 2.6 GHz: a run of empty bands takes less than 1 us while all are
 * awake. A thread that has nothing to do stays awake for 20 us, looking, and then sleeps; a pool
 * at rest costs nothing. To wake the sleepers takes 5 us of the caller, who then begins with the
 * bands; the others join in 10 to 50 us later if the system gives them processors of their own. A
 * kernel that leaves them on the caller's makes them useless for that run, not harmful: the caller
 * takes their bands. So bands of less than some 50 us are not worth it. Where there are fewer
 * processors than threads nobody stays awake: whoever has a band needs the processor. One band
 * alone wakes nobody.
 *
 * Threads: one run() at a time, by any thread, and not from inside a band; the new threads take
 * over the signal mask of the one that creates the pool (app/ending.h).
 */

#include "processing/canny.h"
#include "processing/error.h"

struct workers;

/** Processors that this process may use, at least 1. */
int workers_processors(void);

/**
 * How many threads are meant by what the user asked.
 *
 * @param asked The number, or 0: as many as there are processors that this process may use, but
 *              at most 4. More would wait for memory and take the processors from the source.
 */
int workers_threads_for(int asked);

/**
 * Makes a pool and starts its threads.
 *
 * @param out     The pool on success, NULL on failure; the caller's, for workers_destroy().
 * @param threads That work on one run, the calling one counted: 1 to CANNY_BANDS_MAX.
 * @return 0, -EINVAL (out of range), -ENOMEM or what pthread_create() gives, with a sentence.
 */
int workers_create(struct workers **out, int threads, struct error *err);

/** What runs bands on the pool. Good as long as the pool is; run() allocates nothing. */
struct band_runner workers_runner(struct workers *workers);

/** Ends the threads and frees the pool; no run may be under way. NULL in *workers is fine. */
void workers_destroy(struct workers **workers);
