#pragma once

/**
 * @file
 * What is shown: a frame and its edges made into the colours of a texture.
 *
 * A canvas pixel is one 32-bit word 0xFFRRGGBB, the layout that both SDL's window surfaces and
 * GPU textures take without conversion.
 */

#include "processing/canny.h"

/** What can be shown; the value is the digit that users type. */
enum view {
    VIEW_ORIGINAL = 1,
    VIEW_GRAY = 2,
    VIEW_EDGES = 8,
    VIEW_OVERLAY = 9,
};

/** One row of the table of views. */
struct view_info {
    enum view view;
    const char *name;  ///< as --view takes it
    const char *title; ///< as people read it
    bool needs_color;  ///< shows the frame's colours
    bool needs_edges;  ///< shows the edge plane
};

/** The views in the order of their digits. */
extern const struct view_info view_table[];
extern const int view_count;

/** The row of a view, of a name as --view takes it (or its digit); NULL if there is none. */
const struct view_info *view_find(enum view view);
const struct view_info *view_find_name(const char *name);

/** Pixels to be drawn on, usually a texture's memory. Does not own them. */
struct canvas {
    uint8_t *data; ///< first pixel of the top row, aligned to 4 bytes
    int width, height;
    ptrdiff_t stride; ///< bytes from one row to the next
};

/**
 * Keeps a copy of a canvas.
 *
 * @param copy Zeroed, or an earlier copy, whose memory is taken again if the size is the same. Its
 * pixels are the caller's, to be freed with memory_free(copy->data).
 * @return 0 or -ENOMEM, with no pixels in `copy` then.
 *
 * Any thread; allocates where the size changes.
 */
int canvas_copy(struct canvas *copy, const struct canvas *from);

/**
 * Draws the whole canvas.
 *
 * @param frame  Read by the views that do not show edges alone; may be NULL for VIEW_EDGES.
 * @param gray   Which gray VIEW_GRAY shows.
 * @param edges  As canny_run() wrote it; may be NULL where needs_edges is false.
 * @param canvas The same size as the picture.
 * @param row    Scratch of 3 * canvas->width bytes; may be NULL for VIEW_EDGES.
 *
 * Any thread; allocates nothing.
 */
void view_draw(enum view view, const struct frame *frame, enum gray_mode gray,
               const struct plane *edges, const struct canvas *canvas, uint8_t *row);
