#pragma once

/**
 * @file
 * Pictures to files: PNG by libpng, JPEG by libjpeg, never half a file.
 *
 * Other formats are written by encoders that are given along (of the media module).
 *
 * The file is written beside its place under a temporary name, synced and renamed, so that its
 * name always means a whole picture.
 */

#include "processing/error.h"
#include "processing/views.h"

#include <stdio.h>

enum image_pixels {
    IMAGE_BILEVEL, ///< 0 or 255 only: PNG of 1 bit, JPEG gray
    IMAGE_GRAY,    ///< red, green and blue are equal: one channel
    IMAGE_COLOR,
};

/** What a canvas holds that shows this view. */
enum image_pixels image_pixels_of(enum view view);

/** Whether the name's ending is one that image_write() knows (.png, .jpg, .jpeg, any case). */
bool image_write_knows(const char *path);

/**
 * Writes a canvas.
 *
 * @param path   Replaced if it exists; its ending chooses the format.
 * @param pixels What the canvas holds; of IMAGE_BILEVEL and IMAGE_GRAY the green is read.
 * @param err    Filled on failure; nothing is left behind then.
 * @return 0 or a negative errno; -EINVAL for an unknown ending.
 *
 * Any thread.
 */
int image_write(const char *path, const struct canvas *canvas, enum image_pixels pixels,
                struct error *err);

/** Writes pictures of one format; a list ends with a NULL ending. */
struct image_encoder {
    const char *ending; ///< with its dot, lower case, e.g. ".bmp"
    int pixel_bytes; ///< that writing takes for each pixel, at the most, beside the edges; measured

    /**
     * @param file  Written from its first byte; neither synced nor closed.
     * @param edges 0 or 255.
     * @return 0 or a negative errno with a sentence.
     */
    int (*write)(FILE *file, const struct plane *edges, const char *path, struct error *err);
};

/** The one of a list that the name's ending asks for; NULL if there is none, or no list. */
const struct image_encoder *image_encoder_find(const struct image_encoder *encoders,
                                               const char *path);

/**
 * Writes edges, as one channel: PNG with a bit a pixel, JPEG gray.
 *
 * @param edges    0 or 255.
 * @param encoders For what is neither PNG nor JPEG; or NULL.
 * @return As image_write().
 */
int image_write_edges(const char *path, const struct plane *edges,
                      const struct image_encoder *encoders, struct error *err);

/** A picture that is whole but has neither reached the disk nor its name. */
struct image_draft;

/**
 * The first half of image_write_edges(): the edges may be overwritten afterwards. Waiting for the
 * disk is the other half, image_draft_commit(), and may be done by another thread.
 *
 * @param out Set on success, else NULL.
 */
int image_draft_edges(struct image_draft **out, const char *path, const struct plane *edges,
                      const struct image_encoder *encoders, struct error *err);

/** Syncs the picture, gives it its name, sets *draft to NULL; of a failure nothing is left. */
int image_draft_commit(struct image_draft **draft, struct error *err);

/** Removes it. NULL in *draft is fine. */
void image_draft_discard(struct image_draft **draft);
