#pragma once

/**
 * @file
 * Immediate-mode widgets: each frame the caller says what there is, each call draws it and tells
 * what the user did to it. Nothing is kept between frames but which widget is pointed at, held
 * and focused.
 *
 * Widgets do not draw: they append commands, which the window carries out. So nothing here needs
 * SDL, and tests read the commands.
 *
 * Units: everything is in output pixels; ui_scale() turns a length of the design (at scale 1)
 * into them. Colours are 0xAARRGGBB.
 *
 * Threads: the main thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ui_rect {
    float x, y, w, h;
};

enum ui_style {
    UI_TEXT,
    UI_TEXT_BOLD,
    UI_SMALL,
    UI_SMALL_BOLD,
    UI_MONO, ///< fixed width
    UI_MONO_BOLD,
    UI_LARGE_BOLD,
    UI_STYLES
};

/** Size of each style's text at scale 1, pixels. */
extern const float ui_style_size[UI_STYLES];

/** The palette: dark, calm, one accent. */
#define UI_BACKGROUND 0xff0b0e14u ///< behind the picture
#define UI_PANEL      0xff161b24u
#define UI_BAR        0xff10141bu
#define UI_CARD       0xe60d1118u ///< under text that lies over the picture
#define UI_HOVER      0xff212936u ///< under what the pointer is over
#define UI_KEYCAP     0xff252e3du
#define UI_OUTLINE    0xff2c3441u
#define UI_TRACK      0xff2a313cu
#define UI_FOREGROUND 0xffeceff4u
#define UI_MUTED      0xff8d96a5u
#define UI_ACCENT     0xff4cd0ffu
#define UI_WARM       0xffffb454u ///< the low threshold, and what deserves attention
#define UI_GOOD       0xff6ee787u
#define UI_BAD        0xffff6b6bu

enum ui_command_kind {
    UI_COMMAND_RECT,  ///< filled, corners rounded by `radius`
    UI_COMMAND_FRAME, ///< outline one unit thick inside the rectangle, corners as above
    UI_COMMAND_TEXT,
    UI_COMMAND_LINE, ///< from (x, y) to (x + w, y + h), one unit thick
    UI_COMMAND_CLIP, ///< everything after it is clipped to the rectangle; w < 0 ends that
};

struct ui_command {
    enum ui_command_kind kind;
    struct ui_rect rect; ///< of text: its left end and top
    uint32_t color;
    float radius;
    float unit; ///< output pixels that a length of 1 and a text at scale 1 have
    enum ui_style style;
    int text; ///< of text: where it begins in ui_text()
};

/** What the user did since the last frame. */
struct ui_input {
    float x, y;             ///< pointer, output pixels; negative while it is not over the window
    float press_x, press_y; ///< where the button last went down
    bool down;              ///< left button is held
    bool pressed;           ///< went down since the last frame
    bool released;          ///< went up
    float wheel;            ///< notches, up positive
    bool shift;             ///< makes steps of wheel and keys ten times as large
    int focus_step;         ///< +1 next widget, -1 the one before
    int value_step;         ///< focused slider or choice: by this many steps
    bool value_home, value_end;
    bool activate; ///< Enter: press the focused button, take a choice's next
};

/** Measures text for the layout; the window's fonts, or a test's. `unit` as in ui_command. */
struct ui_measure {
    float (*width)(void *self, enum ui_style style, float unit, const char *text, size_t bytes);
    float (*height)(void *self, enum ui_style style, float unit); ///< of a line
    void *self;
};

/** Where something lies that takes the pointer. */
struct ui_region {
    uint64_t id;
    struct ui_rect rect; ///< the part of it that is not clipped away
    bool focusable;
};

struct ui;

/** Returns 0 or -ENOMEM. `measure` is copied; its self must outlive the widgets. */
int ui_create(struct ui **out, const struct ui_measure *measure);
void ui_destroy(struct ui **ui);

/** Begins a frame: commands of the last one are gone. */
void ui_begin(struct ui *ui, const struct ui_input *input, int width, int height, float scale);

/** Ends it: a held widget is let go when the button is up, the focus when its widget is gone. */
void ui_end(struct ui *ui);

/**
 * The commands so far, to be carried out in order, and the text they point into. There is room
 * for some thousands; what comes when it is used up is not drawn.
 */
const struct ui_command *ui_commands(const struct ui *ui, int *count);
const char *ui_text(const struct ui *ui);

/** What takes the pointer so far, in the order it was drawn. */
const struct ui_region *ui_regions(const struct ui *ui, int *count);

/** A length of the design in output pixels, rounded to whole ones. */
float ui_scale(const struct ui *ui, float length);

/** Output pixels of one unit of the design; what ui_begin() was given unless changed since. */
float ui_get_unit(const struct ui *ui);

/** Changes it for what is drawn from now on, until the next ui_begin(). */
void ui_set_unit(struct ui *ui, float unit);

/** While true, what is drawn is faint, and widgets neither react nor take the focus. */
void ui_set_dim(struct ui *ui, bool dim);

/** Output size, pixels. */
void ui_get_size(const struct ui *ui, int *width, int *height);

/** Whether the pointer is over a widget or holds one, so that the picture should not react. */
bool ui_has_pointer(const struct ui *ui);

/** Whether some widget has the keyboard's focus. */
bool ui_has_focus(const struct ui *ui);

/** No widget has the focus any more. */
void ui_clear_focus(struct ui *ui);

// Drawing without behaviour.

void ui_fill(struct ui *ui, struct ui_rect rect, float radius, uint32_t color);
void ui_outline(struct ui *ui, struct ui_rect rect, float radius, uint32_t color);
void ui_line(struct ui *ui, float x0, float y0, float x1, float y1, uint32_t color);
void ui_clip(struct ui *ui, struct ui_rect rect);
void ui_unclip(struct ui *ui);

/** Text with its top left corner at (x, y); returns its width. Invalid UTF-8 shows as U+FFFD. */
float ui_label(struct ui *ui, float x, float y, enum ui_style style, uint32_t color,
               const char *text);

/** The same by a format. */
float ui_labelf(struct ui *ui, float x, float y, enum ui_style style, uint32_t color,
                const char *format, ...) __attribute__((format(printf, 6, 7)));

/** Shortened with an ellipsis where it is wider than `width`. */
float ui_label_cut(struct ui *ui, float x, float y, float width, enum ui_style style,
                   uint32_t color, const char *text);

float ui_text_width(const struct ui *ui, enum ui_style style, const char *text);
float ui_line_height(const struct ui *ui, enum ui_style style);

/** Claims an area for the pointer (a panel's empty ground), so that clicks do not fall through. */
void ui_block(struct ui *ui, struct ui_rect rect);

/** What the user does to a widget. */
struct ui_reaction {
    bool hot;     ///< pointed at, by nothing in front of it
    bool held;    ///< the button went down over it and is not up again
    bool pressed; ///< the button went down just now
    bool clicked; ///< and was let go over it
    bool focused;
    bool activated; ///< Enter while focused
    int steps;      ///< arrow keys while focused; Shift is in it
    bool home, end; ///< these keys while focused
    float wheel;    ///< notches turned over it; Shift is in it
    float x, y;     ///< pointer
    float press_x, press_y;
    float *grab; ///< a number of the widget's own, kept while it is held
};

/**
 * The ground of every widget: claims an area for the pointer and tells what happened to it. What
 * is drawn later lies in front.
 *
 * @param focusable Whether it takes the keyboard's focus.
 */
struct ui_reaction ui_react(struct ui *ui, const char *id, struct ui_rect rect, bool focusable);

/** Says that the wheel's turn was used, so that the area around does not scroll. */
void ui_take_wheel(struct ui *ui);

/**
 * Begins an area whose content may be higher than itself: clips to it, scrolls by the wheel
 * where no widget takes that, and shows what gets the focus. One at a time.
 *
 * @param height Of the content, pixels.
 * @return How far the content is to be moved up.
 */
float ui_scroll_begin(struct ui *ui, const char *id, struct ui_rect area, float height);

/** Ends it. */
void ui_scroll_end(struct ui *ui);

// Widgets. `id` is unique on the screen and the same from frame to frame, any string constant.

/** A push button: `text`, and `key` (may be NULL) in the accent colour. True when pressed. */
bool ui_button(struct ui *ui, const char *id, struct ui_rect rect, const char *text,
               const char *key, bool on);

/** Width a ui_button() needs. */
float ui_button_width(const struct ui *ui, const char *text, const char *key);

/** The values a slider runs over. */
struct ui_range {
    double low, high;
    double step;    ///< the smallest change; what is dragged is a multiple of it
    double curve;   ///< 1: even; 2: value grows with the square of the way, so low ones are finer
    bool unwheeled; ///< the wheel scrolls what is around instead
};

/**
 * A slider with its name and value above it: drag, wheel, arrows, Home, End. In a rectangle
 * lower than ui_slider_height() all of it is on one line. A value outside the range is shown as it
 * is and stays until the user moves it. True when *value changed.
 */
bool ui_slider(struct ui *ui, const char *id, struct ui_rect rect, const char *name, double *value,
               const struct ui_range *range, uint32_t color);

/** Height a ui_slider() needs. */
float ui_slider_height(const struct ui *ui);

/**
 * One of several, side by side, with a name above; in a rectangle lower than ui_choice_height()
 * beside it. Enter takes the next one. True when *index changed.
 */
bool ui_choice(struct ui *ui, const char *id, struct ui_rect rect, const char *name,
               const char *const *items, int count, int *index);

/** Height a ui_choice() needs. */
float ui_choice_height(const struct ui *ui);

/** A switch with its name, on one line. True when *on changed. */
bool ui_switch(struct ui *ui, const char *id, struct ui_rect rect, const char *name, bool *on);

/** A number before a switch. */
struct ui_switch_figure {
    const char *text;
    uint32_t color;
};

/** A ui_switch() with a number, which has its room first. `reaction` is what the user did to it. */
bool ui_switch_with(struct ui *ui, const char *id, struct ui_rect rect, const char *name,
                    const struct ui_switch_figure *figure, bool *on, struct ui_reaction *reaction);

/** Height a ui_switch() needs. */
float ui_switch_height(const struct ui *ui);

/**
 * One of many, of which only the chosen one is shown, with a name above (in a rectangle lower than
 * ui_stepper_height() beside it): a press on the right half
 * or Enter takes the next, on the left half the one before. True when *index changed.
 *
 * @param item  The name of the one with this index.
 * @param count Of items, at least 1.
 */
bool ui_stepper(struct ui *ui, const char *id, struct ui_rect rect, const char *name,
                const char *item, int count, int *index);

/** Height a ui_stepper() needs. */
float ui_stepper_height(const struct ui *ui);

/** Keys as they are printed on a keyboard, one cap for each word of `keys`. Returns the width. */
float ui_keycaps(struct ui *ui, float x, float y, const char *keys);

/** Width and height ui_keycaps() needs. */
float ui_keycaps_width(const struct ui *ui, const char *keys);
float ui_keycaps_height(const struct ui *ui);
