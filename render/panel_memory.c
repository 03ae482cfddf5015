/**
 * @file
 * The parts of the bar are shades of one colour, from bright to dark, each with a digit that its
 * line below has too; what is only kept, and could be given back, is hatched. So the bar can be
 * read without telling colours apart.
 */
#include "render/panel_memory.h"

#include "render/text_lines.h"

#include <math.h>
#include <stdio.h>

static const double MEGABYTE = 1024.0 * 1024.0;

/** How closely it stands, units of the design. */
struct density {
    float margin, gap, row, measure, bar, button;
    enum ui_style style; ///< of the rows
};

static const struct density densities[] = {
    {14, 9, 21, 25, 26, 30, UI_TEXT},
    {10, 3, 14, 17, 19, 24, UI_SMALL},
};

enum { DENSITIES = sizeof(densities) / sizeof(densities[0]), SAID_LINES = 3, LARGEST_GRAPH = 200 };

/** The accent on the panel, fainter and fainter; the last one is hatched. */
static const uint32_t shades[PANEL_MEMORY_PARTS] = {0xff4cd0ff, 0xff3ea4c9, 0xff327f9b, 0xff285f74,
                                                    0xff214756, 0xff1a3542, 0xff4a5566, UI_OUTLINE};

/** The page while it is being drawn. */
struct page {
    struct ui *ui;
    const struct density *density;
    const struct panel_memory *memory;
    float x, y, width;
    double scale; ///< bytes across the whole width
    const char *said;
    char graph_said[MEMORY_GRAPH_SAID];
};

static struct ui_rect take(struct page *page, float height)
{
    struct ui_rect rect = {page->x, page->y, page->width, height};
    page->y += height;
    return rect;
}

static void format_megabytes(char *text, size_t bytes, int64_t value)
{
    if (value < 0)
        snprintf(text, bytes, "\u2013 MB");
    else
        snprintf(text, bytes, "%.1f MB", fmin((double)value / MEGABYTE, 999999));
}

/** A line that explains itself: reacts, and says its sentence at the foot. */
static void react(struct page *page, const char *name, struct ui_rect rect, const char *meaning)
{
    char id[48];
    snprintf(id, sizeof(id), "memory %s", name);
    struct ui_reaction reaction = ui_react(page->ui, id, rect, true);
    if (reaction.hot)
        ui_fill(page->ui, rect, ui_scale(page->ui, 3), UI_HOVER);
    if (reaction.focused)
        ui_outline(page->ui, rect, ui_scale(page->ui, 3), UI_ACCENT);
    // What is pointed at goes before what has the focus.
    if (reaction.hot || (reaction.focused && !page->said))
        page->said = meaning;
}

// The bar.

/** Upright stripes. */
static void hatch(struct ui *ui, struct ui_rect rect)
{
    float step = ui_scale(ui, 4);
    ui_fill(ui, rect, 0, UI_TRACK);
    for (float x = rect.x; x + 1 <= rect.x + rect.w; x += step)
        ui_line(ui, x, rect.y, x, rect.y + rect.h - 1, UI_MUTED);
}

/** A part's ground, with its digit where that fits. */
static void draw_part(struct ui *ui, struct ui_rect rect, int part)
{
    char digit[2] = {(char)('1' + part), '\0'};
    bool hatched = part == PANEL_MEMORY_PARTS - 1;
    if (hatched)
        hatch(ui, rect);
    else
        ui_fill(ui, rect, 0, shades[part]);
    float width = ui_text_width(ui, UI_SMALL_BOLD, digit);
    float height = ui_line_height(ui, UI_SMALL_BOLD);
    if (rect.w < width + ui_scale(ui, 4) ||
        rect.h < height - 3) // which has room above and below a digit
        return;
    float x = rect.x + roundf((rect.w - width) / 2), y = rect.y + roundf((rect.h - height) / 2);
    if (hatched)
        ui_fill(ui, (struct ui_rect){x - 1, y, width + 2, height}, 0, UI_TRACK);
    ui_label(ui, x, y, UI_SMALL_BOLD, part < 3 ? UI_BACKGROUND : UI_FOREGROUND, digit);
}

/** Pixels from the left end to where so many bytes end. */
static float reach(const struct page *page, float width, double bytes)
{
    return roundf(width * (float)fmin(fmax(bytes, 0) / page->scale, 1));
}

static void draw_bar(struct page *page)
{
    struct ui *ui = page->ui;
    struct ui_rect bar = take(page, ui_scale(ui, page->density->bar));
    react(page, "bar", bar, page->memory->whole.meaning);
    struct ui_rect inner = {bar.x + 1, bar.y + 1, bar.w - 2, bar.h - 2};
    ui_fill(ui, inner, 0, UI_BAR);
    double bytes = 0;
    for (int i = 0; i < PANEL_MEMORY_PARTS; i++) {
        float from = reach(page, inner.w, bytes);
        bytes += (double)page->memory->parts[i].bytes;
        float to = reach(page, inner.w, bytes);
        // A gap of a pixel keeps neighbours apart.
        float gap = to - from > 2 ? 1 : 0;
        if (to - gap > from)
            draw_part(ui, (struct ui_rect){inner.x + from, inner.y, to - from - gap, inner.h}, i);
    }
    page->y += ui_scale(ui, page->density->gap);
}

// Lines of numbers.

static float center(const struct ui *ui, struct ui_rect row, enum ui_style style)
{
    return row.y + roundf((row.h - ui_line_height(ui, style)) / 2);
}

static enum ui_style bold_of(enum ui_style style)
{
    return style == UI_TEXT ? UI_TEXT_BOLD : UI_SMALL_BOLD;
}

/** A number at the right end; returns where it begins. */
static float draw_number(const struct page *page, struct ui_rect row, const char *text, bool bold)
{
    struct ui *ui = page->ui;
    enum ui_style style = page->density->style;
    if (bold)
        style = bold_of(style);
    float x = row.x + row.w - ui_scale(ui, 3) - ui_text_width(ui, style, text);
    ui_label(ui, x, center(ui, row, style), style, UI_FOREGROUND, text);
    return x;
}

static void draw_name(const struct page *page, struct ui_rect row, float x, float right,
                      const char *name)
{
    enum ui_style style = page->density->style;
    ui_label_cut(page->ui, x, center(page->ui, row, style), right - x, style, UI_MUTED, name);
}

/** What the system says, underlined to the scale of the bar. */
static void add_measure(struct page *page, const struct panel_figure *figure)
{
    struct ui *ui = page->ui;
    char text[32];
    format_megabytes(text, sizeof(text), figure->bytes);
    struct ui_rect row = take(page, ui_scale(ui, page->density->measure));
    react(page, figure->name, row, figure->meaning);
    float height = ui_scale(ui, 3);
    struct ui_rect track = {row.x + 1, row.y + row.h - height - 1, row.w - 2, height};
    row.h -= height;
    float right = draw_number(page, row, text, true);
    draw_name(page, row, row.x + ui_scale(ui, 3), right, figure->name);
    ui_fill(ui, track, 0, UI_BAR);
    track.w = reach(page, track.w, (double)figure->bytes);
    if (figure->bytes > 0)
        ui_fill(ui, track, 0, UI_ACCENT);
}

static void add_part(struct page *page, int part)
{
    struct ui *ui = page->ui;
    const struct panel_figure *figure = &page->memory->parts[part];
    char text[32];
    format_megabytes(text, sizeof(text), figure->bytes);
    struct ui_rect row = take(page, ui_scale(ui, page->density->row));
    react(page, figure->name, row, figure->meaning);
    float height = fminf(ui_line_height(ui, UI_SMALL_BOLD), row.h - 1);
    struct ui_rect swatch = {row.x + ui_scale(ui, 3), row.y + roundf((row.h - height) / 2),
                             roundf(height * 1.3f), height};
    draw_part(ui, swatch, part);
    float right = draw_number(page, row, text, false);
    draw_name(page, row, swatch.x + swatch.w + ui_scale(ui, 8), right - ui_scale(ui, 6),
              figure->name);
}

static void format_rate(char *text, size_t bytes, const struct panel_rate *rate)
{
    snprintf(text, bytes, "\u2013");
    if (rate->per_frame >= 0)
        snprintf(text, bytes, "%.3g", fmin(rate->per_frame, 99999));
}

/** What its words and the space around them take. */
static float rate_width(const struct page *page, const struct panel_rate *rate)
{
    char text[32];
    format_rate(text, sizeof(text), rate);
    enum ui_style style = page->density->style;
    return ui_text_width(page->ui, style, rate->name) +
           ui_text_width(page->ui, bold_of(style), text) + ui_scale(page->ui, 12);
}

static void draw_rate(struct page *page, struct ui_rect part, const struct panel_rate *rate)
{
    char text[32];
    format_rate(text, sizeof(text), rate);
    react(page, rate->name, part, rate->meaning);
    float right = draw_number(page, part, text, true);
    draw_name(page, part, part.x + ui_scale(page->ui, 3), right - ui_scale(page->ui, 6),
              rate->name);
}

/** Two of them in a row, in small letters; the room is divided as they need it. */
static void add_rates(struct page *page, const struct panel_rate *first,
                      const struct panel_rate *second)
{
    struct ui_rect row = take(page, ui_scale(page->ui, page->density->row)), part = row;
    const struct density *density = page->density;
    struct density small = *density;
    small.style = UI_SMALL;
    page->density = &small;
    float gap = ui_scale(page->ui, 8);
    float wide = rate_width(page, first);
    part.w = roundf((row.w - gap) * wide / (wide + rate_width(page, second)));
    draw_rate(page, part, first);
    part.x = row.x + part.w + gap;
    part.w = row.x + row.w - part.x;
    draw_rate(page, part, second);
    page->density = density;
}

// Head and foot.

static bool draw_button(const struct page *page, struct ui_rect box,
                        const struct panel_button *button)
{
    return ui_button(page->ui, button->text, box, button->text, button->key, button->on);
}

/**
 * The heading with the last button; the others below it, as many in a row as there is room.
 *
 * @param draw False: only to find out the height.
 */
static int add_head(struct page *page, const struct panel_button *buttons, int count, bool draw)
{
    struct ui *ui = page->ui;
    float height = ui_scale(ui, page->density->button), gap = ui_scale(ui, page->density->gap);
    struct ui_rect row = take(page, height);
    const struct panel_button *last = &buttons[count - 1];
    float width = fminf(ui_button_width(ui, last->text, last->key), row.w);
    struct ui_rect box = {row.x + row.w - width, row.y, width, height};
    int pressed = draw && draw_button(page, box, last) ? last->action : 0;
    if (draw)
        ui_label_cut(ui, row.x, center(ui, row, UI_TEXT_BOLD), row.w - width - gap, UI_TEXT_BOLD,
                     UI_FOREGROUND, "Memory");
    float x = row.x + row.w;
    for (int i = 0; i < count - 1; i++) {
        width = fminf(ui_button_width(ui, buttons[i].text, buttons[i].key), row.w);
        if (x + width > row.x + row.w) {
            page->y += gap;
            row = take(page, height);
            x = row.x;
        }
        if (draw && draw_button(page, (struct ui_rect){x, row.y, width, height}, &buttons[i]))
            pressed = buttons[i].action;
        x += width + ui_scale(ui, 5);
    }
    page->y += gap;
    return pressed;
}

/** Height of the margin above, the heading and the buttons. */
static float head_height(const struct page *page, const struct panel_button *buttons, int count)
{
    struct page dry = *page;
    dry.y = ui_scale(page->ui, page->density->margin);
    add_head(&dry, buttons, count, false);
    return dry.y;
}

static float foot_height(const struct page *page)
{
    return SAID_LINES * ui_line_height(page->ui, UI_SMALL) +
           2 * ui_scale(page->ui, page->density->gap);
}

static void draw_foot(const struct page *page, struct ui_rect foot)
{
    struct ui *ui = page->ui;
    struct text_lines lines;
    const char *said = page->said ? page->said : "Point at a number to see what it means.";
    float line = ui_line_height(ui, UI_SMALL), y = foot.y + ui_scale(ui, page->density->gap);
    ui_line(ui, page->x, foot.y, page->x + page->width, foot.y, UI_OUTLINE);
    text_lines_wrap(ui, UI_SMALL, said, page->width, SAID_LINES, &lines);
    for (int i = 0; i < lines.count; i++, y += line)
        ui_label_cut(ui, page->x, y, page->width, UI_SMALL, page->said ? UI_FOREGROUND : UI_MUTED,
                     lines.text[i]);
}

// All of it.

/** Height of everything in the list but the graph. */
static float height_of_rows(const struct page *page)
{
    const struct density *density = page->density;
    return ui_scale(page->ui, density->bar) + 3 * ui_scale(page->ui, density->gap) +
           3 * ui_scale(page->ui, density->measure) +
           (PANEL_MEMORY_PARTS + 1) * ui_scale(page->ui, density->row) + 2;
}

/** Everything in the list, from page->y on. */
static void add_rows(struct page *page, float graph)
{
    struct ui *ui = page->ui;
    float gap = ui_scale(ui, page->density->gap);
    page->y++;
    draw_bar(page);
    add_measure(page, &page->memory->rss);
    add_measure(page, &page->memory->peak);
    add_measure(page, &page->memory->pss);
    page->y += gap;
    for (int i = 0; i < PANEL_MEMORY_PARTS; i++)
        add_part(page, i);
    add_rates(page, &page->memory->allocations, &page->memory->library_allocations);
    page->y += gap;
    bool hot = memory_graph_draw(ui, take(page, graph), &page->memory->graph, page->graph_said);
    if (page->graph_said[0] && (hot || !page->said))
        page->said = page->graph_said;
}

/** Where everything goes. */
struct layout {
    float head;  ///< height above the list
    float foot;  ///< height below it; 0 for none
    float graph; ///< height
    bool all;    ///< the heading scrolls with the list, because the panel is that low
};

static struct layout lay_out(struct page *page, struct ui_rect area,
                             const struct panel_button *buttons, int count)
{
    struct ui *ui = page->ui;
    struct layout layout = {0};
    for (int i = 0; i < DENSITIES; i++) {
        page->density = &densities[i];
        page->width = area.w - 2 * ui_scale(ui, densities[i].margin);
        layout.head = head_height(page, buttons, count);
        layout.foot = foot_height(page);
        layout.graph = area.h - layout.head - layout.foot - height_of_rows(page);
        if (layout.graph >= memory_graph_height(ui))
            break;
    }
    layout.graph = fminf(fmaxf(layout.graph, memory_graph_height(ui)), ui_scale(ui, LARGEST_GRAPH));
    layout.all = area.h - layout.head - layout.foot < ui_scale(ui, 120);
    if (area.h - layout.foot < ui_scale(ui, 120))
        layout.foot = 0;
    page->x = area.x + ui_scale(ui, page->density->margin);
    return layout;
}

static double scale_of(const struct panel_memory *memory)
{
    double most = fmax((double)memory->rss.bytes, (double)memory->peak.bytes);
    most = fmax(most, (double)memory->pss.bytes);
    return fmax(1, fmax(most, (double)memory->whole.bytes));
}

int panel_draw_memory(struct ui *ui, struct ui_rect area, const struct panel_memory *memory,
                      const struct panel_button *buttons, int button_count)
{
    if (area.w < 1 || area.h < 1)
        return 0;
    int pressed = 0;
    struct page page = {.ui = ui, .memory = memory, .scale = scale_of(memory)};
    struct layout layout = lay_out(&page, area, buttons, button_count);
    float margin = ui_scale(ui, page.density->margin);
    float above = layout.all ? 0 : layout.head, below = layout.all ? layout.head : 0;
    ui_fill(ui, area, 0, UI_PANEL);
    ui_block(ui, area);
    page.y = area.y + margin;
    if (!layout.all)
        pressed = add_head(&page, buttons, button_count, true);
    // As wide as the panel, so that what shows how far it is scrolled lies in the margin.
    struct ui_rect list = {area.x + 1, area.y + above, area.w - 1, area.h - above - layout.foot};
    page.y =
        list.y - ui_scroll_begin(ui, "memory", list, below + height_of_rows(&page) + layout.graph);
    if (layout.all) {
        page.y += margin;
        pressed = add_head(&page, buttons, button_count, true);
    }
    add_rows(&page, layout.graph);
    ui_scroll_end(ui);
    // Near what it explains: below the list where that ends early.
    float y = fminf(page.y + ui_scale(ui, page.density->gap), area.y + area.h - layout.foot);
    if (layout.foot > 0)
        draw_foot(&page, (struct ui_rect){page.x, y, page.width, layout.foot});
    ui_line(ui, area.x, area.y, area.x, area.y + area.h, UI_OUTLINE);
    return pressed;
}
