#pragma once

/**
 * @file
 * The window's side of the two textures: one is shown, the other's memory is with the processing
 * thread (app/back_buffer.h), in the size that frames have by now.
 *
 * Threads: the main thread only.
 */

#include "app/back_buffer.h"
#include "render/window.h"

struct live_canvas {
    struct window *window;
    struct back_buffer *back_buffer;
    int width, height; ///< of the texture that is lent; 0 if none is
};

/** Shows what was painted meanwhile. Returns whether there was anything. */
bool live_canvas_collect(struct live_canvas *canvas, struct picture *picture);

/**
 * Lends the texture that is not shown, if somebody wants it and has none.
 *
 * @return 0, or a negative errno with a sentence: the display cannot hold the picture.
 */
int live_canvas_lend(struct live_canvas *canvas, struct error *err);

/** Gets back what is lent out, so that textures may change. What was painted meanwhile is lost. */
void live_canvas_recall(struct live_canvas *canvas);
