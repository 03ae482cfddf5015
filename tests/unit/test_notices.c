/*
 * Sentences across the picture: the newest one, whole, for a while; some with a button.
 */
#include "app/notices.h"
#include "tests/fakes/fake_ui.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_the_newest_is_shown(void **state)
{
    struct notices *notices = *state;
    struct notice notice = {.text = "old"};
    assert_false(notices_now(notices, &notice));
    assert_string_equal(notice.text, "");
    notices_say(notices, false, "Saved %s", "a.png");
    assert_true(notices_now(notices, &notice));
    assert_string_equal(notice.text, "Saved a.png");
    assert_false(notice.warning);
    notices_say(notices, true, "%d of %d", 3, 4);
    for (int i = 0; i < 2; i++) {
        assert_true(notices_now(notices, &notice));
        assert_string_equal(notice.text, "3 of 4");
        assert_true(notice.warning);
        assert_string_equal(notice.button, "");
    }
}

static void test_long_ones_are_cut(void **state)
{
    struct notices *notices = *state;
    struct notice notice;
    char word[2000];
    memset(word, 'w', sizeof word - 1);
    word[sizeof word - 1] = 0;
    notices_say(notices, false, "%s", word);
    assert_true(notices_now(notices, &notice));
    assert_int_equal(strlen(notice.text), 511);
    notices_offer(notices, word, ACTION_KEEP_RATE, word);
    assert_true(notices_now(notices, &notice));
    assert_int_equal(strlen(notice.text), 511);
    assert_int_equal(strlen(notice.button), 31);
}

/** Draws one frame; the pointer is nowhere. */
static enum action draw(struct notices *notices, struct ui *ui, struct ui_input input)
{
    input.x = input.y = -1;
    ui_begin(ui, &input, 640, 480, 1);
    enum action action = notices_draw(notices, ui, (struct ui_rect){0, 0, 640, 444});
    ui_end(ui);
    return action;
}

/** Without a mouse: the arrow finds the button, Enter presses it. */
static void test_the_button_by_keys(void **state)
{
    struct notices *notices = *state;
    struct ui *ui;
    struct ui_measure measure = fake_measure();
    assert_int_equal(ui_create(&ui, &measure), 0);
    assert_int_equal(draw(notices, ui, (struct ui_input){0}), ACTION_NONE);
    notices_offer(notices, "Keep 30 FPS", ACTION_KEEP_RATE, "Dark scene");
    assert_int_equal(draw(notices, ui, (struct ui_input){0}), ACTION_NONE);
    assert_int_equal(draw(notices, ui, (struct ui_input){.activate = true}), ACTION_NONE);
    assert_int_equal(draw(notices, ui, (struct ui_input){.focus_step = 1}), ACTION_NONE);
    assert_int_equal(draw(notices, ui, (struct ui_input){.activate = true}), ACTION_KEEP_RATE);
    // Another sentence takes the button away, and the focus with it.
    notices_say(notices, false, "Saved");
    assert_int_equal(draw(notices, ui, (struct ui_input){.activate = true}), ACTION_NONE);
    assert_false(ui_has_focus(ui));
    ui_destroy(&ui);
}

static void test_clearing(void **state)
{
    struct notices *notices = *state;
    struct notice notice;
    notices_offer(notices, "Keep", ACTION_KEEP_RATE, "Old");
    notices_clear(notices);
    assert_false(notices_now(notices, &notice));
    notices_say(notices, false, "New");
    assert_true(notices_now(notices, &notice));
    assert_string_equal(notice.button, "");
}

static int set_up(void **state)
{
    return notices_create((struct notices **)state);
}

static int tear_down(void **state)
{
    notices_destroy((struct notices **)state);
    assert_null(*state);
    notices_destroy((struct notices **)state);
    return 0;
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_newest_is_shown),
        TEST(test_long_ones_are_cut),
        TEST(test_the_button_by_keys),
        TEST(test_clearing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
