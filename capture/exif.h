#pragma once

/**
 * @file
 * The one fact of a picture's Exif data that changes its pixels: which way up it is.
 */

#include <stddef.h>
#include <stdint.h>

/**
 * Reads the orientation, 1 to 8:
 *
 *     1 as stored    2 mirrored       3 half a turn     4 upside down, mirrored
 *     5 transposed   6 quarter turn   7 transposed,     8 quarter turn
 *                      clockwise        half a turn       anticlockwise
 *
 * The words say what has to be done to the stored picture so that it stands upright.
 *
 * @param data  Exif data from its TIFF header on ("II" or "MM"); may be anything at all.
 * @param bytes Its length.
 * @return 1 if there is none or it makes no sense.
 */
int exif_orientation(const uint8_t *data, size_t bytes);
