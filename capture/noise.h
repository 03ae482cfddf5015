#pragma once

/**
 * @file
 * Noise as a camera's sensor makes it, quick enough to add to every frame.
 */

#include "processing/frame.h"

#include <stdint.h>

enum { NOISE_SAMPLES = 1 << 16 };

/** Zeroed, it is ready for use. About 128 KB: keep it on the heap. */
struct noise {
    int amplitude;                    ///< that `scaled` was made for; 0 none
    int8_t unit[NOISE_SAMPLES];       ///< approximately Gaussian, standard deviation 32
    int8_t scaled[2 * NOISE_SAMPLES]; ///< the same in grey levels, twice in a row
};

/**
 * Adds noise to every sample of a plane; what leaves 0 to 255 stays at the end.
 *
 * @param noise     Of this thread; remembers the amplitude.
 * @param amplitude 0 (none) to 100: a standard deviation of 0.4 grey levels each.
 * @param seed      The same seed gives the same noise.
 */
void noise_add(struct noise *noise, const struct plane *plane, int amplitude, uint32_t seed);
