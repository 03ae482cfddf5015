/*
 * The page of the memory experiments: whether it fits whatever the window is, what it says, and
 * what a switch does.
 */
#include "app/keys.h"
#include "app/lab_page.h"
#include "tests/fakes/fake_ui.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { MB = 1 << 20 };

static struct ui *ui;
static struct lab_status status;
static struct lab_history history;
static enum lab_experiment changed, chosen;
static int pressed;
static struct memory_graph_second seconds[MEMORY_GRAPH_SECONDS];

static int set_up(void **state)
{
    (void)state;
    struct ui_measure measure = fake_measure();
    memset(&status, 0, sizeof status);
    memset(&history, 0, sizeof history);
    chosen = LAB_KEEP;
    return ui_create(&ui, &measure);
}

static int tear_down(void **state)
{
    (void)state;
    ui_destroy(&ui);
    return 0;
}

static void frame(struct ui_input input, float width, float height, float scale)
{
    struct ui_rect area = {10, 0, width, height};
    struct lab_page page = {
        &status, &history, {.seconds = seconds, .second_count = MEMORY_GRAPH_SECONDS}};
    ui_begin(ui, &input, (int)width + 10, (int)height, scale);
    pressed = lab_page_draw(&page, ui, area, &chosen, &changed);
    fake_assert_commands_inside(ui, area, 0);
    ui_end(ui);
}

/** On, stopped, and as restless as a curve can be. */
static void fill(enum lab_experiment which, int64_t bytes)
{
    status.experiments[which] = (struct lab_state){true, true, {bytes, bytes, 9, 9}};
    history.count = LAB_HISTORY_SAMPLES;
    for (int i = 0; i < LAB_HISTORY_SAMPLES; i++)
        history.spans[which][i] = (struct band_span){0, (float)((double)bytes / MB) / (1 + i % 7)};
}

/** How high the line, or the dots, of the curve at the foot are; 0 to 1. */
static float height_of_curve(bool dots)
{
    // Below the words that name them the box begins: 56 high, a line of 2 or dots of 1.6.
    const float height = 56, thick = dots ? 1.6f : 2;
    const struct ui_command *top = fake_find_text(ui, "4 MB");
    assert_non_null(top);
    float foot = top->rect.y - 1 + height, highest = 0;
    int count;
    const struct ui_command *commands = ui_commands(ui, &count);
    for (const struct ui_command *c = commands; c < commands + count; c++)
        if (c->kind == UI_COMMAND_RECT && c->color == (dots ? UI_FOREGROUND : UI_ACCENT) &&
            c->rect.y > top->rect.y - 2)
            highest = fmaxf(highest, foot - c->rect.y - thick);
    return highest / (height - thick);
}

static void test_it_fits(void **state)
{
    (void)state;
    static const float sizes[][2] = {{264, 204}, {264, 444}, {264, 686}, {320, 1080}, {60, 40}};
    static const float scales[] = {1, 1.25f, 2};
    for (int full = 0; full < 2; full++) {
        for (int i = 0; full && i < LAB_EXPERIMENTS; i++)
            fill((enum lab_experiment)i, 512LL * MB);
        status.limit_bytes = full * 512LL * MB;
        for (size_t i = 0; i < 5 * 3; i++) {
            float scale = scales[i % 3];
            frame(fake_pointer_at(-1, -1), sizes[i / 3][0] * scale, sizes[i / 3][1] * scale, scale);
            frame(fake_pointer_at(60, 150), sizes[i / 3][0] * scale, sizes[i / 3][1] * scale,
                  scale);
        }
    }
}

static void test_it_says(void **state)
{
    (void)state;
    status.limit_bytes = 512LL * MB;
    status.held_bytes = 15 * MB;
    status.experiments[LAB_KEEP] = (struct lab_state){true, true, {10 * MB, 11 * MB, 7, 8}};
    status.experiments[LAB_REUSE] = (struct lab_state){true, false, {5 * MB, 5 * MB, 1, 1}};
    frame(fake_pointer_at(-1, -1), 264, 686, 1);
    fake_assert_texts_apart(ui, 0); // at this size nothing scrolls
    assert_non_null(fake_find_text(ui, "15.0 MB of 512 MB are held"));
    assert_non_null(fake_find_text(ui, "! 10.0 MB"));
    assert_non_null(fake_find_text(ui, "5.0 MB"));
    assert_non_null(fake_find_text(ui, lab_infos[LAB_TRIM].section));
    char text[LAB_MEANING_BYTES];
    lab_page_meaning(&status, LAB_KEEP, text);
    assert_non_null(strstr(text, "Keep every frame (article, 3.2): Every frame"));
    assert_non_null(strstr(text, "Stopped by the limit of 512 MB. Peak 11.0 MB, 8 allocations."));
    assert_non_null(fake_find_text(ui, lab_infos[LAB_UINT8].title));
}

static void test_curves(void **state)
{
    (void)state;
    history.count = LAB_HISTORY_SAMPLES / 2;
    for (int i = 0; i < history.count; i++) {
        history.spans[LAB_UINT8][i] = (struct band_span){1, 1};
        history.spans[LAB_FLOAT32][i] = (struct band_span){4, 4};
        history.spans[LAB_KEEP][i] = (struct band_span){3, 4};
    }
    // Four times the bytes are four times as high, whichever of the two it is about.
    chosen = LAB_FLOAT32;
    frame(fake_pointer_at(-1, -1), 264, 686, 1);
    assert_float_equal(height_of_curve(false), 1, 0.03);
    assert_float_equal(height_of_curve(true), 0.25, 0.03);
    chosen = LAB_UINT8;
    frame(fake_pointer_at(-1, -1), 264, 686, 1);
    assert_float_equal(height_of_curve(false), 0.25, 0.03);
    assert_float_equal(height_of_curve(true), 1, 0.03);
    // What is pointed at is chosen, and stays so; it stands alone.
    frame(fake_pointer_at(60, 80), 264, 686, 1);
    frame(fake_pointer_at(-1, -1), 264, 686, 1);
    assert_int_equal(chosen, LAB_KEEP);
    assert_float_equal(height_of_curve(false), 1, 0.03);
    assert_float_equal(height_of_curve(true), 0, 0);
}

static void test_switches_and_buttons(void **state)
{
    (void)state;
    struct ui_input input = fake_pointer_at(-1, -1);
    frame(input, 264, 686, 1);
    assert_int_equal(changed, LAB_EXPERIMENTS);
    // Down: the buttons from right to left, then the experiments from the first one on.
    for (int i = 0; i < 2 + LAB_EXPERIMENTS; i++) {
        input.focus_step = 1;
        frame(input, 264, 686, 1);
        input.focus_step = 0;
        input.activate = true;
        frame(input, 264, 686, 1);
        input.activate = false;
        if (i < 2)
            assert_int_equal(pressed, i == 0 ? ACTION_LAB : ACTION_MEMORY);
        else
            assert_int_equal(changed, i - 2);
    }
}

#define TEST(F) cmocka_unit_test_setup_teardown(F, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_it_fits),
        TEST(test_it_says),
        TEST(test_curves),
        TEST(test_switches_and_buttons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
