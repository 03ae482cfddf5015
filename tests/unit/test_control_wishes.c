/*
 * The text of --set-ctrl.
 */
#include "app/control_wishes.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct camera_menu_item items[] = {{0, "Disabled"}, {1, "50 Hz"}, {3, "Auto"}};

static struct camera_control list[] = {
    {.type = CONTROL_INTEGER, .key = "brightness", .minimum = -64, .maximum = 64, .step = 1},
    {.type = CONTROL_MENU, .key = "power_line_frequency", .maximum = 3, .step = 1, .items = 3},
    {.type = CONTROL_BOOLEAN, .key = "white_balance_automatic", .maximum = 1, .step = 1},
    {.type = CONTROL_BUTTON, .key = "restart"},
    {.type = CONTROL_STRING, .key = "text", .maximum = 9, .step = 1},
};

static const struct camera_controls controls = {list, items, 5, 3};

static void test_taking(void **state)
{
    (void)state;
    const char *text = " brightness = -5 ,power_line_frequency=50 Hz,a=b=c";
    struct control_wish wish;
    assert_int_equal(control_wish_next(&text, &wish), 1);
    assert_string_equal(wish.name, "brightness");
    assert_string_equal(wish.value, "-5");
    assert_int_equal(control_wish_next(&text, &wish), 1);
    assert_string_equal(wish.value, "50 Hz");
    assert_int_equal(control_wish_next(&text, &wish), 1);
    assert_string_equal(wish.value, "b=c");
    assert_int_equal(control_wish_next(&text, &wish), 0);
}

static void test_malformed(void **state)
{
    (void)state;
    const char *const bad[] = {
        "brightness",  "=5",
        "brightness=", "a=1,",
        "a=1,,b=2",    ",",
        "a=1,b",       " =1",
        "a= ",         "a23456789012345678901234567890123456789012345678901234567890xyzw=1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct error err = {""};
        assert_int_equal(control_wishes_check(bad[i], &err), -EINVAL);
        assert_non_null(strstr(err.text, "--set-ctrl"));
    }
    assert_int_equal(control_wishes_check("", NULL), 0);
    assert_int_equal(control_wishes_check("a=1", NULL), 0);
    assert_int_equal(control_wishes_check("a=1,b=x y", NULL), 0);
}

static int resolve(const char *name, const char *value, int *index, int64_t *number,
                   struct error *err)
{
    struct control_wish wish;
    strcpy(wish.name, name);
    strcpy(wish.value, value);
    return control_wish_resolve(&wish, &controls, index, number, err);
}

static void test_meaning(void **state)
{
    (void)state;
    const struct {
        const char *name, *value;
        int index;
        int64_t number;
    } rows[] = {
        {"brightness", "-5", 0, -5},
        {"Brightness", "+5", 0, 5},
        {"brightness", "0x10", 0, 16},
        {"brightness", "010", 0, 10},
        {"brightness", "99999", 0, 99999},
        {"power_line_frequency", "3", 1, 3},
        {"power_line_frequency", "auto", 1, 3},
        {"power_line_frequency", "50 hz", 1, 1},
        {"white_balance_automatic", "On", 2, 1},
        {"white_balance_automatic", "no", 2, 0},
        {"white_balance_automatic", "1", 2, 1},
        {"restart", "please", 3, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int index = -1;
        int64_t number = -99;
        assert_int_equal(resolve(rows[i].name, rows[i].value, &index, &number, NULL), 0);
        assert_int_equal(index, rows[i].index);
        assert_true(number == rows[i].number);
    }
}

static void test_what_there_is(void **state)
{
    (void)state;
    int index;
    int64_t number;
    struct error err;
    assert_int_equal(resolve("zoom", "1", &index, &number, &err), -ENOENT);
    assert_non_null(strstr(err.text, "\"zoom\""));
    assert_non_null(strstr(err.text, "brightness, power_line_frequency, white_balance_automatic"));
    assert_int_equal(resolve("power_line_frequency", "2", &index, &number, &err), -EINVAL);
    assert_non_null(strstr(err.text, "0 (Disabled), 1 (50 Hz), 3 (Auto)"));
    assert_int_equal(resolve("brightness", "5x", &index, &number, &err), -EINVAL);
    assert_non_null(strstr(err.text, "-64 to 64"));
    const char *const bad[] = {"", "x", "1.5", " 5", "0x", "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(resolve("brightness", bad[i], &index, &number, &err), -EINVAL);
    assert_int_equal(resolve("text", "x", &index, &number, &err), -EINVAL);
}

/** More names than a sentence holds are cut, and said to be. */
static void test_many(void **state)
{
    (void)state;
    struct camera_control many[60] = {{0}};
    for (int i = 0; i < 60; i++)
        memcpy(many[i].key, "a_rather_long_name", 19);
    const struct camera_controls crowd = {many, NULL, 60, 0};
    struct control_wish wish = {"zoom", "1"};
    struct error err;
    int index;
    int64_t number;
    assert_int_equal(control_wish_resolve(&wish, &crowd, &index, &number, &err), -ENOENT);
    size_t length = strlen(err.text);
    assert_true(length < sizeof err.text - 1);
    assert_string_equal(err.text + length - 3, "...");
    assert_null(strstr(err.text, "..., ..."));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_taking),  cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_meaning), cmocka_unit_test(test_what_there_is),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
