#pragma once

/**
 * @file
 * One clock for everything: CLOCK_MONOTONIC in nanoseconds, the clock of V4L2's buffer stamps.
 */

#include <stdint.h>
#include <time.h>

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  INT64_C(1000000000)

/** Nanoseconds since some moment before the program started. Any thread. */
static inline int64_t clock_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}
