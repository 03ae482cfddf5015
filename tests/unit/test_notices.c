/*
 * Sentences across the picture: the newest one, whole, for a while.
 */
#include "app/notices.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_the_newest_is_shown(void **state)
{
    struct notices *notices = *state;
    char text[512] = "old";
    bool warning;
    assert_false(notices_now(notices, text, sizeof text, &warning));
    assert_string_equal(text, "");
    notices_say(notices, false, "Saved %s", "a.png");
    assert_true(notices_now(notices, text, sizeof text, &warning));
    assert_string_equal(text, "Saved a.png");
    assert_false(warning);
    notices_say(notices, true, "%d of %d", 3, 4);
    for (int i = 0; i < 2; i++) {
        assert_true(notices_now(notices, text, sizeof text, &warning));
        assert_string_equal(text, "3 of 4");
        assert_true(warning);
    }
}

static void test_long_ones_are_cut(void **state)
{
    struct notices *notices = *state;
    char text[512], word[2000];
    bool warning;
    memset(word, 'w', sizeof word - 1);
    word[sizeof word - 1] = 0;
    notices_say(notices, false, "%s", word);
    assert_true(notices_now(notices, text, sizeof text, &warning));
    assert_int_equal(strlen(text), 511);
    assert_true(notices_now(notices, text, 5, &warning));
    assert_string_equal(text, "wwww");
}

static void test_clearing(void **state)
{
    struct notices *notices = *state;
    char text[512];
    bool warning;
    notices_say(notices, false, "Old");
    notices_clear(notices);
    assert_false(notices_now(notices, text, sizeof text, &warning));
    notices_say(notices, false, "New");
    assert_true(notices_now(notices, text, sizeof text, &warning));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_newest_is_shown, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_long_ones_are_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_clearing, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
