#pragma once

/**
 * @file
 * WebP by libwebp, with the pixels of cv2.imread(). Of the media module, through media_image.h.
 */

#include "capture/image_decode.h"

/** Decodes a WebP; see image_read(). Colours are BGR24. */
int media_webp_read(const struct image_job *job);
