#pragma once

/**
 * @file
 * The inputs of the golden test by name:
 *
 *     noise:3          a pattern and its seed (tests/golden/patterns.h)
 *     crop:home.pgm    a small file beside the golden file
 *     photo:home.jpg   a file of Debian's package opencv-doc, where that is installed
 */

#include "processing/frame.h"

/** Where Debian's opencv-doc keeps its pictures. */
#define PICTURES_PHOTO_DIR "/usr/share/doc/opencv-doc/examples/data"

/** A picture in memory of its own, GRAY8 or BGR24, rows close together. */
struct picture {
    struct frame frame;
    uint8_t *block; ///< freed by picture_free()
};

/**
 * Makes or reads a picture.
 *
 * @param out        Filled on success; the caller frees it with picture_free().
 * @param name       As above.
 * @param format     PIXEL_GRAY8 or PIXEL_BGR24. JPEG files give their own luma as gray.
 * @param width      Pixels; files must have exactly this size.
 * @param height     Rows.
 * @param crop_dir   Folder of the crops.
 * @return 0, -ENOENT (no such file or pattern), -EINVAL (another size or kind), -ENOMEM.
 */
int picture_load(struct picture *out, const char *name, enum pixel_format format, int width,
                 int height, const char *crop_dir);

/** Frees the block and zeroes the struct. A zeroed one is fine. */
void picture_free(struct picture *picture);

/** CRC-32 of the picture's samples. */
uint32_t picture_checksum(const struct picture *picture);

/** Decodes a JPEG into `picture`, whose frame says what is wanted. 0 or -EINVAL. */
int picture_read_jpeg(struct picture *picture, const char *path);

/** Decodes a PNG likewise; alpha is dropped, gray becomes colour where colour is wanted. */
int picture_read_png(struct picture *picture, const char *path);
