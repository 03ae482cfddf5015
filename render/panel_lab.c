#include "render/panel_lab.h"

#include "render/text_lines.h"

#include <math.h>

enum { SAID_LINES = 6, LARGEST_GRAPH = 160 };

/** The page while it is being drawn. */
struct page {
    struct ui *ui;
    const struct panel_lab *lab;
    float x, width;
    float margin, gap, row, button;
    const char *said;
    char graph_said[MEMORY_GRAPH_SAID];
};

static struct page start_page(struct ui *ui, struct ui_rect area, const struct panel_lab *lab)
{
    float margin = ui_scale(ui, 12);
    return (struct page){.ui = ui,
                         .lab = lab,
                         .x = area.x + margin,
                         .width = area.w - 2 * margin,
                         .margin = margin,
                         .gap = ui_scale(ui, 6),
                         .row = ui_scale(ui, 23),
                         .button = ui_scale(ui, 26)};
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

static float foot_height(const struct page *page)
{
    return SAID_LINES * ui_line_height(page->ui, UI_SMALL) + 2 * page->gap;
}

static void draw_foot(const struct page *page, float top)
{
    struct ui *ui = page->ui;
    struct text_lines lines;
    const char *said = page->said ? page->said : "Point at an experiment to see what it shows.";
    float line = ui_line_height(ui, UI_SMALL), y = top + page->gap;
    ui_line(ui, page->x, top, page->x + page->width, top, UI_OUTLINE);
    text_lines_wrap(ui, UI_SMALL, said, page->width, SAID_LINES, &lines);
    for (int i = 0; i < lines.count; i++, y += line)
        ui_label_cut(ui, page->x, y, page->width, UI_SMALL, page->said ? UI_FOREGROUND : UI_MUTED,
                     lines.text[i]);
}

/** True when the user switched it. */
static bool draw_row(struct page *page, float y, struct panel_lab_row *row)
{
    struct ui_rect rect = {page->x, y, page->width, page->row};
    struct ui_switch_figure figure = {row->figure, row->warned ? UI_WARM : UI_MUTED};
    struct ui_reaction reaction;
    bool changed =
        ui_switch_with(page->ui, row->id, rect, row->title, &figure, &row->on, &reaction);
    // What is pointed at goes before what has the focus.
    if (reaction.hot || (reaction.focused && !page->said))
        page->said = row->meaning;
    return changed;
}

/** The rows and the graph. */
static void draw_list(struct page *page, float y, float graph, struct panel_lab_row *rows,
                      int *changed)
{
    y += ui_scale(page->ui, 3); // for the ring around the focus
    for (int i = 0; i < page->lab->row_count; i++, y += page->row)
        if (draw_row(page, y, &rows[i]))
            *changed = i;
    struct ui_rect rect = {page->x, y + page->gap, page->width, graph};
    bool hot = memory_graph_draw(page->ui, rect, &page->lab->graph, page->graph_said);
    if (page->graph_said[0] && (hot || !page->said))
        page->said = page->graph_said;
}

int panel_draw_lab(struct ui *ui, struct ui_rect area, struct panel_lab *lab, int *changed,
                   const struct panel_button *buttons, int button_count)
{
    *changed = -1;
    if (area.w < 1 || area.h < 1)
        return 0;
    struct page page = start_page(ui, area, lab);
    float head = head_height(&page), foot = foot_height(&page);
    if (area.h - head - foot < 4 * page.row)
        foot = 0;
    ui_fill(ui, area, 0, UI_PANEL);
    ui_block(ui, area);
    ui_clip(ui, area); // a window may be lower than the heading
    int pressed = draw_head(&page, area.y + page.margin, buttons, button_count);
    ui_unclip(ui);
    float room = fmaxf(area.h - head - foot, 0);
    float rows = (float)lab->row_count * page.row + 2 * page.gap;
    float graph = fminf(fmaxf(room - rows, memory_graph_height(ui)), ui_scale(ui, LARGEST_GRAPH));
    struct ui_rect list = {area.x + 1, area.y + head, area.w - 1, room};
    if (room >= 1) {
        float up = ui_scroll_begin(ui, "lab", list, rows + graph);
        draw_list(&page, list.y - up, graph, lab->rows, changed);
        ui_scroll_end(ui);
    }
    // Near what it explains: below the list where that ends early.
    if (foot > 0)
        draw_foot(&page, list.y + fminf(rows + graph, room));
    ui_line(ui, area.x, area.y, area.x, area.y + area.h, UI_OUTLINE);
    return pressed;
}
