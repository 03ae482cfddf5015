#pragma once

/**
 * @file
 * Letters made of strokes: straight lines and arcs of a round pen. For the built-in scene, which
 * must not need a font.
 *
 * Known are the letters of CANNYSCOPE, CONTRAST and BLUR, the digits, colon and full stop;
 * anything else is a space. Threads: any. Nothing allocates.
 */

#include "capture/canvas.h"

/** How a line of text stands in the design, in design units. */
struct lettering {
    float x, y;   ///< top left corner of the first capital
    float height; ///< of a capital
    float half;   ///< half the pen's width
};

/** Paints a line of text. */
void strokes_text(const struct canvas *canvas, const struct lettering *lettering, const char *text,
                  const struct paint *paint);

/** Width of the text in heights of a capital. Digits are all equally wide. */
float strokes_width(const char *text);
