#pragma once

/**
 * @file
 * What keys and buttons do to what the user has set. No window in here: plain values change.
 */

#include "app/controls.h"
#include "app/keys.h"
#include "render/overlay.h"

/** What is in the panel. */
enum live_page {
    LIVE_PAGE_TUNING, ///< thresholds, filter, view
    LIVE_PAGE_CAMERA, ///< which one, its mode, its controls
    LIVE_PAGE_MEMORY, ///< what memory is used for
    LIVE_PAGE_LAB,    ///< the memory experiments
};

/** Everything a user changes while looking. */
struct live_state {
    struct control_values values;
    enum overlay_mode overlay;
    enum panel_wish panel;
    enum live_page page;
    bool differences; ///< the card of the ledger's differences is open
    bool help;        ///< the card of keys is open
    bool fullscreen;  ///< wanted
    bool loopback;    ///< the virtual camera: wanted
    bool record;      ///< wanted
    bool shot;        ///< a snapshot of the window: wanted with the next drawing
    bool quit;
};

/** Where the panel is at the moment, which decides what p and Esc do to it. */
enum panel_place {
    PANEL_FOLDED,
    PANEL_BESIDE,
    PANEL_OVER, ///< over the picture
};

/** Applies an action. */
void action_apply(struct live_state *state, enum action action, enum panel_place panel);

/** Whether holding the key down does it again and again; a switch would only flicker. */
bool action_repeats(enum action action);

/**
 * Whether an action is for the focused widget.
 *
 * @param input Its keyboard fields are filled then.
 */
bool action_to_input(enum action action, bool shift, struct ui_input *input);
