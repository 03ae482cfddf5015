#pragma once

/**
 * @file
 * SDL's events in the window's own words, and the pointer's state on the way.
 *
 * Threads: the main thread only.
 */

#include "render/window.h"

struct SDL_Window;
struct SDL_Renderer;
union SDL_Event;

/** What events are translated with. */
struct window_events {
    struct SDL_Window *window;
    struct SDL_Renderer *renderer;
    struct ui_input input; ///< what happened since window_events_take()
    bool repeat;           ///< the last key that went down is held
    char text[32];         ///< typed characters still to be told, UTF-8
    bool shift, ctrl;      ///< held when they were typed
};

/**
 * Translates one event of SDL.
 *
 * @return Its meaning; WINDOW_EVENT_NONE if it means nothing to us.
 */
struct window_event window_events_translate(struct window_events *events,
                                            const union SDL_Event *event);

/**
 * Where a window's point lies in the output, pixels.
 *
 * @param point  From the left or the top.
 * @param points Size of the window along that axis.
 * @param pixels Size of the output along it.
 */
float window_events_pixel(int point, int points, int pixels);

/** The next of several characters typed at once; WINDOW_EVENT_NONE if there is none. */
struct window_event window_events_next_text(struct window_events *events);

/** The input since the last call; what happened only once is forgotten then. */
struct ui_input window_events_take(struct window_events *events);
