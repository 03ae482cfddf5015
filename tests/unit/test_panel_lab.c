/*
 * The page of the memory experiments: whether it fits whatever the window is, what it says, and
 * what a switch does.
 */
#include "app/keys.h"
#include "app/lab_page.h"
#include "tests/fakes/fake_ui.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { MB = 1 << 20 };

static struct ui *ui;
static struct lab_status status;
static enum lab_experiment changed;
static int pressed;
static struct memory_graph_second seconds[MEMORY_GRAPH_SECONDS];

static int set_up(void **state)
{
    (void)state;
    struct ui_measure measure = fake_measure();
    memset(&status, 0, sizeof status);
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
    struct memory_graph graph = {.seconds = seconds, .second_count = MEMORY_GRAPH_SECONDS};
    ui_begin(ui, &input, (int)width + 10, (int)height, scale);
    pressed = lab_page_draw(&status, &graph, ui, area, &changed);
    fake_assert_commands_inside(ui, area, 0);
    ui_end(ui);
}

static void test_it_fits(void **state)
{
    (void)state;
    static const float sizes[][2] = {{264, 204}, {264, 444}, {264, 686}, {320, 1080}, {60, 40}};
    static const float scales[] = {1, 1.25f, 2};
    for (int full = 0; full < 2; full++) {
        for (int i = 0; full && i < LAB_EXPERIMENTS; i++)
            status.experiments[i] = (struct lab_state){true, true, {512LL * MB, 512LL * MB, 9, 9}};
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
        TEST(test_switches_and_buttons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
