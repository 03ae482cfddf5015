#pragma once

/**
 * @file
 * The text of --set-ctrl: what a camera's controls are to be set to, "name=value[,name=value...]".
 *
 * Names are those that `cannyscope devices` prints; a value is a number, for a menu also an item's
 * name, for a switch also on, off, yes, no, true or false; for a button anything.
 */

#include "capture/camera_controls.h"

/** One of them, as typed. */
struct control_wish {
    char name[64];
    char value[64];
};

/**
 * Takes the next one off a text.
 *
 * @param text Moved behind it.
 * @return 1; 0 at the end; -EINVAL: no name, no "=", no value, or far too long.
 */
int control_wish_next(const char **text, struct control_wish *wish);

/** Whether all of a text can be taken. 0 or -EINVAL with a sentence. */
int control_wishes_check(const char *text, struct error *err);

/**
 * Finds what is meant on a camera.
 *
 * @param index Set to that of the control.
 * @param value Set to what it is to be; not fitted to the control's limits yet.
 * @return 0; -ENOENT (no such control) or -EINVAL (no such value), with a sentence that lists what
 *         there is.
 */
int control_wish_resolve(const struct control_wish *wish, const struct camera_controls *controls,
                         int *index, int64_t *value, struct error *err);
