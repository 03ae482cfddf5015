#pragma once

/**
 * @file
 * A small graph of the last minute: newest on the right, from 0 at its foot.
 */

#include "render/ui.h"

struct plot {
    const char *title;   ///< what it shows and its unit
    const float *values; ///< oldest first; one that is not finite or < 0 leaves a gap
    int count;           ///< of values
    int capacity;        ///< values across the whole width; count is at most that
    uint32_t color;
};

/** The round number at the top of a scale that holds `largest`, at most half as much again. */
float plot_top(float largest);

/** Draws the graph with its title and the number at its top into `rect`. */
void plot_draw(struct ui *ui, struct ui_rect rect, const struct plot *plot);
