/**
 * @file
 * SDL's renderer draws a frame in one go: clear, copy the picture, the widgets on top, present.
 * It keeps what is drawn until present, which waits for the display and may be kept waiting for a
 * second where the window is covered; so nobody else waits for it, and a display that proves slow
 * is not waited for any more.
 *
 * A GPU may lose everything it was given (a driver reset, a display unplugged). Textures are then
 * made again; if that does not help, the renderer; if that does not either, SDL's own software
 * renderer takes over.
 */
#include "render/window.h"

#include "processing/clock.h"
#include "processing/memory.h"
#include "render/painter.h"
#include "render/texture_pair.h"
#include "render/window_events.h"
#include "render/window_wait.h"

#include <SDL2/SDL.h>
#include <errno.h>
#include <math.h>
#include <string.h>

enum {
    SLOW_PRESENT_MS = 250, ///< a display that takes longer is not waited for any more
    FIRST_PRESENTS = 5,    ///< drivers compile and allocate in these: slow without being stuck
    HEALTHY_PRESENTS = 60, ///< so many after a loss, and the next one is a new story
};

struct window {
    SDL_Window *sdl;
    SDL_Renderer *renderer;
    struct texture_pair *pictures;
    struct painter *painter;
    struct ui *ui;
    struct window_events events;
    float wanted_scale; ///< 0 to find one
    bool started;       ///< SDL_Init() was called
    bool software;      ///< only SDL's own renderer is to be used
    int losses;         ///< of the renderer's textures, in a row
    int presents;       ///< since the last loss

    struct window_wait wait; ///< window_wait_wake(): any thread
};

/** What SDL is told before it starts. Whoever set one of these in the environment wins. */
static void set_hints(bool software)
{
    SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
    SDL_SetHint(SDL_HINT_APP_NAME, "cannyscope");
    SDL_SetHint(SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0");
    SDL_SetHint(SDL_HINT_RENDER_BATCHING, "1");
    if (software) {
        SDL_SetHint(SDL_HINT_RENDER_DRIVER, "software");
        SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");
    }
}

/** SDL falls back to drivers that show nothing to anybody; unasked for they are no display. */
static bool is_display(void)
{
    const char *driver = SDL_GetCurrentVideoDriver();
    return SDL_getenv("SDL_VIDEODRIVER") ||
           (driver && strcmp(driver, "offscreen") != 0 && strcmp(driver, "dummy") != 0 &&
            strcmp(driver, "evdev") != 0);
}

static int start_sdl(struct window *window, const struct window_config *config, struct error *err)
{
    set_hints(config->software);
    SDL_SetMainReady();
    if (SDL_Init(SDL_INIT_VIDEO | SDL_INIT_EVENTS) < 0)
        return error_set(err, -ENODEV, "No display to open a window on (%s); %s", SDL_GetError(),
                         config->without);
    window->started = true;
    if (!is_display())
        return error_set(err, -ENODEV, "No display to open a window on; %s", config->without);
    return 0;
}

/** Three quarters of the display, but not less than 1280x800 units where that fits. */
static void choose_size(float scale, int *width, int *height)
{
    SDL_Rect usable = {0, 0, 1280, 800};
    float unit = fmaxf(scale, 1);
    SDL_GetDisplayUsableBounds(0, &usable);
    *width = SDL_min(usable.w, SDL_max((int)(1280 * unit), usable.w * 3 / 4));
    *height = SDL_min(usable.h, SDL_max((int)(800 * unit), usable.h * 3 / 4));
}

static int make_window(struct window *window, const struct window_config *config, struct error *err)
{
    int width = config->width;
    int height = config->height;
    if (width <= 0 || height <= 0)
        choose_size(config->ui_scale, &width, &height);
    // Hidden until the renderer is there: making one may replace the window.
    window->sdl = SDL_CreateWindow(
        config->title, SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED, width, height,
        SDL_WINDOW_ALLOW_HIGHDPI | SDL_WINDOW_RESIZABLE | SDL_WINDOW_HIDDEN);
    if (!window->sdl)
        return error_set(err, -ENODEV, "Cannot open a window: %s; %s", SDL_GetError(),
                         config->without);
    SDL_SetWindowMinimumSize(window->sdl, 320, 240);
    window_wait_open(&window->wait, window->sdl);
    return 0;
}

static int make_renderer(struct window *window, struct error *err)
{
    if (!window->software)
        window->renderer = SDL_CreateRenderer(window->sdl, -1,
                                              SDL_RENDERER_ACCELERATED | SDL_RENDERER_PRESENTVSYNC);
    if (!window->renderer) {
        set_hints(true);
        window->software = true;
        window->renderer = SDL_CreateRenderer(window->sdl, -1, SDL_RENDERER_SOFTWARE);
    }
    if (!window->renderer)
        return error_set(err, -EIO, "Cannot draw in the window: %s", SDL_GetError());
    window_events_start(&window->events, window->sdl, window->renderer);
    return 0;
}

static int make_contents(struct window *window, const char *assets, struct error *err)
{
    int status = painter_create(&window->painter, window->renderer, assets, err);
    if (status < 0)
        return status;
    struct ui_measure measure = painter_measure(window->painter);
    status = ui_create(&window->ui, &measure);
    if (status == 0)
        status = texture_pair_create(&window->pictures, window->renderer);
    return status < 0 ? error_set(err, status, "No memory for the window") : 0;
}

int window_open(struct window **out, const struct window_config *config, struct error *err)
{
    struct window *window = *out = memory_alloc(MEMORY_INTERFACE, sizeof(*window));
    if (!window)
        return error_set(err, -ENOMEM, "No memory for the window");
    window->wanted_scale = config->ui_scale;
    window->software = config->software;
    int status = start_sdl(window, config, err);
    if (status == 0)
        status = make_window(window, config, err);
    if (status == 0)
        status = make_renderer(window, err);
    if (status == 0)
        status = make_contents(window, config->assets, err);
    if (status < 0) {
        window_close(out);
        return status;
    }
    SDL_ShowWindow(window->sdl);
    window_set_fullscreen(window, config->fullscreen);
    SDL_StartTextInput();
    return 0;
}

struct window_info window_get_info(const struct window *window)
{
    SDL_RendererInfo info;
    if (SDL_GetRendererInfo(window->renderer, &info) < 0)
        return (struct window_info){.driver = "unknown"};
    return (struct window_info){.driver = info.name,
                                .vsync = (info.flags & SDL_RENDERER_PRESENTVSYNC) != 0};
}

static struct window_event translate(struct window *window, const SDL_Event *event)
{
    if (event->type == window->wait.wake_type)
        return (struct window_event){.kind = WINDOW_EVENT_WAKE};
    return window_events_translate(&window->events, event);
}

struct window_event window_wait(struct window *window, int timeout_ms)
{
    int64_t deadline = clock_now_ns() + timeout_ms * NS_PER_MS;
    struct window_event event = window_events_next_text(&window->events);
    if (event.kind == WINDOW_EVENT_NONE)
        event = window_events_next_step(&window->events);
    while (event.kind == WINDOW_EVENT_NONE) {
        int64_t left_ns = deadline - clock_now_ns();
        int left_ms = left_ns > 0 ? (int)((left_ns + NS_PER_MS - 1) / NS_PER_MS) : 0;
        SDL_Event sdl_event;
        if (!window_wait_event(&window->wait, &sdl_event, left_ms))
            break;
        event = translate(window, &sdl_event);
    }
    return event;
}

void window_wake(struct window *window)
{
    window_wait_wake(&window->wait);
}

int64_t window_most_bytes(const struct window *window)
{
    SDL_DisplayMode display = {.w = 0};
    int width, height;
    float scale;
    window_get_size(window, &width, &height, &scale);
    SDL_GetDesktopDisplayMode(SDL_GetWindowDisplayIndex(window->sdl), &display);
    int64_t now = (int64_t)width * height, most = (int64_t)display.w * display.h;
    return 4 * (now > most ? now : most);
}

int window_lend_canvas(struct window *window, int width, int height, struct canvas *canvas)
{
    return texture_pair_lend(window->pictures, width, height, canvas);
}

void window_show_canvas(struct window *window)
{
    texture_pair_show(window->pictures);
}

void window_take_canvas_back(struct window *window)
{
    texture_pair_take_back(window->pictures);
}

void window_push_input(struct window *window, const struct ui_input *keys)
{
    struct ui_input *input = window_events_input(&window->events);
    input->focus_step += keys->focus_step;
    input->value_step += keys->value_step;
    input->value_home |= keys->value_home;
    input->value_end |= keys->value_end;
    input->activate |= keys->activate;
    input->shift |= keys->shift;
}

float window_find_scale(int window_w, int window_h, int output_w)
{
    float display = window_w > 0 ? (float)output_w / (float)window_w : 1;
    float larger = fminf((float)window_w / 1440, (float)window_h / 900);
    // In steps, so that text is not rasterised anew at each pixel while the window is resized.
    float scale = roundf(display * fmaxf(1, larger) * 8) / 8;
    return fmaxf(scale, 0.5f);
}

void window_get_size(const struct window *window, int *width, int *height, float *scale)
{
    int window_w = 0, window_h = 0;
    *width = *height = 0;
    SDL_GetWindowSize(window->sdl, &window_w, &window_h);
    if (SDL_GetRendererOutputSize(window->renderer, width, height) < 0)
        *width = *height = 0;
    *scale = window->wanted_scale > 0 ? window->wanted_scale
                                      : window_find_scale(window_w, window_h, *width);
}

static bool is_visible(const struct window *window)
{
    return !(SDL_GetWindowFlags(window->sdl) & (SDL_WINDOW_HIDDEN | SDL_WINDOW_MINIMIZED));
}

void window_get_points(const struct window *window, int *width, int *height)
{
    SDL_GetWindowSize(window->sdl, width, height);
}

struct ui *window_begin(struct window *window)
{
    int width, height;
    float scale;
    window_get_size(window, &width, &height, &scale);
    if (width < 1 || height < 1 || !is_visible(window))
        return NULL;
    if (painter_set_scale(window->painter, scale) < 0)
        return NULL;
    struct ui_input input = window_events_take(&window->events);
    ui_begin(window->ui, &input, width, height, scale);
    return window->ui;
}

struct ui_rect window_letterbox(struct ui_rect area, int width, int height)
{
    if (width < 1 || height < 1 || area.w < 1 || area.h < 1)
        return (struct ui_rect){area.x, area.y, 0, 0};
    float scale = fminf(area.w / (float)width, area.h / (float)height);
    float w = fmaxf(1, roundf((float)width * scale));
    float h = fmaxf(1, roundf((float)height * scale));
    return (struct ui_rect){area.x + floorf((area.w - w) / 2), area.y + floorf((area.h - h) / 2), w,
                            h};
}

static void draw_picture(struct window *window, struct ui_rect area, bool dim)
{
    int width, height;
    if (!texture_pair_size(window->pictures, &width, &height))
        return;
    struct ui_rect box = window_letterbox(area, width, height);
    SDL_Rect to = {(int)box.x, (int)box.y, (int)box.w, (int)box.h};
    texture_pair_draw(window->pictures, &to);
    if (!dim)
        return;
    SDL_SetRenderDrawBlendMode(window->renderer, SDL_BLENDMODE_BLEND);
    SDL_SetRenderDrawColor(window->renderer, 0, 0, 0, 150);
    SDL_RenderFillRect(window->renderer, &to);
}

void window_draw(struct window *window, struct ui_rect area, bool dim)
{
    ui_end(window->ui);
    SDL_SetRenderDrawColor(window->renderer, (UI_BACKGROUND >> 16) & 255,
                           (UI_BACKGROUND >> 8) & 255, UI_BACKGROUND & 255, 255);
    SDL_RenderClear(window->renderer);
    draw_picture(window, area, dim);
    painter_draw(window->painter, window->ui);
}

int window_read(struct window *window, struct canvas *canvas)
{
    SDL_Rect all = {0, 0, canvas->width, canvas->height};
    int ret = SDL_RenderReadPixels(window->renderer, &all, SDL_PIXELFORMAT_ARGB8888, canvas->data,
                                   (int)canvas->stride);
    return ret < 0 ? -EIO : 0;
}

void window_present(struct window *window)
{
    if (!is_visible(window))
        return;
    int64_t before = clock_now_ns();
    SDL_RenderPresent(window->renderer);
    bool slow = clock_now_ns() - before > SLOW_PRESENT_MS * NS_PER_MS;
    if (slow && window->presents >= FIRST_PRESENTS && window_get_info(window).vsync)
        SDL_RenderSetVSync(window->renderer, 0);
    if (window->presents < HEALTHY_PRESENTS)
        window->presents++;
}

void window_set_fullscreen(struct window *window, bool fullscreen)
{
    if (fullscreen != window_is_fullscreen(window))
        SDL_SetWindowFullscreen(window->sdl, fullscreen ? SDL_WINDOW_FULLSCREEN_DESKTOP : 0);
}

bool window_is_fullscreen(const struct window *window)
{
    return (SDL_GetWindowFlags(window->sdl) & SDL_WINDOW_FULLSCREEN) != 0;
}

void window_set_title(struct window *window, const char *title)
{
    SDL_SetWindowTitle(window->sdl, title);
}

static int remake_textures(struct window *window)
{
    int status = painter_remake(window->painter, window->renderer);
    return status < 0 ? status : texture_pair_remake(window->pictures, window->renderer);
}

static int remake_renderer(struct window *window, struct error *err)
{
    painter_drop(window->painter);
    texture_pair_drop(window->pictures);
    if (window->renderer)
        SDL_DestroyRenderer(window->renderer);
    window->renderer = NULL;
    int status = make_renderer(window, err);
    return status < 0 ? status : remake_textures(window);
}

int window_recover(struct window *window, struct error *err)
{
    if (window->presents >= HEALTHY_PRESENTS)
        window->losses = 0;
    window->presents = 0;
    int status = window->losses++ == 0 ? remake_textures(window) : -EIO;
    if (status < 0 && !window->software && window->losses <= 2)
        status = remake_renderer(window, err);
    if (status < 0) {
        window->software = true;
        status = remake_renderer(window, err);
    }
    return status < 0
               ? error_set(err, status, "Cannot draw in the window any more: %s", SDL_GetError())
               : 0;
}

void window_hide(struct window *window)
{
    // No events are asked for any more: on X11 SDL would look at a window that may be gone.
    SDL_HideWindow(window->sdl);
}

void window_close(struct window **out)
{
    struct window *window = *out;
    if (!window)
        return;
    ui_destroy(&window->ui);
    texture_pair_destroy(&window->pictures);
    painter_destroy(&window->painter);
    if (window->renderer)
        SDL_DestroyRenderer(window->renderer);
    if (window->sdl)
        SDL_DestroyWindow(window->sdl);
    window_wait_close(&window->wait);
    if (window->started)
        SDL_Quit();
    memory_free(window);
    *out = NULL;
}
