/**
 * @file
 * Each value is an upright bar of whole pixels, faint below and bright where the curve runs, so
 * that a graph is made of boxes alone and looks the same with every renderer.
 */
#include "render/plot.h"

#include <math.h>

float plot_top(float largest)
{
    static const float steps[] = {1, 1.5f, 2, 3, 4, 5, 6, 8, 10};
    if (!(largest > 0) || !isfinite(largest))
        return 1;
    float power = powf(10, floorf(log10f(largest)));
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        if (largest <= steps[i] * power * 1.0001f)
            return steps[i] * power;
    return 10 * power;
}

static bool is_known(float value)
{
    return isfinite(value) && value >= 0;
}

static float largest_of(const struct plot *plot)
{
    float largest = 0;
    for (int i = 0; i < plot->count; i++)
        if (is_known(plot->values[i]))
            largest = fmaxf(largest, plot->values[i]);
    return largest;
}

/** Left edge of the column of a value; newest at the right. */
static float column_x(struct ui_rect box, const struct plot *plot, int i)
{
    int place = plot->capacity - plot->count + i;
    return box.x + floorf(box.w * (float)place / (float)plot->capacity);
}

static void draw_column(struct ui *ui, struct ui_rect box, const struct plot *plot, float top,
                        int i)
{
    float thick = fmaxf(1, ui_scale(ui, 1.6f));
    float value = plot->values[i];
    float before = i > 0 && is_known(plot->values[i - 1]) ? plot->values[i - 1] : value;
    float bottom = box.y + box.h;
    float height = box.h - thick;
    float y0 = bottom - thick - roundf(height * fminf(value / top, 1));
    float y1 = bottom - thick - roundf(height * fminf(before / top, 1));
    float upper = fminf(y0, y1);
    float lower = fmaxf(y0, y1) + thick;
    float x = column_x(box, plot, i);
    float width = column_x(box, plot, i + 1) - x;
    ui_fill(ui, (struct ui_rect){x, upper, width, lower - upper}, 0, plot->color);
    if (lower < bottom)
        ui_fill(ui, (struct ui_rect){x, lower, width, bottom - lower}, 0,
                (plot->color & 0xffffffu) | 0x38000000u);
}

void plot_draw(struct ui *ui, struct ui_rect rect, const struct plot *plot)
{
    float line = ui_line_height(ui, UI_SMALL);
    struct ui_rect box = {rect.x, rect.y + line + ui_scale(ui, 3), rect.w,
                          rect.h - line - ui_scale(ui, 3)};
    float top = plot_top(largest_of(plot));
    ui_label_cut(ui, rect.x, rect.y, rect.w, UI_SMALL, UI_FOREGROUND, plot->title);
    ui_fill(ui, box, 0, 0x30ffffffu);
    for (int i = 0; i < plot->count; i++)
        if (is_known(plot->values[i]))
            draw_column(ui, box, plot, top, i);
    ui_line(ui, box.x, box.y, box.x + box.w, box.y, 0x60ffffffu);
    ui_labelf(ui, box.x + ui_scale(ui, 3), box.y + ui_scale(ui, 1), UI_SMALL, UI_FOREGROUND, "%g",
              (double)top);
}
