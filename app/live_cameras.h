#pragma once

/**
 * @file
 * Cameras in the window: the page, the next one at a key, and a word when one appears.
 *
 * Threads: the main thread only.
 */

#include "app/camera_page.h"
#include "app/notices.h"
#include "app/session.h"

/** Zeroed, it is empty. */
struct live_cameras {
    struct camera_page page;
    unsigned generation;      ///< of the cameras that were known when last looked at
    struct camera_list known; ///< those
};

/** Takes what is new. Returns whether the page, which is `shown` or not, is to be drawn again. */
bool live_cameras_update(struct live_cameras *cameras, struct session *session,
                         struct notices *notices, bool shown);

/**
 * Draws the page and does what the user did there.
 *
 * @param picked Set to whether another source or mode was asked for.
 * @return The action of a pressed button.
 */
enum action live_cameras_draw(struct live_cameras *cameras, struct session *session, struct ui *ui,
                              struct ui_rect area, bool *picked);

/** Goes to the next camera; says so if there is none. Returns whether one was asked for. */
bool live_cameras_next(struct live_cameras *cameras, struct session *session,
                       struct notices *notices);

void live_cameras_free(struct live_cameras *cameras);
