/*
 * UTF-8 read without trust: every form, every way of being wrong, and never past the end.
 */
#include "render/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *bytes;
    uint32_t codes[4];
    int count;
} rows[] = {
    {"A", {'A'}, 1},
    {"\xc2\xb5", {0xb5}, 1},
    {"\xe2\x80\x93", {0x2013}, 1},
    {"\xf0\x9f\x93\xb7", {0x1f4f7}, 1},
    {"\xf4\x8f\xbf\xbf", {0x10ffff}, 1},
    // Alone, cut off, too long, a surrogate, too large, never used.
    {"\x80", {UTF8_REPLACEMENT}, 1},
    {"\xc3", {UTF8_REPLACEMENT}, 1},
    {"\xe2\x80", {UTF8_REPLACEMENT, UTF8_REPLACEMENT}, 2},
    {"\xc0\xaf", {UTF8_REPLACEMENT, UTF8_REPLACEMENT}, 2},
    {"\xed\xa0\x80", {UTF8_REPLACEMENT, UTF8_REPLACEMENT, UTF8_REPLACEMENT}, 3},
    {"\xf4\x90\x80\x80",
     {UTF8_REPLACEMENT, UTF8_REPLACEMENT, UTF8_REPLACEMENT, UTF8_REPLACEMENT},
     4},
    {"\xff", {UTF8_REPLACEMENT}, 1},
    // The reader finds its feet again after a broken character.
    {"\xe2\x41\xc2\xb5", {UTF8_REPLACEMENT, 'A', 0xb5}, 3},
    // Control characters have no look.
    {"\n\x7f\xc2\x85", {UTF8_REPLACEMENT, UTF8_REPLACEMENT, UTF8_REPLACEMENT, UTF8_REPLACEMENT}, 4},
};

static void test_reading(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *text = rows[i].bytes;
        const char *end = text + strlen(text);
        int count = 0;
        while (text < end) {
            assert_true(count < rows[i].count);
            assert_int_equal(utf8_next(&text, end), rows[i].codes[count++]);
        }
        assert_int_equal(count, rows[i].count);
        assert_ptr_equal(text, end);
    }
}

static void test_writing_is_the_inverse(void **state)
{
    (void)state;
    const uint32_t codes[] = {0x20,   0x7e,   0xa0,   0x7ff,   0x800,
                              0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        char bytes[4];
        const char *text = bytes;
        size_t length = utf8_put(codes[i], bytes);
        assert_int_equal(utf8_next(&text, bytes + length), codes[i]);
        assert_ptr_equal(text, bytes + length);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reading),
        cmocka_unit_test(test_writing_is_the_inverse),
    };
    return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
