#pragma once

/**
 * @file
 * JPEG pictures as cameras send them, decoded one by one with one decoder.
 *
 * Threads: a decoder belongs to one thread at a time.
 */

#include "processing/error.h"
#include "processing/frame.h"

/** A decoder: its tables and working memory are used again for each picture. */
struct mjpeg;

/** What is to be said of a picture that was decoded. */
enum mjpeg_state {
    MJPEG_CLEAN,  ///< nothing
    MJPEG_FLAWED, ///< the decoder warned (stray bytes, a broken segment), but there is a picture
};

/** Makes a decoder, freed with mjpeg_destroy(). Returns 0 or -ENOMEM; *out is then NULL. */
int mjpeg_create(struct mjpeg **out);

/**
 * Reads the header alone.
 *
 * @param width  Pixels; set on success.
 * @param height Rows; set on success.
 * @param err    Filled on failure, with the decoder's words.
 * @return 0 or -EBADMSG.
 */
int mjpeg_size(struct mjpeg *mjpeg, const uint8_t *data, size_t bytes, int *width, int *height,
               struct error *err);

/**
 * Decodes a picture.
 *
 * @param data   A JPEG; what follows its end is ignored. Without Huffman tables it is decoded
 *               with the standard's example tables, as Motion-JPEG has it.
 * @param layout Of PIXEL_GRAY8 (luma alone, the cheapest), PIXEL_YUYV (its Y equals that luma, its
 *               colour is the picture's own where that is stored for two pixels together, as
 *               cameras do; else their mean) or PIXEL_BGR24, with the picture's size.
 * @param block  layout->bytes, written as far as decoding got.
 * @param err    Filled on failure, with the decoder's words.
 * @return enum mjpeg_state; -EMSGSIZE (the picture has another size than the layout; nothing was
 *         written), -EBADMSG (no JPEG, damaged, or it ends too early) or -ENOMEM.
 */
int mjpeg_decode(struct mjpeg *mjpeg, const uint8_t *data, size_t bytes,
                 const struct frame_layout *layout, uint8_t *block, struct error *err);

/** Frees the decoder and sets *mjpeg to NULL. NULL in *mjpeg is fine. */
void mjpeg_destroy(struct mjpeg **mjpeg);
