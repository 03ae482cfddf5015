#pragma once

/**
 * @file
 * A curve of which only the lowest and the highest value in each column are known: a band between
 * the two over a tinted ground, from 0 at its foot. A peak that is shorter than a column is seen.
 *
 * Threads: the main thread only.
 */

#include "render/ui.h"

/** Of one column. Less than 0 where nothing is known, which leaves a gap. */
struct band_span {
    float low, high;
};

/** Plain data; what it points to is the caller's. */
struct band {
    const struct band_span *spans; ///< oldest first; the last one ends at the right
    int count;
    int columns;           ///< across the whole width; count is at most that
    float top;             ///< value at the upper end
    float thick;           ///< of the line or a dot, pixels
    uint32_t line, ground; ///< colours; a ground of 0 is not drawn
};

/** Both together; what is not known of one does not count. */
struct band_span band_join(struct band_span a, struct band_span b);

/** The highest value there is; 0 without any. */
float band_largest(const struct band_span *spans, int count);

/** How thick it is and its colours: as a line over its ground, or as dots. */
void band_style(const struct ui *ui, struct band *band, bool dots);

/** Draws it into `rect`. */
void band_draw(struct ui *ui, struct ui_rect rect, const struct band *band);

/** The same as dots without a ground, so that it is told from another without its colour. */
void band_draw_dots(struct ui *ui, struct ui_rect rect, const struct band *band);

/** A sample for a legend: a line, or dots, in the middle of `rect`. */
void band_draw_sample(struct ui *ui, struct ui_rect rect, const struct band *band, bool dots);
