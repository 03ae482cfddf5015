#pragma once

/**
 * @file
 * TIFF by libtiff, with the pixels of cv2.imread(). Of the media module, through media_image.h.
 */

#include "capture/image_decode.h"

/** Decodes a TIFF's first picture; see image_read(). Colours are BGR24. */
int media_tiff_read(const struct image_job *job);
