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

enum { WINDOW_STEPS = 8 };

/** What events are translated with. Begin with window_events_start(). */
struct window_events {
    struct SDL_Window *window;
    struct SDL_Renderer *renderer;
    struct ui_input steps[WINDOW_STEPS]; ///< what happened, oldest first, a frame's input each
    int last;                            ///< the step that still grows
    bool more;                           ///< steps are left: another frame is due
    bool repeat;                         ///< the last key that went down is held
    char text[32];                       ///< typed characters still to be told, UTF-8
    bool shift, ctrl;                    ///< held when they were typed
};

/** Sets up the pointer, not over the window yet. */
void window_events_start(struct window_events *events, struct SDL_Window *window,
                         struct SDL_Renderer *renderer);

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

/** The input that still grows, for what keys mean to the widgets. */
struct ui_input *window_events_input(struct window_events *events);

/** The next of several characters typed at once; WINDOW_EVENT_NONE if there is none. */
struct window_event window_events_next_text(struct window_events *events);

/** WINDOW_EVENT_POINTER, once, if steps are left that another frame should take. */
struct window_event window_events_next_step(struct window_events *events);

/**
 * The input for a frame; what happened only once is forgotten then. Where the pointer went on
 * after a button was let go, or turned the wheel elsewhere, that is left for the next frame, so
 * that however slow frames are each thing happens where the pointer was at the time.
 */
struct ui_input window_events_take(struct window_events *events);
