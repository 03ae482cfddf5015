/**
 * @file
 * Resident memory is a band, what the program holds are dots (render/band.h). Where five minutes
 * are shown two seconds share a column.
 */
#include "render/memory_graph.h"

#include "render/band.h"
#include "render/plot.h"

#include <math.h>
#include <stdio.h>

enum { MOST_COLUMNS = MEMORY_GRAPH_SECONDS / 2, KINDS = 8 };

#define LINE_OF_MARKER 0x90eceff4u
/** Where its parts lie. */
struct frame {
    struct ui_rect head, tags, box, foot;
};

/** The curves, column by column. */
struct curves {
    struct band_span rss[MOST_COLUMNS], own[MOST_COLUMNS];
    int columns;
    float top; ///< MB at the upper end of the box
};

static int seconds_across(const struct memory_graph *graph)
{
    return graph->span_s > 0 ? graph->span_s : MEMORY_GRAPH_SECONDS;
}

/** Seconds in a column. */
static int step_of(const struct memory_graph *graph)
{
    return seconds_across(graph) > MOST_COLUMNS ? 2 : 1;
}

static void measure(const struct memory_graph *graph, struct curves *curves)
{
    int step = step_of(graph);
    curves->columns = seconds_across(graph) / step;
    for (int column = 0; column < curves->columns; column++) {
        struct band_span rss = {-1, -1}, own = {-1, -1};
        int first = graph->second_count - step * (curves->columns - column);
        for (int i = first < 0 ? 0 : first; i < first + step; i++) {
            const struct memory_graph_second *second = &graph->seconds[i];
            rss = band_join(rss, (struct band_span){second->rss_low, second->rss_high});
            own = band_join(own, (struct band_span){second->own_low, second->own_high});
        }
        curves->rss[column] = rss;
        curves->own[column] = own;
    }
    curves->top = plot_top(fmaxf(band_largest(curves->rss, curves->columns),
                                 band_largest(curves->own, curves->columns)));
}

static struct band band_of(const struct ui *ui, const struct curves *curves, bool own)
{
    struct band band = {.spans = own ? curves->own : curves->rss,
                        .count = curves->columns,
                        .columns = curves->columns,
                        .top = curves->top};
    band_style(ui, &band, own);
    return band;
}

// Markers.

static float age_s(const struct memory_graph *graph, int marker)
{
    return (float)((double)(graph->now_ns - graph->markers[marker].time_ns) / 1e9);
}

static bool is_in_sight(const struct memory_graph *graph, int marker)
{
    float age = age_s(graph, marker);
    return age >= 0 && age < (float)seconds_across(graph);
}

static float marker_x(const struct frame *frame, const struct memory_graph *graph, int marker)
{
    float way = 1 - age_s(graph, marker) / (float)seconds_across(graph);
    return frame->box.x + floorf((frame->box.w - 1) * way);
}

/** Lines for all; letters from the newest on, as far as there is room. */
static void draw_markers(struct ui *ui, const struct frame *frame, const struct memory_graph *graph)
{
    float room = frame->tags.x + frame->tags.w;
    for (int i = graph->marker_count - 1; i >= 0; i--) {
        if (!is_in_sight(graph, i))
            continue;
        char letter[2] = {graph->markers[i].letter, '\0'};
        float x = marker_x(frame, graph, i);
        float width = ui_text_width(ui, UI_SMALL_BOLD, letter);
        float left = fminf(x - roundf(width / 2), frame->tags.x + frame->tags.w - width);
        ui_line(ui, x, frame->box.y, x, frame->box.y + frame->box.h, LINE_OF_MARKER);
        if (left < frame->tags.x || left + width > room)
            continue;
        ui_label(ui, left, frame->tags.y, UI_SMALL_BOLD, UI_FOREGROUND, letter);
        room = left - ui_scale(ui, 2);
    }
}

/** The first marker in sight of each letter. Returns how many. */
static int find_kinds(const struct memory_graph *graph, int kinds[KINDS])
{
    int count = 0;
    for (int i = 0; i < graph->marker_count && count < KINDS; i++) {
        bool known = !is_in_sight(graph, i);
        for (int k = 0; k < count; k++)
            known = known || graph->markers[kinds[k]].letter == graph->markers[i].letter;
        if (!known)
            kinds[count++] = i;
    }
    return count;
}

/** Lays out which letter is what, drawing it or not; returns the rows it takes. */
static int lay_kinds(struct ui *ui, struct ui_rect area, const struct memory_graph *graph,
                     bool draw)
{
    int kinds[KINDS], rows = 0;
    int count = find_kinds(graph, kinds);
    float x = area.x, y = area.y, gap = ui_scale(ui, 4);
    for (int i = 0; i < count; i++) {
        const struct memory_graph_marker *marker = &graph->markers[kinds[i]];
        char letter[2] = {marker->letter, '\0'};
        float first = ui_text_width(ui, UI_SMALL_BOLD, letter) + gap;
        float width = first + ui_text_width(ui, UI_SMALL, marker->kind);
        if (i == 0 || x + width > area.x + area.w) {
            y = area.y + (float)rows++ * ui_line_height(ui, UI_SMALL);
            x = area.x;
        }
        if (draw) {
            ui_label(ui, x, y, UI_SMALL_BOLD, UI_FOREGROUND, letter);
            ui_label_cut(ui, x + first, y, area.w - first, UI_SMALL, UI_MUTED, marker->kind);
        }
        x += width + 2 * gap;
    }
    return rows;
}

// Words.

/** A sample of a curve, and its name; returns where it begins. */
static float draw_sample(struct ui *ui, float right, float y, const char *name,
                         const struct band *band, bool dots)
{
    float width = ui_scale(ui, 16);
    float x = right - ui_text_width(ui, UI_SMALL, name);
    ui_label(ui, x, y, UI_SMALL, UI_MUTED, name);
    x -= width + ui_scale(ui, 4);
    band_draw_sample(ui, (struct ui_rect){x, y, width, ui_line_height(ui, UI_SMALL)}, band, dots);
    return x - ui_scale(ui, 8);
}

static void draw_head(struct ui *ui, struct ui_rect head, const struct memory_graph *graph,
                      const struct band *rss, const struct band *own)
{
    int minutes = seconds_across(graph) / 60;
    float right = draw_sample(ui, head.x + head.w, head.y, "ours", own, true);
    right = draw_sample(ui, right, head.y, "RSS", rss, false);
    char text[32];
    snprintf(text, sizeof text, "%d minute%s, MB", minutes, minutes == 1 ? "" : "s");
    ui_label_cut(ui, head.x, head.y, right - head.x, UI_SMALL, UI_FOREGROUND, text);
}

/** The marker that the pointer is at; -1 for none. */
static int find_marker(const struct ui *ui, const struct frame *frame,
                       const struct memory_graph *graph, float x)
{
    float nearest = ui_scale(ui, 5);
    int found = -1;
    for (int i = 0; i < graph->marker_count; i++) {
        float away = is_in_sight(graph, i) ? fabsf(marker_x(frame, graph, i) - x) : nearest + 1;
        if (away <= nearest) {
            nearest = away;
            found = i;
        }
    }
    return found;
}

static void say_age(char *said, int seconds)
{
    if (seconds < 2)
        snprintf(said, MEMORY_GRAPH_SAID, "Now");
    else
        snprintf(said, MEMORY_GRAPH_SAID, "%d:%02d ago", seconds / 60, seconds % 60);
}

static void say_point(const struct ui *ui, const struct frame *frame,
                      const struct memory_graph *graph, const struct curves *curves, float x,
                      char *said)
{
    int marker = find_marker(ui, frame, graph, x);
    float way = fminf(fmaxf((x - frame->box.x) / fmaxf(1, frame->box.w), 0), 0.999f);
    int column = (int)(way * (float)curves->columns);
    int age = step_of(graph) * (curves->columns - 1 - column);
    char when[MEMORY_GRAPH_SAID];
    say_age(when, marker >= 0 ? (int)age_s(graph, marker) : age);
    struct band_span rss = curves->rss[column], own = curves->own[column];
    if (marker >= 0)
        snprintf(said, MEMORY_GRAPH_SAID, "%.20s: %s.", when, graph->markers[marker].text);
    else if (rss.high >= 0)
        snprintf(said, MEMORY_GRAPH_SAID, "%.20s: RSS was %.1f MB, our own part of it %.1f MB.",
                 when, (double)rss.high, (double)fmaxf(own.high, 0));
    else
        snprintf(said, MEMORY_GRAPH_SAID, "%.20s nothing was measured.", when);
}

float memory_graph_height(const struct ui *ui)
{
    return 3 * ui_line_height(ui, UI_SMALL) + ui_scale(ui, 32);
}

static struct frame divide(struct ui *ui, struct ui_rect rect, const struct memory_graph *graph)
{
    float line = ui_line_height(ui, UI_SMALL);
    float foot = line * (float)lay_kinds(ui, rect, graph, false);
    // Where there is little room, what the pointer says has to do.
    if (rect.h - 2 * line - foot < ui_scale(ui, 30))
        foot = 0;
    struct frame frame = {.head = {rect.x, rect.y, rect.w, line},
                          .tags = {rect.x, rect.y + line, rect.w, line},
                          .foot = {rect.x, rect.y + rect.h - foot, rect.w, foot}};
    frame.box = (struct ui_rect){rect.x, rect.y + 2 * line, rect.w, rect.h - 2 * line - foot};
    frame.box.h = fmaxf(1, frame.box.h - (foot > 0 ? ui_scale(ui, 2) : 0));
    return frame;
}

bool memory_graph_draw(struct ui *ui, struct ui_rect rect, const struct memory_graph *graph,
                       char *said)
{
    struct ui_reaction reaction = ui_react(ui, "memory graph", rect, true);
    struct frame frame = divide(ui, rect, graph);
    struct ui_rect box = frame.box;
    struct curves curves;
    said[0] = '\0';
    measure(graph, &curves);
    struct band rss = band_of(ui, &curves, false), own = band_of(ui, &curves, true);
    draw_head(ui, frame.head, graph, &rss, &own);
    ui_fill(ui, box, 0, UI_BAR);
    band_draw(ui, box, &rss);
    band_draw_dots(ui, box, &own);
    ui_line(ui, box.x, box.y, box.x + box.w, box.y, UI_OUTLINE);
    ui_labelf(ui, box.x + ui_scale(ui, 3), box.y + ui_scale(ui, 1), UI_SMALL, UI_FOREGROUND, "%g",
              (double)curves.top);
    draw_markers(ui, &frame, graph);
    if (frame.foot.h > 0)
        lay_kinds(ui, frame.foot, graph, true);
    if (reaction.focused)
        ui_outline(ui, box, 0, UI_ACCENT);
    if (reaction.hot)
        say_point(ui, &frame, graph, &curves, reaction.x, said);
    else if (reaction.focused)
        snprintf(said, MEMORY_GRAPH_SAID,
                 "The line is RSS, the dots are what our code holds; letters say what happened.");
    return reaction.hot;
}
