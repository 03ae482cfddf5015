#pragma once

/**
 * @file
 * Picture files into memory: JPEG by libjpeg, PNG by libpng, BMP, with the pixels of cv2.imread().
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
    IMAGE_GIF,
    IMAGE_OTHER, ///< none of these; it may be a video
};

/** How much of a picture is wanted. */
enum image_decode {
    IMAGE_LUMA,           ///< gray; of a JPEG exactly cv2.imread(IMREAD_GRAYSCALE)
    IMAGE_LUMA_AND_COLOR, ///< the same gray and colours to show
    IMAGE_BGR,            ///< exactly cv2.imread(IMREAD_COLOR)
    IMAGE_GRAY_OF_BGR,    ///< what cv2.cvtColor(BGR2GRAY) makes of that, without the memory for it
};

/** How a picture is to be read. */
struct image_wish {
    enum image_decode how;
    long max_pixels;   ///< most that are accepted, e.g. IMAGE_MAX_PIXELS
    bool keep_damaged; ///< what can be had of a picture that is cut off or damaged is taken
    bool all_frames;   ///< others than the first will be read too: for measuring
};

/** How well a picture was read. */
enum image_state {
    IMAGE_SOUND,
    IMAGE_WARNED,  ///< the decoder complained, but the picture is all there
    IMAGE_DAMAGED, ///< a part is missing or made up
};

/** A picture and the memory it lies in. Zeroed, it is empty. */
struct image {
    struct frame frame; ///< points into `block`; full range, BT.601, time and sequence 0
    struct frame_layout layout;
    uint8_t *block; ///< freed by image_free()
    size_t room;    ///< bytes of the block; at least layout.bytes
    enum image_state state;
    bool more;       ///< this is the first of several frames in the file
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

/** What reading a picture will take, as far as its header says. */
struct image_needs {
    int width, height; ///< pixels, as stored
    size_t bytes;      ///< at the most, of all memory while reading
    size_t kept_bytes; ///< of these, what is left afterwards; 0 if that is not known
    bool more;         ///< it is an animated PNG: reading all frames takes more than this
};

/**
 * Reads the header of a JPEG, PNG or BMP file, and no more.
 *
 * @param needs Filled on success.
 * @return As image_read(), which will find out more.
 */
int image_measure(struct image_needs *needs, const char *path, const struct image_wish *wish,
                  struct error *err);

/**
 * Reads a JPEG, PNG or BMP file; of an animated PNG what readers show that know no animation.
 *
 * The frame is GRAY8 if the file is gray. Of a colour JPEG it is GRAY8 for IMAGE_LUMA, YUV24 for
 * IMAGE_LUMA_AND_COLOR (BGR24 if the JPEG holds RGB or CMYK) and BGR24 for IMAGE_BGR. Of a colour
 * PNG and of a BMP it is BGR24 unless its gray alone is wanted: they have no luma of their own. For
 * IMAGE_GRAY_OF_BGR it is always GRAY8.
 *
 * @param image Zeroed, or an earlier picture, whose block serves again if it is large enough.
 *              Filled on success, to be freed with image_free(); freed and zeroed on failure.
 * @param err   Filled on failure, and when the picture is not IMAGE_SOUND.
 * @return 0; -ENOTSUP (none of them, or a kind of them that cannot be read); -EBADMSG
 *         (damaged or cut off); -EFBIG (too large); -ENOMEM; -EINVAL, -EISDIR (no regular file);
 *         or what opening or reading it gave.
 */
int image_read(struct image *image, const char *path, const struct image_wish *wish,
               struct error *err);

/** Frees the block and zeroes the struct. Fine on a zeroed one. */
void image_free(struct image *image);
