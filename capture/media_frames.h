#pragma once

/**
 * @file
 * The frames of a picture file, one after the other: of a GIF or an animated PNG as they are shown,
 * of a TIFF its pages.
 *
 * Of the media module. One frame is in memory at a time, beside it the next one of an animation
 * and the file of a TIFF.
 *
 * Threads: one at a time for each file.
 */

#include "capture/image_reader.h"

struct media_frames;

/**
 * Opens a GIF, a PNG or a TIFF.
 *
 * @param out  Set on success, NULL on failure; closed with media_frames_close().
 * @param path Must outlive it, as `wish` must.
 * @param err  Filled on failure.
 * @return 0 or as image_read().
 */
int media_frames_open(struct media_frames **out, const char *path, const struct image_wish *wish,
                      struct error *err);

/**
 * Finds out what reading will take, without decoding pixels. It can only be closed then.
 *
 * @param needs Filled: of the first frame, or of the largest page with wish->all_frames; 0 x 0
 * pixels if it is too damaged to tell.
 */
void media_frames_measure(struct media_frames *frames, struct image_needs *needs);

/**
 * Reads the next frame, as image_read() does; image->more says whether another one follows.
 *
 * @param image As for image_read().
 * @param err   Filled on failure, and when the picture is not IMAGE_SOUND: with keep_damaged one
 *              before it was damaged and passed over.
 * @return 0; -ENODATA (there are no more); -EBADMSG (damaged; unless wish->keep_damaged and there
 * is a sound one behind it); or as image_read().
 */
int media_frames_next(struct media_frames *frames, struct image *image, struct error *err);

/** Closes the file, frees, sets *frames to NULL. NULL in *frames is fine. */
void media_frames_close(struct media_frames **frames);
