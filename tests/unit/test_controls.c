/*
 * The controls: whole values, a new number after each change, both loops told.
 */
#include "app/controls.h"
#include "tests/unit/waiting.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct fixture {
    struct doorbell *capture, *processing;
    struct controls *controls;
};

static void test_defaults(void **state)
{
    struct fixture *f = *state;
    struct control_values values;
    unsigned first = controls_get(f->controls, &values);
    assert_int_equal(values.view, VIEW_EDGES);
    assert_true(values.canny.low == canny_default_params.low);
    assert_int_equal(values.canny.blur, canny_default_params.blur);
    assert_false(values.frozen);
    assert_int_equal(controls_get(f->controls, &values), first);
}

static void test_a_change_is_seen_and_rung(void **state)
{
    struct fixture *f = *state;
    struct control_values values, got;
    unsigned number = controls_get(f->controls, &values);
    for (int i = 1; i <= 3; i++) {
        unsigned tickets[] = {doorbell_ticket(f->capture), doorbell_ticket(f->processing)};
        values.noise = i;
        values.steps = (unsigned)i * 10;
        controls_set(f->controls, &values);
        unsigned next = controls_get(f->controls, &got);
        assert_int_not_equal(next, number);
        assert_int_equal(got.noise, i);
        assert_int_equal(got.steps, i * 10);
        doorbell_wait(f->capture, tickets[0], -1);
        doorbell_wait(f->processing, tickets[1], -1);
        number = next;
    }
    // Even the same values again are a change: a picture may have to be painted anew.
    controls_set(f->controls, &values);
    assert_int_not_equal(controls_get(f->controls, &got), number);
}

enum { CHANGES = 5000 };

/** Looks on until it has seen the last change; counts values that do not belong together. */
struct onlooker {
    struct fixture *fixture;
    unsigned mixed, backwards;
};

static void *look_on(void *self)
{
    struct onlooker *onlooker = self;
    struct fixture *f = onlooker->fixture;
    struct control_values values = {0};
    unsigned last = 0;
    while (values.steps != CHANGES) {
        unsigned ticket = doorbell_ticket(f->processing);
        unsigned number = controls_get(f->controls, &values);
        onlooker->backwards += number < last;
        onlooker->mixed += values.snapshots != values.steps;
        if (number == last)
            doorbell_wait(f->processing, ticket, -1);
        last = number;
    }
    return NULL;
}

static void test_values_stay_together(void **state)
{
    struct fixture *f = *state;
    struct onlooker onlooker = {.fixture = f};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, look_on, &onlooker), 0);
    for (unsigned i = 1; i <= CHANGES; i++)
        controls_set(f->controls, &(struct control_values){.steps = i, .snapshots = i});
    pthread_join(thread, NULL);
    assert_int_equal(onlooker.mixed, 0);
    assert_int_equal(onlooker.backwards, 0);
}

static int set_up(void **state)
{
    static struct fixture f;
    *state = &f;
    assert_int_equal(doorbell_create(&f.capture), 0);
    assert_int_equal(doorbell_create(&f.processing), 0);
    return controls_create(&f.controls, f.capture, f.processing);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    controls_destroy(&f->controls);
    assert_null(f->controls);
    controls_destroy(&f->controls);
    doorbell_destroy(&f->capture);
    doorbell_destroy(&f->processing);
    return 0;
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    waiting_begin();
    const struct CMUnitTest tests[] = {
        TEST(test_defaults),
        TEST(test_a_change_is_seen_and_rung),
        TEST(test_values_stay_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
