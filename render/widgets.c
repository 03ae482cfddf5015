/**
 * @file
 * Buttons, sliders, choices and key caps, on top of ui_react(): each draws itself and says what
 * the user did to it. A ring shows the focus, a lighter ground what the pointer is over.
 */
#include "render/ui.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/** Dark text on a bright ground. */
#define ON_ACCENT UI_BACKGROUND

static struct ui_rect grow(struct ui_rect rect, float by)
{
    return (struct ui_rect){rect.x - by, rect.y - by, rect.w + 2 * by, rect.h + 2 * by};
}

static void draw_focus_ring(struct ui *ui, struct ui_rect rect, float radius)
{
    float gap = ui_scale(ui, 3);
    ui_outline(ui, grow(rect, gap), radius + gap, UI_ACCENT);
}

/** Top of a line of text that is centred in a box. */
static float center_text(const struct ui *ui, struct ui_rect box, enum ui_style style)
{
    return box.y + roundf((box.h - ui_line_height(ui, style)) / 2);
}

float ui_button_width(const struct ui *ui, const char *text, const char *key)
{
    float width = 2 * ui_scale(ui, 12) + ui_text_width(ui, UI_TEXT, text);
    if (key)
        width += ui_scale(ui, 9) + ui_text_width(ui, UI_MONO, key);
    return width;
}

/** Text and key in the middle; the text is cut where the button is too narrow. */
static void draw_button_text(struct ui *ui, struct ui_rect rect, const char *text, const char *key,
                             bool on)
{
    float inset =
        fmaxf(ui_scale(ui, 6), (rect.w - ui_button_width(ui, text, key)) / 2 + ui_scale(ui, 12));
    float x = rect.x + roundf(inset);
    float right = rect.x + rect.w - ui_scale(ui, 6);
    float key_width = key ? ui_scale(ui, 9) + ui_text_width(ui, UI_MONO, key) : 0;
    float y = center_text(ui, rect, UI_TEXT);
    x += ui_label_cut(ui, x, y, right - x - key_width, UI_TEXT, on ? ON_ACCENT : UI_FOREGROUND,
                      text);
    if (key)
        ui_label_cut(ui, x + ui_scale(ui, 9), y, right - x - ui_scale(ui, 9), UI_MONO,
                     on ? ON_ACCENT : UI_ACCENT, key);
}

bool ui_button(struct ui *ui, const char *id, struct ui_rect rect, const char *text,
               const char *key, bool on)
{
    struct ui_reaction reaction = ui_react(ui, id, rect, true);
    float radius = ui_scale(ui, 5);
    uint32_t ground = on ? UI_ACCENT : reaction.hot ? UI_HOVER : UI_PANEL;
    if (reaction.held && reaction.hot && !on)
        ground = UI_OUTLINE;
    ui_fill(ui, rect, radius, ground);
    if (!on)
        ui_outline(ui, rect, radius, UI_OUTLINE);
    draw_button_text(ui, rect, text, key, on);
    if (reaction.focused)
        draw_focus_ring(ui, rect, radius);
    return reaction.clicked || reaction.activated;
}

/** Where the parts of a slider lie. */
struct slider_shape {
    struct ui_rect name, track; ///< the track's height is the knob's
    float value_right, text_y;
};

static float knob_size(const struct ui *ui)
{
    return 2 * ui_scale(ui, 9);
}

float ui_slider_height(const struct ui *ui)
{
    return ui_line_height(ui, UI_TEXT) + ui_scale(ui, 4) + knob_size(ui);
}

/** Room for the name where it stands beside its widget: the same for all, so that they align. */
static float name_column(const struct ui *ui, struct ui_rect rect)
{
    return fminf(ui_text_width(ui, UI_TEXT, "Magnitude") + ui_scale(ui, 10), rect.w * 0.4f);
}

static struct slider_shape shape_slider(const struct ui *ui, struct ui_rect rect)
{
    float knob = knob_size(ui);
    float line = ui_line_height(ui, UI_TEXT);
    struct slider_shape shape = {.value_right = rect.x + rect.w};
    if (rect.h >= ui_slider_height(ui)) {
        shape.text_y = rect.y;
        shape.name = (struct ui_rect){rect.x, rect.y, rect.w, line};
        shape.track = (struct ui_rect){rect.x, rect.y + rect.h - knob, rect.w, knob};
        return shape;
    }
    float name = name_column(ui, rect);
    float value = ui_text_width(ui, UI_TEXT_BOLD, "00000") + ui_scale(ui, 8);
    shape.text_y = center_text(ui, rect, UI_TEXT);
    shape.name = (struct ui_rect){rect.x, shape.text_y, name, line};
    shape.track = (struct ui_rect){rect.x + name, rect.y + roundf((rect.h - knob) / 2),
                                   rect.w - name - value, knob};
    return shape;
}

/** A value's place on the way from 0 to 1. */
static double way_of(const struct ui_range *range, double value)
{
    double part = (value - range->low) / (range->high - range->low);
    return part <= 0 ? 0 : part >= 1 ? 1 : pow(part, 1 / range->curve);
}

static double clamp(const struct ui_range *range, double value)
{
    return fmin(fmax(value, range->low), range->high);
}

static double value_at(const struct ui_range *range, double way)
{
    double value =
        range->low + (range->high - range->low) * pow(fmin(fmax(way, 0), 1), range->curve);
    return clamp(range, round(value / range->step) * range->step);
}

/** Pixels from the track's left end to the knob's centre. */
static float knob_offset(struct ui_rect track, const struct ui_range *range, double value)
{
    return track.h / 2 + roundf((track.w - track.h) * (float)way_of(range, value));
}

/** The knob follows the pointer from where it was taken; a press beside it brings it there. */
static void drag(const struct ui_reaction *reaction, struct ui_rect track,
                 const struct ui_range *range, double *value)
{
    float center = track.x + knob_offset(track, range, *value);
    if (reaction->pressed) {
        float off = reaction->press_x - center;
        *reaction->grab = fabsf(off) <= track.h / 2 ? off : 0;
        if (reaction->press_y < track.y)
            *reaction->grab = NAN;
    }
    float target = reaction->x - *reaction->grab;
    if (isnan(target) || roundf(target) == roundf(center))
        return;
    float way = (target - track.x - track.h / 2) / fmaxf(1, track.w - track.h);
    *value = value_at(range, way);
}

static void apply_steps(struct ui *ui, const struct ui_reaction *reaction,
                        const struct ui_range *range, double *value)
{
    double steps = reaction->steps + (double)reaction->wheel;
    if (steps != 0)
        *value = clamp(range, *value + steps * range->step);
    if (reaction->wheel != 0)
        ui_take_wheel(ui);
    if (reaction->home)
        *value = range->low;
    if (reaction->end)
        *value = range->high;
}

static void draw_track(struct ui *ui, struct ui_rect track, float offset, uint32_t color, bool lit)
{
    float line = 2 * ui_scale(ui, 2.4f); // even, as the knob, so that their middles meet
    float y = track.y + roundf((track.h - line) / 2);
    ui_fill(ui, (struct ui_rect){track.x, y, track.w, line}, line / 2, UI_TRACK);
    ui_fill(ui, (struct ui_rect){track.x, y, offset, line}, line / 2, color);
    struct ui_rect knob = {track.x + offset - track.h / 2, track.y, track.h, track.h};
    if (lit)
        ui_fill(ui, grow(knob, ui_scale(ui, 3)), track.h, (color & 0xffffffu) | 0x50000000u);
    ui_fill(ui, knob, track.h / 2, UI_FOREGROUND);
}

/** Returns where it begins. */
static float draw_value(struct ui *ui, float right, float y, double value)
{
    char text[32];
    snprintf(text, sizeof(text), "%.6g", value);
    float width = ui_text_width(ui, UI_TEXT_BOLD, text);
    ui_label(ui, right - width, y, UI_TEXT_BOLD, UI_FOREGROUND, text);
    return right - width;
}

bool ui_slider(struct ui *ui, const char *id, struct ui_rect rect, const char *name, double *value,
               const struct ui_range *range, uint32_t color)
{
    struct ui_reaction reaction = ui_react(ui, id, rect, true);
    struct slider_shape shape = shape_slider(ui, rect);
    if (range->unwheeled)
        reaction.wheel = 0;
    double before = *value;
    if (reaction.held)
        drag(&reaction, shape.track, range, value);
    apply_steps(ui, &reaction, range, value);
    float left = draw_value(ui, shape.value_right, shape.text_y, *value) - ui_scale(ui, 8);
    ui_label_cut(ui, shape.name.x, shape.text_y, fminf(shape.name.w, left - shape.name.x), UI_TEXT,
                 UI_FOREGROUND, name);
    draw_track(ui, shape.track, knob_offset(shape.track, range, *value), color,
               reaction.held || reaction.hot);
    if (reaction.focused)
        draw_focus_ring(ui, grow(rect, ui_scale(ui, 1)), ui_scale(ui, 5));
    return *value != before;
}

float ui_choice_height(const struct ui *ui)
{
    return ui_line_height(ui, UI_TEXT) + ui_scale(ui, 5) + ui_scale(ui, 31);
}

/** Draws the name and returns the box that is left for the items. */
static struct ui_rect place_choice(struct ui *ui, struct ui_rect rect, const char *name)
{
    if (rect.h >= ui_choice_height(ui)) {
        ui_label_cut(ui, rect.x, rect.y, rect.w, UI_TEXT, UI_FOREGROUND, name);
        float box = ui_scale(ui, 31);
        return (struct ui_rect){rect.x, rect.y + rect.h - box, rect.w, box};
    }
    float column = name_column(ui, rect);
    ui_label_cut(ui, rect.x, center_text(ui, rect, UI_TEXT), column, UI_TEXT, UI_FOREGROUND, name);
    return (struct ui_rect){rect.x + column, rect.y, rect.w - column, rect.h};
}

/** The box of one item; whole pixels, and together exactly the whole. */
static struct ui_rect item_box(struct ui_rect box, int count, int i)
{
    float left = roundf(box.w * (float)i / (float)count);
    float right = roundf(box.w * (float)(i + 1) / (float)count);
    return (struct ui_rect){box.x + left, box.y, right - left, box.h};
}

static int item_at(struct ui_rect box, int count, float x)
{
    for (int i = 0; i < count; i++) {
        struct ui_rect item = item_box(box, count, i);
        if (x >= item.x && x < item.x + item.w)
            return i;
    }
    return -1;
}

static void draw_item(struct ui *ui, struct ui_rect item, const char *text, bool on, bool hot)
{
    float radius = ui_scale(ui, 4);
    if (on || hot)
        ui_fill(ui, item, radius, on ? UI_ACCENT : UI_HOVER);
    enum ui_style style = on ? UI_TEXT_BOLD : UI_TEXT;
    float width = fminf(ui_text_width(ui, style, text), item.w);
    ui_label_cut(ui, item.x + roundf((item.w - width) / 2), center_text(ui, item, style), item.w,
                 style, on ? ON_ACCENT : UI_FOREGROUND, text);
}

/** Where the keys bring the choice of an item. What a click moved beyond the ends comes back too.
 */
static int move_index(const struct ui_reaction *reaction, int count, int index)
{
    if (reaction->activated)
        index = (index + 1) % count;
    index += reaction->steps;
    if (reaction->home)
        index = 0;
    if (reaction->end)
        index = count - 1;
    return index < 0 ? 0 : index >= count ? count - 1 : index;
}

static int choose(const struct ui_reaction *reaction, struct ui_rect box, int count, int index)
{
    int pointed = reaction->clicked ? item_at(box, count, reaction->x) : -1;
    return move_index(reaction, count, pointed >= 0 ? pointed : index);
}

bool ui_choice(struct ui *ui, const char *id, struct ui_rect rect, const char *name,
               const char *const *items, int count, int *index)
{
    struct ui_rect box = place_choice(ui, rect, name);
    struct ui_reaction reaction = ui_react(ui, id, box, true);
    int chosen = choose(&reaction, box, count, *index);
    bool changed = chosen != *index;
    *index = chosen;
    int pointed = reaction.hot ? item_at(box, count, reaction.x) : -1;
    for (int i = 0; i < count; i++)
        draw_item(ui, item_box(box, count, i), items[i], i == chosen, i == pointed);
    ui_outline(ui, box, ui_scale(ui, 4), UI_OUTLINE);
    if (reaction.focused)
        draw_focus_ring(ui, box, ui_scale(ui, 4));
    return changed;
}

float ui_switch_height(const struct ui *ui)
{
    return 2 * ui_scale(ui, 12);
}

/** A knob in a pill: to the right and on an accent when on. */
static void draw_pill(struct ui *ui, struct ui_rect pill, bool on, bool lit)
{
    float inset = ui_scale(ui, 3);
    float knob = pill.h - 2 * inset;
    float x = on ? pill.x + pill.w - inset - knob : pill.x + inset;
    ui_fill(ui, pill, pill.h / 2, on ? UI_ACCENT : lit ? UI_OUTLINE : UI_TRACK);
    ui_fill(ui, (struct ui_rect){x, pill.y + inset, knob, knob}, knob / 2,
            on ? ON_ACCENT : UI_FOREGROUND);
}

bool ui_switch_with(struct ui *ui, const char *id, struct ui_rect rect, const char *name,
                    const struct ui_switch_figure *figure, bool *on, struct ui_reaction *reaction)
{
    *reaction = ui_react(ui, id, rect, true);
    bool before = *on;
    if (reaction->clicked || reaction->activated)
        *on = !*on;
    if (reaction->steps != 0 || reaction->home || reaction->end)
        *on = reaction->steps > 0 || reaction->end;
    float height = 2 * ui_scale(ui, 9);
    struct ui_rect pill = {rect.x + rect.w - 2 * height, rect.y + roundf((rect.h - height) / 2),
                           2 * height, height};
    float right = pill.x - ui_scale(ui, 8);
    if (figure) {
        float width = ui_text_width(ui, UI_SMALL, figure->text);
        ui_label_cut(ui, right - width, center_text(ui, rect, UI_SMALL), width, UI_SMALL,
                     figure->color, figure->text);
        right -= width + ui_scale(ui, 6);
    }
    ui_label_cut(ui, rect.x, center_text(ui, rect, UI_TEXT), right - rect.x, UI_TEXT, UI_FOREGROUND,
                 name);
    draw_pill(ui, pill, *on, reaction->hot);
    if (reaction->focused)
        draw_focus_ring(ui, grow(rect, ui_scale(ui, 1)), ui_scale(ui, 5));
    return *on != before;
}

bool ui_switch(struct ui *ui, const char *id, struct ui_rect rect, const char *name, bool *on)
{
    struct ui_reaction reaction;
    return ui_switch_with(ui, id, rect, name, NULL, on, &reaction);
}

float ui_stepper_height(const struct ui *ui)
{
    return ui_choice_height(ui);
}

/** An arrow at an end of the box; faint where there is nothing in its direction. */
static void draw_arrow(struct ui *ui, struct ui_rect half, const char *arrow, bool left, bool any,
                       bool hot)
{
    float inset = ui_scale(ui, 10);
    if (hot && any)
        ui_fill(ui, half, ui_scale(ui, 4), UI_HOVER);
    float width = ui_text_width(ui, UI_TEXT_BOLD, arrow);
    ui_label(ui, left ? half.x + inset : half.x + half.w - inset - width,
             center_text(ui, half, UI_TEXT_BOLD), UI_TEXT_BOLD, any ? UI_ACCENT : UI_OUTLINE,
             arrow);
}

static int step(const struct ui_reaction *reaction, struct ui_rect box, int count, int index)
{
    if (reaction->clicked)
        index += reaction->x < box.x + box.w / 2 ? -1 : 1;
    return move_index(reaction, count, index);
}

bool ui_stepper(struct ui *ui, const char *id, struct ui_rect rect, const char *name,
                const char *item, int count, int *index)
{
    struct ui_rect box = place_choice(ui, rect, name);
    struct ui_rect left = {box.x, box.y, roundf(box.w / 2), box.h};
    struct ui_rect right = {left.x + left.w, box.y, box.w - left.w, box.h};
    struct ui_reaction reaction = ui_react(ui, id, box, true);
    int chosen = step(&reaction, box, count, *index);
    bool changed = chosen != *index;
    bool on_left = reaction.x < right.x;
    draw_arrow(ui, left, "<", true, *index > 0, reaction.hot && on_left);
    draw_arrow(ui, right, ">", false, *index < count - 1, reaction.hot && !on_left);
    float room = box.w - 2 * ui_scale(ui, 24);
    float width = fminf(room, ui_text_width(ui, UI_TEXT_BOLD, item));
    ui_label_cut(ui, box.x + roundf((box.w - width) / 2), center_text(ui, box, UI_TEXT_BOLD), room,
                 UI_TEXT_BOLD, UI_FOREGROUND, item);
    ui_outline(ui, box, ui_scale(ui, 4), UI_OUTLINE);
    if (reaction.focused)
        draw_focus_ring(ui, box, ui_scale(ui, 4));
    *index = chosen;
    return changed;
}

float ui_keycaps_height(const struct ui *ui)
{
    return ui_line_height(ui, UI_MONO) + 2 * ui_scale(ui, 2);
}

/** The next word of a list: its start, and its bytes in *length; NULL at the end. */
static const char *next_word(const char **list, size_t *length)
{
    const char *start = *list + strspn(*list, " ");
    *length = strcspn(start, " ");
    *list = start + *length;
    return *length ? start : NULL;
}

/** Lays the caps side by side, drawing them if `draw` (then the same ui as `ui`). */
static float lay_caps(const struct ui *ui, struct ui *draw, float x, float y, const char *keys)
{
    float gap = ui_scale(ui, 4);
    float inset = ui_scale(ui, 6);
    float left = x;
    size_t length;
    for (const char *word; (word = next_word(&keys, &length));) {
        char text[32];
        snprintf(text, sizeof(text), "%.*s", (int)length, word);
        struct ui_rect cap = {x, y, ui_text_width(ui, UI_MONO, text) + 2 * inset,
                              ui_keycaps_height(ui)};
        if (draw) {
            ui_fill(draw, cap, ui_scale(ui, 4), UI_KEYCAP);
            ui_label(draw, x + inset, center_text(ui, cap, UI_MONO), UI_MONO, UI_FOREGROUND, text);
        }
        x += cap.w + gap;
    }
    return x > left ? x - gap - left : 0;
}

float ui_keycaps(struct ui *ui, float x, float y, const char *keys)
{
    return lay_caps(ui, ui, x, y, keys);
}

float ui_keycaps_width(const struct ui *ui, const char *keys)
{
    return lay_caps(ui, NULL, 0, 0, keys);
}
