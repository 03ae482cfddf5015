/**
 * @file
 * The curves are boxes in whole pixels, as in render/plot.c. Two seconds share a column, and boxes
 * of one height that touch are one: five minutes at rest are then a few commands.
 */
#include "render/memory_graph.h"

#include "render/plot.h"

#include <math.h>
#include <stdio.h>

enum { COLUMNS = MEMORY_GRAPH_SECONDS / 2, KINDS = 8 };

#define LINE_OF_MARKER 0x90eceff4u
#define TINT           0xff1d3340u ///< the accent, faint, on the panel

/** Where its parts lie. */
struct frame {
    struct ui_rect head, tags, box, foot;
    float top; ///< MB at the upper end of the box
};

/** One curve's lowest and highest value in a column. */
struct span {
    float low, high;
};

static bool is_known(struct span span)
{
    return span.high >= 0;
}

static struct span span_of(const struct memory_graph_second *second, bool own)
{
    return own ? (struct span){second->own_low, second->own_high}
               : (struct span){second->rss_low, second->rss_high};
}

static struct span join(struct span a, struct span b)
{
    if (!is_known(a) || !is_known(b))
        return is_known(a) ? a : b;
    return (struct span){fminf(a.low, b.low), fmaxf(a.high, b.high)};
}

/** The seconds of a column, the last of which ends at the right. */
static struct span column_span(const struct memory_graph *graph, int column, bool own)
{
    struct span span = {-1, -1};
    int first = graph->second_count - 2 * (COLUMNS - column);
    for (int i = first; i < first + 2; i++)
        if (i >= 0)
            span = join(span, span_of(&graph->seconds[i], own));
    return span;
}

static float column_x(struct ui_rect box, int column)
{
    return box.x + floorf(box.w * (float)column / COLUMNS);
}

static float largest_of(const struct memory_graph *graph)
{
    float largest = 0;
    for (int i = 0; i < graph->second_count; i++)
        largest = fmaxf(largest, fmaxf(graph->seconds[i].rss_high, graph->seconds[i].own_high));
    return largest;
}

/** A box of a curve: what it covers from the lowest to the highest value. */
static struct ui_rect box_of(const struct frame *frame, struct span span, int column, float thick)
{
    struct ui_rect box = frame->box;
    float room = box.h - thick;
    float upper = box.y + room - roundf(room * fminf(span.high / frame->top, 1));
    float lower = box.y + room - roundf(room * fminf(span.low / frame->top, 1)) + thick;
    float x = column_x(box, column);
    return (struct ui_rect){x, upper, column_x(box, column + 1) - x, lower - upper};
}

static void fill_run(struct ui *ui, const struct frame *frame, struct ui_rect run, uint32_t ground)
{
    float bottom = frame->box.y + frame->box.h;
    float lower = run.y + run.h;
    if (run.w <= 0)
        return;
    if (ground && lower < bottom)
        ui_fill(ui, (struct ui_rect){run.x, lower, run.w, bottom - lower}, 0, ground);
    ui_fill(ui, run, 0, UI_ACCENT);
}

/** Resident memory: a line over a tinted ground. */
static void draw_resident(struct ui *ui, const struct frame *frame,
                          const struct memory_graph *graph)
{
    float thick = fmaxf(1, ui_scale(ui, 2));
    struct ui_rect run = {0, 0, 0, 0};
    struct span before = {-1, -1};
    for (int column = 0; column < COLUMNS; column++) {
        struct span now = column_span(graph, column, false), drawn = now;
        if (is_known(now) && is_known(before)) { // the line does not break at a step
            drawn.low = fminf(now.low, before.high);
            drawn.high = fmaxf(now.high, before.low);
        }
        before = now;
        struct ui_rect box = {0, 0, 0, 0};
        if (is_known(now))
            box = box_of(frame, drawn, column, thick);
        if (box.y == run.y && box.h == run.h) {
            run.w += box.w;
            continue;
        }
        fill_run(ui, frame, run, TINT);
        run = box;
    }
    fill_run(ui, frame, run, TINT);
}

/** What the program holds: every other column, so that it is told without its colour. */
static void draw_own(struct ui *ui, const struct frame *frame, const struct memory_graph *graph)
{
    float thick = fmaxf(1, ui_scale(ui, 1.6f));
    for (int column = COLUMNS - 1; column >= 0; column -= 3) {
        struct span span = column_span(graph, column, true);
        if (is_known(span))
            ui_fill(ui, box_of(frame, span, column, thick), 0, UI_FOREGROUND);
    }
}

// Markers.

static float age_s(const struct memory_graph *graph, int marker)
{
    return (float)((double)(graph->now_ns - graph->markers[marker].time_ns) / 1e9);
}

static bool is_in_sight(const struct memory_graph *graph, int marker)
{
    float age = age_s(graph, marker);
    return age >= 0 && age < MEMORY_GRAPH_SECONDS;
}

static float marker_x(const struct frame *frame, const struct memory_graph *graph, int marker)
{
    float way = 1 - age_s(graph, marker) / MEMORY_GRAPH_SECONDS;
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

/** A sample of the line or of the dots, and its name; returns where it begins. */
static float draw_sample(struct ui *ui, float right, float y, const char *name, bool own)
{
    float line = ui_line_height(ui, UI_SMALL);
    float width = ui_scale(ui, 16), thick = fmaxf(1, ui_scale(ui, own ? 1.6f : 2));
    float x = right - ui_text_width(ui, UI_SMALL, name);
    ui_label(ui, x, y, UI_SMALL, UI_MUTED, name);
    x -= width + ui_scale(ui, 4);
    float middle = y + roundf((line - thick) / 2);
    for (int i = 0; i < 4; i++) {
        float left = x + roundf(width * (float)i / 4), end = x + roundf(width * (float)(i + 1) / 4);
        struct ui_rect dot = {left, middle, own ? thick : end - left, thick};
        ui_fill(ui, dot, 0, own ? UI_FOREGROUND : UI_ACCENT);
    }
    return x - ui_scale(ui, 8);
}

static void draw_head(struct ui *ui, struct ui_rect head)
{
    float right = draw_sample(ui, head.x + head.w, head.y, "ours", true);
    right = draw_sample(ui, right, head.y, "RSS", false);
    ui_label_cut(ui, head.x, head.y, right - head.x, UI_SMALL, UI_FOREGROUND, "5 minutes, MB");
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
                      const struct memory_graph *graph, float x, char *said)
{
    int marker = find_marker(ui, frame, graph, x);
    float way = fminf(fmaxf((x - frame->box.x) / fmaxf(1, frame->box.w), 0), 0.999f);
    int column = (int)(way * COLUMNS);
    char when[MEMORY_GRAPH_SAID];
    say_age(when, marker >= 0 ? (int)age_s(graph, marker) : 2 * (COLUMNS - 1 - column));
    struct span rss = column_span(graph, column, false), own = column_span(graph, column, true);
    if (marker >= 0)
        snprintf(said, MEMORY_GRAPH_SAID, "%.20s: %s.", when, graph->markers[marker].text);
    else if (is_known(rss))
        snprintf(said, MEMORY_GRAPH_SAID, "%.20s: RSS was %.1f MB, our own part of it %.1f MB.",
                 when, (double)rss.high, (double)fmaxf(own.high, 0));
    else
        snprintf(said, MEMORY_GRAPH_SAID, "%.20s nothing was measured.", when);
}

float memory_graph_height(const struct ui *ui)
{
    return 3 * ui_line_height(ui, UI_SMALL) + ui_scale(ui, 44);
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
    frame.top = plot_top(largest_of(graph));
    return frame;
}

bool memory_graph_draw(struct ui *ui, struct ui_rect rect, const struct memory_graph *graph,
                       char *said)
{
    struct ui_reaction reaction = ui_react(ui, "memory graph", rect, true);
    struct frame frame = divide(ui, rect, graph);
    struct ui_rect box = frame.box;
    said[0] = '\0';
    draw_head(ui, frame.head);
    ui_fill(ui, box, 0, UI_BAR);
    draw_resident(ui, &frame, graph);
    draw_own(ui, &frame, graph);
    ui_line(ui, box.x, box.y, box.x + box.w, box.y, UI_OUTLINE);
    ui_labelf(ui, box.x + ui_scale(ui, 3), box.y + ui_scale(ui, 1), UI_SMALL, UI_FOREGROUND, "%g",
              (double)frame.top);
    draw_markers(ui, &frame, graph);
    if (frame.foot.h > 0)
        lay_kinds(ui, frame.foot, graph, true);
    if (reaction.focused)
        ui_outline(ui, box, 0, UI_ACCENT);
    if (reaction.hot)
        say_point(ui, &frame, graph, reaction.x, said);
    else if (reaction.focused)
        snprintf(said, MEMORY_GRAPH_SAID,
                 "The line is RSS, the dots are what our code holds; letters say what happened.");
    return reaction.hot;
}
