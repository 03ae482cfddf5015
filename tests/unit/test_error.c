#include "processing/error.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void sentence_is_written_and_code_returned(void **state)
{
    (void)state;
    struct error err;
    int code = error_set(&err, -ENOENT, "Cannot open %s (%d of %d)", "/dev/video9", 2, 3);
    assert_int_equal(code, -ENOENT);
    assert_string_equal(err.text, "Cannot open /dev/video9 (2 of 3)");
}

static void nobody_need_listen(void **state)
{
    (void)state;
    assert_int_equal(error_set(NULL, -EIO, "%s", "unheard"), -EIO);
}

static void long_sentence_is_cut(void **state)
{
    (void)state;
    char name[2000];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    struct {
        struct error err;
        char after[8];
    } box;
    memset(&box, '!', sizeof box);
    assert_int_equal(error_set(&box.err, -ENAMETOOLONG, "Cannot open %s", name), -ENAMETOOLONG);
    assert_int_equal(strlen(box.err.text), sizeof box.err.text - 1);
    assert_memory_equal(box.err.text, "Cannot open nnnn", 16);
    assert_memory_equal(box.after, "!!!!!!!!", sizeof box.after);
}

static void a_later_sentence_replaces_the_first(void **state)
{
    (void)state;
    struct error err;
    error_set(&err, -EIO, "The camera is gone, plug it in again");
    error_set(&err, -EIO, "short");
    assert_string_equal(err.text, "short");
}

static void reasons_are_the_systems_words(void **state)
{
    (void)state;
    const int codes[] = {ENOENT, EACCES, EBUSY, ENODEV, ENOMEM, EINVAL};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        assert_string_equal(error_reason(-codes[i]), strerrordesc_np(codes[i]));
    assert_string_equal(error_reason(-ENOENT), "No such file or directory");
    assert_string_equal(error_reason(ENOENT), "No such file or directory");
}

static void unknown_codes_have_words_too(void **state)
{
    (void)state;
    assert_non_null(error_reason(-123456));
    assert_true(strlen(error_reason(-123456)) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sentence_is_written_and_code_returned),
        cmocka_unit_test(nobody_need_listen),
        cmocka_unit_test(long_sentence_is_cut),
        cmocka_unit_test(a_later_sentence_replaces_the_first),
        cmocka_unit_test(reasons_are_the_systems_words),
        cmocka_unit_test(unknown_codes_have_words_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
