/**
 * @file
 * A font is an outline; a glyph is what becomes of it at one size in whole pixels. Rasterising
 * takes some microseconds, so each glyph is made once and kept in the atlas as the smallest box
 * around its ink, with its measures: where the box lies from the pen, how far the pen moves on.
 *
 * Source: FreeType's glyph conventions,
 * https://freetype.org/freetype2/docs/glyphs/glyphs-3.html
 */
#include "render/font.h"

#include "processing/memory.h"
#include "render/utf8.h"

#include <SDL2/SDL_ttf.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum face { FACE_SANS, FACE_SANS_BOLD, FACE_MONO, FACE_MONO_BOLD, FACES };

static const char *const face_files[FACES] = {
    [FACE_SANS] = "DejaVuSans.ttf",
    [FACE_SANS_BOLD] = "DejaVuSans-Bold.ttf",
    [FACE_MONO] = "DejaVuSansMono.ttf",
    [FACE_MONO_BOLD] = "DejaVuSansMono-Bold.ttf",
};

static const enum face style_faces[UI_STYLES] = {
    [UI_TEXT] = FACE_SANS,
    [UI_TEXT_BOLD] = FACE_SANS_BOLD,
    [UI_SMALL] = FACE_SANS,
    [UI_SMALL_BOLD] = FACE_SANS_BOLD,
    [UI_MONO] = FACE_MONO,
    [UI_MONO_BOLD] = FACE_MONO_BOLD,
    [UI_LARGE_BOLD] = FACE_SANS_BOLD,
};

/** Not a character: the entry that remembers a line's height. */
#define LINE_MEASURES 0x1fffffu

enum { SMALLEST_PIXELS = 6, LARGEST_PIXELS = 400 };

struct font {
    TTF_Font *faces[FACES];
    int pixels[FACES]; ///< size each face is set to now
    bool started;      ///< TTF_Init() was called
};

static int open_face(struct font *font, enum face face, const char *assets, struct error *err)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/fonts/%s", assets, face_files[face]);
    font->pixels[face] = 14;
    font->faces[face] = TTF_OpenFont(path, font->pixels[face]);
    if (!font->faces[face])
        return error_set(err, -ENOENT, "Cannot read the font %s (%s); install cannyscope again",
                         path, TTF_GetError());
    TTF_SetFontHinting(font->faces[face], TTF_HINTING_LIGHT);
    return 0;
}

int font_open(struct font **out, const char *assets, struct error *err)
{
    struct font *font = *out = memory_alloc(MEMORY_INTERFACE, sizeof(*font));
    if (!font)
        return error_set(err, -ENOMEM, "No memory for the fonts");
    int status = 0;
    font->started = TTF_Init() == 0;
    if (!font->started)
        status = error_set(err, -ENOMEM, "Cannot start the font library: %s", TTF_GetError());
    for (enum face face = 0; face < FACES && status == 0; face++)
        status = open_face(font, face, assets, err);
    if (status < 0)
        font_close(out);
    return status;
}

static int pixels_of(enum ui_style style, float unit)
{
    int pixels = (int)lroundf(ui_style_size[style] * unit);
    if (pixels < SMALLEST_PIXELS)
        return SMALLEST_PIXELS;
    return pixels > LARGEST_PIXELS ? LARGEST_PIXELS : pixels;
}

/** The face of a style, set to a size. */
static TTF_Font *sized_face(struct font *font, enum face face, int pixels)
{
    if (font->pixels[face] != pixels) {
        TTF_SetFontSize(font->faces[face], pixels);
        font->pixels[face] = pixels;
    }
    return font->faces[face];
}

static uint64_t key_of(enum face face, int pixels, uint32_t code)
{
    return (uint64_t)(face + 1) << 40 | (uint64_t)pixels << 24 | code;
}

/** Shrinks a box to the pixels that are not transparent. */
static struct atlas_part ink_of(const SDL_Surface *surface)
{
    int left = surface->w, top = surface->h, right = 0, bottom = 0;
    for (int y = 0; y < surface->h; y++) {
        const Uint32 *row = (const Uint32 *)(const void *)((const Uint8 *)surface->pixels +
                                                           (size_t)y * (size_t)surface->pitch);
        for (int x = 0; x < surface->w; x++) {
            if (row[x] >> 24 == 0)
                continue;
            left = x < left ? x : left;
            right = x + 1 > right ? x + 1 : right;
            top = y < top ? y : top;
            bottom = y + 1;
        }
    }
    if (right <= left)
        return (struct atlas_part){0, 0, 0, 0};
    return (struct atlas_part){left, top, right - left, bottom - top};
}

static const struct atlas_entry *add_glyph(struct font *font, struct atlas *atlas, enum face face,
                                           int pixels, uint32_t code)
{
    TTF_Font *ttf = sized_face(font, face, pixels);
    struct atlas_entry entry = {.key = key_of(face, pixels, code)};
    Uint32 shown = TTF_GlyphIsProvided32(ttf, code) ? code : UTF8_REPLACEMENT;
    int left = 0, advance = 0;
    TTF_GlyphMetrics32(ttf, shown, &left, NULL, NULL, NULL, &advance);
    entry.advance = (int16_t)advance;
    SDL_Surface *surface = TTF_RenderGlyph32_Blended(ttf, shown, (SDL_Color){255, 255, 255, 255});
    if (!surface)
        return atlas_add(atlas, entry, NULL, 0);
    struct atlas_part ink = ink_of(surface);
    entry.w = (int16_t)ink.w;
    entry.h = (int16_t)ink.h;
    entry.left = (int16_t)((left < 0 ? left : 0) + ink.x);
    entry.top = (int16_t)ink.y;
    const Uint8 *first = (const Uint8 *)surface->pixels + ink.y * surface->pitch + ink.x * 4;
    const struct atlas_entry *kept = atlas_add(atlas, entry, first, surface->pitch);
    SDL_FreeSurface(surface);
    return kept;
}

static const struct atlas_entry *glyph(struct font *font, struct atlas *atlas, enum face face,
                                       int pixels, uint32_t code)
{
    const struct atlas_entry *entry = atlas_find(atlas, key_of(face, pixels, code));
    return entry ? entry : add_glyph(font, atlas, face, pixels, code);
}

float font_width(struct font *font, struct atlas *atlas, enum ui_style style, float unit,
                 const char *text, size_t bytes)
{
    int width = 0;
    for (const char *end = text + bytes; text < end;)
        width +=
            glyph(font, atlas, style_faces[style], pixels_of(style, unit), utf8_next(&text, end))
                ->advance;
    return (float)width;
}

float font_height(struct font *font, struct atlas *atlas, enum ui_style style, float unit)
{
    enum face face = style_faces[style];
    int pixels = pixels_of(style, unit);
    uint64_t key = key_of(face, pixels, LINE_MEASURES);
    const struct atlas_entry *line = atlas_find(atlas, key);
    if (!line) {
        int height = TTF_FontHeight(sized_face(font, face, pixels));
        struct atlas_entry entry = {.key = key, .advance = (int16_t)height};
        line = atlas_add(atlas, entry, NULL, 0);
    }
    return line->advance;
}

void font_draw(struct font *font, struct atlas *atlas, enum ui_style style, float unit, int x,
               int y, const char *text)
{
    int pixels = pixels_of(style, unit);
    for (const char *end = text + strlen(text); text < end;) {
        const struct atlas_entry *entry =
            glyph(font, atlas, style_faces[style], pixels, utf8_next(&text, end));
        atlas_draw(atlas, entry, (struct atlas_part){0, 0, entry->w, entry->h}, x + entry->left,
                   y + entry->top);
        x += entry->advance;
    }
}

void font_close(struct font **font)
{
    if (!*font)
        return;
    for (enum face face = 0; face < FACES; face++)
        if ((*font)->faces[face])
            TTF_CloseFont((*font)->faces[face]);
    if ((*font)->started)
        TTF_Quit();
    memory_free(*font);
    *font = NULL;
}
