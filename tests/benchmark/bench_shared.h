#pragma once

/**
 * @file
 * The door through which tests/benchmark/ times the edge detector: everything that the program
 * does once per picture size is made by benchmark_create(), what it does for each frame is
 * benchmark_run(). The caller has the clock, so that both sides of a comparison are timed alike.
 *
 * Threads: one at a time; a run with several threads has them inside.
 */

#include <stdint.h>

/** One picture, the parameters, and where the edges go. Mirrored in engine.py. */
struct benchmark_case {
    const uint8_t *data; ///< borrowed until benchmark_destroy()
    int64_t stride;      ///< bytes
    uint8_t *edges;      ///< as `data`; width x height, rows close together
    const char *level;   ///< as cpu_level_name() says it
    int32_t bgr;         ///< 0: gray bytes; 1: B G R, weighed as OpenCV does
    int32_t threads;     ///< 1 or more
    int32_t width, height;
    int32_t blur, aperture, l2;
    double low, high;
};

/** Scratch memory and threads for one case. */
struct benchmark;

/** Whether this build and this CPU have the level. Returns 0 for an unknown name, too. */
int benchmark_has_level(const char *level);

/**
 * @param out Set on success, NULL on failure; freed with benchmark_destroy().
 * @return How many bands the picture is cut into, or a negative errno: -ENOTSUP for a level that is
 *         not there.
 */
int benchmark_create(struct benchmark **out, const struct benchmark_case *c);

/** Finds the edges once. Returns 0 or a negative errno. Allocates nothing. */
int benchmark_run(struct benchmark *b);

/** Frees it and sets *b to NULL. NULL in *b is fine. */
void benchmark_destroy(struct benchmark **b);
