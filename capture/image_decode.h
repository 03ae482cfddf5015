#pragma once

/**
 * @file
 * What the decoders of single pictures share: the job, the checks, the way up.
 *
 * For the decoders only; everybody else reads pictures through capture/image_reader.h.
 */

#include "capture/image_reader.h"

#include <stdio.h>

/** Reading one picture. */
struct image_job {
    const char *path; ///< for sentences
    FILE *file;       ///< at its first byte; closed by who opened it
    const struct image_wish *wish;
    struct image *out;         ///< may have a block already; after a failure image_read() frees it
    struct image_needs *needs; ///< if not NULL the header alone is read, and this is filled
    struct error *err;
};

/** Decodes an opened picture; see image_read(). */
typedef int image_decoder(const struct image_job *job);

/**
 * Opens a regular file to be read; never blocks.
 *
 * @param out Closed by the caller; NULL on failure.
 * @return 0 or a negative errno with a sentence.
 */
int image_open(FILE **out, const char *path, struct error *err);

/** As image_measure() and image_read(), by a decoder that is not in this program. */
int image_measure_by(image_decoder *decode, struct image_needs *needs, const char *path,
                     const struct image_wish *wish, struct error *err);
int image_read_by(image_decoder *decode, struct image *image, const char *path,
                  const struct image_wish *wish, struct error *err);

/** Every way of decoding gives the same frame; for image.serves. */
#define IMAGE_SERVES_ALL                                                                           \
    (1u << IMAGE_LUMA | 1u << IMAGE_LUMA_AND_COLOR | 1u << IMAGE_BGR | 1u << IMAGE_GRAY_OF_BGR)

/** Decodes a JPEG; see image_read(). */
int image_read_jpeg(const struct image_job *job);

/** Decodes a PNG; see image_read(). */
int image_read_png(const struct image_job *job);

/** Decodes a BMP; see image_read(). */
int image_read_bmp(const struct image_job *job);

/**
 * Checks a size as a header declares it.
 *
 * @return 0 or -EFBIG with a sentence.
 */
int image_check_size(const struct image_job *job, unsigned width, unsigned height);

/** Fills job->needs from a header: a block of `format`, and `more` bytes beside it. */
int image_tell_needs(const struct image_job *job, enum pixel_format format, int width, int height,
                     size_t more);

/**
 * Allocates the picture, or takes the block that is there.
 *
 * @param format GRAY8, YUV24, RGB24 or BGR24; or I420 if `orientation` is 1.
 * @param width  As stored; the picture is `height` wide if the orientation lays it on its side.
 * @return 0 or -ENOMEM with a sentence.
 */
int image_allocate(const struct image_job *job, enum pixel_format format, int width, int height,
                   int orientation);

/** Sees to a block of `bytes`, for a layout that is set. 0 or -ENOMEM with a sentence. */
int image_make_room(const struct image_job *job, size_t bytes);

/**
 * Puts a row of an upright or turned picture where it belongs.
 *
 * @param orientation As for image_allocate(), 1 to 8; see capture/exif.h.
 * @param y           Row as stored.
 * @param row         Its pixels as stored.
 */
void image_put_row(struct image *image, int orientation, int y, const uint8_t *row);

/**
 * Turns a picture that was read as stored, when the orientation is known only at its end.
 *
 * @return 0 or -ENOMEM with a sentence; the picture is then as before.
 */
int image_turn(const struct image_job *job, int orientation);

/** Makes a BGR24 picture GRAY8, in its own block. Returns 0 or -ENOMEM with a sentence. */
int image_make_gray(const struct image_job *job);
