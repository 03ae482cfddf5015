#pragma once

/**
 * @file
 * Pictures turned by quarters, for files whose camera was held upright.
 *
 * Of the media module only. Threads: any.
 */

#include "processing/frame.h"

/** Whether frames of this format can be turned: not those whose samples hang together in pairs. */
bool media_rotates(enum pixel_format format);

/**
 * Turns a frame clockwise.
 *
 * @param turns Quarters, 1 to 3.
 * @param to    Layout of `block`: from->format, its width and height exchanged if `turns` is odd.
 * @param block Written; not overlapping `from`.
 */
void media_rotate(const struct frame *from, int turns, const struct frame_layout *to,
                  uint8_t *block);
