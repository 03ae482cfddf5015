#pragma once

/**
 * @file
 * The inner loops of the edge detector, one table of them per CPU level.
 *
 * A picture is cut into tiles of columns so that all rows at work stay in the first-level cache. A
 * tile passes through the stages in strips of a few rows; each kernel takes one strip. Within a
 * strip a kernel walks down column by column and keeps what a filter must remember of the rows
 * above in registers: the state it loads from the strip before and leaves to the one after.
 *
 * From blur on, 8-bit pixels are handled as 16-bit halves of the vectors they were loaded with:
 * even pixels in one vector, odd ones in another ("planes"). No filter then has to widen or
 * narrow by shuffling, and the masks of both halves merge into bits in the order of the pixels.
 *
 * All algorithms are in the kernels_*.inc, written in terms of a few vector
 * operations; each kernels_LEVEL.c defines these operations and includes them.
 *
 * Threads: any, on different memory.
 */

#include "processing/cpu.h"

#include <stddef.h>
#include <stdint.h>

enum {
    STRIP_ROWS = 8,   ///< rows that go through a kernel together
    TILE_SPAN = 1024, ///< pixels of a tile's rows, a multiple of the widest block, 64
    TILE_MARGIN = 8,  ///< pixels of the neighbour tile on each side of a row, to be recomputed
    LINE_PAD = 64,    ///< bytes before and behind a line, so that no load needs a question
    LINE_BYTES = TILE_SPAN + 2 * LINE_PAD,
    STATE_BYTES = 48 * TILE_SPAN, ///< of the hungriest kernel: 48 vectors a block
    BLOCKS_MAX = TILE_SPAN / 16,
};

/**
 * A tile's row of gradients: planes of dx, dy and magnitude, at these offsets in bytes. All planes
 * have a block's first value at the same distance from their start: the number of the pixel.
 *
 * L1 magnitudes have 16 bits and two planes, L2 magnitudes (squared) 32 bits and four planes:
 * pixels whose number modulo 4 is 0, 1, 2, 3.
 */
enum {
    ROW_DX = 0,             ///< even pixels; odd ones TILE_SPAN further
    ROW_DY = 2 * TILE_SPAN, ///< the same
    ROW_MAGNITUDE = 4 * TILE_SPAN + 64,
    ROW_PLANE = TILE_SPAN + 64,                      ///< from one plane of magnitudes to the next
    ROW_BYTES = ROW_MAGNITUDE + 4 * ROW_PLANE + 128, ///< an odd number of cache lines
    ROW_COUNT = STRIP_ROWS + 2,                      ///< two rows remain from the strip before
};

/** What a strip of gradients begins and leaves, besides its planes. */
struct gradient_strip {
    const uint8_t *lines[STRIP_ROWS]; ///< blurred rows, at the first pixel of the first block
    int blocks;                       ///< blocks a row
    int32_t low;                      ///< magnitudes above it make their block active
    uint8_t *state;                   ///< STATE_BYTES
    uint8_t *active;  ///< in and out, a flag a block: whether it was active in the row before
    uint8_t *records; ///< ROW_COUNT rows of gradients; the first goes to number 2
    int bits_stride;  ///< bytes from one row of the bitmaps to the next

    /**
     * Out: the active blocks of all rows but the last, and of the row before the first. Low half:
     * distance from `records`. High half: distance in the bitmaps, from the bits of record 1.
     */
    uint64_t *list;
};

/** The inner loops of one level. */
struct kernels {
    enum cpu_level level;
    int block; ///< pixels a vector: 16, 32 or 64

    /** `count` pixels of B, G, R (or R, G, B) bytes to gray, by OpenCV's weights. */
    void (*gray_bgr)(const uint8_t *bgr, int count, uint8_t *gray);
    void (*gray_rgb)(const uint8_t *rgb, int count, uint8_t *gray);

    /** Limited range to full, in place. */
    void (*expand_range)(uint8_t *samples, int count);

    /**
     * Gaussian blur by 3, 5, 7 of a strip: row i of `out` belongs to the place of row i - size / 2
     * of `lines`. Lines start at their first block; 3 bytes before and behind the blocks are read
     * too.
     */
    void (*blur[3])(const uint8_t *const *lines, int blocks, uint8_t *state, uint8_t *const *out);

    /** Gradients by aperture 3, 5, 7, for L1 and L2. Returns the length of the list. */
    int (*gradient[3][2])(const struct gradient_strip *strip);

    /**
     * Non-maximum suppression of listed blocks, for L1 and L2: writes `block` bits of candidates
     * (maxima above low) and of strong ones (above high) for each.
     */
    void (*suppress[2])(const uint8_t *records, const uint64_t *list, int count, int32_t low,
                        int32_t high, uint8_t *candidates, uint8_t *strong);

    /**
     * Grows a row's edges from those of a neighbour row and within the row's words. Bits flow from
     * word to word only one place a call.
     */
    void (*grow)(const uint64_t *candidates, uint64_t *edges, const uint64_t *neighbour, int words);

    /** Whether grow() would still change anything. */
    bool (*unsettled)(const uint64_t *candidates, const uint64_t *edges, const uint64_t *neighbour,
                      int words);

    /** 64 pixels a word: 255 where the bit is set, else 0. */
    void (*expand_bits)(const uint64_t *bits, int words, uint8_t *pixels);
};

/** The kernels of a level that cpu_has(). */
const struct kernels *kernels_of(enum cpu_level level);

extern const struct kernels kernels_c, kernels_ssse3, kernels_avx2, kernels_avx512, kernels_neon;
