#pragma once

/**
 * @file
 * The keys: one table that says which key does what, how it is shown and which button does the
 * same. The window's loop looks events up in it; the help card, the bar of keys and the printed
 * help are read off it.
 *
 * Characters are matched as text, so they work on every keyboard layout; keys that write no
 * character, and letters with Ctrl, by their code.
 *
 * Threads: everything is constant.
 */

#include "render/panel.h"
#include "render/window.h"

#include <stdio.h>

/** What a key or a button asks for. */
enum action {
    ACTION_NONE,
    ACTION_QUIT,
    ACTION_ESCAPE,     ///< leave fullscreen, close what is open, else quit
    ACTION_FULLSCREEN, ///< on or off
    ACTION_FREEZE,     ///< on or off
    ACTION_STEP,       ///< one frame on
    ACTION_VIEW_ORIGINAL,
    ACTION_VIEW_GRAY,
    ACTION_VIEW_EDGES,
    ACTION_VIEW_OVERLAY,
    ACTION_VIEW_NEXT,
    ACTION_LOW_DOWN,
    ACTION_LOW_UP,
    ACTION_HIGH_DOWN,
    ACTION_HIGH_UP,
    ACTION_BLUR,      ///< next size
    ACTION_APERTURE,  ///< next size
    ACTION_MAGNITUDE, ///< L1 or L2
    ACTION_OVERLAY,   ///< short, full, off
    ACTION_PANEL,     ///< on or off
    ACTION_CAMERA,    ///< the camera's page: on or off
    ACTION_NEXT_CAMERA,
    ACTION_MEMORY,            ///< the memory page: on or off
    ACTION_LAB,               ///< the memory experiments' page: on or off
    ACTION_LEDGER_SNAPSHOT,   ///< of the memory ledger
    ACTION_LEDGER_DIFFERENCE, ///< since the last one
    ACTION_SNAPSHOT,
    ACTION_WINDOW_SNAPSHOT,
    ACTION_RECORD,    ///< on or off
    ACTION_LOOPBACK,  ///< the virtual camera on or off; a button without a key
    ACTION_KEEP_RATE, ///< the camera may not lower its rate in the dark; a notice's button
    ACTION_HELP,      ///< the card of keys on or off
    ACTION_FOCUS_NEXT,
    ACTION_FOCUS_PREVIOUS,
    ACTION_VALUE_DOWN, ///< of the focused control; the event says whether Shift makes it ten
    ACTION_VALUE_UP,
    ACTION_VALUE_HOME,
    ACTION_VALUE_END,
    ACTION_ACTIVATE, ///< press the focused button
    ACTIONS
};

/** One key. */
struct key_binding {
    const char *text;    ///< the character it writes, UTF-8; NULL for keys known by their code
    enum window_key key; ///< WINDOW_KEY_NONE for characters
    bool ctrl;           ///< with Ctrl; without it otherwise. Shift is left to the action.
    enum action action;
    const char *name;   ///< as people read it, e.g. "Ctrl+Q"
    const char *shown;  ///< keys of its line in the help, two spaces between; NULL: has no line
    const char *help;   ///< that line, one phrase; NULL with `shown`
    const char *button; ///< words on a button that does the same; NULL for none
};

/** The table, in the order of the help. */
extern const struct key_binding key_table[];
extern const int key_count;

/** What an event asks for; ACTION_NONE for what is no key or not in the table. */
enum action keys_find(const struct window_event *event);

/** The first row of an action; NULL if there is none. */
const struct key_binding *keys_of(enum action action);

/**
 * Makes the buttons of the table, not pressed.
 *
 * @param buttons Room for `room` of them.
 * @return How many there are; no more than `room`.
 */
int keys_buttons(struct panel_button *buttons, int room);

/**
 * Makes the lines of the help card.
 *
 * @param lines Room for `room` of them.
 * @return How many there are; no more than `room`.
 */
int keys_help(struct panel_help *lines, int room);

/** Prints the lines as a Markdown table, for `cannyscope help keys` and the README. */
void keys_print(FILE *out);
