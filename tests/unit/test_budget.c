/*
 * Bytes are lent up to the whole, waited for beyond it, and never lent twice.
 */
#include "app/budget.h"
#include "tests/unit/waiting.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { WHOLE = 1000, TAKERS = 8, ROUNDS = 2000 };

static void what_is_there_is_given(void **state)
{
    (void)state;
    struct budget *budget;
    assert_int_equal(budget_create(&budget, WHOLE), 0);
    assert_int_equal(budget_bytes(budget), WHOLE);
    assert_int_equal(budget_take(budget, WHOLE), 0);
    budget_give(budget, WHOLE);
    assert_int_equal(budget_take(budget, 600), 0);
    assert_int_equal(budget_take(budget, 400), 0);
    assert_int_equal(budget_take(budget, 0), 0);
    assert_int_equal(budget_take(budget, WHOLE + 1), -EFBIG);
    assert_int_equal(budget_take(budget, SIZE_MAX), -EFBIG);
    budget_destroy(&budget);
    assert_null(budget);
    budget_destroy(&budget);
}

static void it_can_become_less(void **state)
{
    (void)state;
    struct budget *budget;
    assert_int_equal(budget_create(&budget, WHOLE), 0);
    assert_int_equal(budget_shrink(budget, WHOLE + 1), -EFBIG);
    assert_int_equal(budget_shrink(budget, 300), 0);
    assert_int_equal(budget_bytes(budget), WHOLE - 300);
    assert_int_equal(budget_take(budget, WHOLE - 299), -EFBIG);
    assert_int_equal(budget_take(budget, WHOLE - 300), 0);
    budget_stop(budget);
    assert_int_equal(budget_shrink(budget, 1), -EINTR);
    budget_destroy(&budget);
}

static struct budget *shared;
static atomic_int taken, most, waiting;

static void *take_and_give(void *self)
{
    int bytes = 100 + 90 * (int)(intptr_t)self;
    for (int i = 0; i < ROUNDS; i++) {
        if (budget_take(shared, (size_t)bytes) < 0)
            return NULL;
        int now = atomic_fetch_add(&taken, bytes) + bytes;
        if (now > atomic_load(&most))
            atomic_store(&most, now);
        atomic_fetch_sub(&taken, bytes);
        budget_give(shared, (size_t)bytes);
    }
    return NULL;
}

static void never_more_than_all(void **state)
{
    (void)state;
    pthread_t threads[TAKERS];
    assert_int_equal(budget_create(&shared, WHOLE), 0);
    for (intptr_t i = 0; i < TAKERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_and_give, (void *)i), 0);
    for (int i = 0; i < TAKERS; i++)
        pthread_join(threads[i], NULL);
    assert_in_range(atomic_load(&most), 1, WHOLE);
    assert_int_equal(budget_take(shared, WHOLE), 0);
    budget_destroy(&shared);
}

static void *wait_for_it(void *result)
{
    atomic_fetch_add(&waiting, 1);
    *(int *)result = budget_take(shared, 1);
    return NULL;
}

static void *wait_for_all(void *result)
{
    atomic_fetch_add(&waiting, 1);
    *(int *)result = budget_take(shared, WHOLE);
    return NULL;
}

static void waiting_can_be_ended(void **state)
{
    (void)state;
    pthread_t thread;
    int result = 0;
    assert_int_equal(budget_create(&shared, WHOLE), 0);
    assert_int_equal(budget_take(shared, WHOLE), 0);
    assert_int_equal(pthread_create(&thread, NULL, wait_for_it, &result), 0);
    WAIT_UNTIL(atomic_load(&waiting) == 1);
    waiting_nap();
    budget_stop(shared);
    pthread_join(thread, NULL);
    assert_int_equal(result, -EINTR);
    assert_int_equal(budget_take(shared, 0), -EINTR);
    budget_destroy(&shared);
}

static void *shrink(void *result)
{
    *(int *)result = budget_shrink(shared, WHOLE / 2);
    return NULL;
}

/** Of two that wait, one makes the other's wish impossible. */
static void who_waits_for_too_much_is_told(void **state)
{
    (void)state;
    pthread_t taker, shrinker;
    int took = 0, shrank = 1;
    assert_int_equal(budget_create(&shared, WHOLE), 0);
    assert_int_equal(budget_take(shared, WHOLE / 2), 0);
    atomic_store(&waiting, 0);
    assert_int_equal(pthread_create(&taker, NULL, wait_for_all, &took), 0);
    WAIT_UNTIL(atomic_load(&waiting) == 1);
    waiting_nap();
    assert_int_equal(pthread_create(&shrinker, NULL, shrink, &shrank), 0);
    pthread_join(shrinker, NULL);
    pthread_join(taker, NULL);
    assert_int_equal(shrank, 0);
    assert_int_equal(took, -EFBIG);
    budget_destroy(&shared);
}

int main(void)
{
    waiting_begin();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_there_is_given),
        cmocka_unit_test(it_can_become_less),
        cmocka_unit_test(never_more_than_all),
        cmocka_unit_test(waiting_can_be_ended),
        cmocka_unit_test(who_waits_for_too_much_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
