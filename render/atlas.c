/**
 * @file
 * Masks are packed in shelves: side by side in rows as high as their highest mask, a new row
 * below when one is full. Found by an open-addressed hash table that is never more than three
 * quarters full.
 *
 * The texture is static: SDL keeps no second copy for us, and the software renderer blends from
 * it without conversion.
 */
#include "render/atlas.h"

#include "processing/memory.h"

#include <SDL2/SDL.h>
#include <errno.h>
#include <string.h>

enum { SLOTS = 2048, GAP = 1 };

struct atlas {
    SDL_Renderer *renderer;
    SDL_Texture *texture;
    int side;
    int x, y, shelf; ///< where the next mask goes, and the height of its row
    int used;        ///< slots
    struct atlas_entry slots[SLOTS];
};

static int make_texture(struct atlas *atlas)
{
    atlas->texture = SDL_CreateTexture(atlas->renderer, SDL_PIXELFORMAT_ARGB8888,
                                       SDL_TEXTUREACCESS_STATIC, atlas->side, atlas->side);
    if (!atlas->texture)
        return -EIO;
    memory_note(MEMORY_TEXTURES, (int64_t)atlas->side * atlas->side * 4);
    SDL_SetTextureBlendMode(atlas->texture, SDL_BLENDMODE_BLEND);
    SDL_SetTextureScaleMode(atlas->texture, SDL_ScaleModeNearest);
    return 0;
}

int atlas_create(struct atlas **out, struct SDL_Renderer *renderer, int side)
{
    struct atlas *atlas = *out = memory_alloc(MEMORY_INTERFACE, sizeof(*atlas));
    if (!atlas)
        return -ENOMEM;
    atlas->renderer = renderer;
    atlas->side = side;
    int status = make_texture(atlas);
    if (status < 0)
        atlas_destroy(out);
    return status;
}

/** Slot of a key, or the empty one where it belongs. */
static size_t slot_of(const struct atlas *atlas, uint64_t key)
{
    size_t slot = (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32) % SLOTS;
    while (atlas->slots[slot].key != 0 && atlas->slots[slot].key != key)
        slot = (slot + 1) % SLOTS;
    return slot;
}

const struct atlas_entry *atlas_find(const struct atlas *atlas, uint64_t key)
{
    const struct atlas_entry *entry = &atlas->slots[slot_of(atlas, key)];
    return entry->key ? entry : NULL;
}

static void empty(struct atlas *atlas)
{
    memset(atlas->slots, 0, sizeof(atlas->slots));
    atlas->x = atlas->y = atlas->shelf = atlas->used = 0;
}

/** Finds room; false when there is none. */
static bool place(struct atlas *atlas, struct atlas_entry *entry)
{
    if (atlas->x + entry->w > atlas->side) {
        atlas->x = 0;
        atlas->y += atlas->shelf + GAP;
        atlas->shelf = 0;
    }
    if (atlas->y + entry->h > atlas->side)
        return false;
    entry->x = (int16_t)atlas->x;
    entry->y = (int16_t)atlas->y;
    atlas->x += entry->w + GAP;
    atlas->shelf = entry->h > atlas->shelf ? entry->h : atlas->shelf;
    return true;
}

const struct atlas_entry *atlas_add(struct atlas *atlas, struct atlas_entry entry,
                                    const void *pixels, int stride)
{
    if (entry.w > atlas->side || entry.h > atlas->side)
        entry.w = entry.h = 0;
    if (atlas->used >= SLOTS * 3 / 4)
        empty(atlas);
    bool mask = entry.w > 0 && entry.h > 0;
    if (mask && !place(atlas, &entry)) {
        empty(atlas);
        place(atlas, &entry);
    }
    if (mask) {
        SDL_Rect rect = {entry.x, entry.y, entry.w, entry.h};
        SDL_UpdateTexture(atlas->texture, &rect, pixels, stride);
    }
    struct atlas_entry *kept = &atlas->slots[slot_of(atlas, entry.key)];
    *kept = entry;
    atlas->used++;
    return kept;
}

void atlas_set_color(struct atlas *atlas, uint32_t color)
{
    SDL_SetTextureColorMod(atlas->texture, (Uint8)(color >> 16), (Uint8)(color >> 8), (Uint8)color);
    // Never quite opaque: going from opaque to not and back costs the software renderer an
    // allocation each time, and one part in 255 is not seen.
    SDL_SetTextureAlphaMod(atlas->texture, (Uint8)SDL_min(color >> 24, 254u));
}

void atlas_draw(struct atlas *atlas, const struct atlas_entry *entry, struct atlas_part part, int x,
                int y)
{
    SDL_Rect from = {entry->x + part.x, entry->y + part.y, part.w, part.h};
    SDL_Rect to = {x, y, part.w, part.h};
    if (part.w > 0 && part.h > 0)
        SDL_RenderCopy(atlas->renderer, atlas->texture, &from, &to);
}

void atlas_destroy(struct atlas **atlas)
{
    if (!*atlas)
        return;
    if ((*atlas)->texture) {
        SDL_DestroyTexture((*atlas)->texture);
        memory_note(MEMORY_TEXTURES, -(int64_t)(*atlas)->side * (*atlas)->side * 4);
    }
    memory_free(*atlas);
    *atlas = NULL;
}
