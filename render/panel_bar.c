/**
 * @file
 * The bar below the picture: what is shown, and the keys worth knowing. A key that does not fit
 * is left out whole; the last one, which leads to all of them, is the last to go.
 */
#include "render/panel.h"

#include <math.h>
#include <stdio.h>

/** Lengths in the bar, pixels. */
struct measures {
    float margin; ///< at both ends
    float gap;    ///< between keys
    float inset;  ///< between a cap and its word
};

static struct measures measure(const struct ui *ui)
{
    return (struct measures){ui_scale(ui, 14), ui_scale(ui, 18), ui_scale(ui, 7)};
}

static float key_width(const struct ui *ui, const struct panel_button *key)
{
    return ui_keycaps_width(ui, key->key) + measure(ui).inset +
           ui_text_width(ui, UI_TEXT, key->text);
}

static bool draw_key(struct ui *ui, struct ui_rect box, const struct panel_button *key)
{
    char id[64];
    snprintf(id, sizeof(id), "bar %s", key->key);
    float margin = ui_scale(ui, 5);
    struct ui_rect ground = {box.x - margin, box.y + ui_scale(ui, 4), box.w + 2 * margin,
                             box.h - 2 * ui_scale(ui, 4)};
    bool hot = false;
    bool clicked = false;
    if (key->action > 0) {
        struct ui_reaction reaction = ui_react(ui, id, ground, false);
        hot = reaction.hot;
        clicked = reaction.clicked;
    }
    if (hot)
        ui_fill(ui, ground, ui_scale(ui, 5), UI_HOVER);
    float cap_y = box.y + roundf((box.h - ui_keycaps_height(ui)) / 2);
    float caps = ui_keycaps(ui, box.x, cap_y, key->key);
    float text_y = box.y + roundf((box.h - ui_line_height(ui, UI_TEXT)) / 2);
    ui_label(ui, box.x + caps + measure(ui).inset, text_y, UI_TEXT,
             key->on ? UI_ACCENT
             : hot   ? UI_FOREGROUND
                     : UI_MUTED,
             key->text);
    return clicked;
}

/** Draws what is shown; returns where the keys begin. */
static float draw_source(struct ui *ui, struct ui_rect area, const char *source)
{
    struct measures lengths = measure(ui);
    float y = area.y + roundf((area.h - ui_line_height(ui, UI_TEXT)) / 2);
    float room = fmaxf(0, area.w * 0.5f - lengths.margin);
    float x = area.x + lengths.margin;
    return x + ui_label_cut(ui, x, y, room, UI_TEXT, UI_FOREGROUND, source) + lengths.gap;
}

int panel_draw_bar(struct ui *ui, struct ui_rect area, const char *source,
                   const struct panel_button *keys, int key_count)
{
    if (area.w < 1 || area.h < 1)
        return 0;
    struct measures lengths = measure(ui);
    ui_fill(ui, area, 0, UI_BAR);
    ui_block(ui, area);
    float x = draw_source(ui, area, source);
    float right = area.x + area.w - lengths.margin;
    float last = key_count > 0 ? key_width(ui, &keys[key_count - 1]) : 0;
    int pressed = 0;
    for (int i = 0; i < key_count; i++) {
        float width = key_width(ui, &keys[i]);
        bool is_last = i == key_count - 1;
        if (x + width > right || (!is_last && x + width + lengths.gap + last > right))
            continue;
        struct ui_rect box = {x, area.y, width, area.h};
        if (draw_key(ui, box, &keys[i]))
            pressed = keys[i].action;
        x += width + lengths.gap;
    }
    return pressed;
}
