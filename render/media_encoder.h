#pragma once

/**
 * @file
 * Pictures to BMP, TIFF and WebP files by FFmpeg's encoders. Of the media module only.
 *
 * Threads: any.
 */

#include "render/image_writer.h"

/** .bmp, .tif, .tiff and .webp; ends with a NULL ending. */
extern const struct image_encoder media_encoders[];
