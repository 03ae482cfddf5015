// The table of settings is whole, and values go through it and come back.

#include "app/settings.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct settings settings;

static int reset(void **state)
{
    (void)state;
    settings_reset(&settings);
    return 0;
}

static const char *shown(const char *name)
{
    static char text[SETTING_TEXT_BYTES];
    setting_format(setting_find(name), &settings, text, sizeof text);
    return text;
}

static void test_defaults(void **state)
{
    (void)state;
    const struct canny_params *canny = &settings.canny, *expected = &canny_default_params;
    assert_true(canny->low == expected->low && canny->high == expected->high);
    assert_int_equal(canny->blur, expected->blur);
    assert_int_equal(canny->aperture, expected->aperture);
    assert_int_equal(canny->l2, expected->l2);
    assert_int_equal(canny->gray, expected->gray);
    assert_int_equal(settings.view, VIEW_EDGES);
    assert_int_equal(settings.overlay, OVERLAY_SHORT);
    assert_int_equal(settings.buffers, 4);
    assert_true(settings.panel);
    assert_true(settings.fps < 0);
    assert_true(settings.device_timeout_s == 0);
    assert_int_equal(settings.size.width, 0);
    assert_string_equal(settings.source, "");
    assert_string_equal(shown("size"), "");
    assert_string_equal(shown("format"), "");
    assert_int_equal(settings.threads, 0);
    assert_int_equal(settings.cpu, CPU_LEVELS);
    assert_string_equal(shown("cpu"), "");
}

/** What fits one machine may not fit the next, to which a home folder is carried. */
static void test_the_machine_is_not_remembered(void **state)
{
    (void)state;
    assert_null(setting_find("threads")->key);
    assert_null(setting_find("cpu")->key);
}

static bool equal_names(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

static void test_rows_are_unique(void **state)
{
    (void)state;
    assert_true(setting_count <= SETTINGS_MAX);
    for (int i = 0; i < setting_count; i++) {
        for (int j = i + 1; j < setting_count; j++) {
            const struct setting *a = &setting_table[i], *b = &setting_table[j];
            assert_int_not_equal(a->offset, b->offset);
            assert_false(equal_names(a->name, b->name));
            // A command knows only its own rows, so those of others may be called the same.
            bool met = a->commands & b->commands;
            assert_false(met && equal_names(a->alias, b->name));
            assert_false(met && equal_names(a->name, b->alias));
            assert_false(equal_names(a->key, b->key));
            assert_true(!a->letter || a->letter != b->letter);
        }
    }
}

static void test_rows_are_complete(void **state)
{
    (void)state;
    for (int i = 0; i < setting_count; i++) {
        const struct setting *row = &setting_table[i];
        assert_ptr_equal(setting_find(row->name), row);
        assert_int_equal(setting_index(row), i);
        assert_non_null(row->help);
        assert_int_equal(row->flag, row->commands != 0);
        assert_true(row->flag || row->key);
        assert_int_equal(row->value != NULL, row->flag && row->type != SETTING_BOOL);
        assert_int_equal(row->type == SETTING_CHOICE && !row->choice, 0);
    }
}

/** What a default looks like can be typed, unless the row says that it is no value. */
static void test_defaults_are_allowed(void **state)
{
    (void)state;
    for (int i = 0; i < setting_count; i++) {
        const struct setting *row = &setting_table[i];
        char text[64];
        setting_format(row, &settings, text, sizeof text);
        if (text[0] && !row->unset)
            assert_int_equal(setting_parse(row, text, &settings), 0);
    }
}

struct parse_case {
    const char *name, *text;
    const char *shown; ///< NULL: refused
};

static const struct parse_case parse_cases[] = {
    {"low", "33.5", "33.5"},
    {"low", "-3", "-3"},
    {"low", "1e2", "100"},
    {"low", "0.1", "0.1"},
    {"low", "", NULL},
    {"low", " 5", NULL},
    {"low", "5 ", NULL},
    {"low", "5x", NULL},
    {"low", "nan", NULL},
    {"low", "inf", NULL},
    {"low", "0x10", NULL},
    {"low", "1e999", NULL},
    {"low", "1000001", NULL},
    {"low", "1e", NULL},
    {"low", "--5", NULL},
    {"blur", "0", "0"},
    {"blur", "7", "7"},
    {"blur", "4", NULL},
    {"blur", "9", NULL},
    {"aperture", "5", "5"},
    {"aperture", "0", NULL},
    {"aperture", "4", NULL},
    {"buffers", "2", "2"},
    {"buffers", "32", "32"},
    {"buffers", "1", NULL},
    {"buffers", "33", NULL},
    {"buffers", "3.5", NULL},
    {"frames", "2147483647", "2147483647"},
    {"frames", "2147483648", NULL},
    {"frames", "99999999999999999999", NULL},
    {"frames", "-1", NULL},
    {"noise", "100", "100"},
    {"noise", "101", NULL},
    {"fps", "0", "0"},
    {"fps", "29.97", "29.97"},
    {"fps", "-1", NULL},
    {"gray", "bgr", "bgr"},
    {"gray", "BGR", NULL},
    {"gray", "1", NULL},
    {"view", "overlay", "overlay"},
    {"view", "2", "gray"},
    {"view", "0", NULL},
    {"overlay", "off", "off"},
    {"overlay", "0", NULL},
    {"renderer", "gpu", "gpu"},
    {"renderer", "", NULL},
    {"size", "640x480", "640x480"},
    {"resolution", "1X1", "1x1"},
    {"size", "16384x16384", "16384x16384"},
    {"size", "16385x1", NULL},
    {"size", "1x16385", NULL},
    {"size", "0x480", NULL},
    {"size", "640x", NULL},
    {"size", "x480", NULL},
    {"size", "640", NULL},
    {"size", "640x480x", NULL},
    {"size", "640 x480", NULL},
    {"size", "-640x480", NULL},
    {"size", "99999999999999999999x1", NULL},
    {"format", "YUYV", "YUYV"},
    {"format", "mjpeg", "MJPG"},
    {"format", "i420", "YU12"},
    {"format", "gray", "GREY"},
    {"format", "Y16", "Y16 "},
    {"format", "pBAA", "pBAA"},
    {"format", "", NULL},
    {"format", "TOOLONG", NULL},
    {"format", "a\x1b[m", NULL},
    {"snapshot", "a b.png", "a b.png"},
    {"snapshot", "\xff\n", "\xff\n"},
    {"snapshot", "", NULL},
    {"threads", "0", "0"},
    {"threads", "64", "64"},
    {"threads", "65", NULL},
    {"threads", "-1", NULL},
    {"threads", "2.5", NULL},
    {"threads", "x", NULL},
    {"threads", "", NULL},
    {"cpu", "c", "c"},
    {"cpu", "ssse3", "ssse3"},
    {"cpu", "avx2", "avx2"},
    {"cpu", "avx512", "avx512"},
    {"cpu", "neon", "neon"},
    {"cpu", "AVX2", NULL},
    {"cpu", "0", NULL},
    {"cpu", "", NULL},
    {"panel", "0", "0"},
    {"l2", "1", "1"},
    {"l2", "2", NULL},
};

static void test_parse(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof parse_cases / sizeof parse_cases[0]; i++) {
        const struct parse_case *c = &parse_cases[i];
        settings_reset(&settings);
        struct settings before;
        memcpy(&before, &settings, sizeof before);
        int result = setting_parse(setting_find(c->name), c->text, &settings);
        if ((result == 0) != (c->shown != NULL))
            fail_msg("--%s \"%s\" gave %d", c->name, c->text, result);
        if (c->shown)
            assert_string_equal(shown(c->name), c->shown);
        else
            assert_memory_equal(&settings, &before, sizeof settings);
    }
}

static void test_too_long_text(void **state)
{
    (void)state;
    char text[SETTING_TEXT_BYTES + 1];
    memset(text, 'a', sizeof text);
    text[SETTING_TEXT_BYTES - 1] = '\0';
    assert_int_equal(setting_parse(setting_find("snapshot"), text, &settings), 0);
    assert_int_equal(strlen(settings.snapshot), SETTING_TEXT_BYTES - 1);
    text[SETTING_TEXT_BYTES - 1] = 'a';
    text[SETTING_TEXT_BYTES] = '\0';
    assert_int_equal(setting_parse(setting_find("snapshot"), text, &settings), -EINVAL);
}

static void test_set_number(void **state)
{
    (void)state;
    const struct setting *low = setting_find("low"), *blur = setting_find("blur");
    assert_int_equal(setting_set_number(low, 12.5, &settings), 0);
    assert_true(settings.canny.low == 12.5);
    assert_int_equal(setting_set_number(low, (double)NAN, &settings), -EINVAL);
    assert_int_equal(setting_set_number(low, (double)INFINITY, &settings), -EINVAL);
    assert_int_equal(setting_set_number(blur, 3, &settings), 0);
    assert_int_equal(setting_set_number(blur, 3.5, &settings), -EINVAL);
    assert_int_equal(setting_set_number(blur, 6, &settings), -EINVAL);
    assert_int_equal(settings.canny.blur, 3);
    assert_int_equal(setting_set_number(setting_find("panel"), 0, &settings), 0);
    assert_false(settings.panel);
    assert_int_equal(setting_set_number(setting_find("view"), 1, &settings), -EINVAL);
    assert_int_equal(setting_set_number(setting_find("size"), 1, &settings), -EINVAL);
}

static void test_merge(void **state)
{
    (void)state;
    struct settings given;
    settings_reset(&given);
    struct setting_set which = {{false}};
    static const char *const both[][2] = {{"low", "7"}, {"size", "3x4"}, {"snapshot", "x.png"}};
    for (size_t i = 0; i < 3; i++) {
        const struct setting *row = setting_find(both[i][0]);
        assert_int_equal(setting_parse(row, both[i][1], &given), 0);
        which.has[setting_index(row)] = true;
    }
    given.canny.high = 999;
    settings_merge(&settings, &given, &which);
    assert_true(settings.canny.low == 7);
    assert_true(settings.canny.high == 150);
    assert_int_equal(settings.size.height, 4);
    assert_string_equal(settings.snapshot, "x.png");
}

static void test_allowed(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"blur", "0, 3, 5 or 7"},
        {"gray", "luma or bgr"},
        {"buffers", "a whole number from 2 to 32"},
        {"frames", "a whole number, at least 0"},
        {"ui-scale", "a number from 0.5 to 8"},
        {"size", "WIDTHxHEIGHT in pixels, both from 1 to 16384"},
        {"l2", "true or false"},
        {"threads", "a whole number from 0 to 64"},
        {"cpu", "c, ssse3, avx2, avx512 or neon"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[128], cut[4];
        setting_allowed(setting_find(cases[i][0]), text, sizeof text);
        assert_string_equal(text, cases[i][1]);
        setting_allowed(setting_find(cases[i][0]), cut, sizeof cut);
        assert_int_equal(strlen(cut), 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_defaults, reset),
        cmocka_unit_test(test_the_machine_is_not_remembered),
        cmocka_unit_test(test_rows_are_unique),
        cmocka_unit_test(test_rows_are_complete),
        cmocka_unit_test_setup(test_defaults_are_allowed, reset),
        cmocka_unit_test(test_parse),
        cmocka_unit_test_setup(test_too_long_text, reset),
        cmocka_unit_test_setup(test_set_number, reset),
        cmocka_unit_test_setup(test_merge, reset),
        cmocka_unit_test(test_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
