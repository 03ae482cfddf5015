/*
 * The widgets without a window: a scripted hand and keyboard, and what they do to values, focus
 * and the list of drawing commands.
 */
#include "processing/memory.h"
#include "render/ui.h"
#include "tests/fakes/fake_ui.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { WIDTH = 400, HEIGHT = 300 };

static const struct ui_range even = {.low = 0, .high = 100, .step = 1, .curve = 1};
static const char *const sizes[] = {"off", "3", "5", "7"};

/** A small panel: slider on top, choice, button below. */
struct desk {
    struct ui *ui;
    double value;
    int index;
    bool slider_changed, choice_changed, pressed;
    const struct ui_range *range;
};

static const struct ui_rect slider_box = {20, 20, 218, 38};
static const struct ui_rect choice_box = {20, 80, 200, 52};
static const struct ui_rect button_box = {20, 160, 100, 32};

static int set_up(void **state)
{
    static struct desk desk;
    desk = (struct desk){.value = 50, .index = 1, .range = &even};
    struct ui_measure measure = fake_measure();
    if (ui_create(&desk.ui, &measure) < 0)
        return -1;
    *state = &desk;
    return 0;
}

static int tear_down(void **state)
{
    struct desk *desk = *state;
    ui_destroy(&desk->ui);
    assert_null(desk->ui);
    return memory_sum_of(MEMORY_INTERFACE).live_bytes == 0 ? 0 : -1;
}

/** One frame with everything in it. */
static void frame(struct desk *desk, struct ui_input input)
{
    ui_begin(desk->ui, &input, WIDTH, HEIGHT, 1);
    desk->slider_changed =
        ui_slider(desk->ui, "slider", slider_box, "Low", &desk->value, desk->range, UI_WARM);
    desk->choice_changed =
        ui_choice(desk->ui, "choice", choice_box, "Blur", sizes, 4, &desk->index);
    desk->pressed = ui_button(desk->ui, "button", button_box, "Snapshot", "s", false);
    ui_end(desk->ui);
}

static struct ui_input press_at(float x, float y)
{
    return (struct ui_input){
        .x = x, .y = y, .press_x = x, .press_y = y, .down = true, .pressed = true};
}

static struct ui_input drag_to(float x, float y)
{
    return (struct ui_input){.x = x, .y = y, .down = true};
}

static struct ui_input release_at(float x, float y)
{
    return (struct ui_input){.x = x, .y = y, .released = true};
}

static void click(struct desk *desk, float x, float y)
{
    frame(desk, fake_pointer_at(x, y));
    frame(desk, press_at(x, y));
    frame(desk, release_at(x, y));
}

/** The track runs from x 20 to 238 with a knob 18 wide: 200 pixels of way for 0 to 100. */
static float track_x(double value)
{
    return 20 + 9 + (float)value * 2;
}

static const float track_y = 49;

static void test_slider_is_dragged(void **state)
{
    struct desk *desk = *state;
    frame(desk, fake_pointer_at(track_x(50), track_y));
    frame(desk, press_at(track_x(50), track_y));
    assert_false(desk->slider_changed);
    frame(desk, drag_to(track_x(70), track_y));
    assert_true(desk->slider_changed);
    assert_true(desk->value == 70);
    // It keeps the knob although the pointer leaves it, the widget and the window.
    frame(desk, drag_to(track_x(30), 290));
    assert_true(desk->value == 30);
    assert_true(ui_has_pointer(desk->ui));
    frame(desk, drag_to(-500, -20));
    assert_true(desk->value == 0);
    frame(desk, drag_to(5000, 10));
    assert_true(desk->value == 100);
    frame(desk, release_at(track_x(90), 290));
    assert_true(desk->value == 90);
    frame(desk, fake_pointer_at(track_x(10), 290));
    assert_true(desk->value == 90);
    assert_false(ui_has_pointer(desk->ui));
}

static void test_slider_knob_is_taken_where_it_is_touched(void **state)
{
    struct desk *desk = *state;
    frame(desk, fake_pointer_at(track_x(50) + 6, track_y));
    frame(desk, press_at(track_x(50) + 6, track_y));
    frame(desk, drag_to(track_x(50) + 6, track_y + 3));
    assert_true(desk->value == 50);
    frame(desk, drag_to(track_x(51) + 6, track_y + 3));
    assert_true(desk->value == 51);
}

static void test_slider_press_beside_knob_brings_it(void **state)
{
    struct desk *desk = *state;
    frame(desk, fake_pointer_at(track_x(80), track_y));
    frame(desk, press_at(track_x(80), track_y));
    assert_true(desk->slider_changed);
    assert_true(desk->value == 80);
}

static void test_slider_name_only_takes_the_focus(void **state)
{
    struct desk *desk = *state;
    frame(desk, fake_pointer_at(25, 24));
    frame(desk, press_at(25, 24));
    frame(desk, drag_to(120, 24));
    assert_true(desk->value == 50);
    assert_true(ui_has_focus(desk->ui));
}

static void test_slider_whole_gesture_in_one_frame(void **state)
{
    struct desk *desk = *state;
    frame(desk, fake_pointer_at(0, 0));
    struct ui_input input = release_at(track_x(60), 200);
    input.pressed = true;
    input.press_x = track_x(50);
    input.press_y = track_y;
    frame(desk, input);
    assert_true(desk->value == 60);
    frame(desk, fake_pointer_at(track_x(10), track_y));
    assert_true(desk->value == 60);
}

static void test_slider_turns_with_the_wheel(void **state)
{
    struct desk *desk = *state;
    struct ui_input input = fake_pointer_at(100, 30);
    frame(desk, input);
    input.wheel = 2;
    frame(desk, input);
    assert_true(desk->value == 52);
    input.wheel = -1;
    input.shift = true;
    frame(desk, input);
    assert_true(desk->value == 42);
    input.wheel = -100;
    frame(desk, input);
    assert_true(desk->value == 0);
    // Not over it, not for it.
    input.y = 290;
    input.wheel = 1;
    frame(desk, input);
    assert_true(desk->value == 0);
}

static struct ui_input key_steps(int steps, bool shift)
{
    return (struct ui_input){.x = -1, .y = -1, .value_step = steps, .shift = shift};
}

static struct ui_input focus_step(int steps)
{
    return (struct ui_input){.x = -1, .y = -1, .focus_step = steps};
}

static void test_slider_by_keys(void **state)
{
    struct desk *desk = *state;
    frame(desk, key_steps(1, false));
    assert_true(desk->value == 50);
    frame(desk, focus_step(1));
    frame(desk, key_steps(1, false));
    assert_true(desk->value == 51);
    frame(desk, key_steps(-2, true));
    assert_true(desk->value == 31);
    frame(desk, (struct ui_input){.x = -1, .y = -1, .value_end = true});
    assert_true(desk->value == 100);
    frame(desk, key_steps(1, false));
    assert_true(desk->value == 100 && !desk->slider_changed);
    frame(desk, (struct ui_input){.x = -1, .y = -1, .value_home = true});
    assert_true(desk->value == 0);
}

static void test_slider_curve(void **state)
{
    struct desk *desk = *state;
    static const struct ui_range square = {.low = 0, .high = 2040, .step = 1, .curve = 2};
    desk->range = &square;
    desk->value = 0;
    frame(desk, fake_pointer_at(track_x(50), track_y));
    frame(desk, press_at(track_x(50), track_y));
    assert_true(desk->value == 510); // half the way, a quarter of the values
    frame(desk, drag_to(track_x(10), track_y));
    assert_true(desk->value == 20);
    assert_true(desk->value == (int)desk->value);
}

static void test_slider_leaves_other_values_alone(void **state)
{
    struct desk *desk = *state;
    const double values[] = {-5, 33.25, 250};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        desk->value = values[i];
        frame(desk, fake_pointer_at(100, track_y));
        assert_false(desk->slider_changed);
        assert_true(desk->value == values[i]);
    }
    assert_non_null(fake_find_text(desk->ui, "250"));
    desk->value = 33.25;
    frame(desk, focus_step(1));
    assert_non_null(fake_find_text(desk->ui, "33.25"));
}

static void test_choice(void **state)
{
    struct desk *desk = *state;
    click(desk, 20 + 175, 115);
    assert_true(desk->choice_changed);
    assert_int_equal(desk->index, 3);
    frame(desk, fake_pointer_at(20 + 175, 115));
    assert_false(desk->choice_changed);
    click(desk, 20 + 25, 115);
    assert_int_equal(desk->index, 0);
    // It has the focus by now.
    frame(desk, key_steps(1, false));
    assert_int_equal(desk->index, 1);
    frame(desk, key_steps(1, true));
    assert_int_equal(desk->index, 3);
    struct ui_input enter = {.x = -1, .y = -1, .activate = true};
    frame(desk, enter);
    assert_int_equal(desk->index, 0);
    frame(desk, key_steps(-1, false));
    assert_int_equal(desk->index, 0);
    frame(desk, (struct ui_input){.x = -1, .y = -1, .value_end = true});
    assert_int_equal(desk->index, 3);
}

static void test_button(void **state)
{
    struct desk *desk = *state;
    click(desk, 50, 170);
    assert_true(desk->pressed);
    frame(desk, fake_pointer_at(50, 170));
    assert_false(desk->pressed);
    // Let go elsewhere, and pressed elsewhere: no.
    frame(desk, press_at(50, 170));
    assert_false(desk->pressed);
    frame(desk, release_at(300, 170));
    assert_false(desk->pressed);
    frame(desk, press_at(300, 170));
    frame(desk, release_at(50, 170));
    assert_false(desk->pressed);
    // Down and up between two frames is a press too.
    struct ui_input quick = release_at(50, 170);
    quick.pressed = true;
    quick.press_x = 50;
    quick.press_y = 170;
    frame(desk, quick);
    assert_true(desk->pressed);
}

static void test_button_by_enter(void **state)
{
    struct desk *desk = *state;
    struct ui_input enter = {.x = -1, .y = -1, .activate = true};
    frame(desk, enter);
    frame(desk, focus_step(-1)); // the last one
    assert_false(desk->pressed);
    frame(desk, enter);
    assert_true(desk->pressed);
}

/** Which of the three reacts to an arrow or Enter: 's', 'c', 'b' or 0. */
static char focused(struct desk *desk)
{
    double value = desk->value = 50;
    int index = desk->index = 1;
    frame(desk, (struct ui_input){.x = -1, .y = -1, .value_step = 1, .activate = true});
    return (char)(desk->value != value   ? 's'
                  : desk->index != index ? 'c'
                  : desk->pressed        ? 'b'
                                         : 0);
}

static void test_focus_goes_round(void **state)
{
    struct desk *desk = *state;
    frame(desk, fake_pointer_at(-1, -1));
    assert_int_equal(focused(desk), 0);
    const char order[] = "scbscb";
    for (int i = 0; order[i]; i++) {
        frame(desk, focus_step(1));
        assert_int_equal(focused(desk), order[i]);
    }
    frame(desk, focus_step(-1));
    assert_int_equal(focused(desk), 'c');
    frame(desk, focus_step(2));
    assert_int_equal(focused(desk), 's');
    ui_clear_focus(desk->ui);
    assert_false(ui_has_focus(desk->ui));
    assert_int_equal(focused(desk), 0);
}

static void test_focus_follows_clicks(void **state)
{
    struct desk *desk = *state;
    click(desk, 50, 170);
    assert_int_equal(focused(desk), 'b');
    click(desk, 350, 280); // nothing there
    assert_false(ui_has_focus(desk->ui));
}

static void test_focus_goes_with_its_widget(void **state)
{
    struct desk *desk = *state;
    frame(desk, fake_pointer_at(-1, -1));
    frame(desk, focus_step(1));
    assert_true(ui_has_focus(desk->ui));
    struct ui_input nothing = fake_pointer_at(-1, -1);
    ui_begin(desk->ui, &nothing, WIDTH, HEIGHT, 1);
    ui_end(desk->ui);
    assert_false(ui_has_focus(desk->ui));
    // No widget at all: a step goes nowhere.
    frame(desk, focus_step(1));
    assert_false(ui_has_focus(desk->ui));
}

static void test_focus_ring_is_seen(void **state)
{
    struct desk *desk = *state;
    int plain, ringed;
    frame(desk, fake_pointer_at(-1, -1));
    ui_commands(desk->ui, &plain);
    frame(desk, focus_step(1));
    ui_commands(desk->ui, &ringed);
    assert_int_equal(ringed, plain + 1);
}

static void test_what_lies_in_front_takes_the_pointer(void **state)
{
    struct desk *desk = *state;
    struct ui_rect cover = {0, 150, 400, 150};
    for (int i = 0; i < 3; i++) {
        struct ui_input input = i == 0   ? fake_pointer_at(50, 170)
                                : i == 1 ? press_at(50, 170)
                                         : release_at(50, 170);
        ui_begin(desk->ui, &input, WIDTH, HEIGHT, 1);
        assert_false(ui_button(desk->ui, "button", button_box, "Snapshot", NULL, false));
        ui_block(desk->ui, cover);
        ui_end(desk->ui);
    }
    assert_true(ui_has_pointer(desk->ui));
    assert_false(ui_has_focus(desk->ui));
}

static void test_clipped_parts_take_no_pointer(void **state)
{
    struct desk *desk = *state;
    for (int i = 0; i < 3; i++) {
        struct ui_input input = i == 0   ? fake_pointer_at(100, 170)
                                : i == 1 ? press_at(100, 170)
                                         : release_at(100, 170);
        ui_begin(desk->ui, &input, WIDTH, HEIGHT, 1);
        ui_clip(desk->ui, (struct ui_rect){0, 0, 60, 300});
        assert_false(ui_button(desk->ui, "button", button_box, "Snapshot", NULL, false));
        ui_unclip(desk->ui);
        ui_end(desk->ui);
    }
    int count;
    const struct ui_region *regions = ui_regions(desk->ui, &count);
    assert_int_equal(count, 1);
    assert_true(regions[0].rect.w == 40);
}

enum { ROWS = 20 };

/** A list of buttons 40 high in an area that shows five of them; returns its offset. */
static float draw_list(struct ui *ui, struct ui_input input, int *pressed)
{
    static const struct ui_rect area = {0, 0, 200, 200};
    ui_begin(ui, &input, WIDTH, HEIGHT, 1);
    float offset = ui_scroll_begin(ui, "list", area, ROWS * 40);
    for (int i = 0; i < ROWS; i++) {
        char id[16];
        snprintf(id, sizeof id, "row %d", i);
        struct ui_rect box = {10, (float)i * 40 - offset, 150, 30};
        if (ui_button(ui, id, box, id, NULL, false) && pressed)
            *pressed = i;
    }
    ui_scroll_end(ui);
    ui_end(ui);
    return offset;
}

static void test_scrolling(void **state)
{
    struct desk *desk = *state;
    struct ui_input input = fake_pointer_at(180, 50);
    assert_true(draw_list(desk->ui, input, NULL) == 0);
    input.wheel = -1;
    draw_list(desk->ui, input, NULL);
    input.wheel = 0;
    float offset = draw_list(desk->ui, input, NULL);
    assert_true(offset > 0);
    input.wheel = -1000;
    draw_list(desk->ui, input, NULL);
    input.wheel = 0;
    assert_true(draw_list(desk->ui, input, NULL) == ROWS * 40 - 200);
    // Elsewhere the wheel is not the list's.
    input = fake_pointer_at(300, 50);
    input.wheel = 5;
    draw_list(desk->ui, input, NULL);
    assert_true(draw_list(desk->ui, fake_pointer_at(300, 50), NULL) == ROWS * 40 - 200);
    // What is pressed is what is seen.
    int pressed = -1;
    draw_list(desk->ui, press_at(50, 175), &pressed);
    draw_list(desk->ui, release_at(50, 175), &pressed);
    assert_int_equal(pressed, ROWS - 1);
}

static void test_focus_is_scrolled_into_view(void **state)
{
    struct desk *desk = *state;
    draw_list(desk->ui, fake_pointer_at(-1, -1), NULL);
    for (int i = 0; i < 2 * ROWS; i++) {
        draw_list(desk->ui, focus_step(1), NULL);
        float offset = draw_list(desk->ui, fake_pointer_at(-1, -1), NULL);
        float top = (float)(i % ROWS) * 40 - offset;
        assert_true(top >= 0 && top + 30 <= 200);
    }
}

static void test_buffers_overflow_quietly(void **state)
{
    struct desk *desk = *state;
    struct ui_input input = fake_pointer_at(5, 5);
    struct memory_sum before = memory_sum_of(MEMORY_OWNERS);
    char text[4096];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (int round = 0; round < 3; round++) {
        ui_begin(desk->ui, &input, WIDTH, HEIGHT, 1);
        for (int i = 0; i < 5000; i++) {
            struct ui_rect box = {0, 0, 10, 10};
            char id[16];
            snprintf(id, sizeof id, "%d", i);
            ui_label(desk->ui, 0, 0, UI_TEXT, UI_FOREGROUND, text);
            ui_button(desk->ui, id, box, id, "k", false);
            ui_fill(desk->ui, box, 2, UI_ACCENT);
        }
        ui_end(desk->ui);
        int count;
        const struct ui_command *commands = ui_commands(desk->ui, &count);
        assert_in_range(count, 100, 5000);
        for (int i = 0; i < count; i++)
            if (commands[i].kind == UI_COMMAND_TEXT)
                assert_in_range(strlen(ui_text(desk->ui) + commands[i].text), 0, sizeof text - 1);
    }
    assert_int_equal(memory_sum_of(MEMORY_OWNERS).total_count, before.total_count);
    frame(desk, fake_pointer_at(0, 0));
    assert_non_null(fake_find_text(desk->ui, "Low"));
}

static void test_invalid_utf8_is_replaced(void **state)
{
    struct desk *desk = *state;
    struct ui_input input = fake_pointer_at(-1, -1);
    ui_begin(desk->ui, &input, WIDTH, HEIGHT, 1);
    ui_label(desk->ui, 0, 0, UI_TEXT, UI_FOREGROUND, "a\xff\xc3");
    ui_label(desk->ui, 0, 0, UI_TEXT, UI_FOREGROUND, "\xe2\x82\xac caf\xc3\xa9");
    ui_labelf(desk->ui, 0, 0, UI_TEXT, UI_FOREGROUND, "%s", "\xc3\xa9\x80");
    ui_end(desk->ui);
    assert_non_null(fake_find_text(desk->ui, "a\ufffd\ufffd"));
    assert_non_null(fake_find_text(desk->ui, "\u20ac caf\u00e9"));
    assert_non_null(fake_find_text(desk->ui, "\u00e9\ufffd"));
}

static void test_text_is_cut_at_characters(void **state)
{
    struct desk *desk = *state;
    struct ui_input input = fake_pointer_at(-1, -1);
    ui_begin(desk->ui, &input, WIDTH, HEIGHT, 1);
    // 9 pixels a character.
    assert_true(ui_label_cut(desk->ui, 0, 0, 45, UI_TEXT, UI_FOREGROUND, "\u00e9\u00e9\u00e9") ==
                27);
    assert_true(ui_label_cut(desk->ui, 0, 0, 35, UI_TEXT, UI_FOREGROUND,
                             "\u00e9\u00e9\u00e9\u00e9\u00e9") <= 35);
    assert_true(ui_label_cut(desk->ui, 0, 0, 5, UI_TEXT, UI_FOREGROUND, "wide") == 0);
    ui_end(desk->ui);
    assert_non_null(fake_find_text(desk->ui, "\u00e9\u00e9"));
    assert_non_null(fake_find_text(desk->ui, "\u2026"));
    assert_null(fake_find_text(desk->ui, "wide"));
}

static void test_units(void **state)
{
    struct desk *desk = *state;
    struct ui_input input = fake_pointer_at(-1, -1);
    const float scales[] = {1, 1.25f, 2};
    for (size_t i = 0; i < sizeof scales / sizeof scales[0]; i++) {
        ui_begin(desk->ui, &input, WIDTH, HEIGHT, scales[i]);
        assert_true(ui_scale(desk->ui, 10) == (float)(int)(10 * scales[i] + 0.5f));
        ui_set_unit(desk->ui, 3);
        ui_label(desk->ui, 0, 0, UI_TEXT, UI_FOREGROUND, "x");
        ui_end(desk->ui);
        int count;
        assert_true(ui_commands(desk->ui, &count)[0].unit == 3);
    }
    ui_begin(desk->ui, &input, WIDTH, HEIGHT, 1);
    assert_true(ui_get_unit(desk->ui) == 1);
    ui_end(desk->ui);
}

static void test_keycaps(void **state)
{
    struct desk *desk = *state;
    struct ui_input input = fake_pointer_at(-1, -1);
    ui_begin(desk->ui, &input, WIDTH, HEIGHT, 1);
    float width = ui_keycaps(desk->ui, 10, 10, "  q  Ctrl+Q ");
    assert_true(width == ui_keycaps_width(desk->ui, "q Ctrl+Q"));
    assert_true(ui_keycaps_width(desk->ui, "") == 0);
    ui_end(desk->ui);
    const struct ui_command *first = fake_find_text(desk->ui, "q");
    const struct ui_command *second = fake_find_text(desk->ui, "Ctrl+Q");
    assert_non_null(first);
    assert_non_null(second);
    assert_true(first->rect.x + first->rect.w < second->rect.x);
}

static void test_low_widgets_stand_on_one_line(void **state)
{
    struct desk *desk = *state;
    struct ui_input input = fake_pointer_at(-1, -1);
    struct ui_rect row = {10, 10, 240, 28};
    struct ui_rect below = {10, 50, 240, 28};
    ui_begin(desk->ui, &input, WIDTH, HEIGHT, 1);
    assert_true(row.h < ui_slider_height(desk->ui) && row.h < ui_choice_height(desk->ui));
    ui_slider(desk->ui, "slider", row, "Low", &desk->value, &even, UI_WARM);
    ui_choice(desk->ui, "choice", below, "Blur", sizes, 4, &desk->index);
    ui_end(desk->ui);
    fake_assert_commands_inside(desk->ui, (struct ui_rect){10, 10, 240, 68}, 0);
    fake_assert_texts_apart(desk->ui, 0);
    // Names and values each on the line of their widget.
    assert_true(fake_find_text(desk->ui, "Low")->rect.y == fake_find_text(desk->ui, "50")->rect.y);
    assert_true(fake_find_text(desk->ui, "Low")->rect.x ==
                fake_find_text(desk->ui, "Blur")->rect.x);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_slider_is_dragged),
        TEST(test_slider_knob_is_taken_where_it_is_touched),
        TEST(test_slider_press_beside_knob_brings_it),
        TEST(test_slider_name_only_takes_the_focus),
        TEST(test_slider_whole_gesture_in_one_frame),
        TEST(test_slider_turns_with_the_wheel),
        TEST(test_slider_by_keys),
        TEST(test_slider_curve),
        TEST(test_slider_leaves_other_values_alone),
        TEST(test_choice),
        TEST(test_button),
        TEST(test_button_by_enter),
        TEST(test_focus_goes_round),
        TEST(test_focus_follows_clicks),
        TEST(test_focus_goes_with_its_widget),
        TEST(test_focus_ring_is_seen),
        TEST(test_what_lies_in_front_takes_the_pointer),
        TEST(test_clipped_parts_take_no_pointer),
        TEST(test_scrolling),
        TEST(test_focus_is_scrolled_into_view),
        TEST(test_buffers_overflow_quietly),
        TEST(test_invalid_utf8_is_replaced),
        TEST(test_text_is_cut_at_characters),
        TEST(test_units),
        TEST(test_keycaps),
        TEST(test_low_widgets_stand_on_one_line),
    };
    return cmocka_run_group_tests_name("ui", tests, NULL, NULL);
}
