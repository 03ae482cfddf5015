/**
 * @file
 * The card of differences. Lines of code are long and windows are not: where a difference does not
 * fit on one line its numbers go below its place, and where that is too wide all of it is smaller.
 */
#include "render/panel_memory.h"

#include <math.h>
#include <stdio.h>

enum { MOST = 16, TRIES = 24 };

/** Lengths at the scale it is drawn in, pixels. */
struct card {
    float pad, gap, line, row, button;
    bool two; ///< a difference has two lines
    float width, height;
};

static float buttons_width(const struct ui *ui, const struct panel_button *buttons, int count)
{
    float width = 0;
    for (int i = 0; i < count; i++)
        width += ui_button_width(ui, buttons[i].text, buttons[i].key) + ui_scale(ui, 8);
    return width;
}

static float line_width(const struct ui *ui, const struct panel_difference *line, bool two)
{
    float place = ui_text_width(ui, UI_MONO_BOLD, line->place);
    float change = ui_text_width(ui, UI_MONO, line->change);
    float indent = ui_text_width(ui, UI_MONO, "  ");
    return two ? fmaxf(place, change + indent) : place + change + indent / 2;
}

static struct card shape(const struct ui *ui, const char *title, const char *note,
                         const struct panel_difference *lines, int count, float buttons, bool two)
{
    float line = ui_line_height(ui, UI_MONO);
    struct card card = {.pad = ui_scale(ui, 16),
                        .gap = ui_scale(ui, 8),
                        .line = line,
                        .row = (two ? 2 * line : line) + ui_scale(ui, two ? 3 : 5),
                        .button = ui_scale(ui, 28),
                        .two = two};
    card.width = fmaxf(ui_text_width(ui, UI_MONO_BOLD, title), ui_text_width(ui, UI_SMALL, note));
    card.width = fmaxf(card.width, buttons);
    for (int i = 0; i < count; i++)
        card.width = fmaxf(card.width, line_width(ui, &lines[i], two));
    card.width += 2 * card.pad;
    card.height = 2 * card.pad + line + ui_line_height(ui, UI_SMALL) + 3 * card.gap +
                  card.row * (float)count + card.button;
    return card;
}

/** On one line if that fits, else on two; smaller until one of them does. */
static struct card fit(struct ui *ui, const char *title, const char *note,
                       const struct panel_difference *lines, int count,
                       const struct panel_button *buttons, int button_count)
{
    int width, height;
    ui_get_size(ui, &width, &height);
    float margin = ui_scale(ui, 8);
    struct card card;
    for (int tries = 0; tries < TRIES; tries++) {
        float wide = buttons_width(ui, buttons, button_count);
        for (int two = 0; two < 2; two++) {
            card = shape(ui, title, note, lines, count, wide, two);
            if (card.width + 2 * margin <= (float)width &&
                card.height + 2 * margin <= (float)height)
                return card;
        }
        ui_set_unit(ui, ui_get_unit(ui) * 0.95f);
    }
    return card;
}

static void draw_lines(struct ui *ui, const struct card *card, float x, float y,
                       const struct panel_difference *lines, int count)
{
    float indent = ui_text_width(ui, UI_MONO, "  ");
    for (int i = 0; i < count; i++, y += card->row) {
        float place = ui_label(ui, x, y, UI_MONO_BOLD, UI_FOREGROUND, lines[i].place);
        if (card->two)
            ui_label(ui, x + indent, y + card->line, UI_MONO, UI_MUTED, lines[i].change);
        else
            ui_label(ui, x + place + indent / 2, y, UI_MONO, UI_MUTED, lines[i].change);
    }
}

/** From the right end to the left, so that the last one is always in the corner. */
static int draw_buttons(struct ui *ui, float right, float y, float height,
                        const struct panel_button *buttons, int count)
{
    int pressed = 0;
    float x = right - buttons_width(ui, buttons, count);
    for (int i = 0; i < count; i++) {
        char id[48];
        snprintf(id, sizeof(id), "difference %s", buttons[i].text);
        float width = ui_button_width(ui, buttons[i].text, buttons[i].key);
        x += ui_scale(ui, 8);
        struct ui_rect box = {x, y, width, height};
        if (ui_button(ui, id, box, buttons[i].text, buttons[i].key, buttons[i].on))
            pressed = buttons[i].action;
        x += width;
    }
    return pressed;
}

int panel_draw_differences(struct ui *ui, const char *title, const char *note,
                           const struct panel_difference *lines, int count,
                           const struct panel_button *buttons, int button_count)
{
    int width, height;
    ui_get_size(ui, &width, &height);
    float unit = ui_get_unit(ui);
    count = count < MOST ? count : MOST;
    struct card card = fit(ui, title, note, lines, count, buttons, button_count);
    struct ui_rect box = {roundf(((float)width - card.width) / 2),
                          roundf(((float)height - card.height) / 2), card.width, card.height};
    float x = box.x + card.pad, y = box.y + card.pad;
    ui_block(ui, box);
    ui_fill(ui, box, ui_scale(ui, 10), UI_CARD | 0xff000000u);
    ui_outline(ui, box, ui_scale(ui, 10), UI_ACCENT);
    ui_label(ui, x, y, UI_MONO_BOLD, UI_FOREGROUND, title);
    y += card.line + roundf(card.gap / 2);
    ui_label(ui, x, y, UI_SMALL, UI_MUTED, note);
    y += ui_line_height(ui, UI_SMALL) + card.gap;
    draw_lines(ui, &card, x, y, lines, count);
    int pressed = draw_buttons(ui, box.x + box.w - card.pad, box.y + box.h - card.pad - card.button,
                               card.button, buttons, button_count);
    ui_set_unit(ui, unit);
    return pressed;
}
