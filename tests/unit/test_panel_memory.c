/*
 * The memory page and the card of differences: whether they fit whatever the window is, whether
 * everything is explained, and what the buttons do.
 */
#include "render/panel_memory.h"
#include "tests/fakes/fake_ui.h"

#include <math.h>
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
    SNAPSHOT = 1,
    MEASURE,
    DIFFERENCE,
    SAVE,
    CLOSE,
    BUTTONS = 5,
    ROWS = 3 + PANEL_MEMORY_PARTS + 2, ///< of numbers, each with a meaning; the bar has one too
    NS = 1000000000,
    MB = 1 << 20,
};

static const struct panel_button buttons[BUTTONS] = {{"Snapshot", "F5", SNAPSHOT, false},
                                                     {"Read PSS", NULL, MEASURE, false},
                                                     {"Difference", "F6", DIFFERENCE, false},
                                                     {"Save", NULL, SAVE, false},
                                                     {"Close", "M", CLOSE, false}};

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

static struct panel_memory memory;
static struct ui *ui;

static int set_up(void **state)
{
    (void)state;
    static const char *const names[PANEL_MEMORY_PARTS] = {
        "camera buffers",  "frames",      "Canny scratch", "textures",
        "recording queue", "experiments", "other heap",    "freed, kept"};
    memory = (struct panel_memory){
        .whole = {"all parts", "This is the whole bar.", 0},
        .rss = {"RSS", "This is RSS.", 900LL * MB},
        .peak = {"peak", "This is the peak.", 1000LL * MB},
        .pss = {"PSS", "This is PSS.", -1},
        .allocations = {"allocations a frame", "These are allocations.", 0.25},
        .library_allocations = {"libraries", "These are the libraries'.", 3.5},
        .graph = {seconds, MEMORY_GRAPH_SECONDS, markers, MARKERS, 330LL * NS},
    };
    for (int i = 0; i < PANEL_MEMORY_PARTS; i++) {
        memory.parts[i] = (struct panel_figure){
            names[i], "Pictures that wait to be recorded are counted here, and so on.",
            (int64_t)(i + 1) * 30 * MB};
        memory.whole.bytes += memory.parts[i].bytes;
    }
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

static struct ui_rect divide(int n, const struct ui_input *input)
{
    ui_begin(ui, input, windows[n / SCALES].width, windows[n / SCALES].height, scales[n % SCALES]);
    return panel_divide(ui, PANEL_SHOWN).panel;
}

static int draw(int n, const struct ui_input *input)
{
    struct ui_rect area = divide(n, input);
    int action = panel_draw_memory(ui, area, &memory, buttons, BUTTONS);
    ui_end(ui);
    return action;
}

static int count_focusable(float least_height)
{
    int count, found = 0;
    const struct ui_region *regions = ui_regions(ui, &count);
    for (int i = 0; i < count; i++)
        found += regions[i].focusable && regions[i].rect.h >= least_height;
    return found;
}

static struct ui_rect bounds_of(const char *text)
{
    const struct ui_command *command = fake_find_text(ui, text);
    if (!command)
        fail_msg("\"%s\" is not shown", text);
    return command->rect;
}

// ---- fitting ----

static void test_it_fits_into_every_window(void **state)
{
    (void)state;
    struct ui_input input = fake_pointer_at(-1, -1);
    for (int n = 0; n < CASES; n++)
        for (int pss = -1; pss < 2; pss++) {
            memory.pss.bytes = (int64_t)pss * 100 * MB;
            draw(n, &input);
            struct ui_rect area = divide(n, &input);
            panel_draw_memory(ui, area, &memory, buttons, BUTTONS);
            fake_assert_commands_inside(ui, area, 0);
            fake_assert_controls_apart(ui, area, 0);
            if ((float)windows[n / SCALES].height / scales[n % SCALES] >= 480)
                fake_assert_texts_apart(ui, 0);
            ui_end(ui);
        }
}

static void test_usual_windows_show_all_of_it_without_scrolling(void **state)
{
    (void)state;
    struct ui_input input = fake_pointer_at(-1, -1);
    for (int n = 0; n < CASES; n++) {
        float scale = scales[n % SCALES];
        draw(n, &input);
        assert_int_equal(count_focusable(0), BUTTONS + 1 + ROWS + 1);
        if ((float)windows[n / SCALES].height / scale >= 480)
            assert_int_equal(count_focusable(14 * scale), BUTTONS + 1 + ROWS + 1);
    }
}

static void test_a_low_window_scrolls_to_the_focus(void **state)
{
    (void)state;
    struct ui_input input = fake_pointer_at(-1, -1);
    draw(0, &input);
    for (int step = 0; step < BUTTONS + 1 + ROWS + 1; step++) {
        input.focus_step = 1;
        draw(0, &input);
        input.focus_step = 0;
        struct ui_rect area = divide(0, &input);
        panel_draw_memory(ui, area, &memory, buttons, BUTTONS);
        ui_end(ui);
        int count, rings = 0;
        const struct ui_command *commands = ui_commands(ui, &count);
        for (int i = 0; i < count; i++)
            rings += commands[i].kind == UI_COMMAND_FRAME && commands[i].color == UI_ACCENT &&
                     fake_is_inside(commands[i].rect, area);
        assert_int_equal(rings, 1);
    }
}

static void test_a_part_is_told_by_its_digit(void **state)
{
    (void)state;
    struct ui_input input = fake_pointer_at(-1, -1);
    for (int i = 0; i < PANEL_MEMORY_PARTS; i++)
        memory.parts[i].bytes = 0; // in the bar there is no room for them
    for (int n = 0; n < CASES; n++) {
        draw(n, &input);
        for (char digit = '1'; digit < '1' + PANEL_MEMORY_PARTS; digit++)
            bounds_of((char[]){digit, '\0'});
    }
}

static void test_there_is_room_for_all_commands(void **state)
{
    (void)state;
    struct ui_input input = fake_pointer_at(-1, -1);
    for (int n = 0; n < CASES; n++) {
        int count;
        draw(n, &input);
        ui_commands(ui, &count);
        // The widgets have room for 2048; the full overlay takes up to 1200.
        assert_true(count < 800);
    }
}

// ---- numbers and their meanings ----

static struct ui_input pointer_on(const char *text)
{
    struct ui_rect rect = bounds_of(text);
    return fake_pointer_at(rect.x + 1, rect.y + 1);
}

/** What is said at the foot, as one text. */
static const char *said_at_foot(int lines)
{
    static char text[512];
    int count, found = 0;
    const struct ui_command *commands = ui_commands(ui, &count);
    const struct ui_command *foot[8];
    for (int i = count - 1; i >= 0 && found < lines; i--)
        if (commands[i].kind == UI_COMMAND_TEXT)
            foot[found++] = &commands[i];
    text[0] = '\0';
    for (int i = found - 1; i >= 0; i--)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", text[0] ? " " : "",
                 ui_text(ui) + foot[i]->text);
    return text;
}

static void test_what_is_pointed_at_is_explained(void **state)
{
    (void)state;
    const int n = 3 * SCALES; // 1280x720
    struct ui_input away = fake_pointer_at(-1, -1);
    draw(n, &away);
    assert_string_equal(said_at_foot(2), "Point at a number to see what it means.");
    static const struct {
        const char *shown, *meaning;
        int lines;
    } cases[] = {
        {"RSS", "This is RSS.", 1},
        {"peak", "This is the peak.", 1},
        {"PSS", "This is PSS.", 1},
        {"0.25", "These are allocations.", 1},
        {"3.5", "These are the libraries'.", 1},
        {"Canny scratch", "Pictures that wait to be recorded are counted here, and so on.", 3}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ui_input input = pointer_on(cases[i].shown);
        draw(n, &input);
        assert_string_equal(said_at_foot(cases[i].lines), cases[i].meaning);
    }
}

static void test_what_has_the_focus_is_explained(void **state)
{
    (void)state;
    struct ui_input input = fake_pointer_at(-1, -1);
    draw(3 * SCALES, &input);
    input.focus_step = 1;
    for (int i = 0; i < BUTTONS + 1; i++)
        draw(3 * SCALES, &input);
    assert_string_equal(said_at_foot(1), "This is the whole bar.");
    draw(3 * SCALES, &input);
    assert_string_equal(said_at_foot(1), "This is RSS.");
    input.focus_step = 0;
    struct ui_input other = pointer_on("peak");
    draw(3 * SCALES, &other);
    assert_string_equal(said_at_foot(1), "This is the peak."); // the pointer goes first
    struct ui_input graph = pointer_on("5 minutes, MB");
    graph.y += 60;
    draw(3 * SCALES, &graph);
    assert_non_null(strstr(said_at_foot(2), " ago: RSS was "));
    // Also where the graph, which is the last one, has the focus.
    input.focus_step = -1;
    for (int i = 0; i < BUTTONS + 2; i++)
        draw(3 * SCALES, &input);
    assert_non_null(strstr(said_at_foot(3), "letters say what happened."));
    draw(3 * SCALES, &other);
    assert_string_equal(said_at_foot(1), "This is the peak.");
}

static void test_numbers(void **state)
{
    (void)state;
    struct ui_input input = fake_pointer_at(-1, -1);
    draw(3 * SCALES, &input);
    static const char *const shown[] = {"900.0 MB", "1000.0 MB", "\u2013 MB", "30.0 MB",
                                        "60.0 MB",  "210.0 MB",  "0.25",      "3.5"};
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
        bounds_of(shown[i]);
    memory.library_allocations.per_frame = -1;
    memory.pss.bytes = 5 * MB;
    draw(3 * SCALES, &input);
    bounds_of("\u2013");
    bounds_of("5.0 MB");
}

static void test_two_long_numbers_share_a_row_uncut(void **state)
{
    (void)state;
    struct ui_input input = fake_pointer_at(-1, -1);
    static const double rates[][2] = {{0, 3}, {0, 13.9}, {13.9, 0}};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        memory.allocations.per_frame = rates[i][0];
        memory.library_allocations.per_frame = rates[i][1];
        draw(6 * SCALES + 2, &input);
        bounds_of("allocations a frame");
        bounds_of("libraries");
    }
}

/** Boxes of a colour. Returns how many, and their width together. */
static int boxes_of(uint32_t color, float height, float *width)
{
    int count, found = 0;
    const struct ui_command *commands = ui_commands(ui, &count);
    *width = 0;
    for (int i = 0; i < count; i++)
        if (commands[i].kind == UI_COMMAND_RECT && commands[i].color == color &&
            commands[i].rect.h == height) {
            *width += commands[i].rect.w;
            found++;
        }
    return found;
}

static void test_the_bar_and_the_lines_have_one_scale(void **state)
{
    (void)state;
    // One part of 400 MB beside an RSS of 400 MB and a peak of 800 MB.
    struct ui_input input = fake_pointer_at(-1, -1);
    for (int i = 0; i < PANEL_MEMORY_PARTS; i++)
        memory.parts[i].bytes = i == 0 ? 400 * MB : 0;
    memory.whole.bytes = memory.rss.bytes = 400 * MB;
    memory.peak.bytes = 800 * MB;
    memory.graph.second_count = 0;
    draw(3 * SCALES, &input);
    float part, lines;
    assert_int_equal(boxes_of(UI_ACCENT, 24, &part), 1); // the bar is 26 units high, its rim 2
    assert_int_equal(boxes_of(UI_ACCENT, 3, &lines), 2);
    assert_true(fabsf(lines - 3 * part) <= 6); // RSS as long as the part, the peak twice that
}

static void test_buttons(void **state)
{
    (void)state;
    struct ui_input away = fake_pointer_at(-1, -1);
    for (int i = 0; i < BUTTONS; i++) {
        draw(3 * SCALES, &away);
        struct ui_input input = pointer_on(buttons[i].text);
        input.press_x = input.x;
        input.press_y = input.y;
        input.pressed = input.down = true;
        assert_int_equal(draw(3 * SCALES, &input), 0);
        input.pressed = input.down = false;
        input.released = true;
        assert_int_equal(draw(3 * SCALES, &input), buttons[i].action);
    }
}

// ---- the card ----

static const struct panel_difference differences[] = {
    {"processing/canny_reference.c:232:",
     "size=10239 KiB (+10239 KiB), count=1024 (+1024), average=10239 B"},
    {"app/a.c:1:", "size=0 B (-10.0 KiB), count=0 (-3)"},
    {"app/picture_ring.c:12:", "size=28.1 MiB (+28.1 MiB), count=1 (+1), average=28.1 MiB"},
    {"app/b.c:1:", "size=1 B (+1 B), count=1 (+1), average=1 B"},
    {"app/c.c:1:", "size=1 B (+1 B), count=1 (+1), average=1 B"},
    {"app/d.c:1:", "size=1 B (+1 B), count=1 (+1), average=1 B"},
    {"app/e.c:1:", "size=1 B (+1 B), count=1 (+1), average=1 B"},
    {"app/f.c:1:", "size=1 B (+1 B), count=1 (+1), average=1 B"},
    {"app/g.c:1:", "size=1 B (+1 B), count=1 (+1), average=1 B"},
    {"app/h.c:1:", "size=1 B (+1 B), count=1 (+1), average=1 B"},
};

enum { DIFFERENCES = sizeof differences / sizeof differences[0] };

static const struct panel_button card_buttons[] = {{"Save", NULL, SAVE, false},
                                                   {"Again", "F6", DIFFERENCE, false},
                                                   {"Close", "Esc", CLOSE, false}};

static int draw_card(int n, int count, const struct ui_input *input)
{
    ui_begin(ui, input, windows[n / SCALES].width, windows[n / SCALES].height, scales[n % SCALES]);
    int action = panel_draw_differences(ui, "[ Top 10 differences ]", "since the snapshot",
                                        differences, count, card_buttons, 3);
    assert_true(ui_get_unit(ui) == scales[n % SCALES]);
    ui_end(ui);
    return action;
}

static void test_the_card_fits(void **state)
{
    (void)state;
    struct ui_input input = fake_pointer_at(-1, -1);
    for (int n = 0; n < CASES; n++)
        for (int count = 0; count <= DIFFERENCES; count += 5) {
            draw_card(n, count, &input);
            struct ui_rect all = {0, 0, (float)windows[n / SCALES].width,
                                  (float)windows[n / SCALES].height};
            if (all.h / scales[n % SCALES] >= 240) {
                fake_assert_commands_inside(ui, all, 0);
                fake_assert_controls_apart(ui, all, 0);
                fake_assert_texts_apart(ui, 0);
            }
            for (int i = 0; i < count; i++) {
                bounds_of(differences[i].place);
                bounds_of(differences[i].change);
            }
        }
}

static void test_a_difference_is_on_one_line_where_that_fits(void **state)
{
    (void)state;
    struct ui_input input = fake_pointer_at(-1, -1);
    draw_card(3 * SCALES, DIFFERENCES, &input); // 1280x720
    assert_true(bounds_of(differences[0].place).y == bounds_of(differences[0].change).y);
    draw_card(1 * SCALES, DIFFERENCES, &input); // 640x480
    assert_true(bounds_of(differences[0].place).y < bounds_of(differences[0].change).y);
}

static void test_buttons_of_the_card(void **state)
{
    (void)state;
    struct ui_input away = fake_pointer_at(-1, -1);
    for (int i = 0; i < 3; i++) {
        draw_card(3 * SCALES, 3, &away);
        struct ui_input input = pointer_on(card_buttons[i].text);
        input.press_x = input.x;
        input.press_y = input.y;
        input.pressed = input.down = true;
        draw_card(3 * SCALES, 3, &input);
        input.pressed = input.down = false;
        input.released = true;
        assert_int_equal(draw_card(3 * SCALES, 3, &input), card_buttons[i].action);
    }
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_it_fits_into_every_window),
        TEST(test_usual_windows_show_all_of_it_without_scrolling),
        TEST(test_a_low_window_scrolls_to_the_focus),
        TEST(test_a_part_is_told_by_its_digit),
        TEST(test_there_is_room_for_all_commands),
        TEST(test_what_is_pointed_at_is_explained),
        TEST(test_what_has_the_focus_is_explained),
        TEST(test_numbers),
        TEST(test_two_long_numbers_share_a_row_uncut),
        TEST(test_the_bar_and_the_lines_have_one_scale),
        TEST(test_buttons),
        TEST(test_the_card_fits),
        TEST(test_a_difference_is_on_one_line_where_that_fits),
        TEST(test_buttons_of_the_card),
    };
    return cmocka_run_group_tests_name("panel memory", tests, NULL, NULL);
}
