#pragma once

/**
 * @file
 * Two streaming textures: one is shown while the other's memory is lent out to be written.
 *
 * The format is one that the renderer takes without conversion, so that a frame costs no
 * allocation and no pass over the pixels. The size follows the picture, never the window.
 *
 * Threads: the main thread only; the lent canvas may be written by any one thread.
 */

#include "processing/views.h"

struct SDL_Renderer;
struct SDL_Rect;
struct texture_pair;

/**
 * Makes the pair, without textures yet.
 *
 * @param out      The pair on success, NULL on failure; freed with texture_pair_destroy().
 * @param renderer Must outlive it, or be replaced with texture_pair_remake().
 * @return 0 or -ENOMEM.
 */
int texture_pair_create(struct texture_pair **out, struct SDL_Renderer *renderer);

/**
 * Lends the memory of the texture that is not shown, made anew if its size differs.
 *
 * @param canvas Filled on success; every pixel of it is to be written.
 * @return 0, -EBUSY (lent already), -EINVAL (a size the renderer cannot have) or -EIO.
 */
int texture_pair_lend(struct texture_pair *pair, int width, int height, struct canvas *canvas);

/** The lent canvas is whole: it is what is shown from now on. Fine when none is lent. */
void texture_pair_show(struct texture_pair *pair);

/** The lent canvas was not written: what was shown stays. Fine when none is lent. */
void texture_pair_take_back(struct texture_pair *pair);

/** Size of what is shown, pixels; false if nothing is. */
bool texture_pair_size(const struct texture_pair *pair, int *width, int *height);

/** Draws what is shown, scaled to a box; nothing if nothing is. */
void texture_pair_draw(const struct texture_pair *pair, const struct SDL_Rect *to);

/** Frees the textures, whose renderer is to be destroyed or lost them. None may be lent. */
void texture_pair_drop(struct texture_pair *pair);

/**
 * Makes both textures anew, perhaps with another renderer, in the sizes they had. Nothing is
 * shown until the next texture_pair_show().
 *
 * @return 0 or a negative errno.
 */
int texture_pair_remake(struct texture_pair *pair, struct SDL_Renderer *renderer);

/** Frees it and sets *pair to NULL. NULL in *pair is fine. */
void texture_pair_destroy(struct texture_pair **pair);
