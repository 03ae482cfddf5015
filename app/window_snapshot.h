#pragma once

/**
 * @file
 * A picture of the whole window as it is drawn, with everything on it, into the pictures folder.
 */

#include "app/picture_saver.h"
#include "render/window.h"

/**
 * Reads what was drawn since window_begin() and saves it by and by.
 *
 * @param saver  Made when it is NULL, by `config`; the caller's to destroy. While it saves another
 *               is refused.
 * @return 0; -EBUSY; or another negative errno. Main thread, between window_draw() and
 *         window_present().
 */
int window_snapshot_take(struct picture_saver **saver, const struct picture_saver_config *config,
                         struct window *window);
