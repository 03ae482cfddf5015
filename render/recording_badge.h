#pragma once

/**
 * @file
 * The sign that a recording is under way: a red dot, the word, its time and its size; and what it
 * loses.
 */

#include "render/ui.h"

/** What it says. */
struct recording_badge {
    int64_t duration_ns, bytes; ///< of the file under way
    unsigned lost;              ///< pictures that the encoder had no time for
};

/**
 * Draws it into the top left corner of `area`, as large as the overlay.
 *
 * @return What is left of the area below it.
 */
struct ui_rect recording_badge_draw(struct ui *ui, struct ui_rect area,
                                    const struct recording_badge *badge);
