/**
 * @file
 * Boxes, lines and text from commands. Neither of SDL's renderers draws a round corner smoothly,
 * so corners are masks: a disc (or a ring, for outlines) of each radius is computed once, and each
 * of its quarters is put into its corner. What a pixel of a mask holds is the part of the pixel
 * that lies in the shape, taken from its centre's distance to the edge.
 */
#include "render/painter.h"

#include "processing/memory.h"
#include "render/atlas.h"
#include "render/font.h"

#include <SDL2/SDL.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum { LARGEST_RADIUS = 64, SMALLEST_SIDE = 512, LARGEST_SIDE = 2048 };

struct painter {
    SDL_Renderer *renderer;
    struct atlas *atlas;
    struct font *font;
    float scale;      ///< the atlas was made for
    bool slow_blends; ///< the renderer is SDL's own: about ten times a plain fill
};

/** A box in whole pixels. */
static SDL_Rect whole(struct ui_rect rect)
{
    int x = (int)lroundf(rect.x);
    int y = (int)lroundf(rect.y);
    return (SDL_Rect){x, y, (int)lroundf(rect.x + rect.w) - x, (int)lroundf(rect.y + rect.h) - y};
}

/** Room for the glyphs of a scale: 512 pixels square do at scale 1, twice that at 2. */
static int side_for(float scale)
{
    int side = SMALLEST_SIDE;
    while (side < LARGEST_SIDE && (float)side < SMALLEST_SIDE * scale * 0.9f)
        side *= 2;
    return side;
}

int painter_create(struct painter **out, struct SDL_Renderer *renderer, const char *assets,
                   struct error *err)
{
    struct painter *painter = *out = memory_alloc(MEMORY_INTERFACE, sizeof(*painter));
    if (!painter)
        return error_set(err, -ENOMEM, "No memory for drawing");
    painter->scale = 1;
    int status = font_open(&painter->font, assets, err);
    if (status == 0) {
        status = painter_remake(painter, renderer);
        if (status < 0)
            error_set(err, status, "Cannot make a texture: %s",
                      status == -ENOMEM ? error_reason(status) : SDL_GetError());
    }
    if (status < 0)
        painter_destroy(out);
    return status;
}

static float measure_width(void *self, enum ui_style style, float unit, const char *text,
                           size_t bytes)
{
    struct painter *painter = self;
    return font_width(painter->font, painter->atlas, style, unit, text, bytes);
}

static float measure_height(void *self, enum ui_style style, float unit)
{
    struct painter *painter = self;
    return font_height(painter->font, painter->atlas, style, unit);
}

struct ui_measure painter_measure(struct painter *painter)
{
    return (struct ui_measure){measure_width, measure_height, painter};
}

int painter_set_scale(struct painter *painter, float scale)
{
    if (scale == painter->scale && painter->atlas)
        return 0;
    struct atlas *atlas;
    int status = atlas_create(&atlas, painter->renderer, side_for(scale));
    if (status < 0)
        return painter->atlas ? 0 : status;
    atlas_destroy(&painter->atlas);
    painter->atlas = atlas;
    painter->scale = scale;
    return 0;
}

void painter_drop(struct painter *painter)
{
    atlas_destroy(&painter->atlas);
}

int painter_remake(struct painter *painter, struct SDL_Renderer *renderer)
{
    SDL_RendererInfo info = {0};
    painter_drop(painter);
    SDL_GetRendererInfo(renderer, &info);
    painter->slow_blends = (info.flags & SDL_RENDERER_SOFTWARE) != 0;
    painter->renderer = renderer;
    return atlas_create(&painter->atlas, renderer, side_for(painter->scale));
}

/** The colour that is drawn: where blending is slow, what is nearly opaque becomes opaque. */
static uint32_t shown(const struct painter *painter, uint32_t color)
{
    bool nearly = color >> 24 >= (UI_CARD >> 24);
    return painter->slow_blends && nearly ? color | 0xff000000u : color;
}

static void use_color(struct painter *painter, uint32_t color)
{
    // The software renderer would blend what is opaque, too, slowly.
    SDL_SetRenderDrawBlendMode(painter->renderer,
                               color >> 24 == 255 ? SDL_BLENDMODE_NONE : SDL_BLENDMODE_BLEND);
    SDL_SetRenderDrawColor(painter->renderer, (Uint8)(color >> 16), (Uint8)(color >> 8),
                           (Uint8)color, (Uint8)(color >> 24));
}

static void fill(struct painter *painter, int x, int y, int w, int h)
{
    if (w > 0 && h > 0)
        SDL_RenderFillRect(painter->renderer, &(SDL_Rect){x, y, w, h});
}

/** Part of a pixel that is within `radius`, its centre being `distance` away. */
static float coverage(float radius, float distance)
{
    return fminf(fmaxf(radius - distance + 0.5f, 0), 1);
}

/** Computes a disc, or a ring if `thickness` is less than the radius. */
static const struct atlas_entry *add_disc(struct painter *painter, uint64_t key, int radius,
                                          int thickness)
{
    static const int side = 2 * LARGEST_RADIUS;
    uint32_t pixels[2 * LARGEST_RADIUS * 2 * LARGEST_RADIUS];
    float inner = (float)(radius - thickness);
    for (int y = 0; y < 2 * radius; y++) {
        for (int x = 0; x < 2 * radius; x++) {
            float distance = hypotf((float)(x - radius) + 0.5f, (float)(y - radius) + 0.5f);
            float part = coverage((float)radius, distance);
            if (inner > 0)
                part -= coverage(inner, distance);
            pixels[y * side + x] = (uint32_t)lroundf(part * 255) << 24 | 0xffffffu;
        }
    }
    struct atlas_entry entry = {.key = key};
    entry.w = entry.h = (int16_t)(2 * radius);
    return atlas_add(painter->atlas, entry, pixels, side * 4);
}

static const struct atlas_entry *disc(struct painter *painter, int radius, int thickness)
{
    uint64_t key = UINT64_C(1) << 56 | (uint64_t)radius << 16 | (uint64_t)thickness;
    const struct atlas_entry *entry = atlas_find(painter->atlas, key);
    return entry ? entry : add_disc(painter, key, radius, thickness);
}

static void draw_corners(struct painter *painter, SDL_Rect box, int radius, int thickness,
                         uint32_t color)
{
    if (radius == 0)
        return;
    const struct atlas_entry *mask = disc(painter, radius, thickness);
    atlas_set_color(painter->atlas, color);
    for (int corner = 0; corner < 4; corner++) {
        int right = corner & 1;
        int lower = corner >> 1;
        struct atlas_part quarter = {right * radius, lower * radius, radius, radius};
        atlas_draw(painter->atlas, mask, quarter, box.x + right * (box.w - radius),
                   box.y + lower * (box.h - radius));
    }
}

static int radius_of(const struct ui_command *command, SDL_Rect box)
{
    int radius = (int)lroundf(command->radius);
    int half = (box.w < box.h ? box.w : box.h) / 2;
    radius = radius > half ? half : radius;
    return radius < 0 ? 0 : radius > LARGEST_RADIUS ? LARGEST_RADIUS : radius;
}

static int thickness_of(const struct ui_command *command)
{
    int thickness = (int)lroundf(command->unit);
    return thickness < 1 ? 1 : thickness;
}

static void draw_box(struct painter *painter, const struct ui_command *command, const char *text)
{
    (void)text;
    SDL_Rect box = whole(command->rect);
    int radius = radius_of(command, box);
    uint32_t color = shown(painter, command->color);
    use_color(painter, color);
    fill(painter, box.x, box.y + radius, box.w, box.h - 2 * radius);
    fill(painter, box.x + radius, box.y, box.w - 2 * radius, radius);
    fill(painter, box.x + radius, box.y + box.h - radius, box.w - 2 * radius, radius);
    draw_corners(painter, box, radius, radius, color);
}

static void draw_frame(struct painter *painter, const struct ui_command *command, const char *text)
{
    (void)text;
    SDL_Rect box = whole(command->rect);
    int radius = radius_of(command, box);
    int thick = thickness_of(command);
    int inset = radius > thick ? radius : thick;
    use_color(painter, command->color);
    fill(painter, box.x + radius, box.y, box.w - 2 * radius, thick);
    fill(painter, box.x + radius, box.y + box.h - thick, box.w - 2 * radius, thick);
    fill(painter, box.x, box.y + inset, thick, box.h - 2 * inset);
    fill(painter, box.x + box.w - thick, box.y + inset, thick, box.h - 2 * inset);
    draw_corners(painter, box, radius, thick < radius ? thick : radius, command->color);
}

/** Upright and level lines are boxes; the others several lines side by side. */
static void draw_line(struct painter *painter, const struct ui_command *command, const char *text)
{
    (void)text;
    int thick = thickness_of(command);
    SDL_Rect box = whole(command->rect);
    use_color(painter, command->color);
    if (box.h == 0 || box.w == 0) {
        fill(painter, box.x, box.y, box.w ? box.w : thick, box.h ? box.h : thick);
        return;
    }
    bool steep = abs(box.h) > abs(box.w);
    for (int i = 0; i < thick; i++) {
        int x = box.x + (steep ? i : 0);
        int y = box.y + (steep ? 0 : i);
        SDL_RenderDrawLine(painter->renderer, x, y, x + box.w, y + box.h);
    }
}

static void draw_text(struct painter *painter, const struct ui_command *command, const char *text)
{
    atlas_set_color(painter->atlas, command->color);
    font_draw(painter->font, painter->atlas, command->style, command->unit,
              (int)lroundf(command->rect.x), (int)lroundf(command->rect.y), text + command->text);
}

static void set_clip(struct painter *painter, const struct ui_command *command, const char *text)
{
    (void)text;
    SDL_Rect box = whole(command->rect);
    SDL_RenderSetClipRect(painter->renderer, command->rect.w < 0 ? NULL : &box);
}

void painter_draw(struct painter *painter, const struct ui *ui)
{
    static void (*const draw[])(struct painter *, const struct ui_command *, const char *) = {
        [UI_COMMAND_RECT] = draw_box,  [UI_COMMAND_FRAME] = draw_frame,
        [UI_COMMAND_TEXT] = draw_text, [UI_COMMAND_LINE] = draw_line,
        [UI_COMMAND_CLIP] = set_clip,
    };
    int count;
    const struct ui_command *commands = ui_commands(ui, &count);
    for (int i = 0; i < count; i++)
        draw[commands[i].kind](painter, &commands[i], ui_text(ui));
    SDL_RenderSetClipRect(painter->renderer, NULL);
}

void painter_destroy(struct painter **painter)
{
    if (!*painter)
        return;
    painter_drop(*painter);
    font_close(&(*painter)->font);
    memory_free(*painter);
    *painter = NULL;
}
