#pragma once

/**
 * @file
 * A painted canvas in the formats that cameras speak, for whoever takes this program for one.
 *
 * The YUV formats are written as BT.601, limited range: Y 16 to 235, U and V 16 to 240. That is
 * what V4L2 means where it says nothing, and what its readers assume. GRAY8 and the RGB formats
 * have full range, again V4L2's default.
 */

#include "processing/frame.h"
#include "processing/views.h"

/** Whether canvas_convert() makes this format. */
bool canvas_converts_to(enum pixel_format format);

/**
 * Writes the canvas as a frame.
 *
 * @param layout Of a format that canvas_converts_to(); its size is the canvas's, or one more where
 *               that is odd: the last column and row are repeated then.
 * @param block  Room for layout->bytes.
 *
 * Any thread; allocates nothing.
 */
void canvas_convert(const struct canvas *canvas, const struct frame_layout *layout, uint8_t *block);
