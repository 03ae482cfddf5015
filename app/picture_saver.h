#pragma once

/**
 * @file
 * Saves pictures on a thread of its own, so that neither the picture on screen nor the frames wait
 * for a file. One picture is in hand at a time.
 */

#include "processing/error.h"
#include "processing/views.h"

struct picture_saver;

struct picture_saver_config {
    const char *path; ///< file to (over)write; NULL for a new name in the pictures folder
    /** A picture was saved (`ret` 0) or not. Called on the saver's thread. */
    void (*done)(void *self, int ret, const char *path, const struct error *err);
    void *self;
};

/** Starts the thread. `path` must outlive the saver. Returns 0 or a negative errno. */
int picture_saver_create(struct picture_saver **out, const struct picture_saver_config *config);

/**
 * Copies a canvas and saves it by and by. While one is being saved another is refused.
 *
 * @return 0, -EBUSY or -ENOMEM. Always the same thread.
 */
int picture_saver_take(struct picture_saver *saver, const struct canvas *canvas, enum view view);

/** Whether nothing is in hand. Any thread. */
bool picture_saver_is_idle(struct picture_saver *saver);

/** Finishes what is in hand, ends the thread. NULL in *saver is fine. */
void picture_saver_destroy(struct picture_saver **saver);
