#pragma once

/**
 * @file
 * The memory page in the panel's place: what memory is used for as one bar of parts, beside it what
 * the system says, and how it went over the last five minutes. Each number is explained in one
 * sentence at the foot, when it is pointed at or has the focus.
 *
 * Threads: the main thread only.
 */

#include "render/memory_graph.h"
#include "render/panel.h"

enum { PANEL_MEMORY_PARTS = 8 };

/** A number and what it means. */
struct panel_figure {
    const char *name;
    const char *meaning; ///< one sentence
    int64_t bytes;       ///< less than 0 if it is not known
};

/** How often something happens in a frame, and what it means. */
struct panel_rate {
    const char *name;
    const char *meaning; ///< one sentence
    double per_frame;    ///< less than 0 if it is not known
};

/** Plain data; what it points to is the caller's. */
struct panel_memory {
    struct panel_figure parts[PANEL_MEMORY_PARTS]; ///< of the bar, from left to right
    struct panel_figure whole;                     ///< all parts together
    struct panel_figure rss, peak, pss;            ///< drawn to the same scale
    struct panel_rate allocations, library_allocations;
    struct memory_graph graph;
};

/**
 * Draws it; scrolls where it is too high.
 *
 * @param buttons The last one goes into the heading.
 * @return The action of a pressed button, or 0.
 */
int panel_draw_memory(struct ui *ui, struct ui_rect area, const struct panel_memory *memory,
                      const struct panel_button *buttons, int button_count);

/** One line of the card of differences. */
struct panel_difference {
    const char *place;  ///< e.g. "app/growing.c:12:"
    const char *change; ///< e.g. "size=102 KiB (+102 KiB), count=102 (+102), average=1025 B"
};

/**
 * Draws the card of differences over everything: each on one line where that fits, else on two.
 *
 * @param title E.g. "[ Top 10 differences ]".
 * @param note  What is compared with what.
 * @return The action of a pressed button, or 0.
 */
int panel_draw_differences(struct ui *ui, const char *title, const char *note,
                           const struct panel_difference *lines, int count,
                           const struct panel_button *buttons, int button_count);
