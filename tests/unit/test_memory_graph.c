/*
 * The graph of memory: what it makes of its curves and markers, and what it says of a point.
 */
#include "render/memory_graph.h"
#include "tests/fakes/fake_ui.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { NS = 1000000000 };

static struct memory_graph_second seconds[MEMORY_GRAPH_SECONDS];

static const struct memory_graph_marker markers[] = {
    {0, 'S', "snapshot", "too long ago to be seen"},
    {100LL * NS, 'S', "snapshot", "a ledger snapshot was taken"},
    {200LL * NS, 'R', "recording", "recording began"},
    {201LL * NS, 'V', "view", "the view became gray"},
    {250LL * NS, 'C', "camera", "the camera was lost"},
    {251LL * NS, 'C', "camera", "the camera was back"},
    {320LL * NS, 'E', "experiment", "keep every frame"},
};

enum { MARKERS = sizeof markers / sizeof markers[0] };

static struct memory_graph graph;
static struct ui *ui;

static int set_up(void **state)
{
    (void)state;
    graph = (struct memory_graph){seconds, MEMORY_GRAPH_SECONDS, markers,
                                  MARKERS, 330LL * NS,           MEMORY_GRAPH_SECONDS};
    for (int i = 0; i < MEMORY_GRAPH_SECONDS; i++) // as noisy as it gets
        seconds[i] =
            (struct memory_graph_second){(float)(300 + 97 * i % 500), (float)(900 + 97 * i % 90),
                                         (float)(100 + 31 * i % 100), (float)(200 + 31 * i % 100)};
    struct ui_measure measure = fake_measure();
    return ui_create(&ui, &measure);
}

static int tear_down(void **state)
{
    (void)state;
    ui_destroy(&ui);
    return 0;
}

static struct ui_rect bounds_of(const char *text)
{
    const struct ui_command *command = fake_find_text(ui, text);
    if (!command)
        fail_msg("\"%s\" is not shown", text);
    return command->rect;
}

static const struct ui_rect box = {10, 20, 300, 150};
static char said[MEMORY_GRAPH_SAID];

static bool draw_graph(float x, float y, int focus_step)
{
    struct ui_input input = fake_pointer_at(x, y);
    input.focus_step = focus_step;
    ui_begin(ui, &input, 400, 300, 1);
    bool hot = memory_graph_draw(ui, box, &graph, said);
    ui_end(ui);
    return hot;
}

static void test_the_graph_stays_in_its_box(void **state)
{
    (void)state;
    for (int count = 0; count <= MEMORY_GRAPH_SECONDS; count += 25) {
        graph.second_count = count;
        draw_graph(-1, -1, 0);
        fake_assert_commands_inside(ui, box, 0);
        fake_assert_texts_apart(ui, 0);
    }
}

static void test_the_pointer_is_told_what_was_there(void **state)
{
    (void)state;
    for (int i = 0; i < MEMORY_GRAPH_SECONDS; i++)
        seconds[i] = i < 100 ? (struct memory_graph_second){-1, -1, -1, -1}
                             : (struct memory_graph_second){30, 40, 10, 20};
    assert_false(draw_graph(-1, -1, 0));
    assert_string_equal(said, "");
    assert_true(draw_graph(box.x + box.w - 0.5f, 100, 0));
    assert_string_equal(said, "Now: RSS was 40.0 MB, our own part of it 20.0 MB.");
    // A second a pixel: 320 s is 10 s ago, 200 s is 130 s ago, 60 s ago nothing happened.
    draw_graph(box.x + 240, 100, 0);
    assert_string_equal(said, "0:58 ago: RSS was 40.0 MB, our own part of it 20.0 MB.");
    draw_graph(box.x + 290, 100, 0);
    assert_string_equal(said, "0:10 ago: keep every frame.");
    draw_graph(box.x + 70, 100, 0);
    assert_string_equal(said, "3:50 ago: a ledger snapshot was taken.");
    draw_graph(box.x + 20, 100, 0);
    assert_string_equal(said, "4:38 ago nothing was measured.");
    assert_false(draw_graph(-1, -1, 1));
    assert_non_null(strstr(said, "letters say what happened"));
}

static void test_letters_and_what_they_are(void **state)
{
    (void)state;
    draw_graph(-1, -1, 0);
    static const char *const words[] = {"S",        "R",         "V",      "C",    "E",
                                        "snapshot", "recording", "camera", "view", "experiment"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        bounds_of(words[i]);
    // What is too long ago has no line.
    int count, lines = 0;
    const struct ui_command *commands = ui_commands(ui, &count);
    for (int i = 0; i < count; i++)
        lines += commands[i].kind == UI_COMMAND_LINE && commands[i].rect.w == 0;
    assert_int_equal(lines, MARKERS - 1);
}

static void test_the_curve_is_as_high_as_its_values(void **state)
{
    (void)state;
    // 100 MB for the older half, 200 MB then: of a scale to 200.
    for (int i = 0; i < MEMORY_GRAPH_SECONDS; i++) {
        float value = i < 150 ? 100 : 200;
        seconds[i] = (struct memory_graph_second){value, value, -1, -1};
    }
    graph.marker_count = 0;
    draw_graph(-1, -1, 0);
    bounds_of("200");
    float top = 1e6f, width = 0;
    int count;
    const struct ui_command *commands = ui_commands(ui, &count);
    for (int i = 0; i < count; i++)
        if (commands[i].kind == UI_COMMAND_RECT && commands[i].color == UI_ACCENT &&
            commands[i].rect.y >= box.y + 28) {
            top = fminf(top, commands[i].rect.y);
            width += commands[i].rect.w;
        }
    float upper = box.y + 28, lower = box.y + box.h;
    assert_true(fabsf(top - upper) < 2);
    assert_true(fabsf(width - box.w) < 2);
    bool step = false, old = false;
    for (int i = 0; i < count; i++) {
        const struct ui_rect *rect = &commands[i].rect;
        bool line = commands[i].kind == UI_COMMAND_RECT && commands[i].color == UI_ACCENT;
        old = old || (line && fabsf(rect->y - (upper + lower) / 2) < 3 && rect->w > 100);
        step = step || (line && rect->h > (lower - upper) / 2 - 4);
    }
    assert_true(old && step); // one run of the older half, and a step without a gap
}

static void test_the_last_minute_alone(void **state)
{
    (void)state;
    // What was before does not count for the scale either.
    for (int i = 0; i < MEMORY_GRAPH_SECONDS; i++)
        seconds[i] = i < 240 ? (struct memory_graph_second){800, 800, 500, 500}
                             : (struct memory_graph_second){(float)i, (float)i, 10, 20};
    graph.span_s = 60;
    draw_graph(-1, -1, 0);
    fake_assert_commands_inside(ui, box, 0);
    bounds_of("1 minute, MB");
    bounds_of("300");
    bounds_of("E");
    assert_null(fake_find_text(ui, "C"));
    // Five pixels a second: the first minute begins with value 240, 10 s ago it was 289.
    draw_graph(box.x + 2, 100, 0);
    assert_string_equal(said, "0:59 ago: RSS was 240.0 MB, our own part of it 20.0 MB.");
    draw_graph(box.x + box.w - 52, 100, 0);
    assert_string_equal(said, "0:10 ago: keep every frame.");
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_graph_stays_in_its_box), TEST(test_the_pointer_is_told_what_was_there),
        TEST(test_letters_and_what_they_are),  TEST(test_the_curve_is_as_high_as_its_values),
        TEST(test_the_last_minute_alone),
    };
    return cmocka_run_group_tests_name("memory graph", tests, NULL, NULL);
}
