// Names as text, and back: nothing may be lost.

#include "app/escape.h"
#include "processing/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *name, *text;
} cases[] = {
    {"", ""},
    {"a b.png", "a b.png"},
    {"-r \"q\" 'z'", "-r \"q\" 'z'"},
    {"new\nline\ttab", "new\\x0Aline\\x09tab"},
    {"back\\slash", "back\\\\slash"},
    {"\\x0A", "\\\\x0A"},
    {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
    {"\xff\xfe", "\\xFF\\xFE"},
    {"\xc3", "\\xC3"},
    {"\xc0\xaf", "\\xC0\\xAF"},          // overlong
    {"\xed\xa0\x80", "\\xED\\xA0\\x80"}, // a surrogate
    {"\xf4\x90\x80\x80", "\\xF4\\x90\\x80\\x80"},
    {"\xc2\x9b", "\\xC2\\x9B"}, // C1
    {"\x1b[2J\x7f", "\\x1B[2J\\x7F"},
};

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = escape_name(cases[i].name);
        assert_string_equal(text, cases[i].text);
        memory_free(text);
    }
}

/** As a reader of a report would do it. */
static void unescape(const char *text, char *name)
{
    while (*text) {
        if (text[0] == '\\' && text[1] == 'x') {
            char digits[3] = {text[2], text[3], '\0'};
            *name++ = (char)strtol(digits, NULL, 16);
            text += 4;
        } else {
            text += *text == '\\';
            *name++ = *text++;
        }
    }
    *name = '\0';
}

static void test_any_name_comes_back(void **state)
{
    (void)state;
    static const char bytes[] = "\\x0AFa\xc3\xa9\xe2\x82\xac\xff\n\x7f\"";
    char name[40], again[40];
    srand(1);
    for (int run = 0; run < 20000; run++) {
        int length = rand() % (int)sizeof name;
        for (int i = 0; i < length; i++)
            name[i] =
                rand() % 4 ? bytes[rand() % (int)(sizeof bytes - 1)] : (char)(1 + rand() % 255);
        name[length < (int)sizeof name ? length : 0] = '\0';
        char *text = escape_name(name);
        for (const char *c = text; *c; c += escape_character(c))
            assert_true(escape_character(c) > 0);
        unescape(text, again);
        assert_string_equal(again, name);
        memory_free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_any_name_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
