#pragma once

/**
 * @file
 * Hysteresis on bitmaps: which candidates are connected to a strong pixel.
 *
 * One bit a pixel, 64 pixels a word, bit 0 leftmost. Every row has one word of zeros on its left
 * and one on its right, and there is a row of zeros above and below the picture, so that the
 * neighbours of any pixel can be read without asking where it lies.
 */

#include "processing/frame.h"

struct bitmap {
    uint64_t *words;   ///< first word of the first row, behind its guard
    int width, height; ///< pixels
    int row_words;     ///< words that carry pixels
    int stride;        ///< words from one row to the next, row_words + 2
};

/** Words that a bitmap's memory needs, guards included. */
size_t bitmap_words(int width, int height);

/** A bitmap over zeroed memory of bitmap_words() words. */
struct bitmap bitmap_make(uint64_t *memory, int width, int height);

/** First word of a row, -1 to height. */
static inline uint64_t *bitmap_row(const struct bitmap *bitmap, int y)
{
    return bitmap->words + (ptrdiff_t)y * bitmap->stride;
}

/**
 * Grows `edges` to every candidate that is connected to one of them, 8-connected.
 *
 * @param candidates Contains `edges`. Bits past the width are zero.
 * @param edges      The strong pixels; on return the edges.
 * @param dirty      Scratch of `height` bytes.
 *
 * The result does not depend on any order of visiting. Allocates nothing.
 */
void hysteresis_run(const struct bitmap *candidates, const struct bitmap *edges, uint8_t *dirty);

/** Writes the picture of a bitmap: 255 where a bit is set, else 0. */
void bitmap_expand(const struct bitmap *bitmap, const struct plane *plane);
