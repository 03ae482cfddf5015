/**
 * @file
 * The ground the widgets stand on: what was drawn, where it takes the pointer, who has the focus.
 *
 * In immediate mode nobody keeps a tree of widgets, yet who lies in front must be known before
 * the widgets of this frame are drawn. So the areas of the last frame are kept: what the pointer
 * meets is looked up there, the last drawn first. The same list is the order of the focus.
 *
 * Everything lies in one block allocated at creation; a frame allocates nothing.
 *
 * Source: C. Muratori, "Immediate-Mode Graphical User Interfaces", 2005,
 * https://caseymuratori.com/blog_0001
 */
#include "render/ui.h"

#include "processing/memory.h"
#include "render/utf8.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { COMMANDS = 2048, TEXT_BYTES = 16384, REGIONS = 128 };

const float ui_style_size[UI_STYLES] = {
    [UI_TEXT] = 14, [UI_TEXT_BOLD] = 14, [UI_SMALL] = 12,      [UI_SMALL_BOLD] = 12,
    [UI_MONO] = 14, [UI_MONO_BOLD] = 14, [UI_LARGE_BOLD] = 28,
};

/** Areas of one frame. */
struct regions {
    struct ui_region list[REGIONS];
    int count;
};

/** The one area that scrolls. */
struct scroll {
    uint64_t id;
    struct ui_rect area;
    float offset, largest; ///< pixels the content is moved up, now and at most
    bool active;           ///< between begin and end
    bool hot;              ///< the pointer is over something in it
};

struct ui {
    struct ui_measure measure;

    // Set by ui_begin().
    struct ui_input input;
    int width, height;
    float unit;

    // Grows during a frame.
    struct ui_command commands[COMMANDS];
    int command_count;
    char text[TEXT_BYTES];
    int text_used;
    struct ui_rect clip;
    bool clipped, dim;
    struct regions regions[2]; ///< this frame's and the last one's
    int now;                   ///< which of the two is this frame's

    // Kept from frame to frame; ids, 0 for none.
    uint64_t hot, held, focus;
    bool focus_moved; ///< by a key, in this frame
    bool focus_seen;  ///< its widget was drawn in this frame
    float grab;
    struct scroll scroll;
};

/** FNV-1a, 64 bits; never 0. */
static uint64_t id_of(const char *id)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *id; id++)
        hash = (hash ^ (unsigned char)*id) * UINT64_C(0x100000001b3);
    return hash ? hash : 1;
}

static bool contains(struct ui_rect rect, float x, float y)
{
    return x >= rect.x && y >= rect.y && x < rect.x + rect.w && y < rect.y + rect.h;
}

static struct ui_rect intersect(struct ui_rect a, struct ui_rect b)
{
    float right = fminf(a.x + a.w, b.x + b.w);
    float bottom = fminf(a.y + a.h, b.y + b.h);
    float x = fmaxf(a.x, b.x);
    float y = fmaxf(a.y, b.y);
    return (struct ui_rect){x, y, fmaxf(0, right - x), fmaxf(0, bottom - y)};
}

int ui_create(struct ui **out, const struct ui_measure *measure)
{
    *out = memory_alloc(MEMORY_INTERFACE, sizeof(**out));
    if (!*out)
        return -ENOMEM;
    (*out)->measure = *measure;
    (*out)->unit = 1;
    return 0;
}

void ui_destroy(struct ui **ui)
{
    memory_free(*ui);
    *ui = NULL;
}

/** The frontmost area of the last frame at a point; NULL for none. */
static const struct ui_region *find_region(const struct ui *ui, float x, float y)
{
    const struct regions *last = &ui->regions[!ui->now];
    for (int i = last->count - 1; i >= 0; i--)
        if (contains(last->list[i].rect, x, y))
            return &last->list[i];
    return NULL;
}

static void press(struct ui *ui)
{
    const struct ui_region *region = find_region(ui, ui->input.press_x, ui->input.press_y);
    ui->held = region ? region->id : 0;
    ui->focus = region && region->focusable ? region->id : 0;
    ui->grab = 0;
}

/** The focus goes to the next widget of the last frame's, round at the ends. */
static void step_focus(struct ui *ui, int step)
{
    const struct regions *last = &ui->regions[!ui->now];
    int at = -1;
    for (int i = 0; i < last->count; i++)
        if (last->list[i].id == ui->focus)
            at = i;
    if (at < 0 && step < 0)
        at = last->count;
    for (int tries = 0; tries < last->count; tries++) {
        at = (at + step + last->count) % last->count;
        if (last->list[at].focusable) {
            ui->focus = last->list[at].id;
            ui->focus_moved = true;
            return;
        }
    }
}

void ui_begin(struct ui *ui, const struct ui_input *input, int width, int height, float scale)
{
    ui->input = *input;
    ui->width = width;
    ui->height = height;
    ui->unit = scale;
    ui->command_count = ui->text_used = 0;
    ui->dim = ui->clipped = ui->scroll.active = ui->focus_moved = ui->focus_seen = false;
    ui->now = !ui->now;
    ui->regions[ui->now].count = 0;
    if (input->pressed)
        press(ui);
    const struct ui_region *under = find_region(ui, input->x, input->y);
    ui->hot = under && (!ui->held || ui->held == under->id) ? under->id : 0;
    for (int steps = input->focus_step; steps != 0; steps += steps < 0 ? 1 : -1)
        step_focus(ui, steps < 0 ? -1 : 1);
}

void ui_end(struct ui *ui)
{
    if (!ui->input.down)
        ui->held = 0;
    if (!ui->focus_seen)
        ui->focus = 0;
}

const struct ui_command *ui_commands(const struct ui *ui, int *count)
{
    *count = ui->command_count;
    return ui->commands;
}

const char *ui_text(const struct ui *ui)
{
    return ui->text;
}

const struct ui_region *ui_regions(const struct ui *ui, int *count)
{
    *count = ui->regions[ui->now].count;
    return ui->regions[ui->now].list;
}

float ui_scale(const struct ui *ui, float length)
{
    return roundf(length * ui->unit);
}

float ui_get_unit(const struct ui *ui)
{
    return ui->unit;
}

void ui_set_unit(struct ui *ui, float unit)
{
    ui->unit = unit;
}

void ui_set_dim(struct ui *ui, bool dim)
{
    ui->dim = dim;
}

void ui_get_size(const struct ui *ui, int *width, int *height)
{
    *width = ui->width;
    *height = ui->height;
}

bool ui_has_pointer(const struct ui *ui)
{
    return ui->hot || ui->held;
}

bool ui_has_focus(const struct ui *ui)
{
    return ui->focus != 0;
}

void ui_clear_focus(struct ui *ui)
{
    ui->focus = 0;
}

static void append(struct ui *ui, struct ui_command command)
{
    if (ui->command_count == COMMANDS)
        return;
    command.unit = ui->unit;
    if (ui->dim)
        command.color = (command.color & 0xffffffu) | (command.color >> 24) * 2 / 5 << 24;
    ui->commands[ui->command_count++] = command;
}

void ui_fill(struct ui *ui, struct ui_rect rect, float radius, uint32_t color)
{
    append(ui, (struct ui_command){
                   .kind = UI_COMMAND_RECT, .rect = rect, .radius = radius, .color = color});
}

void ui_outline(struct ui *ui, struct ui_rect rect, float radius, uint32_t color)
{
    append(ui, (struct ui_command){
                   .kind = UI_COMMAND_FRAME, .rect = rect, .radius = radius, .color = color});
}

void ui_line(struct ui *ui, float x0, float y0, float x1, float y1, uint32_t color)
{
    struct ui_rect rect = {x0, y0, x1 - x0, y1 - y0};
    append(ui, (struct ui_command){.kind = UI_COMMAND_LINE, .rect = rect, .color = color});
}

void ui_clip(struct ui *ui, struct ui_rect rect)
{
    ui->clip = rect;
    ui->clipped = true;
    append(ui, (struct ui_command){.kind = UI_COMMAND_CLIP, .rect = rect});
}

void ui_unclip(struct ui *ui)
{
    ui->clipped = false;
    append(ui, (struct ui_command){.kind = UI_COMMAND_CLIP, .rect = {0, 0, -1, -1}});
}

/** Copies what fits, invalid UTF-8 replaced; returns where the text begins. */
static int store_text(struct ui *ui, const char *text, size_t bytes)
{
    int start = ui->text_used;
    for (const char *end = text + bytes; text < end;) {
        char character[4];
        size_t length = utf8_put(utf8_next(&text, end), character);
        if (ui->text_used + (int)length >= TEXT_BYTES)
            break;
        memcpy(ui->text + ui->text_used, character, length);
        ui->text_used += (int)length;
    }
    if (ui->text_used < TEXT_BYTES)
        ui->text[ui->text_used++] = '\0';
    return start;
}

static float width_of(const struct ui *ui, enum ui_style style, const char *text, size_t bytes)
{
    return ui->measure.width(ui->measure.self, style, ui->unit, text, bytes);
}

static float label(struct ui *ui, float x, float y, enum ui_style style, uint32_t color,
                   const char *text, size_t bytes)
{
    float width = width_of(ui, style, text, bytes);
    if (ui->text_used == TEXT_BYTES || ui->command_count == COMMANDS)
        return width;
    append(ui, (struct ui_command){.kind = UI_COMMAND_TEXT,
                                   .rect = {x, y, width, ui_line_height(ui, style)},
                                   .color = color,
                                   .style = style,
                                   .text = store_text(ui, text, bytes)});
    return width;
}

float ui_label(struct ui *ui, float x, float y, enum ui_style style, uint32_t color,
               const char *text)
{
    return label(ui, x, y, style, color, text, strlen(text));
}

float ui_labelf(struct ui *ui, float x, float y, enum ui_style style, uint32_t color,
                const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    return ui_label(ui, x, y, style, color, text);
}

/** Bytes of the whole characters that are at most `width` wide together. */
static size_t fitting(const struct ui *ui, enum ui_style style, const char *text, float width)
{
    const char *end = text + strlen(text);
    const char *at = text;
    while (at < end) {
        const char *next = at;
        utf8_next(&next, end);
        width -= width_of(ui, style, at, (size_t)(next - at));
        if (width < 0)
            break;
        at = next;
    }
    return (size_t)(at - text);
}

float ui_label_cut(struct ui *ui, float x, float y, float width, enum ui_style style,
                   uint32_t color, const char *text)
{
    static const char ellipsis[] = "\u2026";
    if (ui_text_width(ui, style, text) <= width)
        return ui_label(ui, x, y, style, color, text);
    float rest = width - ui_text_width(ui, style, ellipsis);
    if (rest < 0)
        return 0;
    float used = label(ui, x, y, style, color, text, fitting(ui, style, text, rest));
    return used + ui_label(ui, x + used, y, style, color, ellipsis);
}

float ui_text_width(const struct ui *ui, enum ui_style style, const char *text)
{
    return width_of(ui, style, text, strlen(text));
}

float ui_line_height(const struct ui *ui, enum ui_style style)
{
    return ui->measure.height(ui->measure.self, style, ui->unit);
}

/** Remembers where something takes the pointer; what is clipped away does not, but is focused. */
static void add_region(struct ui *ui, uint64_t id, struct ui_rect rect, bool focusable)
{
    struct regions *regions = &ui->regions[ui->now];
    if (ui->clipped)
        rect = intersect(rect, ui->clip);
    if (regions->count < REGIONS)
        regions->list[regions->count++] = (struct ui_region){id, rect, focusable};
    ui->scroll.hot |= ui->scroll.active && ui->hot == id;
}

void ui_block(struct ui *ui, struct ui_rect rect)
{
    add_region(ui, id_of("ground"), rect, false);
}

/** A widget that got the focus by a key is scrolled into view, for the next frame. */
static void scroll_to(struct scroll *scroll, struct ui_rect rect)
{
    float above = scroll->area.y - rect.y;
    float below = rect.y + rect.h - (scroll->area.y + scroll->area.h);
    if (above > 0)
        scroll->offset -= above;
    else if (below > 0)
        scroll->offset += below;
}

static void note_focus(struct ui *ui, struct ui_rect rect)
{
    ui->focus_seen = true;
    if (!ui->focus_moved || !ui->scroll.active)
        return;
    float margin = ui_scale(ui, 12);
    scroll_to(&ui->scroll, (struct ui_rect){rect.x, rect.y - margin, rect.w, rect.h + 2 * margin});
}

struct ui_reaction ui_react(struct ui *ui, const char *id, struct ui_rect rect, bool focusable)
{
    const struct ui_input *input = &ui->input;
    uint64_t hash = id_of(id);
    if (ui->dim) {
        add_region(ui, hash, rect, false);
        return (struct ui_reaction){.x = input->x, .y = input->y, .grab = &ui->grab};
    }
    add_region(ui, hash, rect, focusable);
    bool hot = ui->hot == hash;
    bool held = ui->held == hash;
    bool focused = focusable && ui->focus == hash;
    if (focused)
        note_focus(ui, rect);
    int times = input->shift ? 10 : 1;
    return (struct ui_reaction){
        .hot = hot,
        .held = held,
        .pressed = held && input->pressed,
        .clicked = held && hot && input->released,
        .focused = focused,
        .activated = focused && input->activate,
        .steps = focused ? input->value_step * times : 0,
        .home = focused && input->value_home,
        .end = focused && input->value_end,
        .wheel = hot ? input->wheel * (float)times : 0,
        .x = input->x,
        .y = input->y,
        .press_x = input->press_x,
        .press_y = input->press_y,
        .grab = &ui->grab,
    };
}

void ui_take_wheel(struct ui *ui)
{
    ui->input.wheel = 0;
}

float ui_scroll_begin(struct ui *ui, const char *id, struct ui_rect area, float height)
{
    struct scroll *scroll = &ui->scroll;
    uint64_t hash = id_of(id);
    if (scroll->id != hash)
        *scroll = (struct scroll){.id = hash};
    scroll->area = area;
    scroll->largest = fmaxf(0, height - area.h);
    scroll->offset = roundf(fminf(fmaxf(scroll->offset, 0), scroll->largest));
    scroll->active = true;
    scroll->hot = false;
    ui_clip(ui, area);
    add_region(ui, hash, area, false);
    return scroll->offset;
}

/** A thin bar at the right edge: how much there is and which part of it is seen. */
static void draw_scroll_bar(struct ui *ui, const struct scroll *scroll)
{
    float width = ui_scale(ui, 4);
    float part = scroll->area.h / (scroll->area.h + scroll->largest);
    float way = scroll->area.h * (1 - part);
    struct ui_rect bar = {scroll->area.x + scroll->area.w - width - ui_scale(ui, 2),
                          scroll->area.y + roundf(way * scroll->offset / scroll->largest), width,
                          roundf(scroll->area.h * part)};
    ui_fill(ui, bar, width / 2, UI_OUTLINE);
}

void ui_scroll_end(struct ui *ui)
{
    struct scroll *scroll = &ui->scroll;
    if (scroll->largest > 0)
        draw_scroll_bar(ui, scroll);
    if (scroll->hot && ui->input.wheel != 0) {
        scroll->offset -= ui->input.wheel * ui_scale(ui, 48);
        ui_take_wheel(ui);
    }
    scroll->active = false;
    ui_unclip(ui);
}
