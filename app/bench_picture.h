#pragma once

/**
 * @file
 * The picture that is measured: out of a file or of the built-in scene, in the wanted size, in the
 * one format that the detector then reads. All of that happens before anything is measured.
 */

#include "app/settings.h"

struct bench_picture {
    struct frame frame; ///< GRAY8 or BGR24, full range, rows close together
    uint8_t *block;     ///< where its samples are; freed by bench_picture_free()
    size_t bytes;
};

/**
 * Makes the picture.
 *
 * @param out  Filled on success, zeroed on failure.
 * @param file A picture file (JPEG, PNG, BMP, TIFF, WebP), or "" for the scene, which has `noise`.
 * @param size Pixels; 0x0 for the file's own size. Another one than that resamples the file's
 *             picture; the scene is drawn in any.
 * @param gray GRAY_LUMA: GRAY8, the gray that live finds edges in. GRAY_BGR: BGR24.
 * @param err  Filled on failure.
 * @return 0 or a negative errno.
 */
int bench_picture_make(struct bench_picture *out, const char *file, struct setting_size size,
                       enum gray_mode gray, int noise, struct error *err);

/** Frees the samples and zeroes the struct. Fine on a zeroed one. */
void bench_picture_free(struct bench_picture *picture);
