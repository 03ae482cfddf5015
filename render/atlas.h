#pragma once

/**
 * @file
 * One texture that holds many small masks: glyphs, and the round corners of boxes.
 *
 * A mask is white with varying alpha; it is drawn in any colour. Masks are put in when first
 * needed. When there is no room left all of them go, and come back as they are needed again.
 *
 * Threads: the main thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct SDL_Renderer;

/** A mask, or only measures (w and h 0). */
struct atlas_entry {
    uint64_t key;       ///< whose; the caller's choice, not 0
    int16_t x, y, w, h; ///< where in the texture, pixels
    int16_t left, top;  ///< the caller's own: where the mask lies from where it is drawn
    int16_t advance;    ///< the caller's own: how far the next one is
};

/** Part of a mask, pixels. */
struct atlas_part {
    int x, y, w, h;
};

struct atlas;

/**
 * Makes an empty atlas.
 *
 * @param out      The atlas on success, NULL on failure; freed with atlas_destroy().
 * @param renderer Must outlive the atlas.
 * @param side     Width and height of the texture, pixels.
 * @return 0, -ENOMEM, or -EIO if the renderer makes no such texture.
 */
int atlas_create(struct atlas **out, struct SDL_Renderer *renderer, int side);

/** The entry of a key, valid until the next atlas_add(); NULL if there is none. */
const struct atlas_entry *atlas_find(const struct atlas *atlas, uint64_t key);

/**
 * Puts a mask in.
 *
 * @param entry  Key, size, left, top, advance; x and y are found here. A mask larger than the
 *               texture is left out: w and h of what is kept are 0 then.
 * @param pixels w x h words of 0xAAffffff; unused where w or h is 0.
 * @param stride Bytes from one row of pixels to the next.
 * @return The entry, valid until the next call.
 */
const struct atlas_entry *atlas_add(struct atlas *atlas, struct atlas_entry entry,
                                    const void *pixels, int stride);

/** Chooses what the next masks are drawn in, 0xAARRGGBB. */
void atlas_set_color(struct atlas *atlas, uint32_t color);

/** Draws part of a mask with its top left corner at (x, y), output pixels. */
void atlas_draw(struct atlas *atlas, const struct atlas_entry *entry, struct atlas_part part, int x,
                int y);

/** Frees it and sets *atlas to NULL. NULL in *atlas is fine. */
void atlas_destroy(struct atlas **atlas);
