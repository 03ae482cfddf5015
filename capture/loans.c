#include "capture/loans.h"

#include "processing/clock.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

int loans_open(struct loans *loans)
{
    *loans = (struct loans){.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    return loans->wake_fd < 0 ? -errno : 0;
}

void loans_close(struct loans *loans)
{
    if (loans->wake_fd >= 0)
        close(loans->wake_fd);
    loans->wake_fd = -1;
}

void loans_lend(struct loans *loans, int slot)
{
    unsigned before = atomic_fetch_or(&loans->out, 1u << slot);
    assert(!(before & 1u << slot));
    (void)before;
}

static void ring(struct loans *loans)
{
    // Fails only when the counter is full, and then the reader is being woken anyway.
    ssize_t written = write(loans->wake_fd, &(uint64_t){1}, sizeof(uint64_t));
    (void)written;
}

void loans_return(struct loans *loans, int slot)
{
    unsigned bit = 1u << slot;
    assert(atomic_load(&loans->out) & bit);
    // Once the bit is set the source may close, but not before the doorbell has been let go of.
    atomic_fetch_add(&loans->returning, 1);
    unsigned before = atomic_fetch_or(&loans->returned, bit);
    assert(!(before & bit));
    (void)before;
    ring(loans);
    atomic_fetch_sub(&loans->returning, 1);
}

unsigned loans_collect(struct loans *loans)
{
    // Quiet first, look second: a slot that comes back in between rings again.
    uint64_t rings;
    ssize_t got = read(loans->wake_fd, &rings, sizeof rings);
    (void)got;
    unsigned back = atomic_exchange(&loans->returned, 0);
    atomic_fetch_and(&loans->out, ~back);
    return back;
}

void loans_wake(struct loans *loans)
{
    atomic_store(&loans->woken, true);
    ring(loans);
}

bool loans_take_wake(struct loans *loans)
{
    return atomic_exchange(&loans->woken, false);
}

void loans_wait_all(struct loans *loans)
{
    while (loans_collect(loans), atomic_load(&loans->out)) {
        struct pollfd back = {.fd = loans->wake_fd, .events = POLLIN};
        poll(&back, 1, -1);
    }
    while (atomic_load(&loans->returning))
        sched_yield();
}

int loans_sleep_until(struct loans *loans, int64_t until_ns)
{
    for (;;) {
        loans_collect(loans);
        if (loans_take_wake(loans))
            return -EINTR;
        int64_t left_ns = until_ns - clock_now_ns();
        if (left_ns <= 0)
            return 0;
        struct timespec left = {.tv_sec = left_ns / NS_PER_S, .tv_nsec = left_ns % NS_PER_S};
        struct pollfd wake = {.fd = loans->wake_fd, .events = POLLIN};
        ppoll(&wake, 1, &left, NULL);
    }
}
