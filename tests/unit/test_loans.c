/*
 * Loans: out, back, collected, in one thread and between two. Run under ThreadSanitizer, the last
 * test also shows that what a reader read is over before the source writes again.
 */
#include "capture/loans.h"
#include "processing/clock.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool is_ringing(const struct loans *loans)
{
    struct pollfd bell = {.fd = loans->wake_fd, .events = POLLIN};
    return poll(&bell, 1, 0) == 1;
}

static void test_out_and_back(void **state)
{
    struct loans *loans = *state;
    loans_lend(loans, 0);
    loans_lend(loans, 31);
    assert_int_equal(atomic_load(&loans->out), 0x80000001);
    assert_false(is_ringing(loans));
    loans_return(loans, 31);
    assert_true(is_ringing(loans));
    // Out until it is collected: the source alone says when memory may be used again.
    assert_int_equal(atomic_load(&loans->out), 0x80000001);
    assert_int_equal(loans_collect(loans), 0x80000000);
    assert_false(is_ringing(loans));
    assert_int_equal(atomic_load(&loans->out), 1);
    assert_int_equal(loans_collect(loans), 0);
    loans_return(loans, 0);
    loans_lend(loans, 31);
    assert_int_equal(loans_collect(loans), 1);
    loans_return(loans, 31);
    loans_wait_all(loans);
    assert_int_equal(atomic_load(&loans->out), 0);
}

static void test_wake(void **state)
{
    struct loans *loans = *state;
    assert_false(loans_take_wake(loans));
    loans_wake(loans);
    loans_wake(loans);
    assert_true(is_ringing(loans));
    assert_int_equal(loans_collect(loans), 0);
    assert_false(is_ringing(loans));
    assert_true(loans_take_wake(loans));
    assert_false(loans_take_wake(loans));
}

static void test_sleep(void **state)
{
    struct loans *loans = *state;
    assert_int_equal(loans_sleep_until(loans, clock_now_ns() - NS_PER_S), 0);
    int64_t moment = clock_now_ns() + 2 * NS_PER_MS;
    assert_int_equal(loans_sleep_until(loans, moment), 0);
    assert_true(clock_now_ns() >= moment);
    // What comes back meanwhile is collected, and does not end the sleep.
    loans_lend(loans, 5);
    loans_return(loans, 5);
    moment = clock_now_ns() + 2 * NS_PER_MS;
    assert_int_equal(loans_sleep_until(loans, moment), 0);
    assert_true(clock_now_ns() >= moment);
    assert_int_equal(atomic_load(&loans->out), 0);
    loans_wake(loans);
    assert_int_equal(loans_sleep_until(loans, INT64_MAX), -EINTR);
}

static void test_close_forgives(void **state)
{
    (void)state;
    struct loans loans = {.wake_fd = -1};
    loans_close(&loans);
    assert_int_equal(loans_open(&loans), 0);
    loans_close(&loans);
    assert_int_equal(loans.wake_fd, -1);
    loans_close(&loans);
}

enum { BUFFERS = 4, BUFFER_BYTES = 512, ROUNDS = 20000 };

/** A source and a reader with a one-place mailbox between them. */
struct pair {
    struct loans *loans;
    uint8_t buffers[BUFFERS][BUFFER_BYTES];
    atomic_int box; ///< slot + 1, 0 if empty, -1 at the end
    int torn, read;
};

static void *reader(void *argument)
{
    struct pair *pair = argument;
    for (;;) {
        int slot = atomic_exchange(&pair->box, 0) - 1;
        if (slot == -2)
            return NULL;
        if (slot < 0)
            continue;
        const uint8_t *bytes = pair->buffers[slot];
        for (int i = 1; i < BUFFER_BYTES; i++)
            pair->torn += bytes[i] != bytes[0];
        pair->read++;
        loans_return(pair->loans, slot);
    }
}

static int free_slot(struct loans *loans)
{
    for (;;) {
        loans_collect(loans);
        unsigned out = atomic_load(&loans->out);
        for (int i = 0; i < BUFFERS; i++)
            if (!(out & 1u << i))
                return i;
        struct pollfd back = {.fd = loans->wake_fd, .events = POLLIN};
        poll(&back, 1, -1);
    }
}

/** Newest wins: a slot that was not taken comes back at the hands of the source itself. */
static void post(struct pair *pair, int slot)
{
    int replaced = atomic_exchange(&pair->box, slot + 1) - 1;
    if (replaced >= 0)
        loans_return(pair->loans, replaced);
}

static void test_two_threads(void **state)
{
    static struct pair pair;
    pair = (struct pair){.loans = *state};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, reader, &pair), 0);
    for (int i = 0; i < ROUNDS; i++) {
        int slot = free_slot(pair.loans);
        memset(pair.buffers[slot], i & 255, BUFFER_BYTES);
        loans_lend(pair.loans, slot);
        post(&pair, slot);
    }
    while (atomic_load(&pair.box) > 0)
        ;
    atomic_store(&pair.box, -1);
    pthread_join(thread, NULL);
    loans_wait_all(pair.loans);
    assert_int_equal(pair.torn, 0);
    assert_true(pair.read > 0);
    assert_int_equal(atomic_load(&pair.loans->out), 0);
}

static int set_up(void **state)
{
    static struct loans loans;
    *state = &loans;
    return loans_open(&loans);
}

static int tear_down(void **state)
{
    loans_close(*state);
    return 0;
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_out_and_back),   TEST(test_wake),        TEST(test_sleep),
        TEST(test_close_forgives), TEST(test_two_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
