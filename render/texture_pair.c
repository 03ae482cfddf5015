/**
 * @file
 * A streaming texture is memory that SDL lends between lock and unlock, and hands to the
 * renderer at unlock. The software renderer scales it straight into the window's surface, but only
 * if both have the same format; a GPU takes any of the formats it lists.
 *
 * Source: SDL 2 wiki, SDL_LockTexture, https://wiki.libsdl.org/SDL2/SDL_LockTexture
 */
#include "render/texture_pair.h"

#include "processing/memory.h"

#include <SDL2/SDL.h>
#include <errno.h>

struct half {
    SDL_Texture *texture;
    int width, height; ///< pixels, 0 before the first use
};

struct texture_pair {
    SDL_Renderer *renderer;
    struct half halves[2];
    int front;  ///< which of them is shown
    bool shown; ///< the front one has been written
    bool lent;  ///< the back one is
};

/** Words of 0xFFRRGGBB under either name: without alpha where the renderer knows that. */
static Uint32 choose_format(SDL_Renderer *renderer)
{
    SDL_RendererInfo info;
    if (SDL_GetRendererInfo(renderer, &info) < 0)
        return SDL_PIXELFORMAT_ARGB8888;
    for (Uint32 i = 0; i < info.num_texture_formats; i++)
        if (info.texture_formats[i] == SDL_PIXELFORMAT_RGB888)
            return SDL_PIXELFORMAT_RGB888;
    return SDL_PIXELFORMAT_ARGB8888;
}

static int64_t bytes_of(const struct half *half)
{
    return (int64_t)half->width * half->height * 4;
}

static void drop_half(struct half *half)
{
    if (!half->texture)
        return;
    SDL_DestroyTexture(half->texture);
    half->texture = NULL;
    memory_note(MEMORY_TEXTURES, -bytes_of(half));
}

static int make_half(struct texture_pair *pair, struct half *half, int width, int height)
{
    drop_half(half);
    half->width = width;
    half->height = height;
    half->texture = SDL_CreateTexture(pair->renderer, choose_format(pair->renderer),
                                      SDL_TEXTUREACCESS_STREAMING, width, height);
    if (!half->texture)
        return -EIO;
    memory_note(MEMORY_TEXTURES, bytes_of(half));
    SDL_SetTextureBlendMode(half->texture, SDL_BLENDMODE_NONE);
    return 0;
}

int texture_pair_create(struct texture_pair **out, struct SDL_Renderer *renderer)
{
    *out = memory_alloc(MEMORY_INTERFACE, sizeof(**out));
    if (!*out)
        return -ENOMEM;
    (*out)->renderer = renderer;
    return 0;
}

static bool size_is_possible(const struct texture_pair *pair, int width, int height)
{
    SDL_RendererInfo info;
    if (width < 1 || height < 1 || SDL_GetRendererInfo(pair->renderer, &info) < 0)
        return false;
    // 0 means that the renderer sets no limit.
    return (info.max_texture_width == 0 || width <= info.max_texture_width) &&
           (info.max_texture_height == 0 || height <= info.max_texture_height);
}

int texture_pair_lend(struct texture_pair *pair, int width, int height, struct canvas *canvas)
{
    struct half *back = &pair->halves[!pair->front];
    if (pair->lent)
        return -EBUSY;
    if (!size_is_possible(pair, width, height))
        return -EINVAL;
    if (!back->texture || back->width != width || back->height != height) {
        int status = make_half(pair, back, width, height);
        if (status < 0)
            return status;
    }
    void *pixels;
    int pitch;
    if (SDL_LockTexture(back->texture, NULL, &pixels, &pitch) < 0)
        return -EIO;
    pair->lent = true;
    *canvas = (struct canvas){.data = pixels, .width = width, .height = height, .stride = pitch};
    return 0;
}

void texture_pair_take_back(struct texture_pair *pair)
{
    if (pair->lent)
        SDL_UnlockTexture(pair->halves[!pair->front].texture);
    pair->lent = false;
}

void texture_pair_show(struct texture_pair *pair)
{
    if (!pair->lent)
        return;
    texture_pair_take_back(pair);
    pair->front = !pair->front;
    pair->shown = true;
}

bool texture_pair_size(const struct texture_pair *pair, int *width, int *height)
{
    const struct half *front = &pair->halves[pair->front];
    *width = front->width;
    *height = front->height;
    return pair->shown;
}

void texture_pair_draw(const struct texture_pair *pair, const struct SDL_Rect *to)
{
    const struct half *front = &pair->halves[pair->front];
    if (!pair->shown || to->w < 1 || to->h < 1)
        return;
    // Twice as large and more, pixels are there to be seen; below, a thin edge must not vanish.
    bool magnified = to->w >= 2 * front->width || to->w == front->width;
    SDL_SetTextureScaleMode(front->texture, magnified ? SDL_ScaleModeNearest : SDL_ScaleModeLinear);
    SDL_RenderCopy(pair->renderer, front->texture, NULL, to);
}

void texture_pair_drop(struct texture_pair *pair)
{
    texture_pair_take_back(pair);
    for (int i = 0; i < 2; i++)
        drop_half(&pair->halves[i]);
    pair->shown = false;
}

int texture_pair_remake(struct texture_pair *pair, struct SDL_Renderer *renderer)
{
    texture_pair_drop(pair);
    pair->renderer = renderer;
    for (int i = 0; i < 2; i++) {
        struct half *half = &pair->halves[i];
        int status = half->width ? make_half(pair, half, half->width, half->height) : 0;
        if (status < 0)
            return status;
    }
    return 0;
}

void texture_pair_destroy(struct texture_pair **pair)
{
    if (!*pair)
        return;
    texture_pair_drop(*pair);
    memory_free(*pair);
    *pair = NULL;
}
