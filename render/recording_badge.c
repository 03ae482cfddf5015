#include "render/recording_badge.h"

#include <math.h>
#include <stdio.h>

/** E.g. "0:07", "1:02:09". */
static void format_time(char *text, size_t bytes, int64_t duration_ns)
{
    long long seconds = duration_ns / 1000000000;
    if (seconds < 3600)
        snprintf(text, bytes, "%lld:%02lld", seconds / 60, seconds % 60);
    else
        snprintf(text, bytes, "%lld:%02lld:%02lld", seconds / 3600, seconds / 60 % 60,
                 seconds % 60);
}

static void format_size(char *text, size_t bytes, int64_t size)
{
    double megabytes = (double)size / (1 << 20);
    if (megabytes < 1000)
        snprintf(text, bytes, "%.1f MB", megabytes);
    else
        snprintf(text, bytes, "%.2f GB", megabytes / 1024);
}

struct ui_rect recording_badge_draw(struct ui *ui, struct ui_rect area,
                                    const struct recording_badge *badge)
{
    char time[32], size[32], line[80], loss[80] = "";
    if (area.w < 64 || area.h < 64)
        return area;
    format_time(time, sizeof time, badge->duration_ns);
    format_size(size, sizeof size, badge->bytes);
    snprintf(line, sizeof line, "REC %s  %s", time, size);
    if (badge->lost > 0)
        snprintf(loss, sizeof loss, "recording cannot keep up: %u frames lost", badge->lost);
    float unit = ui_get_unit(ui);
    ui_set_unit(ui, fmaxf(unit, fminf(area.w / 1000, area.h / 560)));
    float margin = ui_scale(ui, 12), pad = ui_scale(ui, 14), row = ui_line_height(ui, UI_MONO_BOLD);
    float dot = roundf(row * 0.6f), gap = ui_scale(ui, 8);
    float room = area.w - 2 * margin - 2 * pad;
    float wide = dot + gap + ui_text_width(ui, UI_MONO_BOLD, line);
    if (badge->lost > 0)
        wide = fmaxf(wide, ui_text_width(ui, UI_MONO_BOLD, loss));
    struct ui_rect card = {area.x + margin, area.y + margin, fminf(wide, room) + 2 * pad,
                           row * (badge->lost > 0 ? 2 : 1) + pad};
    float x = card.x + pad, y = card.y + roundf(pad / 2);
    ui_fill(ui, card, ui_scale(ui, 8), UI_CARD);
    ui_fill(ui, (struct ui_rect){x, y + roundf((row - dot) / 2), dot, dot}, dot / 2, UI_BAD);
    ui_label_cut(ui, x + dot + gap, y, room - dot - gap, UI_MONO_BOLD, UI_FOREGROUND, line);
    if (badge->lost > 0)
        ui_label_cut(ui, x, y + row, room, UI_MONO_BOLD, UI_BAD, loss);
    float used = card.y + card.h - area.y;
    ui_set_unit(ui, unit);
    return (struct ui_rect){area.x, area.y + used, area.w, area.h - used};
}
