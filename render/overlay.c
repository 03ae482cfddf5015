/**
 * @file
 * The overlay is a sheet of characters of one width: every number stands right-aligned in a field
 * of its own, so that nothing moves when a number grows a digit. What deserves attention is told
 * by weight as well as by colour.
 *
 * Its size follows the picture's, so that it can be read from as far away as the picture can be
 * seen, and shrinks where it would not fit.
 */
#include "render/overlay.h"

#include "render/plot.h"

#include <math.h>
#include <stdio.h>

enum {
    COLUMNS = 44,      ///< characters across
    FIRST_VALUE = 18,  ///< where the first number and its unit end
    SECOND_LABEL = 21, ///< where the second name begins
    OURS_END = 26,     ///< where our allocations end
    THEIRS_LABEL = 28, ///< and those of the libraries begin
    BAR_LABEL = 8,     ///< where a stage's bar begins
    BAR_END = 34,      ///< and ends at most
};

static const double MEGABYTE = 1024.0 * 1024.0;

/** Where on the sheet, and how. */
struct sheet {
    struct ui *ui;
    float x, y;       ///< left end and top of the next row, pixels
    float cell, line; ///< width of a character, height of a row
    bool draw;        ///< false: only to find out the height
};

static void put(const struct sheet *sheet, int column, enum ui_style style, uint32_t color,
                const char *text)
{
    if (sheet->draw)
        ui_label(sheet->ui, sheet->x + roundf((float)column * sheet->cell), sheet->y, style, color,
                 text);
}

/** Right-aligned, ending before a column. */
static void put_right(const struct sheet *sheet, int end, enum ui_style style, uint32_t color,
                      const char *text)
{
    float right = sheet->x + roundf((float)end * sheet->cell);
    if (sheet->draw)
        ui_label(sheet->ui, right - ui_text_width(sheet->ui, style, text), sheet->y, style, color,
                 text);
}

/** A number and its unit (may be ""), e.g. "11.0 ms"; a dash if it is not known. */
static void put_number(const struct sheet *sheet, int end, enum ui_style style, double value,
                       const char *unit)
{
    char text[32];
    const char *space = unit[0] ? " " : "";
    if (!(value >= 0))
        snprintf(text, sizeof(text), "\u2013%s%s", space, unit);
    else
        snprintf(text, sizeof(text), "%.*f%s%s", value < 999.95 ? 1 : 0, fmin(value, 999999), space,
                 unit);
    put_right(sheet, end, style, UI_FOREGROUND, text);
}

static void next_row(struct sheet *sheet)
{
    sheet->y += sheet->line;
}

/** Two names with a number each; the first is the one to be read from afar. */
static void add_pair(struct sheet *sheet, const char *name, double value, const char *second_name,
                     double second, const char *unit)
{
    put(sheet, 0, UI_MONO, UI_MUTED, name);
    put_number(sheet, FIRST_VALUE, UI_MONO_BOLD, value, unit);
    put(sheet, SECOND_LABEL, UI_MONO, UI_MUTED, second_name);
    put_number(sheet, COLUMNS, UI_MONO, second, unit);
    next_row(sheet);
}

/** Three figures, whatever the size: 9.00, 29.9, 120. */
static int decimals_of(double value)
{
    return value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
}

/** How fast: the one number that must be seen first. */
static void add_rate(struct sheet *sheet, const struct overlay_numbers *numbers)
{
    struct ui *ui = sheet->ui;
    float height = ui_line_height(ui, UI_LARGE_BOLD);
    if (sheet->draw) {
        char text[16] = "\u2013";
        if (numbers->fps >= 0)
            snprintf(text, sizeof(text), "%.*f", decimals_of(numbers->fps),
                     fmin(numbers->fps, 999));
        float field = ui_text_width(ui, UI_LARGE_BOLD, "00.0");
        float width = ui_text_width(ui, UI_LARGE_BOLD, text);
        ui_label(ui, sheet->x + field - width, sheet->y, UI_LARGE_BOLD, UI_FOREGROUND, text);
        ui_label(ui, sheet->x + field + ui_scale(ui, 8), sheet->y, UI_LARGE_BOLD, UI_FOREGROUND,
                 "FPS");
    }
    // Both stand on one base line: four fifths of a line's height are above it.
    struct sheet small = *sheet;
    small.y += roundf((height - ui_line_height(ui, UI_MONO)) * 0.8f);
    put(&small, SECOND_LABEL, UI_MONO, UI_MUTED, "source");
    put_number(&small, COLUMNS, UI_MONO, numbers->camera_fps, "FPS");
    sheet->y += height + ui_scale(ui, 2);
}

/** A count in at most four characters, e.g. "12k". */
static void format_count(char *text, size_t bytes, unsigned count)
{
    if (count < 10000)
        snprintf(text, bytes, "%u", count);
    else if (count < 1000000)
        snprintf(text, bytes, "%uk", count / 1000);
    else if (count < 1000000000)
        snprintf(text, bytes, "%uM", count / 1000000);
    else
        snprintf(text, bytes, "%uG", count / 1000000000);
}

static void put_drops(const struct sheet *sheet, int end, unsigned count, const char *name,
                      bool serious)
{
    char number[16], text[32];
    format_count(number, sizeof(number), count);
    snprintf(text, sizeof(text), "%s %s", number, name);
    bool alarm = serious && count > 0;
    put_right(sheet, end, alarm ? UI_MONO_BOLD : UI_MONO,
              alarm     ? UI_WARM
              : serious ? UI_GOOD
                        : UI_FOREGROUND,
              text);
}

static void add_drops(struct sheet *sheet, const struct overlay_numbers *numbers)
{
    put(sheet, 0, UI_MONO, UI_MUTED, "drops");
    put_drops(sheet, FIRST_VALUE, numbers->dropped_driver, "driver", true);
    put_drops(sheet, FIRST_VALUE + 13, numbers->dropped_skipped, "skipped", false);
    put_drops(sheet, COLUMNS, numbers->damaged, "damaged", true);
    next_row(sheet);
}

static double megabytes(int64_t bytes)
{
    return bytes < 0 ? -1 : (double)bytes / MEGABYTE;
}

static void add_short(struct sheet *sheet, const struct overlay_numbers *numbers)
{
    add_rate(sheet, numbers);
    add_pair(sheet, "age", numbers->age_p50_ms, "p99", numbers->age_p99_ms, "ms");
    add_pair(sheet, "canny", numbers->canny_ms, "decode", numbers->decode_ms, "ms");
    add_drops(sheet, numbers);
    add_pair(sheet, "memory", megabytes(numbers->rss_bytes), "peak",
             megabytes(numbers->peak_rss_bytes), "MB");
}

/** How often something happens in a frame; a dash if it is not known. */
static void put_often(const struct sheet *sheet, int end, enum ui_style style, uint32_t color,
                      double times)
{
    char text[32] = "\u2013";
    if (times >= 0)
        snprintf(text, sizeof(text), "%.3g", fmin(times, 99999));
    put_right(sheet, end, style, color, text);
}

/** Ours, of which there should be none, and those of the libraries. */
static void add_allocations(struct sheet *sheet, const struct overlay_numbers *numbers)
{
    double ours = numbers->allocations_per_frame;
    uint32_t color = ours > 0 ? UI_WARM : ours == 0 ? UI_GOOD : UI_FOREGROUND;
    put(sheet, 0, UI_MONO, UI_MUTED, "allocations a frame");
    put_often(sheet, OURS_END, UI_MONO_BOLD, color, ours);
    put(sheet, THEIRS_LABEL, UI_MONO, UI_MUTED, "libraries");
    put_often(sheet, COLUMNS, UI_MONO, UI_FOREGROUND, numbers->library_allocations_per_frame);
    next_row(sheet);
}

/** Time from one frame to the next, at the usual rate nearest above the measured one. */
static double frame_time_ms(double fps)
{
    static const double rates[] = {5, 10, 15, 20, 25, 30, 50, 60, 90, 120, 144, 240};
    enum { RATES = sizeof(rates) / sizeof(rates[0]) };
    if (!(fps > 0))
        return 1000.0 / 30;
    for (int i = 0; i < RATES; i++)
        if (fps < rates[i] * 1.03)
            return 1000 / rates[i];
    return 1000 / rates[RATES - 1];
}

/** A stage's time as part of the time there is for a frame. */
static void add_stage(struct sheet *sheet, const char *name, double ms, double frame_ms)
{
    put(sheet, 0, UI_MONO, UI_MUTED, name);
    put_number(sheet, COLUMNS, UI_MONO, ms, "ms");
    if (sheet->draw) {
        float left = roundf(BAR_LABEL * sheet->cell);
        float height = roundf(sheet->line * 0.45f);
        struct ui_rect bar = {sheet->x + left, sheet->y + roundf((sheet->line - height) * 0.45f),
                              roundf(BAR_END * sheet->cell) - left, height};
        ui_fill(sheet->ui, bar, 0, 0x30ffffffu);
        bool late = ms > frame_ms;
        bar.w = roundf(bar.w * (float)fmin(fmax(ms, 0) / frame_ms, 1));
        ui_fill(sheet->ui, bar, 0, late ? UI_WARM : UI_ACCENT);
    }
    next_row(sheet);
}

static void add_gap(struct sheet *sheet)
{
    sheet->y += ui_scale(sheet->ui, 6);
}

static void add_stages(struct sheet *sheet, const struct overlay_numbers *numbers)
{
    double frame_ms = frame_time_ms(numbers->camera_fps);
    char text[48];
    snprintf(text, sizeof(text), "of %.1f ms a frame", frame_ms);
    add_gap(sheet);
    put(sheet, 0, UI_MONO_BOLD, UI_FOREGROUND, "stages");
    put_right(sheet, COLUMNS, UI_MONO, UI_MUTED, text);
    next_row(sheet);
    add_stage(sheet, "decode", numbers->decode_ms, frame_ms);
    add_stage(sheet, "canny", numbers->canny_ms, frame_ms);
    add_stage(sheet, "view", numbers->view_ms, frame_ms);
    add_stage(sheet, "draw", numbers->draw_ms, frame_ms);
}

/** A name cut to some characters. */
static void put_name(const struct sheet *sheet, int column, int characters, const char *name)
{
    float x = sheet->x + roundf((float)column * sheet->cell);
    if (sheet->draw)
        ui_label_cut(sheet->ui, x, sheet->y, (float)characters * sheet->cell, UI_MONO, UI_MUTED,
                     name);
}

/** Two owners in a row. */
static void add_owners(struct sheet *sheet, const struct overlay_numbers *numbers)
{
    for (int i = 0; i < numbers->owner_count && i < OVERLAY_OWNERS; i++) {
        bool left = i % 2 == 0;
        if (i > 0 && left)
            next_row(sheet);
        put_name(sheet, left ? 0 : SECOND_LABEL, 14, numbers->owners[i].name);
        put_number(sheet, left ? FIRST_VALUE : COLUMNS, UI_MONO,
                   megabytes(numbers->owners[i].bytes), "");
    }
    if (numbers->owner_count > 0)
        next_row(sheet);
}

static void add_memory(struct sheet *sheet, const struct overlay_numbers *numbers)
{
    add_gap(sheet);
    put(sheet, 0, UI_MONO_BOLD, UI_FOREGROUND, "memory, MB");
    next_row(sheet);
    put(sheet, 0, UI_MONO, UI_MUTED, "heap in use");
    put_number(sheet, FIRST_VALUE, UI_MONO, megabytes(numbers->heap_bytes), "");
    put(sheet, SECOND_LABEL, UI_MONO, UI_MUTED, "kept free");
    put_number(sheet, COLUMNS, UI_MONO, megabytes(numbers->heap_free_bytes), "");
    next_row(sheet);
    add_owners(sheet, numbers);
}

static void add_plots(struct sheet *sheet, const struct overlay_numbers *numbers)
{
    struct ui *ui = sheet->ui;
    float height = ui_scale(ui, 58);
    float gap = ui_scale(ui, 14);
    float width = roundf((COLUMNS * sheet->cell - gap) / 2);
    add_gap(sheet);
    int count = numbers->history_count < OVERLAY_HISTORY ? numbers->history_count : OVERLAY_HISTORY;
    struct plot plots[] = {
        {"resident MB, 60 s", numbers->rss_history_mb, count, OVERLAY_HISTORY, UI_GOOD},
        {"FPS, 60 s", numbers->fps_history, count, OVERLAY_HISTORY, UI_ACCENT},
    };
    for (int i = 0; i < 2; i++) {
        struct ui_rect box = {sheet->x + (float)i * (width + gap), sheet->y, width, height};
        if (!plots[i].values)
            plots[i].count = 0;
        if (sheet->draw)
            plot_draw(ui, box, &plots[i]);
    }
    sheet->y += height;
}

static void add_full(struct sheet *sheet, const struct overlay_numbers *numbers)
{
    add_pair(sheet, "by stamp", numbers->stamp_age_p50_ms, "p99", numbers->stamp_age_p99_ms, "ms");
    add_pair(sheet, "slowest", numbers->minimum_fps, "1 % low", numbers->low_fps, "FPS");
    add_allocations(sheet, numbers);
    add_stages(sheet, numbers);
    add_memory(sheet, numbers);
    add_plots(sheet, numbers);
}

static struct sheet start_sheet(struct ui *ui, float x, float y, bool draw)
{
    return (struct sheet){.ui = ui,
                          .x = x,
                          .y = y,
                          .cell = ui_text_width(ui, UI_MONO, "0"),
                          .line = ui_line_height(ui, UI_MONO) + ui_scale(ui, 3),
                          .draw = draw};
}

static void add_all(struct sheet *sheet, enum overlay_mode mode,
                    const struct overlay_numbers *numbers)
{
    add_short(sheet, numbers);
    if (mode == OVERLAY_FULL)
        add_full(sheet, numbers);
}

/** The card at the current unit, at the area's corner. */
static struct ui_rect find_card(struct ui *ui, struct ui_rect area, enum overlay_mode mode,
                                const struct overlay_numbers *numbers)
{
    struct sheet sheet = start_sheet(ui, 0, 0, false);
    add_all(&sheet, mode, numbers);
    float margin = ui_scale(ui, 12);
    float pad = ui_scale(ui, 14);
    return (struct ui_rect){area.x + margin, area.y + margin,
                            roundf(COLUMNS * sheet.cell) + 2 * pad,
                            sheet.y + 2 * roundf(pad * 0.75f)};
}

/** Chooses the unit: as large as the picture asks for, as small as it takes to fit. */
static struct ui_rect fit_card(struct ui *ui, struct ui_rect area, enum overlay_mode mode,
                               const struct overlay_numbers *numbers)
{
    float wanted = fminf(area.w / 1000, area.h / 560);
    ui_set_unit(ui, fmaxf(wanted, ui_get_unit(ui)));
    struct ui_rect card = find_card(ui, area, mode, numbers);
    for (int tries = 0; tries < 40; tries++) {
        float margin = card.x - area.x;
        if (card.w + 2 * margin <= area.w && card.h + 2 * margin <= area.h)
            break;
        ui_set_unit(ui, ui_get_unit(ui) * 0.95f);
        card = find_card(ui, area, mode, numbers);
    }
    return card;
}

void overlay_draw(struct ui *ui, struct ui_rect area, enum overlay_mode mode,
                  const struct overlay_numbers *numbers)
{
    if (mode == OVERLAY_OFF || area.w < 64 || area.h < 64)
        return;
    float unit = ui_get_unit(ui);
    struct ui_rect card = fit_card(ui, area, mode, numbers);
    float pad = ui_scale(ui, 14);
    ui_fill(ui, card, ui_scale(ui, 8), UI_CARD);
    struct sheet sheet = start_sheet(ui, card.x + pad, card.y + roundf(pad * 0.75f), true);
    add_all(&sheet, mode, numbers);
    ui_set_unit(ui, unit);
}
