/**
 * @file
 * Boxes in whole pixels, as in render/plot.c. Those of one height that touch are one, so that a
 * curve at rest is a few commands.
 */
#include "render/band.h"

#include <math.h>

#define GROUND 0xff1d3340u ///< the accent, faint, on the panel

static bool is_known(struct band_span span)
{
    return span.high >= 0;
}

struct band_span band_join(struct band_span a, struct band_span b)
{
    if (!is_known(a) || !is_known(b))
        return is_known(a) ? a : b;
    return (struct band_span){fminf(a.low, b.low), fmaxf(a.high, b.high)};
}

float band_largest(const struct band_span *spans, int count)
{
    float largest = 0;
    for (int i = 0; i < count; i++)
        largest = fmaxf(largest, spans[i].high);
    return largest;
}

/** Left edge of a column, of which the first is at the left. */
static float column_x(struct ui_rect rect, const struct band *band, int column)
{
    return rect.x + floorf(rect.w * (float)column / (float)band->columns);
}

/** What a column's line covers, from its lowest to its highest value. */
static struct ui_rect box_of(struct ui_rect rect, const struct band *band, struct band_span span,
                             int column)
{
    float room = rect.h - band->thick, foot = rect.y + room;
    float upper = foot - roundf(room * fminf(span.high / band->top, 1));
    float lower = foot - roundf(room * fminf(span.low / band->top, 1)) + band->thick;
    float x = column_x(rect, band, column);
    return (struct ui_rect){x, upper, column_x(rect, band, column + 1) - x, lower - upper};
}

void band_style(const struct ui *ui, struct band *band, bool dots)
{
    band->thick = fmaxf(1, ui_scale(ui, dots ? 1.6f : 2));
    band->line = dots ? UI_FOREGROUND : UI_ACCENT;
    band->ground = dots ? 0 : GROUND;
}

static void fill_run(struct ui *ui, struct ui_rect rect, const struct band *band,
                     struct ui_rect run)
{
    float bottom = rect.y + rect.h, lower = run.y + run.h;
    if (run.w <= 0)
        return;
    if (band->ground && lower < bottom)
        ui_fill(ui, (struct ui_rect){run.x, lower, run.w, bottom - lower}, 0, band->ground);
    ui_fill(ui, run, 0, band->line);
}

void band_draw(struct ui *ui, struct ui_rect rect, const struct band *band)
{
    struct ui_rect run = {0, 0, 0, 0};
    struct band_span before = {-1, -1};
    for (int i = 0; i < band->count; i++) {
        struct band_span now = band->spans[i], drawn = now;
        if (is_known(now) && is_known(before)) { // the line does not break at a step
            drawn.low = fminf(now.low, before.high);
            drawn.high = fmaxf(now.high, before.low);
        }
        before = now;
        struct ui_rect box = {0, 0, 0, 0};
        if (is_known(now))
            box = box_of(rect, band, drawn, band->columns - band->count + i);
        if (box.y == run.y && box.h == run.h) {
            run.w += box.w;
            continue;
        }
        fill_run(ui, rect, band, run);
        run = box;
    }
    fill_run(ui, rect, band, run);
}

void band_draw_dots(struct ui *ui, struct ui_rect rect, const struct band *band)
{
    float apart = 2 * band->thick + ui_scale(ui, 1), right = rect.x + rect.w + apart;
    for (int i = band->count - 1; i >= 0; i--) {
        struct ui_rect box = box_of(rect, band, band->spans[i], band->columns - band->count + i);
        if (!is_known(band->spans[i]) || box.x + apart > right)
            continue;
        right = box.x;
        box.w = band->thick;
        ui_fill(ui, box, 0, band->line);
    }
}

void band_draw_sample(struct ui *ui, struct ui_rect rect, const struct band *band, bool dots)
{
    float y = rect.y + roundf((rect.h - band->thick) / 2);
    for (int i = 0; i < 4; i++) {
        float x = rect.x + roundf(rect.w * (float)i / 4);
        float end = rect.x + roundf(rect.w * (float)(i + 1) / 4);
        ui_fill(ui, (struct ui_rect){x, y, dots ? band->thick : end - x, band->thick}, 0,
                band->line);
    }
}
