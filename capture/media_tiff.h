#pragma once

/**
 * @file
 * TIFF by libtiff, with the pixels of cv2.imread(). Of the media module, through media_image.h and
 * media_frames.h.
 */

#include "capture/image_decode.h"

struct media_tiff;

/**
 * Opens a TIFF whose pages are read one after the other.
 *
 * @param out Set on success, NULL on failure; closed with media_tiff_close().
 * @param job Its file must stay open until then; if it asks for needs, pages can be measured only.
 * @return 0 or a negative errno with a sentence.
 */
int media_tiff_open(struct media_tiff **out, const struct image_job *job);

/**
 * Decodes the next page, or measures it; see image_read(). Colours are BGR24. job->out->more says
 * whether another page follows.
 *
 * @return 0; -ENODATA (there are no more, without a sentence); or as image_read(). A page that
 * failed is passed over by the next call.
 */
int media_tiff_next(struct media_tiff *tiff, const struct image_job *job);

/** NULL in *tiff is fine; sets it to NULL. */
void media_tiff_close(struct media_tiff **tiff);

/** Decodes a TIFF's first page, or measures it. */
int media_tiff_read(const struct image_job *job);
