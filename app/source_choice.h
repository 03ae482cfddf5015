#pragma once

/**
 * @file
 * From what the user typed as SOURCE to a kind of source and its location.
 */

#include "app/settings.h"
#include "capture/source.h"

struct source_choice {
    const struct source_kind *kind;
    char location[SETTING_TEXT_BYTES]; ///< device or file; "" for the scene
    char notice[256]; ///< to be said on screen, e.g. that no camera was found; or ""
    bool file;        ///< nothing of it may be lost without a window
    bool still;       ///< a single picture
    bool scene;
    bool camera;
};

/**
 * Chooses. In order: `scene`; a device by path, number or link; a file that exists; a camera whose
 * name contains the text. Nothing typed: the last camera if it is there, else the first camera,
 * else the scene, with a notice where that is a surprise.
 *
 * @return 0, or a negative errno with a sentence: nothing of that name, or not readable.
 */
int source_choose(struct source_choice *choice, const struct settings *settings, struct error *err);
