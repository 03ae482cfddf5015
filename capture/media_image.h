#pragma once

/**
 * @file
 * Pictures that need a library which the program does without (TIFF, WebP, GIF) as a source of
 * frames; see capture/still.h for how they are played. Of the media module: reached through
 * app/media.h.
 */

#include "capture/image_reader.h"
#include "capture/source.h"

/** source_config.location is the file. */
extern const struct source_kind media_image_source_kind;

/**
 * Reads the header of a picture file, as image_measure() does; with wish->all_frames of all pages
 * or of an animated PNG.
 */
int media_image_measure(struct image_needs *needs, const char *path, const struct image_wish *wish,
                        struct error *err);

/**
 * Reads the first frame of a picture file as image_read() does: BGR24, or GRAY8 for
 * IMAGE_GRAY_OF_BGR; of a GIF also what media_convert makes of it.
 */
int media_image_read(struct image *image, const char *path, const struct image_wish *wish,
                     struct error *err);
