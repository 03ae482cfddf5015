/**
 * @file
 * Keys that write characters come as text, so that they work on every keyboard layout; the others
 * and those with Ctrl come by key code. The pointer comes in window points, of which an output
 * pixel may be a half or two thirds: the two sizes are compared at every event, since a window may
 * be moved to another display at any time.
 *
 * Source: SDL 2 wiki, CategoryEvents, https://wiki.libsdl.org/SDL2/CategoryEvents
 */
#include "render/window_events.h"

#include "render/utf8.h"

#include <SDL2/SDL.h>
#include <string.h>

static const struct {
    SDL_Keycode code;
    enum window_key key;
} keys[] = {
    {SDLK_ESCAPE, WINDOW_KEY_ESCAPE},  {SDLK_RETURN, WINDOW_KEY_ENTER},
    {SDLK_KP_ENTER, WINDOW_KEY_ENTER}, {SDLK_TAB, WINDOW_KEY_TAB},
    {SDLK_LEFT, WINDOW_KEY_LEFT},      {SDLK_RIGHT, WINDOW_KEY_RIGHT},
    {SDLK_UP, WINDOW_KEY_UP},          {SDLK_DOWN, WINDOW_KEY_DOWN},
    {SDLK_HOME, WINDOW_KEY_HOME},      {SDLK_END, WINDOW_KEY_END},
    {SDLK_PAGEUP, WINDOW_KEY_PAGE_UP}, {SDLK_PAGEDOWN, WINDOW_KEY_PAGE_DOWN},
};

/** A letter or digit with Ctrl; by its place on the keyboard where the layout has no Latin. */
static enum window_key control_key(const SDL_Keysym *sym)
{
    if (sym->sym >= SDLK_a && sym->sym <= SDLK_z)
        return WINDOW_KEY_LETTER_A + (enum window_key)(sym->sym - SDLK_a);
    if (sym->sym >= SDLK_0 && sym->sym <= SDLK_9)
        return WINDOW_KEY_DIGIT_0 + (enum window_key)(sym->sym - SDLK_0);
    if (sym->scancode >= SDL_SCANCODE_1 && sym->scancode <= SDL_SCANCODE_0)
        return WINDOW_KEY_DIGIT_0 + (sym->scancode - SDL_SCANCODE_1 + 1) % 10;
    if (sym->scancode >= SDL_SCANCODE_A && sym->scancode <= SDL_SCANCODE_Z && sym->sym > 127)
        return WINDOW_KEY_LETTER_A + (sym->scancode - SDL_SCANCODE_A);
    return WINDOW_KEY_NONE;
}

void window_events_start(struct window_events *events, SDL_Window *window, SDL_Renderer *renderer)
{
    bool known = events->window != NULL;
    events->window = window;
    events->renderer = renderer;
    if (!known)
        events->steps[0].x = events->steps[0].y = -1;
}

struct ui_input *window_events_input(struct window_events *events)
{
    return &events->steps[events->last];
}

/** What lasts from one step to the next: where the pointer is and whether its button is down. */
static struct ui_input lasting(const struct ui_input *input)
{
    return (struct ui_input){.x = input->x,
                             .y = input->y,
                             .press_x = input->press_x,
                             .press_y = input->press_y,
                             .down = input->down};
}

/** What comes now must not be mixed with what came before. */
static void begin_step(struct window_events *events)
{
    if (events->last == WINDOW_STEPS - 1)
        return;
    events->steps[events->last + 1] = lasting(&events->steps[events->last]);
    events->last++;
}

static enum window_key key_of(const SDL_Keysym *sym)
{
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (keys[i].code == sym->sym)
            return keys[i].key;
    if (sym->sym >= SDLK_F1 && sym->sym <= SDLK_F11)
        return WINDOW_KEY_F1 + (enum window_key)(sym->sym - SDLK_F1);
    return sym->mod & KMOD_CTRL ? control_key(sym) : WINDOW_KEY_NONE;
}

static struct window_event make(enum window_event_kind kind, SDL_Keymod modifiers,
                                const struct ui_input *input)
{
    return (struct window_event){
        .kind = kind,
        .shift = (modifiers & KMOD_SHIFT) != 0,
        .ctrl = (modifiers & KMOD_CTRL) != 0,
        .x = input->x,
        .y = input->y,
    };
}

static struct window_event on_key(struct window_events *events, const SDL_KeyboardEvent *key)
{
    events->repeat = key->repeat != 0;
    enum window_key meaning = key_of(&key->keysym);
    struct window_event event = make(meaning ? WINDOW_EVENT_KEY : WINDOW_EVENT_NONE,
                                     key->keysym.mod, window_events_input(events));
    event.key = meaning;
    event.repeat = events->repeat;
    return event;
}

struct window_event window_events_next_text(struct window_events *events)
{
    SDL_Keymod held = (events->shift ? KMOD_SHIFT : 0) | (events->ctrl ? KMOD_CTRL : 0);
    struct window_event event = make(WINDOW_EVENT_NONE, held, window_events_input(events));
    size_t length = strlen(events->text);
    if (length == 0)
        return event;
    const char *rest = events->text;
    event.kind = WINDOW_EVENT_TEXT;
    event.repeat = events->repeat;
    utf8_put(utf8_next(&rest, events->text + length), event.text);
    memmove(events->text, rest, strlen(rest) + 1);
    return event;
}

static struct window_event on_text(struct window_events *events, const SDL_TextInputEvent *text)
{
    SDL_Keymod held = SDL_GetModState();
    // A character typed with one of these is a key of ours or of the desktop's, not text.
    if (held & (KMOD_CTRL | KMOD_LALT | KMOD_GUI))
        return make(WINDOW_EVENT_NONE, held, window_events_input(events));
    events->shift = (held & KMOD_SHIFT) != 0;
    events->ctrl = false;
    SDL_strlcpy(events->text, text->text, sizeof(events->text));
    return window_events_next_text(events);
}

float window_events_pixel(int point, int points, int pixels)
{
    // The middle of the point, for where a point is several pixels wide.
    return points > 0 ? ((float)point + 0.5f) * (float)pixels / (float)points : -1;
}

/** Moves the pointer, window points in, output pixels kept. */
static void move(struct window_events *events, int x, int y)
{
    int window_w = 0, window_h = 0, output_w = 0, output_h = 0;
    SDL_GetWindowSize(events->window, &window_w, &window_h);
    SDL_GetRendererOutputSize(events->renderer, &output_w, &output_h);
    struct ui_input *input = window_events_input(events);
    input->x = window_events_pixel(x, window_w, output_w);
    input->y = window_events_pixel(y, window_h, output_h);
}

static struct window_event pointer_event(struct window_events *events)
{
    return make(WINDOW_EVENT_POINTER, SDL_GetModState(), window_events_input(events));
}

static struct window_event on_motion(struct window_events *events, const SDL_MouseMotionEvent *to)
{
    const struct ui_input *input = window_events_input(events);
    if (input->released || input->wheel != 0)
        begin_step(events);
    move(events, to->x, to->y);
    return pointer_event(events);
}

static struct window_event on_button(struct window_events *events,
                                     const SDL_MouseButtonEvent *button)
{
    struct ui_input *input = window_events_input(events);
    bool left = button->button == SDL_BUTTON_LEFT;
    if (input->released || input->wheel != 0)
        begin_step(events);
    move(events, button->x, button->y);
    struct window_event event = pointer_event(events);
    if (!left)
        return event;
    input = window_events_input(events);
    input->down = button->state == SDL_PRESSED;
    input->pressed |= input->down;
    input->released |= !input->down;
    if (input->down) {
        input->press_x = input->x;
        input->press_y = input->y;
        if (button->clicks == 2)
            event.kind = WINDOW_EVENT_DOUBLE_CLICK;
    }
    return event;
}

static struct window_event on_wheel(struct window_events *events, const SDL_MouseWheelEvent *wheel)
{
    const struct ui_input *input = window_events_input(events);
    if (input->pressed || input->released)
        begin_step(events);
    struct window_event event = pointer_event(events);
    event.wheel = (float)(wheel->direction == SDL_MOUSEWHEEL_FLIPPED ? -wheel->y : wheel->y);
    // With Ctrl it zooms the picture, which is not the widgets' business.
    if (!event.ctrl)
        window_events_input(events)->wheel += event.wheel;
    return event;
}

/** Nothing is pointed at any more; what is being dragged goes on. */
static void leave(struct window_events *events)
{
    struct ui_input *input = window_events_input(events);
    if (input->down)
        return;
    if (input->released || input->wheel != 0)
        begin_step(events);
    input = window_events_input(events);
    input->x = input->y = -1;
}

static struct window_event on_window(struct window_events *events, const SDL_WindowEvent *window)
{
    static const struct {
        Uint8 event;
        enum window_event_kind kind;
    } table[] = {
        {SDL_WINDOWEVENT_CLOSE, WINDOW_EVENT_CLOSE},
        {SDL_WINDOWEVENT_SHOWN, WINDOW_EVENT_REDRAW},
        {SDL_WINDOWEVENT_EXPOSED, WINDOW_EVENT_REDRAW},
        {SDL_WINDOWEVENT_SIZE_CHANGED, WINDOW_EVENT_REDRAW},
        {SDL_WINDOWEVENT_MAXIMIZED, WINDOW_EVENT_REDRAW},
        {SDL_WINDOWEVENT_RESTORED, WINDOW_EVENT_REDRAW},
        {SDL_WINDOWEVENT_DISPLAY_CHANGED, WINDOW_EVENT_REDRAW},
        {SDL_WINDOWEVENT_LEAVE, WINDOW_EVENT_POINTER},
    };
    if (window->event == SDL_WINDOWEVENT_LEAVE)
        leave(events);
    struct window_event event =
        make(WINDOW_EVENT_NONE, SDL_GetModState(), window_events_input(events));
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (table[i].event == window->event)
            event.kind = table[i].kind;
    return event;
}

struct window_event window_events_translate(struct window_events *events,
                                            const union SDL_Event *event)
{
    switch (event->type) {
    case SDL_KEYDOWN:
        return on_key(events, &event->key);
    case SDL_TEXTINPUT:
        return on_text(events, &event->text);
    case SDL_MOUSEMOTION:
        return on_motion(events, &event->motion);
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP:
        return on_button(events, &event->button);
    case SDL_MOUSEWHEEL:
        return on_wheel(events, &event->wheel);
    case SDL_WINDOWEVENT:
        return on_window(events, &event->window);
    case SDL_QUIT:
        return make(WINDOW_EVENT_CLOSE, KMOD_NONE, window_events_input(events));
    case SDL_RENDER_TARGETS_RESET:
        return make(WINDOW_EVENT_REDRAW, KMOD_NONE, window_events_input(events));
    case SDL_RENDER_DEVICE_RESET:
        return make(WINDOW_EVENT_LOST, KMOD_NONE, window_events_input(events));
    default:
        return make(WINDOW_EVENT_NONE, KMOD_NONE, window_events_input(events));
    }
}

struct window_event window_events_next_step(struct window_events *events)
{
    struct window_event event =
        make(WINDOW_EVENT_NONE, SDL_GetModState(), window_events_input(events));
    if (events->more)
        event.kind = WINDOW_EVENT_POINTER;
    events->more = false;
    return event;
}

struct ui_input window_events_take(struct window_events *events)
{
    struct ui_input taken = events->steps[0];
    taken.shift |= (SDL_GetModState() & KMOD_SHIFT) != 0;
    events->more = events->last > 0;
    if (events->more)
        memmove(events->steps, events->steps + 1,
                sizeof(events->steps[0]) * (size_t)events->last--);
    else
        events->steps[0] = lasting(&taken);
    return taken;
}
