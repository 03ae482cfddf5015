#pragma once

/**
 * @file
 * Moving waves inside a disc: a zone plate and a radial star.
 *
 * Where in its cycle the wave is at a pixel never changes but for one number for all pixels alike,
 * so it is worked out once, and a frame costs a table look-up a pixel.
 *
 * Threads: one per ripple.
 */

#include "capture/canvas.h"

#include <stdint.h>

/** Plain data but for the two blocks it owns. Zeroed, it is empty. */
struct ripple {
    int left, top, width, height; ///< pixels
    uint8_t *phase;               ///< 256ths of a cycle, rows of `width`
    uint8_t *gain;                ///< 16ths of `depth`; the wave is clipped at `depth`
    int depth;                    ///< grey levels to either side
    int8_t wave[256];             ///< a cosine
};

/** A disc of waves, in design units. */
struct ripple_plan {
    float x, y, radius;
    int depth;      ///< grey levels, 1 to 127
    int spokes;     ///< of the star; 0 makes a zone plate
    float shortest; ///< wavelength at the rim of a zone plate
};

/**
 * Works the waves out for a canvas.
 *
 * @param ripple Owned by the caller; freed with ripple_close(), after failure too.
 * @return 0 or -ENOMEM.
 */
int ripple_open(struct ripple *ripple, const struct canvas *canvas, const struct ripple_plan *plan);

/** Adds the waves to the canvas's luma, `shift` 256ths of a cycle on. */
void ripple_draw(const struct ripple *ripple, const struct canvas *canvas, uint8_t shift);

/** Frees the blocks. Fine when empty and twice. */
void ripple_close(struct ripple *ripple);
