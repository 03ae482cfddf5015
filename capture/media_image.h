#pragma once

/**
 * @file
 * Pictures that FFmpeg reads (BMP, TIFF, WebP and others) as a source of frames; see
 * capture/still.h for how they are played. Of the media module: reached through app/media.h.
 */

#include "capture/image_reader.h"
#include "capture/source.h"

/** source_config.location is the file. */
extern const struct source_kind media_image_source_kind;

/**
 * Reads a picture file as image_read() does. RGB becomes BGR24 and gray GRAY8; YUV (WebP) stays
 * what it is, or becomes I420, unless IMAGE_BGR is asked for.
 */
int media_image_read(struct image *out, const char *path, enum image_decode how, long max_pixels,
                     struct error *err);
