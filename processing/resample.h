#pragma once

/**
 * @file
 * A picture in another size, bilinearly.
 */

#include "processing/frame.h"

/**
 * Fills `to` with the picture in `from`, stretched or shrunk to its size. The same size copies.
 *
 * @param channels Samples a pixel, interleaved: 1 for GRAY8, 3 for BGR24, 4 for a
 *                 canvas.
 * @param from     Its width, as that of `to`, counts samples: `channels` times the pixels.
 * @param to       Not overlapping `from`.
 *
 * Any thread; allocates nothing.
 */
void resample_bilinear(int channels, const struct plane *from, const struct plane *to);
