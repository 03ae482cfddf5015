/**
 * @file
 * What lies over everything for a while: the card that lists the keys, and the notice.
 */
#include "render/panel.h"

#include "render/text_lines.h"

#include <math.h>

enum { NOTICE_LINES = 4 }; ///< a sentence has, at the most

/** Lengths of the card at the scale it is drawn in, pixels. */
struct card {
    float margin, title, row, gap; ///< row: from one line to the next; gap: between columns
    float keys[2], text[2];        ///< widths of each column's two parts
    int columns, rows;
    float width, height;
};

static struct card shape_card(const struct ui *ui, const struct panel_help *lines, int count,
                              int columns)
{
    struct card card = {.margin = ui_scale(ui, 22),
                        .title = ui_line_height(ui, UI_LARGE_BOLD) + ui_scale(ui, 12),
                        .row = ui_keycaps_height(ui) + ui_scale(ui, 8),
                        .gap = ui_scale(ui, 28),
                        .columns = columns,
                        .rows = (count + columns - 1) / columns};
    for (int i = 0; i < count; i++) {
        int column = i / card.rows;
        float keys = ui_keycaps_width(ui, lines[i].keys) + ui_scale(ui, 12);
        card.keys[column] = fmaxf(card.keys[column], keys);
        card.text[column] = fmaxf(card.text[column], ui_text_width(ui, UI_TEXT, lines[i].text));
    }
    card.width = 2 * card.margin + card.gap * (float)(columns - 1);
    for (int column = 0; column < columns; column++)
        card.width += card.keys[column] + card.text[column];
    card.height = 2 * card.margin + card.title + card.row * (float)card.rows;
    return card;
}

/** One column if it fits, else two; smaller until one of them does. */
static struct card fit_card(struct ui *ui, const struct panel_help *lines, int count)
{
    int width, height;
    ui_get_size(ui, &width, &height);
    float margin = ui_scale(ui, 8);
    struct card card;
    for (int tries = 0; tries < 24; tries++) {
        for (int columns = 1; columns <= 2; columns++) {
            card = shape_card(ui, lines, count, columns);
            if (card.width + 2 * margin <= (float)width &&
                card.height + 2 * margin <= (float)height)
                return card;
        }
        ui_set_unit(ui, ui_get_unit(ui) * 0.95f);
    }
    return card;
}

static void draw_lines(struct ui *ui, const struct card *card, float x, float y,
                       const struct panel_help *lines, int count)
{
    float drop = roundf((ui_keycaps_height(ui) - ui_line_height(ui, UI_TEXT)) / 2);
    for (int i = 0; i < count; i++) {
        int column = i / card->rows;
        float left = column ? x + card->keys[0] + card->text[0] + card->gap : x;
        float top = y + (float)(i % card->rows) * card->row;
        ui_keycaps(ui, left, top, lines[i].keys);
        ui_label(ui, left + card->keys[column], top + drop, UI_TEXT, UI_FOREGROUND, lines[i].text);
    }
}

bool panel_draw_help(struct ui *ui, const struct panel_help *lines, int count)
{
    int width, height;
    ui_get_size(ui, &width, &height);
    struct ui_rect all = {0, 0, (float)width, (float)height};
    struct ui_reaction reaction = ui_react(ui, "help", all, false);
    float unit = ui_get_unit(ui);
    struct card card = fit_card(ui, lines, count);
    struct ui_rect box = {roundf((all.w - card.width) / 2), roundf((all.h - card.height) / 2),
                          card.width, card.height};
    float x = box.x + card.margin;
    float y = box.y + card.margin;
    ui_fill(ui, all, 0, 0xb0000000u);
    ui_fill(ui, box, ui_scale(ui, 12), UI_PANEL);
    ui_outline(ui, box, ui_scale(ui, 12), UI_OUTLINE);
    float drop = ui_line_height(ui, UI_LARGE_BOLD) - ui_line_height(ui, UI_TEXT);
    float title = ui_label(ui, x, y, UI_LARGE_BOLD, UI_FOREGROUND, "Keys");
    ui_label_cut(ui, x + title + ui_scale(ui, 14), y + roundf(drop * 0.8f),
                 box.w - 2 * card.margin - title - ui_scale(ui, 14), UI_TEXT, UI_MUTED,
                 "? or a click closes this");
    draw_lines(ui, &card, x, y + card.title, lines, count);
    ui_set_unit(ui, unit);
    return reaction.clicked;
}

/** A mark that tells a warning from a remark without colour. */
static void draw_mark(struct ui *ui, float x, float y, float size, bool warning)
{
    const char *sign = warning ? "!" : "i";
    struct ui_rect disc = {x, y, size, size};
    ui_fill(ui, disc, size / 2, warning ? UI_WARM : UI_ACCENT);
    float width = ui_text_width(ui, UI_TEXT_BOLD, sign);
    float height = ui_line_height(ui, UI_TEXT_BOLD);
    ui_label(ui, x + roundf((size - width) / 2), y + roundf((size - height) / 2), UI_TEXT_BOLD,
             UI_BACKGROUND, sign);
}

/** Lengths of a notice, pixels. */
struct card_of_notice {
    struct ui_rect box, button;
    struct text_lines lines;
    float inset, mark, pad, line;
    float room; ///< for a line of text
};

/**
 * Finds room for the sentence, on `most` lines, and its button, which goes below where it would
 * squeeze it. False if it does not fit.
 */
static bool lay_out_notice(struct ui *ui, struct ui_rect area, const char *text,
                           const struct panel_button *button, int most, struct card_of_notice *card)
{
    float margin = ui_scale(ui, 12);
    float inset = card->inset = ui_scale(ui, 14);
    float pad = card->pad = ui_scale(ui, 10);
    float mark = card->mark = ui_scale(ui, 20);
    card->line = ui_line_height(ui, UI_TEXT);
    card->room = area.w - 2 * margin - 2 * inset - mark - pad;
    if (card->room < mark)
        return false;
    float width = button ? fminf(ui_button_width(ui, button->text, button->key), card->room) : 0;
    bool beside = button && card->room - width - pad >= ui_scale(ui, 240);
    if (beside)
        card->room -= width + pad;
    text_lines_wrap(ui, UI_TEXT, text, card->room, most, &card->lines);
    float rows = fmaxf(mark, card->line * (float)card->lines.count);
    card->button.w = width;
    card->button.h = button ? ui_scale(ui, 30) : 0;
    float wide = beside ? card->lines.width + pad + width : fmaxf(card->lines.width, width);
    card->box.w = wide + 2 * inset + mark + pad;
    card->box.h = 2 * pad + (beside   ? fmaxf(rows, card->button.h)
                             : button ? rows + pad + card->button.h
                                      : rows);
    card->box.x = area.x + roundf((area.w - card->box.w) / 2);
    card->box.y = area.y + area.h - card->box.h - margin;
    card->button.x = card->box.x + card->box.w - inset - width;
    card->button.y = beside ? card->box.y + roundf((card->box.h - card->button.h) / 2)
                            : card->box.y + card->box.h - pad - card->button.h;
    return card->box.y >= area.y;
}

int panel_draw_notice(struct ui *ui, struct ui_rect area, const char *text, bool warning,
                      const struct panel_button *button)
{
    struct card_of_notice card;
    int most = NOTICE_LINES;
    while (!lay_out_notice(ui, area, text, button, most, &card))
        if (--most == 0)
            return button ? panel_draw_notice(ui, area, text, warning, NULL) : 0;
    struct ui_rect box = card.box;
    bool below = button && card.button.y > box.y + (box.h - card.button.h) / 2 + 1;
    float rows = below ? box.h - card.button.h - card.pad : box.h;
    ui_fill(ui, box, ui_scale(ui, 8), UI_CARD | 0xff000000u);
    ui_outline(ui, box, ui_scale(ui, 8), warning ? UI_WARM : UI_OUTLINE);
    draw_mark(ui, box.x + card.inset, box.y + roundf((rows - card.mark) / 2), card.mark, warning);
    float y = box.y + roundf((rows - card.line * (float)card.lines.count) / 2);
    for (int i = 0; i < card.lines.count; i++, y += card.line)
        ui_label_cut(ui, box.x + card.inset + card.mark + card.pad, y, card.room, UI_TEXT,
                     UI_FOREGROUND, card.lines.text[i]);
    bool pressed =
        button && ui_button(ui, "notice", card.button, button->text, button->key, button->on);
    return pressed ? button->action : 0;
}
