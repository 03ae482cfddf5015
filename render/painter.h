#pragma once

/**
 * @file
 * Carries out the widgets' drawing commands with SDL's renderer, text and round corners included.
 *
 * Threads: the main thread only.
 */

#include "processing/error.h"
#include "render/ui.h"

struct SDL_Renderer;
struct painter;

/**
 * Opens the fonts and makes the atlas.
 *
 * @param out      The painter on success, NULL on failure; freed with painter_destroy().
 * @param renderer Must outlive it, or be replaced with painter_remake().
 * @param assets   Folder that holds fonts/; read during the call only.
 * @return 0, -ENOENT (a font is missing) or another negative errno.
 */
int painter_create(struct painter **out, struct SDL_Renderer *renderer, const char *assets,
                   struct error *err);

/** Makes the text measured as it will be drawn. The painter must outlive it. */
struct ui_measure painter_measure(struct painter *painter);

/**
 * Prepares for a scale: a new one gets a new, empty atlas that suits it.
 *
 * @return 0; a negative errno if there is no atlas, not even an old one: then nothing can be drawn.
 */
int painter_set_scale(struct painter *painter, float scale);

/** Draws the commands so far. Allocates nothing once every glyph has been seen. */
void painter_draw(struct painter *painter, const struct ui *ui);

/**
 * Drops the atlas, whose renderer is to be destroyed or has lost its textures. Nothing may be
 * measured or drawn until painter_remake().
 */
void painter_drop(struct painter *painter);

/** Makes the atlas anew, perhaps with another renderer. Returns 0 or a negative errno. */
int painter_remake(struct painter *painter, struct SDL_Renderer *renderer);

/** Frees it and sets *painter to NULL. Takes NULL in *painter and a half-built painter. */
void painter_destroy(struct painter **painter);
