#pragma once

/**
 * @file
 * How the window waits: for SDL's events and for other threads, whichever comes first.
 *
 * Threads: the main thread only, but for window_wait_wake(), which any thread may call.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct SDL_Window;
union SDL_Event;

/** Zeroed, it is closed. */
struct window_wait {
    bool open;
    uint32_t wake_type; ///< SDL's number for our event
    int display_fd;     ///< where the display's events arrive; less than 0 if SDL is to wait
    int wake_fd;        ///< an eventfd; less than 0 if SDL is to wait
    atomic_bool sent;   ///< a wake is on its way
};

/** Once there is a window, and before anybody waits or wakes. */
void window_wait_open(struct window_wait *wait, struct SDL_Window *window);

/** The next event, of type `wake_type` if somebody woke us. False if there was none in time. */
bool window_wait_event(struct window_wait *wait, union SDL_Event *event, int timeout_ms);

/** Makes window_wait_event() return. Calls before it does become one. */
void window_wait_wake(struct window_wait *wait);

/** Closes what window_wait_open() made, when nobody wakes any more. */
void window_wait_close(struct window_wait *wait);
