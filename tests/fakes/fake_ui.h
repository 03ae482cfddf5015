#pragma once

/**
 * @file
 * Widgets without a window: text as wide as a usual font's, and checks of what was drawn.
 */

#include "render/ui.h"

/** Each character 0.62 of the style's size wide, bold ones 0.7, those of fixed width 0.602. */
struct ui_measure fake_measure(void);

/** A frame's input with the pointer somewhere and nothing else. */
struct ui_input fake_pointer_at(float x, float y);

/** Whether `inner` lies in `outer`, half a pixel of rounding allowed. */
bool fake_is_inside(struct ui_rect inner, struct ui_rect outer);

/** Whether two rectangles share area. */
bool fake_overlap(struct ui_rect a, struct ui_rect b);

/** The rectangle of a command, brought into order where a line runs to the left or up. */
struct ui_rect fake_bounds(const struct ui_command *command);

/**
 * Fails the test if something was drawn outside `area`. What is clipped counts as far as it shows.
 *
 * @param first Number of the first command to look at.
 */
void fake_assert_commands_inside(const struct ui *ui, struct ui_rect area, int first);

/** Fails the test if two texts lie over each other, from command `first` on. */
void fake_assert_texts_apart(const struct ui *ui, int first);

/** Fails the test if a focusable area leaves `area` or two overlap, from region `first` on. */
void fake_assert_controls_apart(const struct ui *ui, struct ui_rect area, int first);

/** The first text command that says exactly this, NULL if none does. */
const struct ui_command *fake_find_text(const struct ui *ui, const char *text);
