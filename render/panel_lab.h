#pragma once

/**
 * @file
 * The page of the memory experiments in the panel's place: a switch for each with what it holds,
 * the graph of memory below, and at the foot, of the one that is pointed at, has the focus or was
 * the last to, its curve and what is to be said of it.
 *
 * Threads: the main thread only.
 */

#include "render/band.h"
#include "render/memory_graph.h"
#include "render/panel.h"

/** One of them. */
struct panel_lab_row {
    const char *id; ///< unique
    const char *title;
    const char *figure;  ///< before its switch, e.g. "12.3 MB"
    const char *meaning; ///< some sentences
    bool warned;         ///< the figure deserves attention
    bool on;             ///< changed by the user
    struct band curve;   ///< what it held; without thickness and colours
    int beside;          ///< the row whose curve is drawn with it; its own for none
};

/** Plain data; what it points to is the caller's. */
struct panel_lab {
    const char *total; ///< a line above the rows
    struct panel_lab_row *rows;
    int row_count;
    int chosen; ///< row that the foot is about; changed by the user
    struct memory_graph graph;
};

/**
 * Draws it; the rows and the graph scroll where they are too high.
 *
 * @param changed Set to the row that the user switched, -1 if there is none.
 * @param buttons The last one goes into the heading's line, at its right end; the others beside it.
 * @return The action of a pressed button, or 0.
 */
int panel_draw_lab(struct ui *ui, struct ui_rect area, struct panel_lab *lab, int *changed,
                   const struct panel_button *buttons, int button_count);
