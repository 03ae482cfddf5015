#include "app/queue.h"

#include "app/locks.h"
#include "processing/memory.h"

#include <errno.h>
#include <pthread.h>

struct queue {
    // Set by queue_create().
    struct doorbell *reader;
    int capacity;

    // Guarded by `lock`.
    pthread_mutex_t lock;
    pthread_cond_t room;
    struct loan loans[QUEUE_MAX];
    int first, count;
    bool shut;
};

int queue_create(struct queue **out, int capacity, struct doorbell *reader)
{
    *out = NULL;
    if (capacity < 1 || capacity > QUEUE_MAX)
        return -EINVAL;
    struct queue *queue = memory_alloc(MEMORY_OTHER, sizeof *queue);
    if (!queue)
        return -ENOMEM;
    queue->reader = reader;
    queue->capacity = capacity;
    lock_make(&queue->lock);
    condition_make(&queue->room);
    *out = queue;
    return 0;
}

static bool post(void *self, const struct loan *loan)
{
    struct queue *queue = self;
    pthread_mutex_lock(&queue->lock);
    while (queue->count == queue->capacity && !queue->shut)
        pthread_cond_wait(&queue->room, &queue->lock);
    bool open = !queue->shut;
    if (open)
        queue->loans[(queue->first + queue->count++) % QUEUE_MAX] = *loan;
    pthread_mutex_unlock(&queue->lock);
    if (open)
        doorbell_ring(queue->reader);
    else
        source_release(loan);
    return open;
}

static bool peek(void *self, int *width, int *height)
{
    struct queue *queue = self;
    pthread_mutex_lock(&queue->lock);
    bool any = queue->count > 0;
    *width = queue->loans[queue->first].frame.width;
    *height = queue->loans[queue->first].frame.height;
    pthread_mutex_unlock(&queue->lock);
    return any;
}

static bool take(void *self, struct loan *loan)
{
    struct queue *queue = self;
    pthread_mutex_lock(&queue->lock);
    bool any = queue->count > 0;
    if (any) {
        *loan = queue->loans[queue->first];
        queue->first = (queue->first + 1) % QUEUE_MAX;
        queue->count--;
        pthread_cond_signal(&queue->room);
    }
    pthread_mutex_unlock(&queue->lock);
    return any;
}

static void let_go(void *self)
{
    (void)self; // the reader will come to it
}

static void shut(void *self)
{
    struct queue *queue = self;
    struct loan loan;
    pthread_mutex_lock(&queue->lock);
    queue->shut = true;
    pthread_cond_broadcast(&queue->room);
    pthread_mutex_unlock(&queue->lock);
    while (take(queue, &loan))
        source_release(&loan);
}

static unsigned skipped(void *self)
{
    (void)self; // by its nature
    return 0;
}

struct channel queue_channel(struct queue *queue)
{
    return (struct channel){post, peek, take, let_go, shut, skipped, queue};
}

void queue_destroy(struct queue **queue)
{
    if (!*queue)
        return;
    shut(*queue);
    pthread_cond_destroy(&(*queue)->room);
    pthread_mutex_destroy(&(*queue)->lock);
    memory_free(*queue);
    *queue = NULL;
}
