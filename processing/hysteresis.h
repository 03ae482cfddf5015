#pragma once

/**
 * @file
 * Hysteresis on bitmaps: which candidates are connected to a strong pixel.
 *
 * One bit a pixel, 64 pixels a word, bit 0 leftmost; the words lie in memory in the order of their
 * pixels, bytes too. Before and behind each row there is a word of zeros that belongs to it alone,
 * so the neighbours of any word can be read without asking where it lies, and rows may be worked on
 * by different threads. Above the picture there is a row of zeros.
 *
 * Threads: any, one for each set of rows.
 */

#include "processing/frame.h"
#include "processing/kernels.h"

struct bitmap {
    uint64_t *words;   ///< first word of the first row
    int width, height; ///< pixels
    int row_words;     ///< words that carry pixels
    int stride;        ///< words from one row to the next
};

/** First word of a row, -1 to height - 1. */
static inline uint64_t *bitmap_row(const struct bitmap *bitmap, int y)
{
    return bitmap->words + (ptrdiff_t)y * bitmap->stride;
}

/** Writes the picture of some rows of a bitmap: 255 where a bit is set, else 0. */
void bitmap_expand(const struct kernels *kernels, const struct bitmap *bitmap,
                   const struct plane *plane, int top, int bottom);

struct hysteresis {
    const struct kernels *kernels;
    struct bitmap candidates; ///< contains `edges`
    struct bitmap edges;      ///< the strong pixels; in the end the edges
    uint64_t *bits;           ///< memory of both
    uint32_t *work;           ///< places of words to be looked at
    uint8_t *waiting;         ///< a flag a place: whether it is in `work`
};

/**
 * Makes empty bitmaps for a picture.
 *
 * @param kernels Kept.
 * @return 0 or -ENOMEM; in either case to be freed by hysteresis_free().
 */
int hysteresis_make(struct hysteresis *hysteresis, const struct kernels *kernels, int width,
                    int height);

void hysteresis_free(struct hysteresis *hysteresis);

/**
 * Grows the edges of the rows top to bottom - 1 to every candidate of these rows that is connected
 * to one of them within these rows, 8-connected. Reads and writes no other row. The result does
 * not depend on any order of visiting. Allocates nothing.
 */
void hysteresis_grow(const struct hysteresis *hysteresis, int top, int bottom);

/**
 * Joins two sets of rows that hysteresis_grow() is done with: edges cross between the rows y - 1
 * and y and grow on from there, anywhere.
 */
void hysteresis_join(const struct hysteresis *hysteresis, int y);
