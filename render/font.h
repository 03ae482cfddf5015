#pragma once

/**
 * @file
 * Text: glyphs rasterised at exactly the size they are shown in, kept as masks in an atlas.
 *
 * Any character the fonts have can be shown; others, and bytes that are not UTF-8, as U+FFFD.
 *
 * Threads: the main thread only.
 *
 * Source: SDL_ttf 2.20, https://wiki.libsdl.org/SDL2_ttf
 */

#include "processing/error.h"
#include "render/atlas.h"
#include "render/ui.h"

struct font;

/**
 * Opens the fonts.
 *
 * @param out    The fonts on success, NULL on failure; closed with font_close().
 * @param assets Folder that holds fonts/; read during the call only.
 * @return 0, -ENOMEM, or -ENOENT if a file is missing or no font.
 */
int font_open(struct font **out, const char *assets, struct error *err);

/** Width of a text and height of a line, pixels; `unit` as in struct ui_command. */
float font_width(struct font *font, struct atlas *atlas, enum ui_style style, float unit,
                 const char *text, size_t bytes);
float font_height(struct font *font, struct atlas *atlas, enum ui_style style, float unit);

/** Draws a text, its top left corner at (x, y), in the atlas's colour. */
void font_draw(struct font *font, struct atlas *atlas, enum ui_style style, float unit, int x,
               int y, const char *text);

/** Closes them, sets *font to NULL. Takes NULL in *font and half-open fonts. */
void font_close(struct font **font);
