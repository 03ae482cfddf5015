#pragma once

/**
 * @file
 * The window: SDL's, with its renderer, its events in our own words, and the picture in it.
 *
 * One picture is shown, letterboxed; on top of it what the widgets drew (render/ui.h). The picture
 * lives in two streaming textures of which one is shown while the other's memory is lent out to
 * be written (render/texture_pair.h).
 *
 * Threads: the main thread only, but for window_wake(), which any thread may call.
 *
 * Source: SDL 2 wiki, CategoryRender, https://wiki.libsdl.org/SDL2/CategoryRender
 */

#include "processing/error.h"
#include "processing/views.h"
#include "render/ui.h"

/** What kind of thing happened. */
enum window_event_kind {
    WINDOW_EVENT_NONE,    ///< the time-out passed
    WINDOW_EVENT_WAKE,    ///< window_wake() was called (many calls may become one event)
    WINDOW_EVENT_CLOSE,   ///< the user closed the window or the session ends
    WINDOW_EVENT_KEY,     ///< a key that writes no character, or any key with Ctrl
    WINDOW_EVENT_TEXT,    ///< a typed character, layout applied
    WINDOW_EVENT_POINTER, ///< the mouse moved, a button changed or the wheel turned
    WINDOW_EVENT_DOUBLE_CLICK,
    WINDOW_EVENT_REDRAW, ///< resized, uncovered or moved to another display: draw again
    WINDOW_EVENT_LOST,   ///< the renderer lost its textures; window_recover() brings them back
};

/** Keys that write no character; the others come as text, or as their letter with Ctrl. */
enum window_key {
    WINDOW_KEY_NONE,
    WINDOW_KEY_ESCAPE,
    WINDOW_KEY_ENTER,
    WINDOW_KEY_TAB,
    WINDOW_KEY_LEFT,
    WINDOW_KEY_RIGHT,
    WINDOW_KEY_UP,
    WINDOW_KEY_DOWN,
    WINDOW_KEY_HOME,
    WINDOW_KEY_END,
    WINDOW_KEY_PAGE_UP,
    WINDOW_KEY_PAGE_DOWN,
    WINDOW_KEY_F1,
    WINDOW_KEY_F5 = WINDOW_KEY_F1 + 4,
    WINDOW_KEY_F6,
    WINDOW_KEY_F11 = WINDOW_KEY_F1 + 10,
    WINDOW_KEY_LETTER_A, ///< to _A + 25, with Ctrl only
    WINDOW_KEY_LETTER_Z = WINDOW_KEY_LETTER_A + 25,
    WINDOW_KEY_DIGIT_0, ///< to _0 + 9, with Ctrl only
    WINDOW_KEY_DIGIT_9 = WINDOW_KEY_DIGIT_0 + 9,
};

struct window_event {
    enum window_event_kind kind;
    enum window_key key; ///< of WINDOW_EVENT_KEY
    bool shift, ctrl;    ///< held at the time
    bool repeat;         ///< the key is held down: not for switches
    char text[8];        ///< of WINDOW_EVENT_TEXT: one UTF-8 character
    float x, y;          ///< of the pointer, output pixels (not window points)
    float wheel;         ///< notches turned, up is positive
};

struct window_config {
    const char *title;
    int width, height; ///< window points; 0 for a size that suits the display
    bool fullscreen;
    bool software;       ///< SDL's own renderer, without touching GL
    float ui_scale;      ///< 0 to follow the display and the window's size
    const char *assets;  ///< folder that holds fonts/
    const char *without; ///< what to do where there is no display, e.g. "use --headless"
};

/** What the renderer turned out to be. */
struct window_info {
    const char *driver; ///< SDL's name, e.g. "opengl", "software"
    bool vsync;         ///< presenting waits for the display
};

struct window;

/**
 * Opens the window. SDL's own signal handlers stay off.
 *
 * @param out    The window on success, NULL on failure; closed with window_close().
 * @param config Read during the call only.
 * @return 0, -ENODEV (no display), -ENOENT (a font is missing) or another negative errno.
 */
int window_open(struct window **out, const struct window_config *config, struct error *err);

struct window_info window_get_info(const struct window *window);

/**
 * The next event, waiting for one at most timeout_ms. The window keeps the state of the
 * pointer for window_begin() on the way.
 */
struct window_event window_wait(struct window *window, int timeout_ms);

/** Makes window_wait() return WINDOW_EVENT_WAKE. Calls before it does become one. Any thread. */
void window_wake(struct window *window);

/**
 * Lends the memory of the texture that is not shown, made anew if its size differs.
 *
 * @return 0 and the canvas, to be written whole by any one thread until window_show_canvas() or
 *         window_take_canvas_back(); -EBUSY if it is lent already; else a negative errno.
 */
int window_lend_canvas(struct window *window, int width, int height, struct canvas *canvas);

/** The lent canvas is whole: it is what is shown from now on. */
void window_show_canvas(struct window *window);

/** The lent canvas was not written: what was shown stays. Fine when none is lent. */
void window_take_canvas_back(struct window *window);

/**
 * Tells the widgets what keys mean to them, at the next window_begin(). Calls before it add up.
 *
 * @param keys Only focus_step, value_step, value_home, value_end, activate and shift are read.
 */
void window_push_input(struct window *window, const struct ui_input *keys);

/** Output size in pixels and what one unit of the interface is in them. */
void window_get_size(const struct window *window, int *width, int *height, float *scale);

/** The window's own size as window_config has it, window points. */
void window_get_points(const struct window *window, int *width, int *height);

/** Bytes that its own pixels take when it covers the display, or as it is if that is more. */
int64_t window_most_bytes(const struct window *window);

/**
 * Begins a picture of the window: clears it, gives the input to the widgets.
 *
 * @return The widgets' state, the window's own; NULL while the window has no area or is hidden.
 */
struct ui *window_begin(struct window *window);

/**
 * Shows everything: the picture, letterboxed into `area`, then what the widgets drew.
 *
 * @param area Output pixels.
 * @param dim  Darkens the picture, for a source that went away.
 */
void window_draw(struct window *window, struct ui_rect area, bool dim);

/**
 * Copies what was drawn.
 *
 * @param canvas Of the output's size, window_get_size().
 * @return 0 or a negative errno.
 */
int window_read(struct window *window, struct canvas *canvas);

/** Puts the drawn window on the display. May block for a second when it is covered. */
void window_present(struct window *window);

/**
 * What one unit of the interface is in output pixels, if nobody says: the display's own scale,
 * times more the larger the window is than 1440x900, since a large window is a projector's or is
 * looked at from further away.
 *
 * @param window_w Size of the window in points.
 * @param window_h Size of the window in points.
 * @param output_w Width of the output in pixels.
 */
float window_find_scale(int window_w, int window_h, int output_w);

/** Where a picture of this size lands when letterboxed into `area`. */
struct ui_rect window_letterbox(struct ui_rect area, int width, int height);

void window_set_fullscreen(struct window *window, bool fullscreen);
bool window_is_fullscreen(const struct window *window);
void window_set_title(struct window *window, const char *title);

/**
 * After WINDOW_EVENT_LOST: makes textures and, if need be, the renderer again; the second failure
 * in a row changes to the software renderer. No canvas may be lent.
 */
int window_recover(struct window *window, struct error *err);

/**
 * Takes the window off the display at once. Everything else goes on working until
 * window_close(), so that threads may still call window_wake() while they are being ended.
 */
void window_hide(struct window *window);

/** Closes it and SDL. Takes NULL in *window and a half-built window; sets *window to NULL. */
void window_close(struct window **window);
