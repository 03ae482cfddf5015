/*
 * What is left beside the process, what fits, and the sentence for what does not.
 */
#include "app/memory_limit.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { MB = 1 << 20 };

static void a_limit_leaves_what_the_process_does_not_take(void **state)
{
    (void)state;
    struct memory_limit limit = memory_limit_make(40, MEMORY_SHARE_ALL, 10 * MB, 500 * MB);
    assert_int_equal(limit.bytes, 40 * MB);
    assert_int_equal(memory_limit_room(&limit), 30 * MB);
    limit = memory_limit_make(8, MEMORY_SHARE_ALL, 10 * MB, 500 * MB);
    assert_int_equal(memory_limit_room(&limit), -2 * MB);
}

static void without_one_it_is_a_share_of_what_is_free(void **state)
{
    (void)state;
    struct memory_limit limit = memory_limit_make(0, MEMORY_SHARE_ALL, 10 * MB, 500 * MB);
    assert_int_equal(memory_limit_room(&limit), 500 * MB);
    limit = memory_limit_make(0, MEMORY_SHARE_HALF, 10 * MB, 500 * MB);
    assert_int_equal(memory_limit_room(&limit), 250 * MB);
    limit = memory_limit_make(0, MEMORY_SHARE_HALF, 10 * MB, 0); // the system does not say
    assert_true(memory_limit_room(&limit) > (int64_t)1 << 60);
}

static void to_the_byte(void **state)
{
    (void)state;
    struct error err = {"as it was"};
    struct memory_limit limit = memory_limit_make(40, MEMORY_SHARE_ALL, 10 * MB, 0);
    struct memory_need need = {"'a.png'", 30 * MB, NULL};
    assert_int_equal(memory_limit_check(&limit, &need, &err), 0);
    assert_string_equal(err.text, "as it was");
    need.bytes++;
    assert_int_equal(memory_limit_check(&limit, &need, &err), -EFBIG);
    assert_int_equal(memory_limit_check(&limit, &need, NULL), -EFBIG);
    limit.own_bytes = 50 * MB;
    need.bytes = 0;
    assert_int_equal(memory_limit_check(&limit, &need, &err), -EFBIG);
}

static void the_sentence_says_what_and_how_much(void **state)
{
    (void)state;
    struct error err;
    struct memory_limit limit = memory_limit_make(40, MEMORY_SHARE_ALL, 10 * MB, 0);
    struct memory_need need = {"'a.png'", 30 * MB + 1, NULL};
    memory_limit_check(&limit, &need, &err);
    assert_string_equal(err.text,
                        "--max-memory 40 is too little: 'a.png' takes about 41 MB; give more");
    need.remedy = "a smaller --size";
    memory_limit_check(&limit, &need, &err);
    assert_string_equal(err.text, "--max-memory 40 is too little: 'a.png' takes about 41 MB; give "
                                  "more, or a smaller --size");
    limit = memory_limit_make(0, MEMORY_SHARE_HALF, 10 * MB, 40 * MB);
    memory_limit_check(&limit, &need, &err);
    assert_string_equal(err.text, "'a.png' takes about 31 MB, and of the memory that is free it "
                                  "may have 20; give more with --max-memory, or a smaller --size");
}

static void it_is_measured(void **state)
{
    (void)state;
    struct memory_limit limit = memory_limit_now(2000, MEMORY_SHARE_ALL, 7 * MB);
    assert_in_range(limit.own_bytes, 7 * MB + 1, 1000 * (int64_t)MB);
    assert_int_equal(limit.bytes, 2000 * (int64_t)MB);
    limit = memory_limit_now(0, MEMORY_SHARE_ALL, 0);
    assert_true(memory_limit_room(&limit) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_limit_leaves_what_the_process_does_not_take),
        cmocka_unit_test(without_one_it_is_a_share_of_what_is_free),
        cmocka_unit_test(to_the_byte),
        cmocka_unit_test(the_sentence_says_what_and_how_much),
        cmocka_unit_test(it_is_measured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
