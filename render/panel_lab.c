#include "render/panel_lab.h"

#include "render/text_lines.h"

#include <math.h>

enum { SAID_LINES = 6, LARGEST_GRAPH = 160, CURVE_HEIGHT = 56, LEAST_ROWS = 4 };

/** The page while it is being drawn. */
struct page {
    struct ui *ui;
    struct panel_lab *lab;
    float x, width;
    float margin, gap, row, button;
    int pointed, focused; ///< rows; -1 for none
    const char *said;     ///< of the graph; NULL for nothing
    char graph_said[MEMORY_GRAPH_SAID];
};

static struct page start_page(struct ui *ui, struct ui_rect area, struct panel_lab *lab)
{
    float margin = ui_scale(ui, 12);
    return (struct page){.ui = ui,
                         .lab = lab,
                         .x = area.x + margin,
                         .width = area.w - 2 * margin,
                         .margin = margin,
                         .gap = ui_scale(ui, 6),
                         .row = ui_scale(ui, 23),
                         .button = ui_scale(ui, 26),
                         .pointed = -1,
                         .focused = -1};
}

/** The heading with its buttons, from right to left, and the line below it. */
static int draw_head(const struct page *page, float y, const struct panel_button *buttons,
                     int count)
{
    struct ui *ui = page->ui;
    float right = page->x + page->width;
    int pressed = 0;
    for (int i = count - 1; i >= 0; i--) {
        const struct panel_button *button = &buttons[i];
        float width = fminf(ui_button_width(ui, button->text, button->key), right - page->x);
        if (width < page->button)
            break;
        struct ui_rect box = {right - width, y, width, page->button};
        if (ui_button(ui, button->text, box, button->text, button->key, button->on))
            pressed = button->action;
        right = box.x - page->gap;
    }
    float line = ui_line_height(ui, UI_TEXT_BOLD);
    ui_label_cut(ui, page->x, y + roundf((page->button - line) / 2), right - page->x, UI_TEXT_BOLD,
                 UI_FOREGROUND, "Lab");
    y += page->button + page->gap;
    ui_label_cut(ui, page->x, y, page->width, UI_SMALL, UI_MUTED, page->lab->total);
    return pressed;
}

static float head_height(const struct page *page)
{
    return page->margin + page->button + ui_line_height(page->ui, UI_SMALL) + 2 * page->gap;
}

// The foot.

static float curve_height(const struct page *page)
{
    return 2 * ui_line_height(page->ui, UI_SMALL) + ui_scale(page->ui, CURVE_HEIGHT) + page->gap;
}

static float words_height(const struct page *page)
{
    return SAID_LINES * ui_line_height(page->ui, UI_SMALL) + 2 * page->gap;
}

/** A line of the legend: a sample, and whose curve it is. */
static void draw_name(const struct page *page, float y, const char *name, const struct band *band,
                      bool dots)
{
    struct ui *ui = page->ui;
    struct ui_rect sample = {page->x, y, ui_scale(ui, 16), ui_line_height(ui, UI_SMALL)};
    float x = sample.x + sample.w + ui_scale(ui, 4);
    band_draw_sample(ui, sample, band, dots);
    ui_label_cut(ui, x, y, page->x + page->width - x, UI_SMALL, UI_FOREGROUND, name);
}

/** The chosen one's curve over the last minute, and that of the one it is to be compared with. */
static void draw_curve(const struct page *page, float y)
{
    struct ui *ui = page->ui;
    const struct panel_lab *lab = page->lab;
    const struct panel_lab_row *row = &lab->rows[lab->chosen], *other = &lab->rows[row->beside];
    struct band band = row->curve, dots = other->curve;
    band_style(ui, &band, false);
    band_style(ui, &dots, true);
    float line = ui_line_height(ui, UI_SMALL);
    struct ui_rect box = {page->x, y + 2 * line, page->width, ui_scale(ui, CURVE_HEIGHT)};
    draw_name(page, y, row->title, &band, false);
    ui_fill(ui, box, 0, UI_BAR);
    band_draw(ui, box, &band);
    if (other != row) {
        draw_name(page, y + line, other->title, &dots, true);
        band_draw_dots(ui, box, &dots);
    }
    ui_line(ui, box.x, box.y, box.x + box.w, box.y, UI_OUTLINE);
    if (band.top > 0)
        ui_labelf(ui, box.x + ui_scale(ui, 3), box.y + ui_scale(ui, 1), UI_SMALL, UI_FOREGROUND,
                  "%g MB", (double)band.top);
}

static void draw_words(const struct page *page, float y)
{
    struct ui *ui = page->ui;
    struct text_lines lines;
    const char *said = page->said ? page->said : page->lab->rows[page->lab->chosen].meaning;
    float line = ui_line_height(ui, UI_SMALL);
    text_lines_wrap(ui, UI_SMALL, said, page->width, SAID_LINES, &lines);
    for (int i = 0; i < lines.count; i++, y += line)
        ui_label_cut(ui, page->x, y, page->width, UI_SMALL, UI_FOREGROUND, lines.text[i]);
}

// The list.

/** True when the user switched it. */
static bool draw_row(struct page *page, float y, int number)
{
    struct panel_lab_row *row = &page->lab->rows[number];
    struct ui_rect rect = {page->x, y, page->width, page->row};
    struct ui_switch_figure figure = {row->figure, row->warned ? UI_WARM : UI_MUTED};
    struct ui_reaction reaction;
    bool changed =
        ui_switch_with(page->ui, row->id, rect, row->title, &figure, &row->on, &reaction);
    if (reaction.hot)
        page->pointed = number;
    if (reaction.focused)
        page->focused = number;
    return changed;
}

/** Of all rows. */
static float rows_height(const struct page *page)
{
    return (float)page->lab->row_count * page->row + 2 * page->gap;
}

/** The rows and the graph. */
static void draw_list(struct page *page, float y, float graph, int *changed)
{
    struct panel_lab *lab = page->lab;
    y += ui_scale(page->ui, 3); // for the ring around the focus
    for (int i = 0; i < lab->row_count; i++, y += page->row)
        if (draw_row(page, y, i))
            *changed = i;
    struct ui_rect rect = {page->x, y + page->gap, page->width, graph};
    bool hot = memory_graph_draw(page->ui, rect, &lab->graph, page->graph_said);
    // What is pointed at goes before what has the focus.
    if (page->graph_said[0] && page->pointed < 0 && (hot || page->focused < 0))
        page->said = page->graph_said;
    if (page->pointed >= 0 || page->focused >= 0)
        lab->chosen = page->pointed >= 0 ? page->pointed : page->focused;
}

/** Draws the list into what the foot leaves of `area`. Returns where it ends. */
static float draw_body(struct page *page, struct ui_rect area, float foot, int *changed)
{
    struct ui *ui = page->ui;
    float room = fmaxf(area.h - foot, 0), rows = rows_height(page);
    float graph = fminf(fmaxf(room - rows, memory_graph_height(ui)), ui_scale(ui, LARGEST_GRAPH));
    struct ui_rect list = {area.x + 1, area.y, area.w - 1, room};
    if (room >= 1) {
        float up = ui_scroll_begin(ui, "lab", list, rows + graph);
        draw_list(page, list.y - up, graph, changed);
        ui_scroll_end(ui);
    }
    return list.y + fminf(rows + graph, room);
}

int panel_draw_lab(struct ui *ui, struct ui_rect area, struct panel_lab *lab, int *changed,
                   const struct panel_button *buttons, int button_count)
{
    *changed = -1;
    if (area.w < 1 || area.h < 1)
        return 0;
    struct page page = start_page(ui, area, lab);
    float head = head_height(&page), words = words_height(&page), curve = curve_height(&page);
    float room = area.h - head - LEAST_ROWS * page.row;
    if (room < words)
        words = 0;
    if (room < words + curve)
        curve = 0;
    ui_fill(ui, area, 0, UI_PANEL);
    ui_block(ui, area);
    ui_clip(ui, area); // a window may be lower than the heading
    int pressed = draw_head(&page, area.y + page.margin, buttons, button_count);
    ui_unclip(ui);
    struct ui_rect below = {area.x, area.y + head, area.w, area.h - head};
    // Near what it explains: below the list where that ends early.
    float y = draw_body(&page, below, words + curve, changed);
    if (words + curve > 0)
        ui_line(ui, page.x, y, page.x + page.width, y, UI_OUTLINE);
    if (curve > 0)
        draw_curve(&page, y + page.gap);
    if (words > 0)
        draw_words(&page, y + curve + page.gap);
    ui_line(ui, area.x, area.y, area.x, area.y + area.h, UI_OUTLINE);
    return pressed;
}
