/*
 * The page of the camera's controls: whether it fits, and what the hand does to each kind of field.
 */
#include "render/panel.h"
#include "tests/fakes/fake_ui.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { FIELDS = 60, RESET = 7, CLOSE = 8, WIDTH = 264, HEIGHT = 600 };

enum { SLIDER, SWITCH, STEPPER, PUSH, WORDS, KINDS };

static const struct panel_field kinds[KINDS] = {
    {.kind = PANEL_SLIDER,
     .name = "White Balance Temperature",
     .value = 50,
     .high = 100,
     .step = 1},
    {.kind = PANEL_SWITCH, .name = "White Balance, Automatic", .step = 1},
    {.kind = PANEL_STEPPER,
     .name = "Auto Exposure",
     .text = "Aperture Priority Mode",
     .value = 1,
     .high = 3,
     .step = 1},
    {.kind = PANEL_PUSH, .name = "Restart"},
    {.kind = PANEL_WORDS, .name = "Bits", .text = "0x80002010"},
};

static const struct panel_button buttons[] = {{.text = "Reset", .action = RESET},
                                              {.text = "Close", .key = "o", .action = CLOSE}};

struct page {
    struct ui *ui;
    struct panel_field fields[FIELDS];
    int count, changed, pressed;
};

static int set_up(void **state)
{
    static struct page page;
    struct ui_measure measure = fake_measure();
    page = (struct page){.count = KINDS};
    for (int i = 0; i < FIELDS; i++) {
        page.fields[i] = kinds[i % KINDS];
        page.fields[i].id = (unsigned)i + 1;
    }
    *state = &page;
    return ui_create(&page.ui, &measure);
}

static int tear_down(void **state)
{
    ui_destroy(&((struct page *)*state)->ui);
    return 0;
}

static void frame_in(struct page *page, const struct ui_input *input, float width, float height,
                     float scale)
{
    struct ui_rect area = {10, 0, width, height};
    ui_begin(page->ui, input, (int)width + 10, (int)height, scale);
    page->pressed = panel_draw_camera(page->ui, area, "None", page->fields, page->count, buttons, 2,
                                      &page->changed);
    fake_assert_commands_inside(page->ui, area, 0);
    fake_assert_controls_apart(page->ui, area, 0);
    ui_end(page->ui);
}

static void frame(struct page *page, struct ui_input input)
{
    frame_in(page, &input, WIDTH, HEIGHT, 1);
}

static struct ui_input quiet(void)
{
    return fake_pointer_at(-1, -1);
}

/** Where field `index` takes the pointer, in the last frame. */
static struct ui_rect place_of(struct page *page, int index)
{
    int count;
    const struct ui_region *regions = ui_regions(page->ui, &count);
    // The ground, two buttons, the list, the fields but for words.
    return regions[4 + index].rect;
}

static void press_and_release(struct page *page, float x, float y)
{
    struct ui_input input = fake_pointer_at(x, y);
    frame(page, input);
    input.pressed = input.down = true;
    input.press_x = x;
    input.press_y = y;
    frame(page, input);
    input.pressed = input.down = false;
    input.released = true;
    frame(page, input);
}

/** Presses at a part of its width. */
static void click(struct page *page, int index, float part)
{
    frame(page, quiet());
    struct ui_rect place = place_of(page, index);
    press_and_release(page, place.x + part * place.w, place.y + place.h - 8);
}

static void test_it_fits(void **state)
{
    struct page *page = *state;
    static const float sizes[][2] = {{264, 204}, {264, 444}, {264, 720}, {320, 1080}, {60, 40}};
    static const float scales[] = {1, 1.25f, 2};
    struct ui_input input = quiet();
    for (int i = 0; i < 5; i++)
        for (int s = 0; s < 3; s++)
            for (page->count = 0; page->count <= FIELDS; page->count += KINDS) {
                frame_in(page, &input, sizes[i][0] * scales[s], sizes[i][1] * scales[s], scales[s]);
                assert_int_equal(page->changed, -1);
                assert_int_equal(page->pressed, 0);
            }
}

/** Where not all fits, the name of a stepper of short words goes beside it; a part stands apart. */
static void test_folding(void **state)
{
    struct page *page = *state;
    page->fields[STEPPER].beside = true;
    struct ui_input input = quiet();
    frame_in(page, &input, WIDTH, HEIGHT, 1);
    struct ui_rect wide = place_of(page, STEPPER), below = place_of(page, PUSH);
    page->fields[PUSH].apart = true;
    frame_in(page, &input, WIDTH, HEIGHT, 1);
    assert_true(place_of(page, PUSH).y > below.y);
    assert_true(place_of(page, STEPPER).w == wide.w);
    page->count = FIELDS;
    frame_in(page, &input, WIDTH, HEIGHT, 1);
    assert_true(place_of(page, STEPPER).w < wide.w);
    assert_true(place_of(page, PUSH).y < below.y);
}

static void test_none(void **state)
{
    struct page *page = *state;
    page->count = 0;
    frame(page, quiet());
    assert_non_null(fake_find_text(page->ui, "None"));
}

static void test_slider(void **state)
{
    struct page *page = *state;
    frame(page, quiet());
    struct ui_rect place = place_of(page, SLIDER);
    struct ui_input input = fake_pointer_at(place.x + place.w - 2, place.y + place.h - 8);
    frame(page, input);
    input.pressed = input.down = true;
    input.press_x = input.x;
    input.press_y = input.y;
    frame(page, input);
    assert_int_equal(page->changed, SLIDER);
    assert_int_equal(page->fields[SLIDER].value, 100);
}

static void test_switch(void **state)
{
    struct page *page = *state;
    click(page, SWITCH, 0.1f);
    assert_int_equal(page->changed, SWITCH);
    assert_int_equal(page->fields[SWITCH].value, 1);
    click(page, SWITCH, 0.9f);
    assert_int_equal(page->fields[SWITCH].value, 0);
}

static void test_stepper(void **state)
{
    struct page *page = *state;
    click(page, STEPPER, 0.9f);
    assert_int_equal(page->changed, STEPPER);
    assert_int_equal(page->fields[STEPPER].value, 2);
    click(page, STEPPER, 0.9f);
    click(page, STEPPER, 0.9f); // there is no further one
    assert_int_equal(page->changed, -1);
    assert_int_equal(page->fields[STEPPER].value, 3);
    click(page, STEPPER, 0.1f);
    assert_int_equal(page->fields[STEPPER].value, 2);
}

static void test_buttons(void **state)
{
    struct page *page = *state;
    click(page, PUSH, 0.5f);
    assert_int_equal(page->changed, PUSH);
    click(page, -3, 0.5f);
    assert_int_equal(page->pressed, RESET);
    click(page, -2, 0.5f);
    assert_int_equal(page->pressed, CLOSE);
}

/** What cannot be changed is drawn, fainter, and nothing happens to it. */
static void test_dim(void **state)
{
    struct page *page = *state;
    frame(page, quiet());
    uint32_t bright = fake_find_text(page->ui, "Restart")->color;
    for (int i = 0; i < KINDS; i++)
        page->fields[i].dim = true;
    for (int i = SLIDER; i <= PUSH; i++) {
        click(page, i, 0.9f);
        assert_int_equal(page->changed, -1);
    }
    assert_true(fake_find_text(page->ui, "Restart")->color >> 24 < bright >> 24);
    struct ui_input input = quiet();
    for (int i = 0; i < 6; i++) { // the focus goes round the two buttons
        input.focus_step = 1;
        frame(page, input);
        input.focus_step = 0;
        input.value_step = 1;
        frame(page, input);
        assert_int_equal(page->changed, -1);
        input.value_step = 0;
    }
}

/** Keys: the third widget is the first field. */
static void test_keys(void **state)
{
    struct page *page = *state;
    struct ui_input down = quiet(), right = quiet(), end = quiet(), enter = quiet();
    down.focus_step = right.value_step = 1;
    end.value_end = enter.activate = true;
    frame(page, quiet());
    for (int i = 0; i < 3; i++)
        frame(page, down);
    frame(page, right);
    assert_int_equal(page->fields[SLIDER].value, 51);
    frame(page, down);
    frame(page, right);
    assert_int_equal(page->fields[SWITCH].value, 1);
    frame(page, enter);
    assert_int_equal(page->fields[SWITCH].value, 0);
    frame(page, down);
    frame(page, end);
    assert_int_equal(page->fields[STEPPER].value, 3);
    frame(page, enter); // round
    assert_int_equal(page->fields[STEPPER].value, 0);
    frame(page, down);
    frame(page, enter);
    assert_int_equal(page->changed, PUSH);
}

/** The wheel moves the list, whatever lies under the pointer, and no slider. */
static void test_wheel(void **state)
{
    struct page *page = *state;
    page->count = FIELDS;
    frame(page, quiet());
    struct ui_rect place = place_of(page, SLIDER);
    struct ui_input input = fake_pointer_at(place.x + 20, place.y + 20);
    frame(page, input);
    input.wheel = -1;
    frame(page, input);
    assert_int_equal(page->changed, -1);
    input.wheel = 0;
    frame(page, input);
    assert_true(place_of(page, SLIDER).h < place.h); // partly out of sight
}

static void test_64_bits(void **state)
{
    struct page *page = *state;
    struct panel_field *field = &page->fields[SLIDER];
    field->low = INT64_MIN;
    field->high = INT64_MAX;
    field->step = INT64_MAX / 500;
    field->value = INT64_MAX - 1;
    struct ui_input end = quiet(), down = quiet();
    down.focus_step = 1;
    end.value_end = true;
    frame(page, quiet());
    for (int i = 0; i < 3; i++)
        frame(page, down);
    assert_true(field->value == INT64_MAX - 1); // not rounded by being shown
    end.value_end = false;
    end.value_home = true;
    frame(page, end);
    assert_true(field->value == INT64_MIN);
    end.value_home = false;
    end.value_end = true;
    frame(page, end);
    assert_true(field->value == INT64_MAX);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_it_fits), TEST(test_folding), TEST(test_none),    TEST(test_slider),
        TEST(test_switch),  TEST(test_stepper), TEST(test_buttons), TEST(test_dim),
        TEST(test_keys),    TEST(test_wheel),   TEST(test_64_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
