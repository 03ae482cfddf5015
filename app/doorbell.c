#include "app/doorbell.h"

#include "app/locks.h"
#include "processing/clock.h"
#include "processing/memory.h"

#include <errno.h>
#include <pthread.h>

struct doorbell {
    // Guarded by `lock`.
    pthread_mutex_t lock;
    pthread_cond_t rung;
    unsigned rings;
};

int doorbell_create(struct doorbell **out)
{
    struct doorbell *bell = memory_alloc(MEMORY_OTHER, sizeof *bell);
    *out = bell;
    if (!bell)
        return -ENOMEM;
    lock_make(&bell->lock);
    condition_make(&bell->rung);
    return 0;
}

void doorbell_destroy(struct doorbell **bell)
{
    if (!*bell)
        return;
    pthread_cond_destroy(&(*bell)->rung);
    pthread_mutex_destroy(&(*bell)->lock);
    memory_free(*bell);
    *bell = NULL;
}

void doorbell_ring(struct doorbell *bell)
{
    pthread_mutex_lock(&bell->lock);
    bell->rings++;
    pthread_cond_broadcast(&bell->rung);
    pthread_mutex_unlock(&bell->lock);
}

unsigned doorbell_ticket(struct doorbell *bell)
{
    pthread_mutex_lock(&bell->lock);
    unsigned ticket = bell->rings;
    pthread_mutex_unlock(&bell->lock);
    return ticket;
}

static struct timespec moment_after(int timeout_ms)
{
    int64_t until_ns = clock_now_ns() + timeout_ms * NS_PER_MS;
    return (struct timespec){.tv_sec = until_ns / NS_PER_S, .tv_nsec = until_ns % NS_PER_S};
}

void doorbell_wait(struct doorbell *bell, unsigned ticket, int timeout_ms)
{
    struct timespec until = moment_after(timeout_ms < 0 ? 0 : timeout_ms);
    pthread_mutex_lock(&bell->lock);
    int ret = 0;
    while (bell->rings == ticket && ret != ETIMEDOUT)
        ret = timeout_ms < 0 ? pthread_cond_wait(&bell->rung, &bell->lock)
                             : pthread_cond_timedwait(&bell->rung, &bell->lock, &until);
    pthread_mutex_unlock(&bell->lock);
}
