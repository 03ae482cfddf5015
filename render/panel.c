/**
 * @file
 * The panel stacks its controls from top to bottom. How closely depends on the room: of several
 * densities the first that fits is taken, each laid out without drawing to find its height. Where
 * even the closest is too high, the panel scrolls.
 */
#include "render/panel.h"

#include <math.h>
#include <stdio.h>

/** How closely the controls stand, units of the design. */
struct density {
    float margin;  ///< around everything
    float section; ///< between sections, besides `gap`
    float gap;     ///< between controls
    float button;  ///< height
    float control; ///< height of sliders and choices; 0 for their name above them
    bool titles;   ///< sections have a heading
};

static const struct density densities[] = {
    {.margin = 18, .section = 14, .gap = 9, .button = 32, .titles = true},
    {.margin = 14, .section = 8, .gap = 6, .button = 30, .titles = true},
    {.margin = 14, .section = 9, .gap = 7, .button = 29, .control = 29, .titles = true},
    {.margin = 10, .section = 5, .gap = 5, .button = 27, .control = 27, .titles = true},
    {.margin = 10, .section = 6, .gap = 5, .button = 27, .control = 27, .titles = false},
    {.margin = 8, .section = 4, .gap = 4, .button = 26, .control = 26, .titles = false},
};

enum { DENSITIES = sizeof(densities) / sizeof(densities[0]) };

/** Where the next control goes. */
struct flow {
    struct ui *ui;
    const struct density *density;
    float x, y, width;
    bool draw; ///< false: only to find out the height
};

/** Takes room for a control across the whole width. */
static struct ui_rect take(struct flow *flow, float height)
{
    struct ui_rect rect = {flow->x, flow->y, flow->width, height};
    flow->y += height + ui_scale(flow->ui, flow->density->gap);
    return rect;
}

/** A heading in small capitals, a little spaced out. */
static void draw_title(struct ui *ui, float x, float y, const char *title)
{
    for (; *title; title++) {
        char letter[2] = {*title, '\0'};
        x += ui_label(ui, x, y, UI_SMALL_BOLD, UI_MUTED, letter) + ui_scale(ui, 1);
    }
}

static void begin_section(struct flow *flow, const char *title)
{
    flow->y += ui_scale(flow->ui, flow->density->section);
    if (!flow->density->titles)
        return;
    struct ui_rect rect = take(flow, ui_line_height(flow->ui, UI_SMALL_BOLD));
    if (flow->draw)
        draw_title(flow->ui, rect.x, rect.y, title);
}

static void add_slider(struct flow *flow, const char *id, const char *name, double *value,
                       const struct ui_range *range, uint32_t color)
{
    const struct density *density = flow->density;
    float height =
        density->control > 0 ? ui_scale(flow->ui, density->control) : ui_slider_height(flow->ui);
    struct ui_rect rect = take(flow, height);
    if (flow->draw)
        ui_slider(flow->ui, id, rect, name, value, range, color);
}

/** A choice among numbers; `values` are what the items mean. */
static void add_choice(struct flow *flow, const char *name, const char *const *items,
                       const int *values, int count, int *value)
{
    const struct density *density = flow->density;
    float height =
        density->control > 0 ? ui_scale(flow->ui, density->control) : ui_choice_height(flow->ui);
    struct ui_rect rect = take(flow, height);
    if (!flow->draw)
        return;
    int index = 0;
    for (int i = 0; i < count; i++)
        if (values[i] == *value)
            index = i;
    if (ui_choice(flow->ui, name, rect, name, items, count, &index))
        *value = values[index];
}

static void add_thresholds(struct flow *flow, struct canny_params *canny)
{
    // The square: most pictures are tuned in the lowest tenth of the magnitudes there are.
    struct ui_range range = {
        .low = 0, .high = canny_largest_magnitude(canny), .step = 1, .curve = 2};
    begin_section(flow, "THRESHOLDS");
    add_slider(flow, "low", "Low", &canny->low, &range, UI_WARM);
    add_slider(flow, "high", "High", &canny->high, &range, UI_ACCENT);
}

static void add_filter(struct flow *flow, struct canny_params *canny)
{
    static const char *const blurs[] = {"off", "3", "5", "7"};
    static const char *const apertures[] = {"3", "5", "7"};
    static const char *const norms[] = {"L1", "L2"};
    int l2 = canny->l2;
    begin_section(flow, "FILTER");
    add_choice(flow, "Blur", blurs, (const int[]){0, 3, 5, 7}, 4, &canny->blur);
    add_choice(flow, "Aperture", apertures, (const int[]){3, 5, 7}, 3, &canny->aperture);
    add_choice(flow, "Magnitude", norms, (const int[]){0, 1}, 2, &l2);
    canny->l2 = l2;
}

/** One button a view, two in a row, each with the digit that shows it too. */
static void add_views(struct flow *flow, enum view *view)
{
    begin_section(flow, "VIEW");
    float gap = ui_scale(flow->ui, flow->density->gap);
    float width = floorf((flow->width - gap) / 2);
    struct ui_rect row = {0, 0, 0, 0};
    enum view chosen = *view;
    for (int i = 0; i < view_count; i++) {
        if (i % 2 == 0)
            row = take(flow, ui_scale(flow->ui, flow->density->button));
        struct ui_rect box = {i % 2 ? row.x + row.w - width : row.x, row.y, width, row.h};
        char id[32], key[12];
        snprintf(id, sizeof(id), "view %d", (int)view_table[i].view);
        snprintf(key, sizeof(key), "%d", (int)view_table[i].view);
        if (flow->draw &&
            ui_button(flow->ui, id, box, view_table[i].name, key, view_table[i].view == *view))
            chosen = view_table[i].view;
    }
    *view = chosen;
}

static void add_scene(struct flow *flow, int *noise)
{
    static const struct ui_range range = {.low = 0, .high = 100, .step = 1, .curve = 1};
    if (*noise < 0)
        return;
    double value = *noise;
    begin_section(flow, "SCENE");
    add_slider(flow, "noise", "Noise", &value, &range, UI_FOREGROUND);
    *noise = (int)value;
}

/** Buttons as wide as their words, as many in a row as there is room for. */
static int add_buttons(struct flow *flow, const struct panel_button *buttons, int count)
{
    int pressed = 0;
    float gap = ui_scale(flow->ui, flow->density->gap);
    float right = 0;
    struct ui_rect row = {0, 0, 0, 0};
    if (count > 0)
        begin_section(flow, "ACTIONS");
    for (int i = 0; i < count; i++) {
        const struct panel_button *button = &buttons[i];
        float width = fminf(ui_button_width(flow->ui, button->text, button->key), flow->width);
        if (i == 0 || right + width > row.x + row.w) {
            row = take(flow, ui_scale(flow->ui, flow->density->button));
            right = row.x;
        }
        struct ui_rect box = {right, row.y, width, row.h};
        right += width + gap;
        if (flow->draw &&
            ui_button(flow->ui, button->text, box, button->text, button->key, button->on))
            pressed = button->action;
    }
    return pressed;
}

/** Lays everything out, drawing it or not; returns the action of a pressed button. */
static int add_all(struct flow *flow, struct panel_values *values,
                   const struct panel_button *buttons, int button_count)
{
    add_thresholds(flow, &values->canny);
    add_filter(flow, &values->canny);
    add_views(flow, &values->view);
    add_scene(flow, &values->noise);
    return add_buttons(flow, buttons, button_count);
}

static struct flow start_flow(struct ui *ui, struct ui_rect area, int density)
{
    float margin = ui_scale(ui, densities[density].margin);
    return (struct flow){.ui = ui,
                         .density = &densities[density],
                         .x = area.x + margin,
                         .y = area.y + margin - ui_scale(ui, densities[density].section),
                         .width = area.w - 2 * margin};
}

/** Height of everything at a density, margins included. */
static float find_height(struct ui *ui, struct ui_rect area, int density,
                         struct panel_values *values, const struct panel_button *buttons,
                         int button_count)
{
    struct flow flow = start_flow(ui, area, density);
    add_all(&flow, values, buttons, button_count);
    return flow.y - ui_scale(ui, densities[density].gap) + ui_scale(ui, densities[density].margin) -
           area.y;
}

int panel_draw(struct ui *ui, struct ui_rect area, struct panel_values *values,
               const struct panel_button *buttons, int button_count)
{
    if (area.w < 1 || area.h < 1)
        return 0;
    int density = 0;
    float height = find_height(ui, area, 0, values, buttons, button_count);
    while (height > area.h && density < DENSITIES - 1)
        height = find_height(ui, area, ++density, values, buttons, button_count);
    ui_fill(ui, area, 0, UI_PANEL);
    float offset = ui_scroll_begin(ui, "panel", area, height);
    struct flow flow = start_flow(ui, area, density);
    flow.draw = true;
    flow.y -= offset;
    int pressed = add_all(&flow, values, buttons, button_count);
    ui_scroll_end(ui);
    ui_line(ui, area.x, area.y, area.x, area.y + area.h, UI_OUTLINE);
    return pressed;
}

struct panel_layout panel_divide(const struct ui *ui, enum panel_wish wish)
{
    int width, height;
    ui_get_size(ui, &width, &height);
    float w = (float)width;
    float h = (float)height;
    float bar = h >= ui_scale(ui, 320) ? ui_scale(ui, 36) : 0;
    float panel = fminf(fmaxf(roundf(w / 5), ui_scale(ui, 264)), ui_scale(ui, 320));
    bool beside = w >= ui_scale(ui, 800);
    struct panel_layout layout = {.picture = {0, 0, w, h - bar}, .bar = {0, h - bar, w, bar}};
    layout.clear = layout.picture;
    if (wish == PANEL_HIDDEN || (wish == PANEL_IF_ROOM && !beside))
        return layout;
    panel = fminf(panel, w);
    layout.panel = (struct ui_rect){w - panel, 0, panel, beside ? h : h - bar};
    if (beside)
        layout.picture.w = layout.bar.w = w - panel;
    layout.clear.w = w - panel;
    return layout;
}
