#include "app/locks.h"

#include <stdlib.h>
#include <time.h>

/** Where they are more than memory, going on without one would be a race. */
static void must(int code)
{
    if (code != 0)
        abort();
}

void lock_make(pthread_mutex_t *lock)
{
    must(pthread_mutex_init(lock, NULL));
}

void condition_make(pthread_cond_t *condition)
{
    pthread_condattr_t monotonic;
    must(pthread_condattr_init(&monotonic));
    must(pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC));
    must(pthread_cond_init(condition, &monotonic));
    pthread_condattr_destroy(&monotonic);
}
