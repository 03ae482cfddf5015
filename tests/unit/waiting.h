#pragma once

/**
 * @file
 * Waiting in tests of threads: for something that must come, however slow the machine is. What
 * does not come in three minutes ends the program, which is a failure too.
 */

#include <time.h>
#include <unistd.h>

/** To be called first in main(). */
static inline void waiting_begin(void)
{
    alarm(180);
}

/** Gives other threads time. No test may pass or fail by how long this takes. */
static inline void waiting_nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
}

/** Waits until a condition holds. */
#define WAIT_UNTIL(CONDITION)                                                                      \
    while (!(CONDITION))                                                                           \
    waiting_nap()
