#pragma once

/**
 * @file
 * The panel of controls beside the picture, and the bar of keys below it.
 *
 * What can be tuned comes in as plain values and goes out changed; what a press of a button means
 * is the caller's business, who gave its number.
 */

#include "processing/canny.h"
#include "processing/views.h"
#include "render/ui.h"

/** What the controls show and change. */
struct panel_values {
    struct canny_params canny;
    enum view view;
    int noise; ///< of the scene, 0 to 100; < 0 when the source is not the scene
};

/** A button: what the user can also do by a key. */
struct panel_button {
    const char *text; ///< e.g. "Snapshot"
    const char *key;  ///< e.g. "s"; NULL where there is none
    int action;       ///< returned when pressed, > 0
    bool on;          ///< drawn as pressed
};

/** Where everything lies, output pixels; a rectangle without area is folded away. */
struct panel_layout {
    struct ui_rect picture, panel, bar;
    struct ui_rect clear; ///< the part of the picture that the panel does not cover
};

/** Whether the user wants the panel. */
enum panel_wish {
    PANEL_HIDDEN,
    PANEL_SHOWN,   ///< asked for: lies over the picture where there is no room beside it
    PANEL_IF_ROOM, ///< nothing said: folded away on a window too narrow for both
};

/** Divides the window. */
struct panel_layout panel_divide(const struct ui *ui, enum panel_wish wish);

/** Draws the panel; changes `values`. Returns the action of a pressed button, or 0. */
int panel_draw(struct ui *ui, struct ui_rect area, struct panel_values *values,
               const struct panel_button *buttons, int button_count);

/** How a control of the camera is shown. */
enum panel_field_kind {
    PANEL_SLIDER,
    PANEL_SWITCH,  ///< `value` 0 or 1
    PANEL_STEPPER, ///< one of many: `value` is its number, from 0 to `high`, `text` its name
    PANEL_PUSH,    ///< a button: `value` becomes 1
    PANEL_WORDS,   ///< `text` alone, cannot be changed
};

/** One of them. */
struct panel_field {
    unsigned id; ///< unique
    enum panel_field_kind kind;
    const char *name;
    const char *text;
    int64_t value, low, high, step;
    bool dim;    ///< cannot be changed at the moment
    bool beside; ///< a stepper of short words: its name goes beside it where there is little room
    bool apart;  ///< begins another part of the list
};

/**
 * Draws the camera's controls in the place of the panel; the list scrolls below its heading.
 *
 * @param note    What is said where there are no fields.
 * @param fields  The value of one that the user changes is changed.
 * @param changed Set to that one's index, -1 if there is none.
 * @return The action of a pressed button, or 0.
 */
int panel_draw_camera(struct ui *ui, struct ui_rect area, const char *note,
                      struct panel_field *fields, int field_count,
                      const struct panel_button *buttons, int button_count, int *changed);

/**
 * Draws the bar: what is being shown, then as many keys as fit, each of them a button.
 *
 * @param source e.g. "Logitech C920, 1280x720 MJPG 30 FPS".
 * @param keys   The last one (help) is the last to be left out. One whose action is 0 cannot be
 *               pressed.
 * @return The action of a pressed one, or 0.
 */
int panel_draw_bar(struct ui *ui, struct ui_rect area, const char *source,
                   const struct panel_button *keys, int key_count);

/** One line of the card that lists the keys. */
struct panel_help {
    const char *keys; ///< e.g. "[ ]", a cap for each word
    const char *text; ///< what they do
};

/** Draws the card of all keys over everything. True when it was clicked away. */
bool panel_draw_help(struct ui *ui, const struct panel_help *lines, int count);

/**
 * A sentence at the foot of `area`, clear of the overlay, e.g. that no camera was found; on several
 * lines if need be.
 *
 * @param button What can be done about it, beside the sentence or below it; NULL for nothing.
 * @return Its action when it was pressed, else 0.
 */
int panel_draw_notice(struct ui *ui, struct ui_rect area, const char *text, bool warning,
                      const struct panel_button *button);
