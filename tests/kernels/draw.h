#pragma once

/**
 * @file
 * Numbers that look random and come again: what a test draws follows from the seed alone.
 */

#include "tests/golden/patterns.h"

#include <stdbool.h>

struct draw {
    uint32_t seed, index; ///< index: numbers drawn so far
};

/** 0 to `count` - 1. */
static inline int draw_below(struct draw *draw, int count)
{
    return (int)(pattern_hash(draw->seed, draw->index++, 0x6b65726e) % (uint32_t)count);
}

/** True once in `count` times. */
static inline bool draw_one_in(struct draw *draw, int count)
{
    return draw_below(draw, count) == 0;
}
