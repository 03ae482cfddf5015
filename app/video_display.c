/**
 * @file
 * The back buffer goes to and fro as in the live window: this thread lends a texture's memory,
 * the other paints it when a frame is there, and this one shows it.
 */
#include "app/video_display.h"

#include "app/back_buffer.h"
#include "app/doorbell.h"
#include "app/keys.h"
#include "app/paths.h"
#include "app/renderer_choice.h"
#include "processing/clock.h"
#include "processing/memory.h"
#include "render/window.h"

#include <errno.h>

struct video_display {
    struct window *window;
    struct doorbell *bell; ///< the back buffer rings it; nobody waits
    struct back_buffer *buffer;
    int lent_width, lent_height; ///< of the texture that is lent; 0 if none is
    bool dirty;                  ///< the window is to be drawn
};

static void wake(void *self)
{
    window_wake(((struct video_display *)self)->window);
}

static int open_window(struct video_display *display, const char *title, struct error *err)
{
    struct path assets;
    int ret = paths_assets(&assets, err);
    if (ret < 0)
        return ret;
    struct window_config config = {
        .title = title,
        .software = renderer_choose_software(RENDERER_AUTO),
        .assets = assets.text,
        .without = "leave out --display",
    };
    return window_open(&display->window, &config, err);
}

int video_display_open(struct video_display **out, const char *title, struct error *err)
{
    struct video_display *display = *out = memory_alloc(MEMORY_OTHER, sizeof *display);
    if (!display)
        return error_set(err, -ENOMEM, "Not enough memory for a window");
    int ret = doorbell_create(&display->bell);
    if (ret == 0)
        ret = back_buffer_create(&display->buffer, display->bell,
                                 (struct back_buffer_waker){wake, display});
    ret = ret < 0 ? error_set(err, ret, "Not enough memory for a window")
                  : open_window(display, title, err);
    display->dirty = true;
    if (ret < 0)
        video_display_close(out);
    return ret;
}

int64_t video_display_most_bytes(const struct video_display *display)
{
    return window_most_bytes(display->window);
}

void video_display_paint(struct video_display *display, const struct plane *edges)
{
    struct canvas canvas;
    struct picture picture = {.view = VIEW_EDGES, .width = edges->width, .height = edges->height};
    if (!back_buffer_take(display->buffer, edges->width, edges->height, &canvas))
        return;
    view_draw(VIEW_EDGES, NULL, GRAY_LUMA, edges, &canvas, NULL);
    back_buffer_hand_back(display->buffer, &picture);
}

static void recall(struct video_display *display)
{
    struct picture lost;
    back_buffer_recall(display->buffer, &lost);
    window_take_canvas_back(display->window);
    display->lent_width = display->lent_height = 0;
}

/** Lends the texture that is not shown, as soon as the frames' size is known. */
static int lend(struct video_display *display, struct error *err)
{
    int width, height;
    struct canvas canvas;
    if (display->lent_width || !back_buffer_wanted(display->buffer, &width, &height))
        return 0;
    int ret = window_lend_canvas(display->window, width, height, &canvas);
    if (ret < 0)
        return error_set(err, ret, "The display cannot hold a picture of %dx%d: %s", width, height,
                         error_reason(ret));
    display->lent_width = width;
    display->lent_height = height;
    back_buffer_lend(display->buffer, &canvas);
    return 0;
}

static void collect(struct video_display *display)
{
    struct picture picture;
    if (!back_buffer_collect(display->buffer, &picture))
        return;
    window_show_canvas(display->window);
    display->lent_width = display->lent_height = 0;
    display->dirty = true;
}

static int draw(struct video_display *display, struct error *err)
{
    int width, height;
    float scale;
    display->dirty = false;
    if (!window_begin(display->window))
        return lend(display, err);
    window_get_size(display->window, &width, &height, &scale);
    window_draw(display->window, (struct ui_rect){0, 0, (float)width, (float)height}, false);
    // Before presenting, which may block.
    int ret = lend(display, err);
    window_present(display->window);
    return ret;
}

/** Whether the key asks to stop. */
static bool take_key(struct video_display *display, const struct window_event *event)
{
    bool fullscreen = window_is_fullscreen(display->window);
    switch (keys_find(event)) {
    case ACTION_QUIT:
        return true;
    case ACTION_ESCAPE:
        window_set_fullscreen(display->window, false);
        return !fullscreen;
    case ACTION_FULLSCREEN:
        window_set_fullscreen(display->window, !fullscreen);
        return false;
    default:
        return false;
    }
}

/** 0: go on; 1: the user wants to stop; or a negative errno. */
static int handle(struct video_display *display, const struct window_event *event,
                  struct error *err)
{
    display->dirty = display->dirty || event->kind == WINDOW_EVENT_REDRAW;
    switch (event->kind) {
    case WINDOW_EVENT_CLOSE:
        return 1;
    case WINDOW_EVENT_KEY:
    case WINDOW_EVENT_TEXT:
        return !event->repeat && take_key(display, event);
    case WINDOW_EVENT_DOUBLE_CLICK:
        window_set_fullscreen(display->window, !window_is_fullscreen(display->window));
        return 0;
    case WINDOW_EVENT_LOST:
        recall(display);
        display->dirty = true;
        return window_recover(display->window, err);
    default:
        return 0;
    }
}

bool video_display_run(struct video_display *display, int for_ms, struct error *err)
{
    int64_t until_ns = clock_now_ns() + for_ms * NS_PER_MS;
    *err = (struct error){""};
    int ret = 0;
    while (ret == 0 && clock_now_ns() < until_ns) {
        int64_t left_ms = (until_ns - clock_now_ns()) / NS_PER_MS;
        struct window_event event = window_wait(display->window, left_ms > 0 ? (int)left_ms : 0);
        ret = handle(display, &event, err);
        if (ret == 0)
            collect(display);
        if (ret == 0)
            ret = display->dirty ? draw(display, err) : lend(display, err);
    }
    return ret == 0;
}

void video_display_close(struct video_display **out)
{
    struct video_display *display = *out;
    if (!display)
        return;
    if (display->window)
        recall(display);
    window_close(&display->window);
    back_buffer_destroy(&display->buffer);
    doorbell_destroy(&display->bell);
    memory_free(display);
    *out = NULL;
}
