/*
 * The belt: everything arrives once, in order; a full one holds its writer back, an empty one its
 * reader; closed, it gives out what is on it and takes no more.
 */
#include "app/belt.h"
#include "processing/memory.h"
#include "tests/unit/waiting.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>

#include <cmocka.h>

enum { CAPACITY = 3, MANY = 20000 };

struct item {
    int number;
    char padding[9]; // an odd size
};

struct bench {
    struct belt *belt;
    atomic_int put, taken;
    atomic_bool refused;
};

static bool put(struct bench *bench, int number)
{
    struct item item = {.number = number};
    return belt_put(bench->belt, &item);
}

static int take(struct bench *bench)
{
    struct item item;
    return belt_take(bench->belt, &item) ? item.number : -1;
}

static void begin(struct bench *bench)
{
    *bench = (struct bench){.belt = NULL};
    assert_int_equal(belt_create(&bench->belt, CAPACITY, sizeof(struct item)), 0);
}

static void *put_many(void *self)
{
    struct bench *bench = self;
    for (int i = 0; i < MANY; i++) {
        if (!put(bench, i)) {
            atomic_store(&bench->refused, true);
            break;
        }
        atomic_fetch_add(&bench->put, 1);
    }
    return NULL;
}

static void *take_all(void *self)
{
    struct bench *bench = self;
    while (take(bench) >= 0)
        atomic_fetch_add(&bench->taken, 1);
    return NULL;
}

static void test_order(void **state)
{
    (void)state;
    struct bench bench;
    pthread_t writer;
    begin(&bench);
    assert_int_equal(pthread_create(&writer, NULL, put_many, &bench), 0);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(take(&bench), i);
    pthread_join(writer, NULL);
    belt_destroy(&bench.belt);
    assert_null(bench.belt);
    belt_destroy(&bench.belt);
}

static void test_a_full_one_holds_back(void **state)
{
    (void)state;
    struct bench bench;
    pthread_t writer;
    begin(&bench);
    assert_int_equal(pthread_create(&writer, NULL, put_many, &bench), 0);
    WAIT_UNTIL(atomic_load(&bench.put) == CAPACITY);
    for (int i = 0; i < 20; i++)
        waiting_nap();
    assert_int_equal(atomic_load(&bench.put), CAPACITY);
    assert_int_equal(take(&bench), 0);
    WAIT_UNTIL(atomic_load(&bench.put) == CAPACITY + 1);
    belt_close(bench.belt);
    pthread_join(writer, NULL);
    assert_true(atomic_load(&bench.refused));
    for (int i = 1; i <= CAPACITY; i++)
        assert_int_equal(take(&bench), i);
    assert_int_equal(take(&bench), -1);
    belt_destroy(&bench.belt);
}

static void test_closing_ends_the_waiting(void **state)
{
    (void)state;
    struct bench bench;
    pthread_t readers[2];
    begin(&bench);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, take_all, &bench), 0);
    assert_true(put(&bench, 1));
    assert_true(put(&bench, 2));
    belt_close(bench.belt);
    for (int i = 0; i < 2; i++)
        pthread_join(readers[i], NULL);
    assert_int_equal(atomic_load(&bench.taken), 2);
    assert_false(put(&bench, 3));
    belt_close(bench.belt);
    belt_destroy(&bench.belt);
}

static void test_nothing_is_allocated_later(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench);
    int64_t before = memory_sum_of(MEMORY_OWNERS).total_count;
    for (int i = 0; i < 100; i++) {
        assert_true(put(&bench, i));
        assert_int_equal(take(&bench), i);
    }
    assert_int_equal(memory_sum_of(MEMORY_OWNERS).total_count, before);
    belt_destroy(&bench.belt);
    assert_int_equal(memory_sum_of(MEMORY_OWNERS).live_count, 0);
}

int main(void)
{
    waiting_begin();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_a_full_one_holds_back),
        cmocka_unit_test(test_closing_ends_the_waiting),
        cmocka_unit_test(test_nothing_is_allocated_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
