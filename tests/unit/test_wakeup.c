/*
 * The descriptor that wakes a thread from poll().
 */
#include "app/wakeup.h"
#include "tests/unit/waiting.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static bool is_readable(int fd)
{
    struct pollfd one = {.fd = fd, .events = POLLIN};
    return poll(&one, 1, 0) == 1;
}

static void one_quieting_takes_all(void **state)
{
    (void)state;
    int fd;
    assert_int_equal(wakeup_create(&fd), 0);
    assert_false(is_readable(fd));
    wakeup_ring(fd);
    wakeup_ring(fd);
    assert_true(is_readable(fd));
    assert_true(is_readable(fd));
    wakeup_quiet(fd);
    assert_false(is_readable(fd));
    wakeup_quiet(fd); // would block for ever
    wakeup_ring(fd);
    assert_true(is_readable(fd));
    wakeup_destroy(&fd);
    assert_int_equal(fd, -1);
    wakeup_destroy(&fd);
}

/** A full counter is readable, and ringing it blocks nobody. */
static void a_full_one_can_be_rung(void **state)
{
    (void)state;
    int fd;
    assert_int_equal(wakeup_create(&fd), 0);
    uint64_t most = UINT64_MAX - 1;
    assert_int_equal(write(fd, &most, sizeof most), sizeof most);
    wakeup_ring(fd);
    assert_true(is_readable(fd));
    wakeup_quiet(fd);
    assert_false(is_readable(fd));
    wakeup_destroy(&fd);
}

static void it_stays_in_this_process(void **state)
{
    (void)state;
    int fd;
    assert_int_equal(wakeup_create(&fd), 0);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    wakeup_destroy(&fd);
}

static void *sleep_in_poll(void *self)
{
    struct pollfd one = {.fd = *(int *)self, .events = POLLIN};
    poll(&one, 1, -1);
    return NULL;
}

static void it_wakes_a_thread(void **state)
{
    (void)state;
    int fd;
    pthread_t thread;
    assert_int_equal(wakeup_create(&fd), 0);
    assert_int_equal(pthread_create(&thread, NULL, sleep_in_poll, &fd), 0);
    waiting_nap();
    wakeup_ring(fd);
    pthread_join(thread, NULL);
    wakeup_destroy(&fd);
}

int main(void)
{
    waiting_begin();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_quieting_takes_all),
        cmocka_unit_test(a_full_one_can_be_rung),
        cmocka_unit_test(it_stays_in_this_process),
        cmocka_unit_test(it_wakes_a_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
