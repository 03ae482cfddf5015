#pragma once

/**
 * @file
 * Picture files into memory: JPEG by libjpeg, PNG by libpng, with the pixels of cv2.imread().
 *
 * A whole picture lies in one block that the caller owns. It is upright: the orientation that a
 * camera noted in the Exif data has been applied. What a file is, is told by its first bytes and
 * never by its name.
 *
 * Threads: any; nothing is shared.
 */

#include "processing/error.h"
#include "processing/frame.h"

/** Most pixels that a picture may have unless the user says otherwise. */
#define IMAGE_MAX_PIXELS 100000000L

/** What the first bytes of a file promise. */
enum image_kind {
    IMAGE_UNREADABLE, ///< missing, forbidden, empty, or no regular file
    IMAGE_JPEG,
    IMAGE_PNG,
    IMAGE_BMP,
    IMAGE_TIFF,
    IMAGE_WEBP,
    IMAGE_OTHER, ///< none of these; it may be a video
};

/** How much of a picture is wanted. */
enum image_decode {
    IMAGE_LUMA,           ///< gray; of a JPEG exactly cv2.imread(IMREAD_GRAYSCALE)
    IMAGE_LUMA_AND_COLOR, ///< the same gray and colours to show
    IMAGE_BGR,            ///< exactly cv2.imread(IMREAD_COLOR)
};

/** A picture and the memory it lies in. */
struct image {
    struct frame frame; ///< points into `block`; full range, BT.601, time and sequence 0
    struct frame_layout layout;
    uint8_t *block;  ///< layout.bytes; freed by image_free()
    unsigned serves; ///< bit 1u << d: reading it as enum image_decode d would give this very frame
};

/**
 * Tells what a file is.
 *
 * @param err Filled if the answer is IMAGE_UNREADABLE.
 *
 * Never blocks on a FIFO or a device: what is no regular file is refused.
 */
enum image_kind image_sniff(const char *path, struct error *err);

/**
 * Reads a JPEG or PNG file.
 *
 * The frame is GRAY8 if the file is gray. Of a colour JPEG it is GRAY8 for IMAGE_LUMA, YUV24 for
 * IMAGE_LUMA_AND_COLOR (BGR24 if the JPEG holds RGB or CMYK) and BGR24 for IMAGE_BGR. Of a colour
 * PNG it is always BGR24: a PNG has no luma of its own.
 *
 * @param out        Filled on success, to be freed with image_free(); zeroed on failure.
 * @param how        What is wanted of it.
 * @param max_pixels Most pixels accepted, e.g. IMAGE_MAX_PIXELS; checked before any is decoded.
 * @param err        Filled on failure.
 * @return 0; -ENOTSUP (neither JPEG nor PNG, or a kind of them that cannot be read); -EBADMSG
 *         (damaged or cut off); -EFBIG (too large); -ENOMEM; -EINVAL, -EISDIR (no regular file);
 *         or what opening or reading it gave.
 */
int image_read(struct image *out, const char *path, enum image_decode how, long max_pixels,
               struct error *err);

/** Frees the block and zeroes the struct. Fine on a zeroed one. */
void image_free(struct image *image);
