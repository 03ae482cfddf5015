#include "app/live_canvas.h"

bool live_canvas_collect(struct live_canvas *canvas, struct picture *picture)
{
    if (!back_buffer_collect(canvas->back_buffer, picture))
        return false;
    window_show_canvas(canvas->window);
    canvas->width = canvas->height = 0;
    return true;
}

int live_canvas_lend(struct live_canvas *canvas, struct error *err)
{
    int width, height;
    struct canvas memory;
    if (!back_buffer_wanted(canvas->back_buffer, &width, &height))
        return 0;
    if (canvas->width && (canvas->width != width || canvas->height != height))
        live_canvas_recall(canvas);
    if (canvas->width)
        return 0;
    int ret = window_lend_canvas(canvas->window, width, height, &memory);
    if (ret < 0)
        return error_set(err, ret, "The display cannot hold a picture of %dx%d: %s", width, height,
                         error_reason(ret));
    canvas->width = width;
    canvas->height = height;
    back_buffer_lend(canvas->back_buffer, &memory);
    return 0;
}

void live_canvas_recall(struct live_canvas *canvas)
{
    struct picture lost;
    back_buffer_recall(canvas->back_buffer, &lost);
    window_take_canvas_back(canvas->window);
    canvas->width = canvas->height = 0;
}
