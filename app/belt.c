#include "app/belt.h"

#include "app/locks.h"
#include "processing/memory.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

struct belt {
    // Constant after belt_create().
    int capacity;
    size_t item_bytes;

    // Guarded by `lock`.
    pthread_mutex_t lock;
    pthread_cond_t room, there;
    int first, count;
    bool closed;
    unsigned char *items;
};

int belt_create(struct belt **out, int capacity, size_t item_bytes)
{
    struct belt *belt = *out = memory_alloc(MEMORY_OTHER, sizeof *belt);
    if (!belt)
        return -ENOMEM;
    belt->capacity = capacity;
    belt->item_bytes = item_bytes;
    lock_make(&belt->lock);
    condition_make(&belt->room);
    condition_make(&belt->there);
    belt->items = memory_alloc(MEMORY_OTHER, (size_t)capacity * item_bytes);
    if (belt->items)
        return 0;
    belt_destroy(out);
    return -ENOMEM;
}

static unsigned char *item_locked(struct belt *belt, int index)
{
    return belt->items + (size_t)((belt->first + index) % belt->capacity) * belt->item_bytes;
}

bool belt_put(struct belt *belt, const void *item)
{
    pthread_mutex_lock(&belt->lock);
    while (belt->count == belt->capacity && !belt->closed)
        pthread_cond_wait(&belt->room, &belt->lock);
    bool open = !belt->closed;
    if (open) {
        memcpy(item_locked(belt, belt->count++), item, belt->item_bytes);
        pthread_cond_signal(&belt->there);
    }
    pthread_mutex_unlock(&belt->lock);
    return open;
}

bool belt_take(struct belt *belt, void *item)
{
    pthread_mutex_lock(&belt->lock);
    while (belt->count == 0 && !belt->closed)
        pthread_cond_wait(&belt->there, &belt->lock);
    bool any = belt->count > 0;
    if (any) {
        memcpy(item, item_locked(belt, 0), belt->item_bytes);
        belt->first = (belt->first + 1) % belt->capacity;
        belt->count--;
        pthread_cond_signal(&belt->room);
    }
    pthread_mutex_unlock(&belt->lock);
    return any;
}

void belt_close(struct belt *belt)
{
    pthread_mutex_lock(&belt->lock);
    belt->closed = true;
    pthread_cond_broadcast(&belt->room);
    pthread_cond_broadcast(&belt->there);
    pthread_mutex_unlock(&belt->lock);
}

void belt_destroy(struct belt **belt)
{
    if (!*belt)
        return;
    pthread_cond_destroy(&(*belt)->room);
    pthread_cond_destroy(&(*belt)->there);
    pthread_mutex_destroy(&(*belt)->lock);
    memory_free((*belt)->items);
    memory_free(*belt);
    *belt = NULL;
}
