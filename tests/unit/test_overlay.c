/*
 * The overlay and its graphs: whether they fit, stay where they are whatever the numbers, and
 * tell what is not known from what is nought.
 */
#include "render/overlay.h"
#include "render/plot.h"
#include "tests/fakes/fake_ui.h"

#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    int width, height;
} areas[] = {{320, 240},  {376, 444},   {640, 444},   {640, 480},  {1016, 764},
             {1280, 720}, {1536, 1035}, {1080, 1884}, {3520, 2088}};

static const float scales[] = {1, 1.25f, 2};

enum { AREAS = sizeof areas / sizeof areas[0], SCALES = sizeof scales / sizeof scales[0] };

static float history[OVERLAY_HISTORY];

static const struct overlay_numbers usual = {
    .fps = 29.94,
    .camera_fps = 30,
    .damaged = 2,
    .age_p50_ms = 11.2,
    .age_p99_ms = 19.4,
    .canny_ms = 0.6,
    .rss_bytes = 35861299,
    .decode_ms = 2.1,
    .view_ms = 0.8,
    .draw_ms = 4.2,
    .stamp_age_p50_ms = 24.6,
    .stamp_age_p99_ms = 31.8,
    .minimum_fps = 21.3,
    .low_fps = 27.8,
    .heap_bytes = 9542041,
    .heap_free_bytes = 2202009,
    .peak_rss_bytes = 38797312,
    .allocations_per_frame = 0,
    .library_allocations_per_frame = 3.25,
    .owners = {{"camera buffers", 7340032},
               {"frames", 3840000},
               {"Canny scratch", 2310000},
               {"textures", 8420000},
               {"interface", 410000}},
    .owner_count = 5,
    .fps_history = history,
    .rss_history_mb = history,
    .history_count = OVERLAY_HISTORY,
};

static const struct overlay_numbers unknown = {
    .fps = -1,
    .camera_fps = -1,
    .age_p50_ms = -1,
    .age_p99_ms = -1,
    .canny_ms = -1,
    .rss_bytes = -1,
    .decode_ms = -1,
    .view_ms = -1,
    .draw_ms = -1,
    .stamp_age_p50_ms = -1,
    .stamp_age_p99_ms = -1,
    .minimum_fps = -1,
    .low_fps = -1,
    .heap_bytes = -1,
    .heap_free_bytes = -1,
    .peak_rss_bytes = -1,
    .allocations_per_frame = -1,
    .library_allocations_per_frame = -1,
    .owners = {{"frames", -1}, {"a very long name of an owner", 1}},
    .owner_count = 2,
};

static const struct overlay_numbers huge = {
    .fps = 1e9,
    .camera_fps = 1e9,
    .dropped_driver = UINT_MAX,
    .dropped_skipped = 9999,
    .damaged = 999999,
    .age_p50_ms = 1e12,
    .age_p99_ms = INFINITY,
    .canny_ms = 12345.6,
    .rss_bytes = INT64_MAX,
    .decode_ms = 1e6,
    .view_ms = 1e6,
    .draw_ms = 99999.9,
    .stamp_age_p50_ms = 1e9,
    .stamp_age_p99_ms = INFINITY,
    .minimum_fps = 1e9,
    .low_fps = 1e9,
    .heap_bytes = INT64_MAX,
    .heap_free_bytes = INT64_MAX,
    .peak_rss_bytes = INT64_MAX,
    .allocations_per_frame = 1e15,
    .library_allocations_per_frame = 1e15,
    .owners = {{"camera buffers", INT64_MAX}, {"frames", INT64_MAX}},
    .owner_count = 2,
    .fps_history = history,
    .history_count = 1000,
};

static const struct overlay_numbers not_numbers = {
    .fps = NAN,
    .camera_fps = NAN,
    .age_p50_ms = NAN,
    .canny_ms = NAN,
    .decode_ms = NAN,
    .allocations_per_frame = NAN,
    .library_allocations_per_frame = NAN,
};

static const struct overlay_numbers *const numbers[] = {&usual, &unknown, &huge, &not_numbers};

enum { NUMBERS = sizeof numbers / sizeof numbers[0] };

static int set_up(void **state)
{
    struct ui_measure measure = fake_measure();
    for (int i = 0; i < OVERLAY_HISTORY; i++)
        history[i] = i == 7 ? -1 : i == 9 ? NAN : (float)(30 + i % 3);
    return ui_create((struct ui **)state, &measure);
}

static int tear_down(void **state)
{
    ui_destroy((struct ui **)state);
    return 0;
}

static struct ui_rect draw(struct ui *ui, int area, float scale, enum overlay_mode mode,
                           const struct overlay_numbers *what)
{
    // Off the corner, so that a place that is not counted from it shows.
    struct ui_rect rect = {40, 30, (float)areas[area].width, (float)areas[area].height};
    struct ui_input input = fake_pointer_at(-1, -1);
    ui_begin(ui, &input, 8000, 8000, scale);
    overlay_draw(ui, rect, mode, what);
    assert_true(ui_get_unit(ui) == scale);
    ui_end(ui);
    return rect;
}

static void test_it_fits(void **state)
{
    struct ui *ui = *state;
    for (int area = 0; area < AREAS; area++) {
        for (int scale = 0; scale < SCALES; scale++) {
            for (int n = 0; n < NUMBERS; n++) {
                for (enum overlay_mode mode = OVERLAY_SHORT; mode <= OVERLAY_FULL; mode++) {
                    struct ui_rect rect = draw(ui, area, scales[scale], mode, numbers[n]);
                    fake_assert_commands_inside(ui, rect, 0);
                    if (n != 2) // of the huge ones some touch
                        fake_assert_texts_apart(ui, 0);
                }
            }
        }
    }
}

static void test_off_draws_nothing(void **state)
{
    struct ui *ui = *state;
    int count;
    draw(ui, 5, 1, OVERLAY_OFF, &usual);
    ui_commands(ui, &count);
    assert_int_equal(count, 0);
}

static void test_it_takes_no_pointer(void **state)
{
    struct ui *ui = *state;
    int count;
    draw(ui, 5, 1, OVERLAY_FULL, &usual);
    ui_regions(ui, &count);
    assert_int_equal(count, 0);
}

static void test_the_card_stays_as_it_is(void **state)
{
    struct ui *ui = *state;
    for (int area = 0; area < AREAS; area++) {
        int count;
        draw(ui, area, 1, OVERLAY_SHORT, &usual);
        struct ui_rect card = ui_commands(ui, &count)[0].rect;
        for (int n = 0; n < NUMBERS; n++) {
            draw(ui, area, 1, OVERLAY_SHORT, numbers[n]);
            struct ui_rect other = ui_commands(ui, &count)[0].rect;
            assert_memory_equal(&card, &other, sizeof card);
        }
    }
}

static void test_names_do_not_move(void **state)
{
    struct ui *ui = *state;
    static const char *const names[] = {"FPS", "age", "p99", "canny", "decode", "drops", "memory"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        draw(ui, 5, 1, OVERLAY_SHORT, &usual);
        const struct ui_command *found = fake_find_text(ui, names[i]);
        assert_non_null(found);
        struct ui_rect place = found->rect;
        draw(ui, 5, 1, OVERLAY_SHORT, &huge);
        found = fake_find_text(ui, names[i]);
        assert_memory_equal(&place, &found->rect, sizeof place);
    }
}

static void test_what_it_says(void **state)
{
    struct ui *ui = *state;
    static const char *const shortly[] = {"29.9",      "30.0 FPS", "11.2 ms",  "19.4 ms",
                                          "0.6 ms",    "2.1 ms",   "0 driver", "0 skipped",
                                          "2 damaged", "34.2 MB",  "37.0 MB"};
    static const char *const fully[] = {"24.6 ms",
                                        "31.8 ms",
                                        "21.3 FPS",
                                        "27.8 FPS",
                                        "allocations a frame",
                                        "of 33.3 ms a frame",
                                        "0.8 ms",
                                        "4.2 ms",
                                        "9.1",
                                        "7.0",
                                        "Canny scratch",
                                        "resident MB, 60 s",
                                        "FPS, 60 s",
                                        "libraries",
                                        "3.25"};
    draw(ui, 5, 1, OVERLAY_SHORT, &usual);
    for (size_t i = 0; i < sizeof shortly / sizeof shortly[0]; i++)
        assert_non_null(fake_find_text(ui, shortly[i]));
    for (size_t i = 2; i < sizeof fully / sizeof fully[0]; i++)
        assert_null(fake_find_text(ui, fully[i]));
    draw(ui, 5, 1, OVERLAY_FULL, &usual);
    for (size_t i = 0; i < sizeof fully / sizeof fully[0]; i++)
        assert_non_null(fake_find_text(ui, fully[i]));
}

static void test_not_known_is_a_dash(void **state)
{
    struct ui *ui = *state;
    int count;
    draw(ui, 5, 1, OVERLAY_FULL, &unknown);
    const struct ui_command *commands = ui_commands(ui, &count);
    assert_non_null(fake_find_text(ui, "\u2013"));
    assert_non_null(fake_find_text(ui, "\u2013 ms"));
    for (int i = 0; i < count; i++) {
        const char *text = ui_text(ui) + commands[i].text;
        if (commands[i].kind == UI_COMMAND_TEXT)
            assert_null(strstr(text, "-"));
    }
    draw(ui, 5, 1, OVERLAY_FULL, &not_numbers);
    assert_null(fake_find_text(ui, "nan ms"));
}

static void test_losses_are_told_by_weight_too(void **state)
{
    struct ui *ui = *state;
    draw(ui, 5, 1, OVERLAY_SHORT, &usual);
    assert_int_equal(fake_find_text(ui, "0 driver")->style, UI_MONO);
    assert_int_equal(fake_find_text(ui, "2 damaged")->style, UI_MONO_BOLD);
}

static void test_it_grows_with_the_picture(void **state)
{
    struct ui *ui = *state;
    float before = 0;
    const int growing[] = {3, 5, 6, 8};
    for (size_t i = 0; i < sizeof growing / sizeof growing[0]; i++) {
        draw(ui, growing[i], 1, OVERLAY_SHORT, &usual);
        float height = fake_find_text(ui, "age")->rect.h;
        assert_true(height > before);
        before = height;
    }
}

static void test_tops_of_scales_are_round(void **state)
{
    (void)state;
    static const struct {
        float largest, top;
    } rows[] = {{0, 1},       {-3, 1},    {NAN, 1},   {INFINITY, 1}, {1, 1},
                {1.1f, 1.5f}, {29, 30},   {30, 30},   {31, 40},      {61, 80},
                {99, 100},    {101, 150}, {340, 400}, {0.25f, 0.3f}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_true(fabsf(plot_top(rows[i].largest) - rows[i].top) < 1e-4f);
}

static void test_a_graph_shows_its_values(void **state)
{
    struct ui *ui = *state;
    static const float values[] = {0, 10, 10, -1, 5};
    struct plot plot = {"test", values, 5, 10, UI_GOOD};
    struct ui_input input = fake_pointer_at(-1, -1);
    ui_begin(ui, &input, 500, 500, 1);
    plot_draw(ui, (struct ui_rect){0, 0, 100, 100}, &plot);
    ui_end(ui);
    int count, columns = 0;
    const struct ui_command *commands = ui_commands(ui, &count);
    float last_x = 0;
    for (int i = 0; i < count; i++) {
        if (commands[i].kind != UI_COMMAND_RECT || commands[i].color != UI_GOOD)
            continue;
        columns++;
        assert_true(commands[i].rect.x >= 50 && commands[i].rect.x > last_x);
        last_x = commands[i].rect.x;
    }
    assert_int_equal(columns, 4); // one is not known
    assert_true(last_x == 90);    // the newest at the right
    assert_non_null(fake_find_text(ui, "10"));
    fake_assert_commands_inside(ui, (struct ui_rect){0, 0, 100, 100}, 0);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_it_fits),
        TEST(test_off_draws_nothing),
        TEST(test_it_takes_no_pointer),
        TEST(test_the_card_stays_as_it_is),
        TEST(test_names_do_not_move),
        TEST(test_what_it_says),
        TEST(test_not_known_is_a_dash),
        TEST(test_losses_are_told_by_weight_too),
        TEST(test_it_grows_with_the_picture),
        TEST(test_tops_of_scales_are_round),
        TEST(test_a_graph_shows_its_values),
    };
    return cmocka_run_group_tests_name("overlay", tests, NULL, NULL);
}
