#pragma once

/**
 * @file
 * How locks and condition variables are made. POSIX lets that fail where a system allocates
 * something for each; on Linux, with glibc and with musl, both are plain memory that is filled in.
 * So nobody here has a way to go on without one, and this is the only place that asks.
 *
 * They end by pthread_mutex_destroy() and pthread_cond_destroy().
 */

#include <pthread.h>

void lock_make(pthread_mutex_t *lock);

/** Waits on it with a time-out end by clock_now_ns() (processing/clock.h). */
void condition_make(pthread_cond_t *condition);
