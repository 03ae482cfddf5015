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

/** Reads the header of a picture file, as image_measure() does. */
int media_image_measure(struct image_needs *needs, const char *path, const struct image_wish *wish,
                        struct error *err);

/**
 * Reads the first frame of a picture file as image_read() does; of a damaged one nothing is kept.
 * RGB becomes BGR24 and gray GRAY8; YUV (WebP) stays what it is, or becomes I420, unless colours as
 * OpenCV has them are asked for.
 */
int media_image_read(struct image *image, const char *path, const struct image_wish *wish,
                     struct error *err);

struct image_job;
struct AVFrame;

/** Makes a decoded frame the job's picture. Returns 0 or a negative errno with a sentence. */
int media_image_take(const struct image_job *job, const struct AVFrame *picture);
