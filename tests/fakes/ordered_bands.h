#pragma once

/**
 * @file
 * Runners for canny_run() that call the bands as a caller may but nobody expects: backwards, at
 * random, from several threads at once. The edges must be the same.
 */

#include "processing/canny.h"

enum band_order {
    BANDS_ALONE,    ///< no runner at all: canny_run() does it itself
    BANDS_FORWARD,  ///< first to last
    BANDS_REVERSE,  ///< last to first
    BANDS_SHUFFLED, ///< at random, another order each time
    BANDS_THREADED, ///< by four threads that start together
    BAND_ORDERS
};

/** A runner and what it was asked for. Zeroed but for the order; one thread at a time. */
struct ordered_bands {
    enum band_order order;
    uint32_t seed; ///< of BANDS_SHUFFLED; any

    int runs; ///< calls of run()
    int most; ///< most bands that one of them had
    struct band_runner runner;
};

/** What to hand to canny_run(): NULL for BANDS_ALONE. Valid as long as `self` is. */
const struct band_runner *ordered_bands_runner(struct ordered_bands *self);

/** "alone", "forward", "reverse", "shuffled" or "threaded". */
const char *band_order_name(enum band_order order);
