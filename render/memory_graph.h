#pragma once

/**
 * @file
 * Memory over the last minutes: resident memory as a line, what the program itself holds as
 * dots, and markers where something happened that may explain a step.
 *
 * Of each second the lowest and the highest value are drawn, so that a peak between two columns is
 * seen. A marker is an upright line with a letter above it; which letter is what stands below.
 *
 * Threads: the main thread only.
 */

#include "render/ui.h"

enum {
    MEMORY_GRAPH_SECONDS = 300,
    MEMORY_GRAPH_MARKERS = 32,
    MEMORY_GRAPH_SAID = 160, ///< bytes of a sentence about a point
};

/** What was measured in one second, MB. Less than 0 where nothing was. */
struct memory_graph_second {
    float rss_low, rss_high, own_low, own_high;
};

/** Something that happened. */
struct memory_graph_marker {
    int64_t time_ns;  ///< the caller's clock
    char letter;      ///< above its line; the same for all of a kind
    const char *kind; ///< a word, constant
    char text[64];    ///< what it was
};

/** Plain data; what it points to is the caller's. */
struct memory_graph {
    const struct memory_graph_second *seconds; ///< oldest first; the last is under way
    int second_count;                          ///< at most MEMORY_GRAPH_SECONDS
    const struct memory_graph_marker *markers; ///< oldest first
    int marker_count;
    int64_t now_ns; ///< on the markers' clock
    int span_s;     ///< across the whole width, whole minutes; 0 for MEMORY_GRAPH_SECONDS
};

/**
 * Draws it into `rect`; takes the focus.
 *
 * @param said Of MEMORY_GRAPH_SAID bytes: what is to be said of the point that the pointer is at
 * or, with the focus, of the whole; "" if neither.
 * @return Whether the pointer is at it.
 */
bool memory_graph_draw(struct ui *ui, struct ui_rect rect, const struct memory_graph *graph,
                       char *said);

/** Height that its words, and a picture that is worth looking at, need; pixels. */
float memory_graph_height(const struct ui *ui);
