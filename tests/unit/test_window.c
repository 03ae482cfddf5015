/*
 * The window on SDL's dummy display, with its software renderer: what is lent, shown and taken
 * back, what events mean, and what is left after textures or the whole renderer were lost.
 */
#include "processing/memory.h"
#include "render/window.h"
#include "render/window_events.h"
#include "tests/fakes/fake_ui.h"

#include <SDL2/SDL.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { WIDTH = 640, HEIGHT = 480 };

static const struct window_config config = {.title = "test",
                                            .width = WIDTH,
                                            .height = HEIGHT,
                                            .software = true,
                                            .ui_scale = 1,
                                            .assets = "assets",
                                            .without = "do not"};

static const struct ui_rect whole = {0, 0, WIDTH, HEIGHT};

/** The next event. Asked without any wait, SDL may hold one back until it is asked again. */
static struct window_event next_event(struct window *window)
{
    return window_wait(window, 10);
}

static void drain(struct window *window)
{
    while (next_event(window).kind != WINDOW_EVENT_NONE)
        ;
}

static int set_up(void **state)
{
    struct error err = {""};
    if (window_open((struct window **)state, &config, &err) < 0) {
        print_error("%s\n", err.text);
        return -1;
    }
    drain(*state);
    return 0;
}

static int tear_down(void **state)
{
    window_close((struct window **)state);
    assert_null(*state);
    assert_int_equal(memory_sum_of(MEMORY_OWNERS).live_bytes, 0);
    return 0;
}

static void paint(const struct canvas *canvas, uint32_t color)
{
    for (int y = 0; y < canvas->height; y++) {
        uint32_t *row = (uint32_t *)(void *)(canvas->data + y * canvas->stride);
        for (int x = 0; x < canvas->width; x++)
            row[x] = color;
    }
}

static void show(struct window *window, int width, int height, uint32_t color)
{
    struct canvas canvas;
    assert_int_equal(window_lend_canvas(window, width, height, &canvas), 0);
    assert_int_equal(canvas.width, width);
    assert_int_equal(canvas.height, height);
    paint(&canvas, color);
    window_show_canvas(window);
}

static SDL_Window *sdl_window(void)
{
    for (Uint32 id = 1; id < 1000; id++)
        if (SDL_GetWindowFromID(id))
            return SDL_GetWindowFromID(id);
    return NULL;
}

/** Draws a frame and reads one of its pixels before it is presented. */
static uint32_t drawn_pixel(struct window *window, int x, int y, bool dim)
{
    assert_non_null(window_begin(window));
    window_draw(window, whole, dim);
    uint32_t pixel = 0;
    SDL_Rect rect = {x, y, 1, 1};
    SDL_Renderer *renderer = SDL_GetRenderer(sdl_window());
    assert_int_equal(
        SDL_RenderReadPixels(renderer, &rect, SDL_PIXELFORMAT_ARGB8888, &pixel, sizeof pixel), 0);
    window_present(window);
    return pixel & 0xffffffu;
}

static void test_lend_show_take_back(void **state)
{
    struct window *window = *state;
    struct canvas canvas, second;
    assert_int_equal(drawn_pixel(window, 320, 240, false), UI_BACKGROUND & 0xffffffu);
    show(window, 64, 48, 0xff102030);
    assert_int_equal(drawn_pixel(window, 320, 240, false), 0x102030);
    // One at a time; what is not shown does not show.
    assert_int_equal(window_lend_canvas(window, 64, 48, &canvas), 0);
    assert_int_equal(window_lend_canvas(window, 64, 48, &second), -EBUSY);
    paint(&canvas, 0xffff0000);
    assert_int_equal(drawn_pixel(window, 320, 240, false), 0x102030);
    window_take_canvas_back(window);
    assert_int_equal(drawn_pixel(window, 320, 240, false), 0x102030);
    window_take_canvas_back(window);
    window_show_canvas(window); // none is lent: nothing happens
    assert_int_equal(drawn_pixel(window, 320, 240, false), 0x102030);
    show(window, 64, 48, 0xff00ff00);
    assert_int_equal(drawn_pixel(window, 320, 240, false), 0x00ff00);
    show(window, 64, 48, 0xff0000ff);
    assert_int_equal(drawn_pixel(window, 320, 240, false), 0x0000ff);
}

/** What is saved of the window is what is drawn. */
static void test_read(void **state)
{
    static uint32_t pixels[480][640];
    struct window *window = *state;
    struct canvas canvas = {(uint8_t *)pixels, 640, 480, sizeof pixels[0]};
    show(window, 64, 48, 0xff102030);
    assert_non_null(window_begin(window));
    window_draw(window, whole, false);
    assert_int_equal(window_read(window, &canvas), 0);
    window_present(window);
    for (int y = 0; y < 480; y++)
        for (int x = 0; x < 640; x++)
            assert_int_equal(pixels[y][x] & 0xffffffu, 0x102030);
}

static void test_dimmed(void **state)
{
    struct window *window = *state;
    show(window, 64, 48, 0xfff0f0f0);
    uint32_t dim = drawn_pixel(window, 320, 240, true);
    assert_in_range(dim & 255, 0x30, 0x90);
}

static void test_size_change(void **state)
{
    struct window *window = *state;
    struct canvas canvas;
    static const struct {
        int width, height;
    } sizes[] = {{64, 48}, {1920, 1080}, {1, 1}, {641, 481}, {641, 481}, {3, 700}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint32_t color = 0xff203040 + (uint32_t)i;
        show(window, sizes[i].width, sizes[i].height, color);
        assert_int_equal(drawn_pixel(window, 320, 240, false), color & 0xffffff);
    }
    assert_int_equal(window_lend_canvas(window, 0, 5, &canvas), -EINVAL);
    assert_int_equal(window_lend_canvas(window, 5, -1, &canvas), -EINVAL);
    // Still fine after that.
    show(window, 10, 10, 0xff556677);
    assert_int_equal(drawn_pixel(window, 320, 240, false), 0x556677);
}

static void test_letterbox_leaves_the_ground(void **state)
{
    struct window *window = *state;
    show(window, 640, 160, 0xff123456); // 4:1 in a window of 4:3
    assert_int_equal(drawn_pixel(window, 320, 240, false), 0x123456);
    assert_int_equal(drawn_pixel(window, 320, 100, false), UI_BACKGROUND & 0xffffffu);
    assert_int_equal(drawn_pixel(window, 320, 400, false), UI_BACKGROUND & 0xffffffu);
}

static void test_nothing_is_allocated_a_frame(void **state)
{
    struct window *window = *state;
    struct memory_sum before = {0};
    for (int i = 0; i < 50; i++) {
        if (i == 10)
            before = memory_sum_of(MEMORY_OWNERS);
        show(window, 320, 240, 0xff000000);
        struct ui *ui = window_begin(window);
        ui_label(ui, 10, 10, UI_LARGE_BOLD, UI_FOREGROUND, i % 2 ? "29.9 FPS" : "30.1 FPS");
        ui_fill(ui, (struct ui_rect){10, 10, 50, 20}, 6, UI_ACCENT);
        window_draw(window, whole, false);
        window_present(window);
    }
    struct memory_sum after = memory_sum_of(MEMORY_OWNERS);
    assert_int_equal(after.total_count, before.total_count);
    assert_int_equal(after.live_bytes, before.live_bytes);
}

static void test_what_is_drawn(void **state)
{
    struct window *window = *state;
    struct ui *ui = window_begin(window);
    ui_fill(ui, (struct ui_rect){100, 100, 200, 100}, 30, 0xff0000ff);
    ui_outline(ui, (struct ui_rect){100, 300, 200, 100}, 10, 0xff00ff00);
    ui_clip(ui, (struct ui_rect){0, 0, 50, 50});
    ui_fill(ui, (struct ui_rect){0, 0, 100, 100}, 0, 0xffff0000);
    ui_unclip(ui);
    window_draw(window, whole, false);
    SDL_Renderer *renderer = SDL_GetRenderer(sdl_window());
    static uint32_t pixels[HEIGHT][WIDTH];
    assert_int_equal(
        SDL_RenderReadPixels(renderer, NULL, SDL_PIXELFORMAT_ARGB8888, pixels, sizeof pixels[0]),
        0);
    const uint32_t ground = UI_BACKGROUND;
    assert_int_equal(pixels[150][200], 0xff0000ff);
    assert_int_equal(pixels[150][100], 0xff0000ff);
    assert_int_equal(pixels[150][99], ground);
    assert_int_equal(pixels[100][100], ground); // the corner is round,
    int between = 0;                            // and smooth
    for (int x = 100; x < 130; x++)
        between += pixels[104][x] != ground && (pixels[104][x] & 255) < 250;
    assert_in_range(between, 1, 6);
    assert_int_equal(pixels[300][200], 0xff00ff00);
    assert_int_equal(pixels[302][200], ground);
    assert_int_equal(pixels[49][49], 0xffff0000);
    assert_int_equal(pixels[51][20], ground);
    window_present(window);
}

static int ink_in(const char *text)
{
    static uint32_t pixels[HEIGHT][WIDTH];
    SDL_Renderer *renderer = SDL_GetRenderer(sdl_window());
    SDL_RenderReadPixels(renderer, NULL, SDL_PIXELFORMAT_ARGB8888, pixels, sizeof pixels[0]);
    int ink = 0;
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            ink += pixels[y][x] != UI_BACKGROUND;
    if (!ink)
        print_error("nothing was drawn of %s\n", text);
    return ink;
}

static void test_any_text_can_be_drawn(void **state)
{
    struct window *window = *state;
    static const char *const texts[] = {"plain", "\u00fc\u0416\u03a9 \u2026", "\xff\xfe\x80",
                                        "\U0001F4F7 \u4e2d", "x\ty\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        for (int style = 0; style < UI_STYLES; style++) {
            struct ui *ui = window_begin(window);
            float width = ui_label(ui, 20, 20, (enum ui_style)style, UI_FOREGROUND, texts[i]);
            assert_true(width > 0);
            window_draw(window, whole, false);
            assert_true(ink_in(texts[i]) > 5);
            window_present(window);
        }
    }
}

enum { LOOK_X = 300, LOOK_Y = 20, LOOK_W = 200, LOOK_H = 60 };

/** How a text looks at a corner of the window, after whatever was drawn before it. */
static void draw_look(struct window *window, struct ui *ui, const char *text,
                      uint32_t look[LOOK_H][LOOK_W])
{
    SDL_Rect rect = {LOOK_X, LOOK_Y, LOOK_W, LOOK_H};
    ui_label(ui, LOOK_X, LOOK_Y, UI_LARGE_BOLD, UI_FOREGROUND, text);
    window_draw(window, whole, false);
    SDL_Renderer *renderer = SDL_GetRenderer(sdl_window());
    assert_int_equal(
        SDL_RenderReadPixels(renderer, &rect, SDL_PIXELFORMAT_ARGB8888, look, sizeof look[0]), 0);
    window_present(window);
}

static void test_characters_no_font_has(void **state)
{
    struct window *window = *state;
    static uint32_t looks[3][LOOK_H][LOOK_W];
    static const char *const texts[] = {"a\ufffd", "a\u4e2d", "a\xff"};
    for (int i = 0; i < 3; i++)
        draw_look(window, window_begin(window), texts[i], looks[i]);
    assert_memory_equal(looks[0], looks[1], sizeof looks[0]);
    assert_memory_equal(looks[0], looks[2], sizeof looks[0]);
}

/** More glyphs than the atlas holds: it is emptied and filled again, within a frame if need be. */
static void test_more_glyphs_than_fit(void **state)
{
    struct window *window = *state;
    static uint32_t looks[2][LOOK_H][LOOK_W];
    draw_look(window, window_begin(window), "still here", looks[0]);
    for (int round = 0; round < 3; round++) {
        struct ui *ui = window_begin(window);
        for (int i = 0; i < 1500; i++) {
            ui_set_unit(ui, 1 + (float)(i % 50 + round) / 10);
            ui_labelf(ui, 10, 200, UI_LARGE_BOLD, 0xff0000ff, "%c%d", 'A' + i % 26, i);
        }
        ui_set_unit(ui, 1);
        draw_look(window, ui, "still here", looks[1]);
        assert_memory_equal(looks[0], looks[1], sizeof looks[0]);
    }
}

static void push_type(Uint32 type)
{
    SDL_Event event = {.type = type};
    assert_int_equal(SDL_PushEvent(&event), 1);
}

static void test_targets_reset_asks_to_draw_again(void **state)
{
    struct window *window = *state;
    push_type(SDL_RENDER_TARGETS_RESET);
    assert_int_equal(next_event(window).kind, WINDOW_EVENT_REDRAW);
}

static void lose(struct window *window)
{
    struct error err = {""};
    push_type(SDL_RENDER_DEVICE_RESET);
    assert_int_equal(next_event(window).kind, WINDOW_EVENT_LOST);
    assert_int_equal(window_recover(window, &err), 0);
    drain(window);
}

static void test_recovers_from_a_lost_device(void **state)
{
    struct window *window = *state;
    struct canvas canvas;
    show(window, 64, 48, 0xff102030);
    struct memory_sum before = memory_sum_of(MEMORY_TEXTURES);
    // Again and again: textures, the renderer, the software renderer.
    for (int losses = 0; losses < 4; losses++) {
        assert_int_equal(window_lend_canvas(window, 64, 48, &canvas), 0);
        window_take_canvas_back(window);
        lose(window);
        assert_int_equal(drawn_pixel(window, 320, 240, false), UI_BACKGROUND & 0xffffffu);
        show(window, 64, 48, 0xff405060);
        assert_int_equal(drawn_pixel(window, 320, 240, false), 0x405060);
        struct ui *ui = window_begin(window);
        ui_label(ui, 20, 20, UI_LARGE_BOLD, UI_FOREGROUND, "text");
        window_draw(window, (struct ui_rect){0, 0, 0, 0}, false);
        assert_true(ink_in("after a loss") > 50);
        window_present(window);
    }
    assert_string_equal(window_get_info(window).driver, "software");
    assert_true(memory_sum_of(MEMORY_TEXTURES).live_bytes <= before.live_bytes + 64 * 48 * 4);
}

static void test_textures_are_counted(void **state)
{
    struct window *window = *state;
    int64_t before = memory_sum_of(MEMORY_TEXTURES).live_bytes;
    show(window, 100, 50, 0xff000000);
    assert_int_equal(memory_sum_of(MEMORY_TEXTURES).live_bytes - before, 100 * 50 * 4);
    show(window, 100, 50, 0xff000000);
    show(window, 100, 50, 0xff000000);
    assert_int_equal(memory_sum_of(MEMORY_TEXTURES).live_bytes - before, 2 * 100 * 50 * 4);
}

static void test_wakes_become_one(void **state)
{
    struct window *window = *state;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 100; i++)
            window_wake(window);
        assert_int_equal(next_event(window).kind, WINDOW_EVENT_WAKE);
        assert_int_equal(next_event(window).kind, WINDOW_EVENT_NONE);
    }
}

static void test_a_hidden_window_is_not_drawn(void **state)
{
    struct window *window = *state;
    SDL_HideWindow(sdl_window());
    drain(window);
    assert_null(window_begin(window));
    window_present(window);
    // The picture goes on meanwhile.
    show(window, 64, 48, 0xff778899);
    SDL_ShowWindow(sdl_window());
    assert_int_equal(next_event(window).kind, WINDOW_EVENT_REDRAW);
    assert_int_equal(drawn_pixel(window, 320, 240, false), 0x778899);
}

static void push_key(SDL_Keycode sym, SDL_Scancode scancode, Uint16 modifiers, bool repeat)
{
    SDL_Event event = {.key = {.type = SDL_KEYDOWN,
                               .state = SDL_PRESSED,
                               .repeat = repeat,
                               .keysym = {.scancode = scancode, .sym = sym, .mod = modifiers}}};
    SDL_PushEvent(&event);
}

static void test_keys(void **state)
{
    struct window *window = *state;
    static const struct {
        SDL_Keycode sym;
        SDL_Scancode scancode;
        Uint16 modifiers;
        enum window_key key;
    } rows[] = {
        {SDLK_ESCAPE, SDL_SCANCODE_ESCAPE, 0, WINDOW_KEY_ESCAPE},
        {SDLK_RETURN, SDL_SCANCODE_RETURN, 0, WINDOW_KEY_ENTER},
        {SDLK_KP_ENTER, SDL_SCANCODE_KP_ENTER, 0, WINDOW_KEY_ENTER},
        {SDLK_LEFT, SDL_SCANCODE_LEFT, KMOD_SHIFT, WINDOW_KEY_LEFT},
        {SDLK_F1, SDL_SCANCODE_F1, 0, WINDOW_KEY_F1},
        {SDLK_F5, SDL_SCANCODE_F5, 0, WINDOW_KEY_F5},
        {SDLK_F11, SDL_SCANCODE_F11, 0, WINDOW_KEY_F11},
        {SDLK_q, SDL_SCANCODE_Q, KMOD_LCTRL, WINDOW_KEY_LETTER_A + 16},
        {SDLK_z, SDL_SCANCODE_Y, KMOD_RCTRL, WINDOW_KEY_LETTER_Z},     // QWERTZ: by its letter
        {0x439, SDL_SCANCODE_Q, KMOD_LCTRL, WINDOW_KEY_LETTER_A + 16}, // Cyrillic: by its place
        {SDLK_0, SDL_SCANCODE_0, KMOD_LCTRL, WINDOW_KEY_DIGIT_0},
        {SDLK_AMPERSAND, SDL_SCANCODE_1, KMOD_LCTRL, WINDOW_KEY_DIGIT_0 + 1}, // AZERTY
        {0xe0, SDL_SCANCODE_0, KMOD_LCTRL, WINDOW_KEY_DIGIT_0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        push_key(rows[i].sym, rows[i].scancode, rows[i].modifiers, i % 2);
        struct window_event event = next_event(window);
        assert_int_equal(event.kind, WINDOW_EVENT_KEY);
        assert_int_equal(event.key, rows[i].key);
        assert_int_equal(event.ctrl, (rows[i].modifiers & KMOD_CTRL) != 0);
        assert_int_equal(event.shift, (rows[i].modifiers & KMOD_SHIFT) != 0);
        assert_int_equal(event.repeat, i % 2);
    }
    // A key that writes a character comes as text, and F12 is nobody's.
    push_key(SDLK_q, SDL_SCANCODE_Q, 0, false);
    push_key(SDLK_F12, SDL_SCANCODE_F12, 0, false);
    assert_int_equal(next_event(window).kind, WINDOW_EVENT_NONE);
}

static void push_text(const char *text)
{
    SDL_Event event = {.text = {.type = SDL_TEXTINPUT}};
    SDL_strlcpy(event.text.text, text, sizeof event.text.text);
    SDL_PushEvent(&event);
}

static void test_text(void **state)
{
    struct window *window = *state;
    push_text("{");
    push_text("\u00e9a\u20ac");
    const char *const expected[] = {"{", "\u00e9", "a", "\u20ac"};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        struct window_event event = next_event(window);
        assert_int_equal(event.kind, WINDOW_EVENT_TEXT);
        assert_string_equal(event.text, expected[i]);
        assert_false(event.repeat);
    }
    push_key(SDLK_SPACE, SDL_SCANCODE_SPACE, 0, true);
    push_text(" ");
    assert_true(next_event(window).repeat);
    SDL_SetModState(KMOD_LCTRL);
    push_text("x");
    assert_int_equal(next_event(window).kind, WINDOW_EVENT_NONE);
    SDL_SetModState(KMOD_NONE);
}

static void push_button(Uint32 type, int x, int y, Uint8 clicks)
{
    SDL_Event event = {.button = {.type = type,
                                  .button = SDL_BUTTON_LEFT,
                                  .state = type == SDL_MOUSEBUTTONDOWN ? SDL_PRESSED : SDL_RELEASED,
                                  .clicks = clicks,
                                  .x = x,
                                  .y = y}};
    SDL_PushEvent(&event);
}

static void push_motion(int x, int y)
{
    SDL_Event event = {.motion = {.type = SDL_MOUSEMOTION, .x = x, .y = y}};
    SDL_PushEvent(&event);
}

/** A frame with one button in it. */
static bool draw_button(struct window *window)
{
    struct ui *ui = window_begin(window);
    struct ui_rect box = {100, 100, 100, 40};
    bool pressed = ui_button(ui, "button", box, "Press", NULL, false);
    window_draw(window, whole, false);
    window_present(window);
    return pressed;
}

static void test_pointer_reaches_widgets(void **state)
{
    struct window *window = *state;
    draw_button(window);
    push_motion(120, 110);
    struct window_event event = next_event(window);
    assert_int_equal(event.kind, WINDOW_EVENT_POINTER);
    assert_true(event.x == 120.5f && event.y == 110.5f);
    assert_false(draw_button(window));
    // A whole click between two frames, and then no echo of it.
    push_button(SDL_MOUSEBUTTONDOWN, 120, 110, 1);
    push_button(SDL_MOUSEBUTTONUP, 120, 110, 1);
    drain(window);
    assert_true(draw_button(window));
    assert_false(draw_button(window));
    push_button(SDL_MOUSEBUTTONDOWN, 300, 300, 2);
    assert_int_equal(next_event(window).kind, WINDOW_EVENT_DOUBLE_CLICK);
    push_button(SDL_MOUSEBUTTONUP, 300, 300, 2);
    drain(window);
    assert_false(draw_button(window));
}

static void feed_motion(struct window_events *events, int x, int y)
{
    SDL_Event event = {.motion = {.type = SDL_MOUSEMOTION, .x = x, .y = y}};
    window_events_translate(events, &event);
}

static void feed_button(struct window_events *events, Uint32 type, int x, int y)
{
    SDL_Event event = {.button = {.type = type,
                                  .button = SDL_BUTTON_LEFT,
                                  .state = type == SDL_MOUSEBUTTONDOWN ? SDL_PRESSED : SDL_RELEASED,
                                  .x = x,
                                  .y = y}};
    window_events_translate(events, &event);
}

static void feed_wheel(struct window_events *events, int notches)
{
    SDL_Event event = {.wheel = {.type = SDL_MOUSEWHEEL, .y = notches}};
    window_events_translate(events, &event);
}

/** All of it during one slow frame: a drag, let go, the wheel elsewhere, a press elsewhere. */
static void test_slow_frames_mix_nothing_up(void **state)
{
    (void)state;
    struct window_events events = {0};
    static const struct ui_input expected[] = {
        {.x = 60.5f, .y = 10.5f, .pressed = true, .released = true},
        {.x = 200.5f, .y = 200.5f, .wheel = 2},
        {.x = 310.5f, .y = 310.5f, .pressed = true, .down = true},
        {.x = 310.5f, .y = 310.5f, .down = true},
    };
    window_events_start(&events, sdl_window(), SDL_GetRenderer(sdl_window()));
    feed_motion(&events, 10, 10);
    feed_button(&events, SDL_MOUSEBUTTONDOWN, 10, 10);
    feed_motion(&events, 50, 10);
    feed_button(&events, SDL_MOUSEBUTTONUP, 60, 10);
    feed_motion(&events, 100, 100);
    feed_motion(&events, 200, 200);
    feed_wheel(&events, 1);
    feed_wheel(&events, 1);
    feed_motion(&events, 300, 300);
    feed_button(&events, SDL_MOUSEBUTTONDOWN, 310, 310);
    for (int i = 0; i < 4; i++) {
        struct ui_input input = window_events_take(&events);
        assert_true(input.x == expected[i].x && input.y == expected[i].y);
        assert_int_equal(input.pressed, expected[i].pressed);
        assert_int_equal(input.released, expected[i].released);
        assert_int_equal(input.down, expected[i].down);
        assert_true(input.wheel == expected[i].wheel);
        // While steps are left, another frame is asked for, once.
        assert_int_equal(window_events_next_step(&events).kind,
                         i < 2 ? WINDOW_EVENT_POINTER : WINDOW_EVENT_NONE);
        assert_int_equal(window_events_next_step(&events).kind, WINDOW_EVENT_NONE);
    }
}

static void test_too_many_steps_are_merged(void **state)
{
    (void)state;
    struct window_events events = {0};
    window_events_start(&events, sdl_window(), SDL_GetRenderer(sdl_window()));
    for (int i = 0; i < 100; i++) {
        feed_button(&events, SDL_MOUSEBUTTONDOWN, i, 5);
        feed_button(&events, SDL_MOUSEBUTTONUP, i, 5);
    }
    int frames = 0;
    do {
        window_events_take(&events);
        frames++;
    } while (window_events_next_step(&events).kind != WINDOW_EVENT_NONE);
    assert_int_equal(frames, WINDOW_STEPS);
    assert_false(window_events_take(&events).down);
}

static void test_keys_reach_widgets(void **state)
{
    struct window *window = *state;
    struct ui_input forward = {.focus_step = 1};
    struct ui_input enter = {.activate = true};
    draw_button(window);
    window_push_input(window, &forward);
    assert_false(draw_button(window));
    window_push_input(window, &enter);
    assert_true(draw_button(window));
    assert_false(draw_button(window));
}

static void test_wheel(void **state)
{
    struct window *window = *state;
    SDL_Event event = {.wheel = {.type = SDL_MOUSEWHEEL, .y = 2}};
    SDL_PushEvent(&event);
    assert_true(next_event(window).wheel == 2);
    event.wheel.direction = SDL_MOUSEWHEEL_FLIPPED;
    SDL_PushEvent(&event);
    assert_true(next_event(window).wheel == -2);
}

static void test_close_and_unknown_events(void **state)
{
    struct window *window = *state;
    push_type(SDL_CLIPBOARDUPDATE);
    push_type(SDL_QUIT);
    assert_int_equal(next_event(window).kind, WINDOW_EVENT_CLOSE);
    assert_int_equal(next_event(window).kind, WINDOW_EVENT_NONE);
}

static void test_points_become_pixels(void **state)
{
    (void)state;
    static const struct {
        int point, points, pixels;
        float pixel;
    } rows[] = {{0, 640, 640, 0.5f},   {639, 640, 640, 639.5f}, {100, 640, 800, 125.625f},
                {100, 640, 1280, 201}, {639, 640, 1280, 1279},  {5, 0, 1280, -1}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_true(window_events_pixel(rows[i].point, rows[i].points, rows[i].pixels) ==
                    rows[i].pixel);
}

static void test_scale(void **state)
{
    (void)state;
    static const struct {
        int width, height, output;
        float scale;
    } rows[] = {{640, 480, 640, 1},        {1280, 800, 1280, 1},
                {1280, 800, 2560, 2},      {1280, 800, 1600, 1.25f},
                {1920, 1080, 1920, 1.25f}, {3840, 2160, 3840, 2.375f},
                {1080, 1920, 1080, 1},     {0, 0, 0, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_true(window_find_scale(rows[i].width, rows[i].height, rows[i].output) ==
                    rows[i].scale);
}

static void test_letterbox(void **state)
{
    (void)state;
    static const struct {
        struct ui_rect area;
        int width, height;
        struct ui_rect box;
    } rows[] = {
        {{0, 0, 640, 480}, 640, 480, {0, 0, 640, 480}},
        {{0, 0, 640, 480}, 1280, 720, {0, 60, 640, 360}},
        {{100, 50, 640, 480}, 480, 640, {240, 50, 360, 480}},
        {{0, 0, 1280, 960}, 320, 240, {0, 0, 1280, 960}},
        {{10, 10, 0, 480}, 640, 480, {10, 10, 0, 0}},
        {{10, 10, 640, 480}, 0, 480, {10, 10, 0, 0}},
        {{0, 0, 100, 100}, 10000, 1, {0, 49, 100, 1}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ui_rect box = window_letterbox(rows[i].area, rows[i].width, rows[i].height);
        assert_memory_equal(&box, &rows[i].box, sizeof box);
        if (box.w > 0)
            assert_true(fake_is_inside(box, rows[i].area));
    }
}

static void test_window_without_fonts(void **state)
{
    (void)state;
    struct window *window = NULL;
    struct error err = {""};
    struct window_config broken = config;
    broken.assets = "tests";
    assert_int_equal(window_open(&window, &broken, &err), -ENOENT);
    assert_null(window);
    assert_non_null(strstr(err.text, "tests/fonts/DejaVuSans.ttf"));
    assert_int_equal(memory_sum_of(MEMORY_OWNERS).live_bytes, 0);
}

static void test_no_display(void **state)
{
    (void)state;
    struct window *window = NULL;
    struct error err = {""};
    setenv("SDL_VIDEODRIVER", "x11", 1);
    setenv("DISPLAY", ":4711", 1);
    assert_int_equal(window_open(&window, &config, &err), -ENODEV);
    assert_null(window);
    assert_non_null(strstr(err.text, config.without));
    assert_int_equal(memory_sum_of(MEMORY_OWNERS).live_bytes, 0);
    setenv("SDL_VIDEODRIVER", "dummy", 1);
    window_close(&window);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    setenv("SDL_VIDEODRIVER", "dummy", 1);
    const struct CMUnitTest tests[] = {
        TEST(test_lend_show_take_back),
        TEST(test_read),
        TEST(test_dimmed),
        TEST(test_size_change),
        TEST(test_letterbox_leaves_the_ground),
        TEST(test_nothing_is_allocated_a_frame),
        TEST(test_what_is_drawn),
        TEST(test_any_text_can_be_drawn),
        TEST(test_characters_no_font_has),
        TEST(test_more_glyphs_than_fit),
        TEST(test_targets_reset_asks_to_draw_again),
        TEST(test_recovers_from_a_lost_device),
        TEST(test_textures_are_counted),
        TEST(test_wakes_become_one),
        TEST(test_a_hidden_window_is_not_drawn),
        TEST(test_keys),
        TEST(test_text),
        TEST(test_pointer_reaches_widgets),
        TEST(test_slow_frames_mix_nothing_up),
        TEST(test_too_many_steps_are_merged),
        TEST(test_keys_reach_widgets),
        TEST(test_wheel),
        TEST(test_close_and_unknown_events),
        cmocka_unit_test(test_points_become_pixels),
        cmocka_unit_test(test_scale),
        cmocka_unit_test(test_letterbox),
        cmocka_unit_test(test_window_without_fonts),
        cmocka_unit_test(test_no_display),
    };
    return cmocka_run_group_tests_name("window", tests, NULL, NULL);
}
