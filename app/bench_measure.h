#pragma once

/**
 * @file
 * Measuring: the detector at several CPU levels and thread counts, and the reference, on one frame.
 *
 * All contenders run in turn, then all again, so that whatever else the machine does meanwhile
 * hits them alike. Every one reads the same input and writes the same output, again and again, as a
 * loop over one buffer does: how much of that is in the cache depends on its size, as it does for
 * the memcpy() beside it, which copies the input's bytes.
 *
 * Before anything counts, each contender's edges are compared with the first one's, and with the
 * reference's if that runs too: a time for wrong pixels says nothing.
 */

#include "processing/canny.h"
#include "processing/cpu.h"
#include "processing/error.h"

enum {
    BENCH_THREAD_COUNTS = 2,                               ///< that are tried, at most
    BENCH_ROWS = CPU_LEVELS * BENCH_THREAD_COUNTS + 1 + 5, ///< with the reference and its stages
};

/** What to measure. */
struct bench_plan {
    struct canny_params params;
    enum cpu_level levels[CPU_LEVELS]; ///< such as cpu_has()
    int level_count;
    int threads[BENCH_THREAD_COUNTS]; ///< each 1 to CANNY_BANDS_MAX
    int thread_counts;                ///< of `threads`
    bool stages;                      ///< the reference too
    int runs;                         ///< that count, at least 1
};

/** How long the runs of one contender took. */
struct bench_times {
    double median_ms, p10_ms, p90_ms;
};

/** A row of the results. */
struct bench_row {
    const char *level; ///< a CPU level's name, or "reference"
    const char *stage; ///< "whole", or one of the reference's
    int threads;       ///< as asked for; small images are not worth several
    struct bench_times times;
};

/** What was measured on one frame. */
struct bench_results {
    struct bench_row rows[BENCH_ROWS]; ///< by level, then threads; then the reference
    int count;
    struct bench_times copy; ///< memcpy() of the frame
    int runs;
};

/** Told between two rounds: `done` of all the `rounds`, warming up included. */
typedef void bench_listener(void *self, int done, int rounds);

/** The levels and thread counts of this machine: every level; 1 thread, and one a processor. */
void bench_plan_all(struct bench_plan *plan);

/**
 * Measures. Selects CPU levels (processing/cpu.h); the last one of the plan stays selected.
 *
 * @param frame    Borrowed for the call; one plane, rows close together.
 * @param listener May be NULL.
 * @param err      Filled on failure.
 * @return 0; -EBADMSG (the edges differ: a fault of ours); -ENOMEM, or a thread that cannot start.
 */
int bench_measure(struct bench_results *results, const struct bench_plan *plan,
                  const struct frame *frame, bench_listener *listener, void *self,
                  struct error *err);

/**
 * Compares the edges of a contender with those they have to be.
 *
 * @param row Who made them, for the sentence.
 * @return 0, or -EBADMSG with a sentence that names level and threads.
 */
int bench_check_edges(const struct bench_row *row, const uint8_t *edges, const uint8_t *expected,
                      size_t count, struct error *err);

/** Median and the tenths at both ends of so many times, which are reordered. */
struct bench_times bench_times_of(float *ms, int count);
