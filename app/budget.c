#include "app/budget.h"

#include "app/locks.h"
#include "processing/memory.h"

#include <errno.h>
#include <pthread.h>

struct budget {
    // Guarded by `lock`.
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t bytes, taken;
    bool stopped;
};

int budget_create(struct budget **out, size_t bytes)
{
    struct budget *budget = memory_alloc(MEMORY_OTHER, sizeof *budget);
    *out = budget;
    if (!budget)
        return -ENOMEM;
    budget->bytes = bytes;
    lock_make(&budget->lock);
    condition_make(&budget->changed);
    return 0;
}

/** Waits until so much is free. */
static int wait_locked(struct budget *budget, size_t bytes)
{
    while (!budget->stopped && bytes <= budget->bytes && budget->bytes - budget->taken < bytes)
        pthread_cond_wait(&budget->changed, &budget->lock);
    return budget->stopped ? -EINTR : bytes > budget->bytes ? -EFBIG : 0;
}

int budget_take(struct budget *budget, size_t bytes)
{
    pthread_mutex_lock(&budget->lock);
    int ret = wait_locked(budget, bytes);
    if (ret == 0)
        budget->taken += bytes;
    pthread_mutex_unlock(&budget->lock);
    return ret;
}

int budget_shrink(struct budget *budget, size_t bytes)
{
    pthread_mutex_lock(&budget->lock);
    int ret = wait_locked(budget, bytes);
    if (ret == 0) {
        budget->bytes -= bytes;
        pthread_cond_broadcast(&budget->changed);
    }
    pthread_mutex_unlock(&budget->lock);
    return ret;
}

void budget_give(struct budget *budget, size_t bytes)
{
    pthread_mutex_lock(&budget->lock);
    budget->taken -= bytes;
    pthread_cond_broadcast(&budget->changed);
    pthread_mutex_unlock(&budget->lock);
}

void budget_stop(struct budget *budget)
{
    pthread_mutex_lock(&budget->lock);
    budget->stopped = true;
    pthread_cond_broadcast(&budget->changed);
    pthread_mutex_unlock(&budget->lock);
}

size_t budget_bytes(struct budget *budget)
{
    pthread_mutex_lock(&budget->lock);
    size_t bytes = budget->bytes;
    pthread_mutex_unlock(&budget->lock);
    return bytes;
}

void budget_destroy(struct budget **budget)
{
    if (!*budget)
        return;
    pthread_cond_destroy(&(*budget)->changed);
    pthread_mutex_destroy(&(*budget)->lock);
    memory_free(*budget);
    *budget = NULL;
}
