#pragma once

/**
 * @file
 * Deterministic test pictures, the same in C and in tests/golden/generate.py.
 *
 * Every sample is an integer function of its place and a seed, so any size can be made, in any
 * order, on any machine.
 */

#include <stdint.h>

/** One row of the table of patterns. */
struct pattern {
    const char *name;
    uint8_t (*sample)(uint32_t seed, uint32_t x, uint32_t y);
};

/** The pattern of a name; NULL if there is none. */
const struct pattern *pattern_find(const char *name);

/** A well mixed number of a seed and a place. */
uint32_t pattern_hash(uint32_t seed, uint32_t x, uint32_t y);
