#pragma once

/**
 * @file
 * Gray rows out of any pixel format: what the edge detector sees.
 *
 * GRAY_LUMA takes the picture's own luma, expanded to 0..255 where the source says it runs over
 * 16..235: clamp(((Y - 16) * 298 + 128) >> 8). A threshold then means the same for every source.
 * RGB has no luma of its own; it is weighted as below.
 *
 * GRAY_BGR takes the colour apart and weights it as OpenCV's COLOR_BGR2GRAY does:
 * (3735 B + 19235 G + 9798 R + 16384) >> 15. YUV becomes BGR by the integers of OpenCV's
 * COLOR_YUV2BGR_* for limited BT.601, by the same form of arithmetic for the other kinds.
 */

#include "processing/frame.h"

/** Which gray a colour picture becomes. */
enum gray_mode {
    GRAY_LUMA,
    GRAY_BGR,
};

/**
 * Writes one row of gray, frame->width bytes.
 *
 * @param y    0 to frame->height - 1.
 * @param gray Not overlapping the frame.
 *
 * Any thread; allocates nothing.
 */
void gray_row(const struct frame *frame, enum gray_mode mode, int y, uint8_t *gray);

/** As gray_row(), for `count` pixels from the even column `x` on. */
void gray_span(const struct frame *frame, enum gray_mode mode, int y, int x, int count,
               uint8_t *gray);

/** Writes one row of full-range colour: frame->width triples of B, G, R bytes. As gray_row(). */
void color_row(const struct frame *frame, int y, uint8_t *bgr);
