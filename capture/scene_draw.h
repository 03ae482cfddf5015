#pragma once

/**
 * @file
 * What the built-in scene shows: an evening landscape that is a test card as well.
 *
 * Threads: the source's. Drawing allocates nothing.
 */

#include <stdint.h>

/** All that does not change from frame to frame. */
struct scene_picture;

/**
 * Draws the background.
 *
 * @param out    The picture on success, NULL on failure; the caller's, for
 *               scene_picture_destroy().
 * @param width  Pixels, 1 to FRAME_MAX_SIDE; as `height`.
 * @return 0, -EINVAL (size out of range) or -ENOMEM.
 */
int scene_picture_create(struct scene_picture **out, int width, int height);

/**
 * Draws frame `n`.
 *
 * @param block Written: a PIXEL_I420 frame as frame_layout_make() lays it out with stride 0.
 */
void scene_picture_draw(const struct scene_picture *picture, uint32_t n, uint8_t *block);

/** Frees it and sets *picture to NULL. NULL in *picture is fine. */
void scene_picture_destroy(struct scene_picture **picture);

/** The scene's own time at frame `n`, nanoseconds from its start. */
int64_t scene_time_ns(uint32_t n);
