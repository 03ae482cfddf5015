#pragma once

/**
 * @file
 * A sentence on several lines, broken at its spaces.
 *
 * Threads: the main thread only.
 */

#include "render/ui.h"

enum { TEXT_LINES = 6, TEXT_LINE_BYTES = 512 };

/** A text cut into lines. */
struct text_lines {
    char text[TEXT_LINES][TEXT_LINE_BYTES];
    int count;
    float width; ///< of the longest
};

/**
 * Cuts a text into lines. What does not fit on the last one stays there whole: draw it with
 * ui_label_cut().
 *
 * @param width Of a line, pixels.
 * @param most  Lines there are, at most TEXT_LINES.
 */
void text_lines_wrap(const struct ui *ui, enum ui_style style, const char *text, float width,
                     int most, struct text_lines *lines);
