/**
 * @file
 * SDL can be woken by an event that another thread pushes. On X11 it then sends a message to its
 * own window: by way of the server and back, two allocations a time, for each frame. There the
 * display is a socket, so we wait for it and for a descriptor of our own with poll(). Elsewhere SDL
 * waits.
 *
 * What Xlib has read from the socket but not told yet would not wake poll(): hence
 * SDL_PumpEvents(), which takes all there is, right before it. SDL_PollEvent() does that only now
 * and then.
 *
 * Source: SDL_x11events.c of SDL 2.26, X11_SendWakeupEvent(); ConnectionNumber in "Xlib - C
 * Language X Interface".
 */
#include "render/window_wait.h"

#include "processing/clock.h"

#include <SDL2/SDL.h>
#include <SDL2/SDL_syswm.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

/** The socket that a window's events come from; -1 if it has none that we know. */
static int find_display(SDL_Window *window)
{
#ifdef SDL_VIDEO_DRIVER_X11
    SDL_SysWMinfo info;
    SDL_VERSION(&info.version);
    if (SDL_GetWindowWMInfo(window, &info) && info.subsystem == SDL_SYSWM_X11)
        return ConnectionNumber(info.info.x11.display);
#endif
    (void)window;
    return -1;
}

void window_wait_open(struct window_wait *wait, struct SDL_Window *window)
{
    wait->wake_type = SDL_RegisterEvents(1);
    wait->display_fd = find_display(window);
    wait->wake_fd = wait->display_fd < 0 ? -1 : eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    wait->open = true;
}

/** The next event that is there already. */
static bool take_event(SDL_Event *event)
{
    if (SDL_PeepEvents(event, 1, SDL_GETEVENT, SDL_FIRSTEVENT, SDL_LASTEVENT) > 0)
        return true;
    SDL_PumpEvents();
    return SDL_PeepEvents(event, 1, SDL_GETEVENT, SDL_FIRSTEVENT, SDL_LASTEVENT) > 0;
}

/** Whether somebody woke us; not any more after that. */
static bool take_wake(struct window_wait *wait)
{
    uint64_t times;
    return read(wait->wake_fd, &times, sizeof times) == sizeof times;
}

/** Sleeps until there may be an event. */
static void sleep_until(const struct window_wait *wait, int64_t deadline_ns)
{
    int64_t left_ns = deadline_ns - clock_now_ns();
    struct pollfd fds[] = {{.fd = wait->display_fd, .events = POLLIN},
                           {.fd = wait->wake_fd, .events = POLLIN}};
    poll(fds, 2, left_ns > 0 ? (int)((left_ns + NS_PER_MS - 1) / NS_PER_MS) : 0);
}

static bool wait_by_poll(struct window_wait *wait, SDL_Event *event, int64_t deadline_ns)
{
    for (;;) {
        if (take_event(event))
            return true;
        if (take_wake(wait)) {
            *event = (SDL_Event){.type = wait->wake_type};
            return true;
        }
        if (clock_now_ns() >= deadline_ns)
            return false;
        sleep_until(wait, deadline_ns);
    }
}

bool window_wait_event(struct window_wait *wait, union SDL_Event *event, int timeout_ms)
{
    bool found = wait->wake_fd >= 0
                     ? wait_by_poll(wait, event, clock_now_ns() + timeout_ms * NS_PER_MS)
                     : SDL_WaitEventTimeout(event, timeout_ms);
    // Before the caller looks at what woke it: whatever comes later wakes it again.
    if (found && event->type == wait->wake_type)
        atomic_store(&wait->sent, false);
    return found;
}

void window_wait_wake(struct window_wait *wait)
{
    if (atomic_exchange(&wait->sent, true))
        return;
    SDL_Event event = {.type = wait->wake_type};
    if (wait->wake_fd >= 0 ? write(wait->wake_fd, &(uint64_t){1}, 8) == 8
                           : SDL_PushEvent(&event) == 1)
        return;
    atomic_store(&wait->sent, false);
    SDL_TLSCleanup(); // why it failed is kept by each thread, beyond the end of one that is ours
}

void window_wait_close(struct window_wait *wait)
{
    if (wait->open && wait->wake_fd >= 0)
        close(wait->wake_fd);
    wait->open = false;
}
