#pragma once

/**
 * @file
 * What each memory experiment does with a frame. Each works on a bench of its own: a shelf, and how
 * far it is.
 *
 * Threads: the worker's alone, but for what is atomic.
 */

#include "app/lab.h"

struct lab_bench {
    struct lab_shelf shelf;
    atomic_uint offs; ///< how often it was switched off
    atomic_bool stopped;
    atomic_llong given_back_bytes, differing_pixels; ///< see struct lab_status

    unsigned seen_offs; ///< what was done before another number has to be released
    int frames;         ///< of the round that "every" and "trim" are in
    size_t plane_bytes; ///< of the planes on the shelf
    struct canny *canny;
    struct plane gray, edges; ///< scratch of `canny`'s size; data NULL without it
    int64_t scratch_bytes;    ///< of these, as they are counted
};

/** One frame. False: memory was refused, and the bench is as far as it came. `frames` is N. */
typedef bool lab_run(struct lab_bench *bench, const struct lab_frame *seen, int frames);

/** By enum lab_experiment; NULL for what does not work on frames. */
extern lab_run *const lab_runs[LAB_EXPERIMENTS];

/** Frees all that the bench has but its counters of being switched off. */
void lab_bench_clear(struct lab_bench *bench);
