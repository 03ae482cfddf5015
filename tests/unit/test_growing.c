// Arrays, texts and tables that grow.

#include "app/byte_map.h"
#include "app/growing.h"
#include "processing/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_array(void **state)
{
    (void)state;
    size_t room = 0;
    int *items = NULL;
    for (size_t i = 0; i < 10000; i++) {
        if (i == room)
            items = array_grow(items, &room, sizeof *items);
        assert_non_null(items);
        assert_int_equal(items[i], 0);
        items[i] = (int)i;
    }
    for (int i = 0; i < 10000; i++)
        assert_int_equal(items[i], i);
    memory_free(items);
    room = (size_t)-1 / 4;
    assert_null(array_grow(NULL, &room, 16));
}

static void test_texts(void **state)
{
    (void)state;
    enum { TEXTS = 3000 };
    static char *texts[TEXTS];
    char big[70001];
    struct text_pool pool = {NULL};
    int64_t before = memory_sum_of(MEMORY_OTHER).live_bytes;
    memset(big, 'x', sizeof big);
    for (int i = 0; i < TEXTS; i++)
        assert_non_null(texts[i] = text_pool_copy(&pool, big, (size_t)(i * 23 % sizeof big)));
    for (int i = 0; i < TEXTS; i++)
        assert_int_equal(strlen(texts[i]), i * 23 % sizeof big);
    assert_string_equal(text_pool_copy(&pool, "a", 0), "");
    assert_memory_equal(text_pool_copy(&pool, "a\0b", 3), "a\0b", 4);
    text_pool_free(&pool);
    assert_true(memory_sum_of(MEMORY_OTHER).live_bytes == before);
    text_pool_free(&pool);
}

static void test_map(void **state)
{
    (void)state;
    enum { KEYS = 20000 };
    static char keys[KEYS][12];
    struct byte_map map = {NULL, 0, 0};
    assert_null(byte_map_find(&map, "", 0));
    for (size_t i = 0; i < KEYS; i++) {
        snprintf(keys[i], sizeof keys[i], "%zu", i);
        assert_int_equal(byte_map_put(&map, keys[i], strlen(keys[i]), i), 0);
    }
    assert_int_equal(map.count, KEYS);
    for (size_t i = 0; i < KEYS; i++)
        assert_int_equal(*byte_map_find(&map, keys[i], strlen(keys[i])), i);
    assert_null(byte_map_find(&map, "1x", 2));
    assert_null(byte_map_find(&map, "1", 2)); // the zero belongs to it then
    assert_null(byte_map_find(&map, "", 0));
    assert_int_equal(byte_map_put(&map, "", 0, 7), 0);
    assert_int_equal(*byte_map_find(&map, "x", 0), 7);
    assert_int_equal(byte_map_put(&map, "17", 2, 8), 0);
    assert_int_equal(*byte_map_find(&map, "17", 2), 8);
    assert_int_equal(map.count, KEYS + 1);
    byte_map_free(&map);
    assert_null(byte_map_find(&map, "17", 2));
}

/** From the draft's test vectors. */
static void test_hash(void **state)
{
    (void)state;
    assert_true(byte_hash(BYTE_HASH_START, "", 0) == UINT64_C(0xcbf29ce484222325));
    assert_true(byte_hash(BYTE_HASH_START, "a", 1) == UINT64_C(0xaf63dc4c8601ec8c));
    uint64_t half = byte_hash(BYTE_HASH_START, "foo", 3);
    assert_true(byte_hash(half, "bar", 3) == UINT64_C(0x85944171f73967e8));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_array),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_map),
        cmocka_unit_test(test_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
