/*
 * The panel, the bar, the card of keys and the notice: whether they fit whatever the window is,
 * and what the hand does in them.
 */
#include "render/panel.h"
#include "tests/fakes/fake_ui.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    int width, height;
} windows[] = {{320, 240},  {640, 480},   {800, 600},  {1280, 720},
               {1280, 960}, {1080, 1920}, {3840, 2160}};

static const float scales[] = {1, 1.25f, 2};

enum {
    WINDOWS = sizeof windows / sizeof windows[0],
    SCALES = sizeof scales / sizeof scales[0],
    CASES = WINDOWS * SCALES,
    BUTTONS = 6,
    HELP = 20,
};

static const struct panel_button buttons[BUTTONS] = {
    {"Freeze", "Space", 1, true},  {"Step", ".", 2, false},    {"Snapshot", "s", 3, false},
    {"Fullscreen", "f", 4, false}, {"Numbers", "i", 5, false}, {"Keys", "?", 6, false},
};

static const struct panel_help help[HELP] = {
    {"q Ctrl+Q", "quit"},
    {"Esc", "leave fullscreen, close a card, else quit"},
    {"f F11", "fullscreen"},
    {"Space", "freeze the picture; thresholds stay live"},
    {".", "one frame on"},
    {"1 2 8 9", "original, gray, edges, overlay"},
    {"Tab", "next view"},
    {"[ ]", "low threshold down, up"},
    {"{ }", "high threshold down, up"},
    {"b", "blur"},
    {"a", "aperture"},
    {"l", "L1 or L2 magnitude"},
    {"i", "overlay short, full, off"},
    {"p", "panel"},
    {"s", "snapshot of the picture"},
    {"Up Down", "move the focus"},
    {"Left Right", "focused value by 1, with Shift by 10"},
    {"Home End", "focused value to its end"},
    {"Enter", "press the focused button"},
    {"? F1", "this card"},
};

static const char source[] = "Logitech HD Pro Webcam C920, 1920x1080 MJPG 30 FPS";

struct table {
    struct ui *ui;
    struct panel_values values;
};

static int set_up(void **state)
{
    static struct table table;
    struct ui_measure measure = fake_measure();
    table.values =
        (struct panel_values){.canny = canny_default_params, .view = VIEW_EDGES, .noise = 20};
    *state = &table;
    return ui_create(&table.ui, &measure);
}

static int tear_down(void **state)
{
    struct table *table = *state;
    ui_destroy(&table->ui);
    return 0;
}

static int commands_so_far(const struct ui *ui)
{
    int count;
    ui_commands(ui, &count);
    return count;
}

static int regions_so_far(const struct ui *ui)
{
    int count;
    ui_regions(ui, &count);
    return count;
}

static void begin(struct ui *ui, int n, const struct ui_input *input)
{
    ui_begin(ui, input, windows[n / SCALES].width, windows[n / SCALES].height, scales[n % SCALES]);
}

static struct ui_rect whole_window(const struct ui *ui)
{
    int width, height;
    ui_get_size(ui, &width, &height);
    return (struct ui_rect){0, 0, (float)width, (float)height};
}

/** Draws the panel and checks it. */
static int draw_panel(struct table *table, struct ui_rect area)
{
    int command = commands_so_far(table->ui);
    int region = regions_so_far(table->ui);
    int action = panel_draw(table->ui, area, &table->values, buttons, BUTTONS);
    fake_assert_commands_inside(table->ui, area, command);
    fake_assert_controls_apart(table->ui, area, region);
    fake_assert_texts_apart(table->ui, command);
    return action;
}

/** Draws the bar and checks it. */
static int draw_bar(struct table *table, struct ui_rect area)
{
    int command = commands_so_far(table->ui);
    int action = panel_draw_bar(table->ui, area, source, buttons, BUTTONS);
    fake_assert_commands_inside(table->ui, area, command);
    fake_assert_texts_apart(table->ui, command);
    return action;
}

static void test_everything_fits(void **state)
{
    struct table *table = *state;
    for (int n = 0; n < CASES; n++) {
        for (enum panel_wish wish = PANEL_HIDDEN; wish <= PANEL_IF_ROOM; wish++) {
            struct ui_input input = fake_pointer_at(-1, -1);
            begin(table->ui, n, &input);
            struct panel_layout layout = panel_divide(table->ui, wish);
            assert_true(fake_is_inside(layout.picture, whole_window(table->ui)));
            assert_true(fake_is_inside(layout.clear, layout.picture));
            assert_true(fake_is_inside(layout.bar, whole_window(table->ui)));
            assert_true(fake_is_inside(layout.panel, whole_window(table->ui)));
            assert_false(fake_overlap(layout.clear, layout.panel));
            assert_false(fake_overlap(layout.picture, layout.bar));
            assert_false(fake_overlap(layout.panel, layout.bar));
            draw_panel(table, layout.panel);
            draw_bar(table, layout.bar);
            ui_end(table->ui);
        }
    }
}

static void test_nothing_is_scrolled_away_on_usual_windows(void **state)
{
    struct table *table = *state;
    for (int n = 0; n < CASES; n++) {
        float units = (float)windows[n / SCALES].height / scales[n % SCALES];
        struct ui_input input = fake_pointer_at(-1, -1);
        begin(table->ui, n, &input);
        struct panel_layout layout = panel_divide(table->ui, PANEL_SHOWN);
        draw_panel(table, layout.panel);
        int count, whole = 0, all = 0;
        const struct ui_region *regions = ui_regions(table->ui, &count);
        for (int i = 0; i < count; i++) {
            all += regions[i].focusable;
            whole += regions[i].focusable && regions[i].rect.h >= 26 * scales[n % SCALES];
        }
        ui_end(table->ui);
        assert_int_equal(all, 2 + 3 + view_count + 1 + BUTTONS);
        if (units >= 480)
            assert_int_equal(whole, all);
    }
}

/** A frame of the smallest window; returns how many focus rings are whole and in sight. */
static int draw_low_panel(struct table *table, int focus_step)
{
    struct ui_input input = fake_pointer_at(-1, -1);
    input.focus_step = focus_step;
    begin(table->ui, 0, &input);
    struct panel_layout layout = panel_divide(table->ui, PANEL_SHOWN);
    draw_panel(table, layout.panel);
    ui_end(table->ui);
    int count, rings = 0;
    const struct ui_command *commands = ui_commands(table->ui, &count);
    for (int i = 0; i < count; i++)
        rings += commands[i].kind == UI_COMMAND_FRAME && commands[i].color == UI_ACCENT &&
                 fake_is_inside(commands[i].rect, layout.panel);
    return rings;
}

static void test_a_low_panel_shows_what_has_the_focus(void **state)
{
    struct table *table = *state;
    assert_int_equal(draw_low_panel(table, 0), 0);
    for (int step = 0; step < 40; step++) {
        draw_low_panel(table, step < 20 ? 1 : -1);
        // It follows in the next frame.
        assert_int_equal(draw_low_panel(table, 0), 1);
    }
}

static struct panel_layout divide(struct table *table, int width, int height, float scale,
                                  enum panel_wish wish)
{
    struct ui_input input = fake_pointer_at(-1, -1);
    ui_begin(table->ui, &input, width, height, scale);
    struct panel_layout layout = panel_divide(table->ui, wish);
    ui_end(table->ui);
    return layout;
}

static void test_the_panel_folds_away_where_there_is_no_room(void **state)
{
    struct table *table = *state;
    static const struct {
        int width, height;
        float scale;
        bool beside;
    } rows[] = {{640, 480, 1, false}, {1280, 960, 2, false}, {800, 600, 1, true},
                {1280, 800, 1, true}, {1280, 800, 2, false}, {3840, 2160, 2, true}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        float width = (float)rows[i].width;
        struct panel_layout layout =
            divide(table, rows[i].width, rows[i].height, rows[i].scale, PANEL_IF_ROOM);
        assert_int_equal(layout.panel.w > 0, rows[i].beside);
        layout = divide(table, rows[i].width, rows[i].height, rows[i].scale, PANEL_SHOWN);
        assert_true(layout.panel.w > 0);
        assert_int_equal(layout.picture.w < width, rows[i].beside);
        layout = divide(table, rows[i].width, rows[i].height, rows[i].scale, PANEL_HIDDEN);
        assert_true(layout.panel.w == 0 && layout.picture.w == width);
    }
    // Not even a window of nothing is a reason to divide by zero.
    struct panel_layout nothing = divide(table, 0, 0, 1, PANEL_SHOWN);
    assert_true(nothing.picture.w == 0 && nothing.panel.w == 0 && nothing.bar.h == 0);
}

enum { PRESS, RELEASE };

/** A press or a release over the middle of a text, on a window of 1280x900. */
static int hand(struct table *table, const char *text, int what)
{
    const struct ui_command *command = fake_find_text(table->ui, text);
    assert_non_null(command);
    float x = command->rect.x + command->rect.w / 2;
    float y = command->rect.y + command->rect.h / 2;
    struct ui_input input = {.x = x, .y = y, .press_x = x, .press_y = y};
    input.pressed = input.down = what == PRESS;
    input.released = what == RELEASE;
    ui_begin(table->ui, &input, 1280, 900, 1);
    struct panel_layout layout = panel_divide(table->ui, PANEL_SHOWN);
    int action = draw_panel(table, layout.panel);
    int bar = draw_bar(table, layout.bar);
    ui_end(table->ui);
    return action ? action : bar;
}

static int click(struct table *table, const char *text)
{
    struct ui_input input = fake_pointer_at(-1, -1);
    ui_begin(table->ui, &input, 1280, 900, 1);
    struct panel_layout layout = panel_divide(table->ui, PANEL_SHOWN);
    draw_panel(table, layout.panel);
    draw_bar(table, layout.bar);
    ui_end(table->ui);
    assert_int_equal(hand(table, text, PRESS), 0);
    return hand(table, text, RELEASE);
}

static void test_controls_change_the_values(void **state)
{
    struct table *table = *state;
    struct panel_values *values = &table->values;
    assert_int_equal(click(table, "off"), 0);
    assert_int_equal(values->canny.blur, 0);
    click(table, "L2");
    assert_true(values->canny.l2);
    click(table, "L1");
    assert_false(values->canny.l2);
    click(table, "gray");
    assert_int_equal(values->view, VIEW_GRAY);
    assert_true(values->canny.low == canny_default_params.low);
    assert_true(values->canny.high == canny_default_params.high);
    assert_int_equal(values->canny.aperture, canny_default_params.aperture);
    assert_int_equal(values->noise, 20);
}

static void test_buttons_return_their_action(void **state)
{
    struct table *table = *state;
    for (int i = 0; i < BUTTONS; i++)
        assert_int_equal(click(table, buttons[i].text), buttons[i].action);
}

static void test_thresholds_do_not_push_each_other(void **state)
{
    struct table *table = *state;
    table->values.canny.low = 300;
    table->values.canny.high = 100;
    click(table, "Noise");
    assert_true(table->values.canny.low == 300);
    assert_true(table->values.canny.high == 100);
}

static void test_noise_is_the_scenes_alone(void **state)
{
    struct table *table = *state;
    table->values.noise = -1;
    click(table, "Low");
    assert_null(fake_find_text(table->ui, "Noise"));
    assert_int_equal(table->values.noise, -1);
}

static void test_the_bar_keeps_its_last_key_longest(void **state)
{
    struct table *table = *state;
    int shown_before = -1;
    for (int width = 200; width < 2000; width += 20) {
        struct ui_input input = fake_pointer_at(-1, -1);
        ui_begin(table->ui, &input, width, 600, 1);
        draw_bar(table, (struct ui_rect){0, 564, (float)width, 36});
        ui_end(table->ui);
        int shown = 0;
        for (int i = 0; i < BUTTONS; i++)
            shown += fake_find_text(table->ui, buttons[i].text) != NULL;
        if (shown > 0)
            assert_non_null(fake_find_text(table->ui, "Keys"));
        assert_true(shown >= shown_before - 1);
        shown_before = shown;
    }
    assert_int_equal(shown_before, BUTTONS);
}

static void test_the_card_of_keys_fits(void **state)
{
    struct table *table = *state;
    for (int n = 0; n < CASES; n++) {
        struct ui_input input = fake_pointer_at(-1, -1);
        begin(table->ui, n, &input);
        assert_false(panel_draw_help(table->ui, help, HELP));
        assert_true(ui_get_unit(table->ui) == scales[n % SCALES]);
        ui_end(table->ui);
        // On the smallest, text has a smallest size.
        float units = (float)windows[n / SCALES].width / scales[n % SCALES];
        if (units >= 500) {
            fake_assert_commands_inside(table->ui, whole_window(table->ui), 0);
            fake_assert_texts_apart(table->ui, 0);
        }
        for (int i = 0; i < HELP; i++)
            assert_non_null(fake_find_text(table->ui, help[i].text));
    }
}

static void test_a_click_closes_the_card(void **state)
{
    struct table *table = *state;
    for (int i = 0; i < 3; i++) {
        struct ui_input input = {.x = 5, .y = 5, .press_x = 5, .press_y = 5};
        input.pressed = input.down = i == 1;
        input.released = i == 2;
        ui_begin(table->ui, &input, 800, 600, 1);
        assert_int_equal(panel_draw_help(table->ui, help, HELP), i == 2);
        ui_end(table->ui);
    }
}

static void test_the_notice_fits(void **state)
{
    struct table *table = *state;
    static const char *const texts[] = {
        "Saved picture.png",
        "No camera found: this is the built-in scene. Plug one in, or name a file: cannyscope FILE",
        ("/a/very/long/path/without/any/space/at/which/it/could/be/broken/into/lines/and/still/"
         "more/"
         "of/it/so/that/it/does/not/fit/anywhere/at/all/in/a/small/window/whatever/one/does.png"),
        "",
        "\xff\xfe broken \xc3( bytes",
    };
    for (int n = 0; n < CASES; n++) {
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
            struct ui_input input = fake_pointer_at(-1, -1);
            begin(table->ui, n, &input);
            struct panel_layout layout = panel_divide(table->ui, PANEL_IF_ROOM);
            panel_draw_notice(table->ui, layout.clear, texts[i], i % 2, NULL);
            ui_end(table->ui);
            fake_assert_commands_inside(table->ui, layout.clear, 0);
            fake_assert_texts_apart(table->ui, 0);
        }
    }
}

/** Also in the part of a small window that a panel leaves, where the button goes below. */
static void test_the_notice_with_a_button_fits(void **state)
{
    struct table *table = *state;
    static const struct panel_button button = {.text = "Keep 30 FPS", .action = 7};
    static const char text[] = "Dark scene: the camera lowered its rate to 15 of 30 FPS, as its "
                               "control \"Exposure, Dynamic Framerate\" allows";
    for (int n = 0; n < CASES; n++) {
        for (int wish = PANEL_HIDDEN; wish <= PANEL_SHOWN; wish++) {
            struct ui_input input = fake_pointer_at(-1, -1);
            begin(table->ui, n, &input);
            struct panel_layout layout = panel_divide(table->ui, (enum panel_wish)wish);
            assert_int_equal(panel_draw_notice(table->ui, layout.clear, text, true, &button), 0);
            ui_end(table->ui);
            fake_assert_commands_inside(table->ui, layout.clear, 0);
            fake_assert_texts_apart(table->ui, 0);
            int regions;
            const struct ui_region *region = ui_regions(table->ui, &regions);
            if (regions == 0)
                continue; // a panel over all of it
            input = fake_pointer_at(region->rect.x + 1, region->rect.y + 1);
            input.press_x = input.x;
            input.press_y = input.y;
            input.pressed = input.released = true;
            begin(table->ui, n, &input);
            assert_int_equal(panel_draw_notice(table->ui, layout.clear, text, true, &button), 7);
            ui_end(table->ui);
        }
    }
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_everything_fits),
        TEST(test_nothing_is_scrolled_away_on_usual_windows),
        TEST(test_a_low_panel_shows_what_has_the_focus),
        TEST(test_the_panel_folds_away_where_there_is_no_room),
        TEST(test_controls_change_the_values),
        TEST(test_buttons_return_their_action),
        TEST(test_thresholds_do_not_push_each_other),
        TEST(test_noise_is_the_scenes_alone),
        TEST(test_the_bar_keeps_its_last_key_longest),
        TEST(test_the_card_of_keys_fits),
        TEST(test_a_click_closes_the_card),
        TEST(test_the_notice_fits),
        TEST(test_the_notice_with_a_button_fits),
    };
    return cmocka_run_group_tests_name("panel", tests, NULL, NULL);
}
