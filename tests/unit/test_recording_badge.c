/*
 * The sign of a recording: what it says, that it fits, that the overlay below it stays clear of it.
 */
#include "render/overlay.h"
#include "render/recording_badge.h"
#include "tests/fakes/fake_ui.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static int set_up(void **state)
{
    struct ui_measure measure = fake_measure();
    return ui_create((struct ui **)state, &measure);
}

static int tear_down(void **state)
{
    ui_destroy((struct ui **)state);
    return 0;
}

static struct ui_rect draw(struct ui *ui, struct ui_rect area, float scale,
                           struct recording_badge badge)
{
    struct ui_input input = fake_pointer_at(-1, -1);
    ui_begin(ui, &input, 8000, 8000, scale);
    struct ui_rect left = recording_badge_draw(ui, area, &badge);
    assert_true(ui_get_unit(ui) == scale);
    return left;
}

static void what_it_says(void **state)
{
    static const struct {
        struct recording_badge badge;
        const char *line, *loss;
    } cases[] = {
        {{0, 0, 0}, "REC 0:00  0.0 MB", NULL},
        {{67900000000, 1572864, 0}, "REC 1:07  1.5 MB", NULL},
        {{3729000000000, 2147483648, 3},
         "REC 1:02:09  2.00 GB",
         "recording cannot keep up: 3 frames lost"},
    };
    const struct ui_rect area = {40, 30, 1280, 720};
    for (int i = 0; i < 3; i++) {
        draw(*state, area, 1, cases[i].badge);
        assert_non_null(fake_find_text(*state, cases[i].line));
        if (cases[i].loss)
            assert_int_equal(fake_find_text(*state, cases[i].loss)->color, UI_BAD);
        int count, texts = 0;
        const struct ui_command *commands = ui_commands(*state, &count);
        for (int c = 0; c < count; c++)
            texts += commands[c].kind == UI_COMMAND_TEXT;
        assert_int_equal(texts, cases[i].loss ? 2 : 1);
        assert_int_equal(commands[1].color, UI_BAD); // the dot
    }
}

static void it_fits_and_leaves_the_rest(void **state)
{
    static const int sizes[][2] = {{320, 240}, {376, 444}, {640, 444}, {1280, 720}, {3520, 2088}};
    static const float scales[] = {1, 1.25f, 2};
    struct overlay_numbers numbers = {.fps = 30};
    for (int i = 0; i < 5; i++)
        for (int s = 0; s < 3; s++)
            for (unsigned lost = 0; lost < 2; lost++) {
                struct ui_rect area = {40, 30, (float)sizes[i][0], (float)sizes[i][1]};
                struct recording_badge badge = {INT64_MAX, INT64_MAX, lost ? UINT_MAX : 0};
                struct ui_rect left = draw(*state, area, scales[s], badge);
                fake_assert_commands_inside(*state, area, 0);
                fake_assert_texts_apart(*state, 0);
                int count;
                struct ui_rect card = ui_commands(*state, &count)[0].rect;
                assert_true(left.y == card.y + card.h && left.y + left.h == area.y + area.h);
                overlay_draw(*state, left, OVERLAY_SHORT, &numbers);
                fake_assert_commands_inside(*state, left, count);
            }
}

static void where_nothing_is_seen_nothing_is_drawn(void **state)
{
    const struct ui_rect area = {0, 0, 60, 400};
    struct ui_rect left = draw(*state, area, 1, (struct recording_badge){1, 1, 1});
    int count;
    ui_commands(*state, &count);
    assert_int_equal(count, 0);
    assert_memory_equal(&left, &area, sizeof area);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_it_says, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_fits_and_leaves_the_rest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(where_nothing_is_seen_nothing_is_drawn, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
