/**
 * @file
 * The page of the camera's controls. Cameras have between none and some sixty of them, so the list
 * scrolls, and the wheel is left to that: a slider that the list carries under the pointer must
 * not be turned by it.
 */
#include "render/panel.h"

#include <math.h>
#include <stdio.h>

/** Lengths of the page, pixels. */
struct page {
    struct ui *ui;
    float margin, gap, button;
    bool folded; ///< there is little room
};

static struct page start_page(struct ui *ui)
{
    return (struct page){ui, ui_scale(ui, 14), ui_scale(ui, 9), ui_scale(ui, 30), false};
}

static float height_of(const struct page *page, const struct panel_field *field)
{
    switch (field->kind) {
    case PANEL_SLIDER:
        return ui_slider_height(page->ui);
    case PANEL_SWITCH:
        return ui_switch_height(page->ui);
    case PANEL_STEPPER:
        return page->folded && field->beside ? page->button : ui_stepper_height(page->ui);
    case PANEL_PUSH:
        return page->button;
    default:
        return ui_line_height(page->ui, UI_TEXT);
    }
}

/** A double has fewer digits than 64 bits: the ends are met exactly, what lies between nearly. */
static int64_t whole(const struct panel_field *field, double value)
{
    if (value >= (double)field->high)
        return field->high;
    return value <= (double)field->low ? field->low : (int64_t)llround(value);
}

static void draw_slider(struct ui *ui, const char *id, struct ui_rect rect,
                        struct panel_field *field)
{
    struct ui_range range = {.low = (double)field->low,
                             .high = (double)field->high,
                             .step = (double)field->step,
                             .curve = 1,
                             .unwheeled = true};
    double value = (double)field->value;
    if (ui_slider(ui, id, rect, field->name, &value, &range, UI_ACCENT))
        field->value = whole(field, value);
}

static void draw_words(struct ui *ui, struct ui_rect rect, const struct panel_field *field)
{
    float width = fminf(ui_text_width(ui, UI_MONO, field->text), roundf(rect.w / 2));
    ui_label_cut(ui, rect.x, rect.y, rect.w - width - ui_scale(ui, 8), UI_TEXT, UI_FOREGROUND,
                 field->name);
    ui_label_cut(ui, rect.x + rect.w - width, rect.y, width, UI_MONO, UI_FOREGROUND, field->text);
}

/** Draws one; true when the user changed it. */
static bool draw_field(struct ui *ui, struct ui_rect rect, struct panel_field *field)
{
    char id[32];
    snprintf(id, sizeof(id), "field %u", field->id);
    int64_t before = field->value;
    bool on = field->value != 0;
    int index = (int)field->value;
    ui_set_dim(ui, field->dim);
    switch (field->kind) {
    case PANEL_SLIDER:
        draw_slider(ui, id, rect, field);
        break;
    case PANEL_SWITCH:
        ui_switch(ui, id, rect, field->name, &on);
        field->value = on == (before != 0) ? before : on;
        break;
    case PANEL_STEPPER:
        if (ui_stepper(ui, id, rect, field->name, field->text, (int)field->high + 1, &index))
            field->value = index;
        break;
    case PANEL_PUSH:
        before = 0;
        field->value = ui_button(ui, id, rect, field->name, NULL, false);
        break;
    case PANEL_WORDS:
        draw_words(ui, rect, field);
        break;
    }
    ui_set_dim(ui, false);
    return field->value != before;
}

/** The heading and the buttons below it; returns where the list begins. */
static float draw_head(const struct page *page, struct ui_rect area,
                       const struct panel_button *buttons, int count, int *pressed)
{
    struct ui *ui = page->ui;
    float x = area.x + page->margin;
    float y = area.y + page->margin;
    ui_label_cut(ui, x, y, area.w - 2 * page->margin, UI_TEXT_BOLD, UI_FOREGROUND, "Camera");
    y += ui_line_height(ui, UI_TEXT_BOLD) + page->gap;
    for (int i = 0; i < count; i++) {
        float room = area.x + area.w - page->margin - x;
        float width = fminf(ui_button_width(ui, buttons[i].text, buttons[i].key), room);
        struct ui_rect box = {x, y, width, page->button};
        if (width > page->button &&
            ui_button(ui, buttons[i].text, box, buttons[i].text, buttons[i].key, buttons[i].on))
            *pressed = buttons[i].action;
        x += width + page->gap;
    }
    return y + page->button + page->gap;
}

/** From the end of the field before to this one. */
static float gap_above(const struct page *page, const struct panel_field *field)
{
    return field->apart ? 2 * page->gap : page->gap;
}

static float height_of_all(const struct page *page, const struct panel_field *fields, int count)
{
    // Room above and below, as the ring around the focus lies outside its widget.
    float height = page->margin;
    for (int i = 0; i < count; i++)
        height += height_of(page, &fields[i]) + gap_above(page, &fields[i]);
    return height;
}

static void draw_list(struct page *page, struct ui_rect list, struct panel_field *fields, int count,
                      int *changed)
{
    page->folded = height_of_all(page, fields, count) > list.h;
    float height = height_of_all(page, fields, count);
    float y = list.y + ui_scale(page->ui, 6) - ui_scroll_begin(page->ui, "camera", list, height);
    for (int i = 0; i < count; i++) {
        if (fields[i].apart)
            ui_line(page->ui, list.x + page->margin, y, list.x + list.w - page->margin, y,
                    UI_OUTLINE);
        y += fields[i].apart ? page->gap : 0;
        struct ui_rect rect = {list.x + page->margin, y, list.w - 2 * page->margin,
                               height_of(page, &fields[i])};
        if (draw_field(page->ui, rect, &fields[i]))
            *changed = i;
        y += rect.h + page->gap;
    }
    ui_scroll_end(page->ui);
}

int panel_draw_camera(struct ui *ui, struct ui_rect area, const char *note,
                      struct panel_field *fields, int field_count,
                      const struct panel_button *buttons, int button_count, int *changed)
{
    *changed = -1;
    if (area.w < 1 || area.h < 1)
        return 0;
    int pressed = 0;
    struct page page = start_page(ui);
    ui_fill(ui, area, 0, UI_PANEL);
    ui_block(ui, area);
    ui_clip(ui, area); // a window may be lower than the heading
    float top = draw_head(&page, area, buttons, button_count, &pressed);
    struct ui_rect list = {area.x, top, area.w, area.y + area.h - top};
    if (field_count > 0 && list.h > 0)
        draw_list(&page, list, fields, field_count, changed);
    else
        ui_label_cut(ui, area.x + page.margin, top, area.w - 2 * page.margin, UI_TEXT, UI_MUTED,
                     note);
    ui_unclip(ui);
    ui_line(ui, area.x, area.y, area.x, area.y + area.h, UI_OUTLINE);
    return pressed;
}
