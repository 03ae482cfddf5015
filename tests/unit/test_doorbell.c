/*
 * The doorbell: a ring after the ticket is never lost, however the threads fall.
 */
#include "app/doorbell.h"
#include "tests/unit/waiting.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_a_ring_after_the_ticket_is_not_waited_for(void **state)
{
    struct doorbell *bell = *state;
    unsigned ticket = doorbell_ticket(bell);
    doorbell_ring(bell);
    doorbell_wait(bell, ticket, -1);
    // The old ticket stays rung, a new one is quiet.
    doorbell_wait(bell, ticket, -1);
    assert_int_not_equal(doorbell_ticket(bell), ticket);
    assert_int_equal(doorbell_ticket(bell), doorbell_ticket(bell));
}

static void test_a_wait_ends_by_itself(void **state)
{
    struct doorbell *bell = *state;
    unsigned ticket = doorbell_ticket(bell);
    doorbell_wait(bell, ticket, 0);
    doorbell_wait(bell, ticket, 3);
    assert_int_equal(doorbell_ticket(bell), ticket);
}

static void *ring_once(void *bell)
{
    waiting_nap();
    doorbell_ring(bell);
    return NULL;
}

static void test_a_ring_wakes_who_waits(void **state)
{
    struct doorbell *bell = *state;
    for (int i = 0; i < 200; i++) {
        pthread_t ringer;
        unsigned ticket = doorbell_ticket(bell);
        assert_int_equal(pthread_create(&ringer, NULL, ring_once, bell), 0);
        doorbell_wait(bell, ticket, -1);
        pthread_join(ringer, NULL);
    }
}

enum { RINGERS = 4, ROUNDS = 5000 };

struct crowd {
    struct doorbell *bell;
    atomic_int put, ringing; ///< things to be seen; ringers that have not finished
};

static void *put_and_ring(void *self)
{
    struct crowd *crowd = self;
    for (int i = 0; i < ROUNDS; i++) {
        atomic_fetch_add(&crowd->put, 1);
        doorbell_ring(crowd->bell);
    }
    atomic_fetch_sub(&crowd->ringing, 1);
    doorbell_ring(crowd->bell);
    return NULL;
}

/** A lost ring would leave the last thing unseen, and the wait without a time-out would hang. */
static void test_many_ringers(void **state)
{
    struct crowd crowd = {.bell = *state, .ringing = RINGERS};
    pthread_t ringers[RINGERS];
    for (int i = 0; i < RINGERS; i++)
        assert_int_equal(pthread_create(&ringers[i], NULL, put_and_ring, &crowd), 0);
    int seen = 0;
    for (;;) {
        unsigned ticket = doorbell_ticket(crowd.bell);
        int put = atomic_load(&crowd.put);
        int ringing = atomic_load(&crowd.ringing);
        if (!ringing && seen == RINGERS * ROUNDS)
            break;
        if (put == seen)
            doorbell_wait(crowd.bell, ticket, -1);
        seen = put;
    }
    for (int i = 0; i < RINGERS; i++)
        pthread_join(ringers[i], NULL);
    assert_int_equal(seen, RINGERS * ROUNDS);
}

/** Back and forth: every step of one thread waits for a ring of the other. */
struct tennis {
    struct doorbell *bells[2];
    atomic_int ball; ///< strokes so far; the player of its parity is on
};

static void play(struct tennis *tennis, int player)
{
    for (;;) {
        unsigned ticket = doorbell_ticket(tennis->bells[player]);
        int ball = atomic_load(&tennis->ball);
        if (ball >= ROUNDS)
            break;
        if (ball % 2 != player) {
            doorbell_wait(tennis->bells[player], ticket, -1);
            continue;
        }
        atomic_store(&tennis->ball, ball + 1);
        doorbell_ring(tennis->bells[!player]);
    }
    doorbell_ring(tennis->bells[!player]);
}

static void *play_second(void *tennis)
{
    play(tennis, 1);
    return NULL;
}

static void test_two_players(void **state)
{
    struct tennis tennis = {.bells = {*state}};
    pthread_t second;
    assert_int_equal(doorbell_create(&tennis.bells[1]), 0);
    assert_int_equal(pthread_create(&second, NULL, play_second, &tennis), 0);
    play(&tennis, 0);
    pthread_join(second, NULL);
    assert_int_equal(atomic_load(&tennis.ball), ROUNDS);
    doorbell_destroy(&tennis.bells[1]);
    assert_null(tennis.bells[1]);
    doorbell_destroy(&tennis.bells[1]);
}

static int set_up(void **state)
{
    return doorbell_create((struct doorbell **)state);
}

static int tear_down(void **state)
{
    doorbell_destroy((struct doorbell **)state);
    return 0;
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    waiting_begin();
    const struct CMUnitTest tests[] = {
        TEST(test_a_ring_after_the_ticket_is_not_waited_for),
        TEST(test_a_wait_ends_by_itself),
        TEST(test_a_ring_wakes_who_waits),
        TEST(test_many_ringers),
        TEST(test_two_players),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
