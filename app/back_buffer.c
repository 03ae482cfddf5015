#include "app/back_buffer.h"

#include "app/doorbell.h"
#include "app/locks.h"
#include "processing/memory.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>

enum state {
    AWAY,    ///< the main thread has it
    LENT,    ///< waiting to be painted
    TAKEN,   ///< being painted
    PAINTED, ///< waiting to be collected
};

struct back_buffer {
    // Set by back_buffer_create().
    struct doorbell *painter;
    struct back_buffer_waker waker;

    // Guarded by `lock`.
    pthread_mutex_t lock;
    pthread_cond_t handed_back;
    enum state state;
    struct canvas canvas;
    struct picture picture;
    int wanted_width, wanted_height; ///< 0 before the first frame
};

int back_buffer_create(struct back_buffer **out, struct doorbell *painter,
                       struct back_buffer_waker waker)
{
    struct back_buffer *buffer = memory_alloc(MEMORY_OTHER, sizeof *buffer);
    *out = buffer;
    if (!buffer)
        return -ENOMEM;
    buffer->painter = painter;
    buffer->waker = waker;
    lock_make(&buffer->lock);
    condition_make(&buffer->handed_back);
    return 0;
}

void back_buffer_destroy(struct back_buffer **buffer)
{
    if (!*buffer)
        return;
    pthread_cond_destroy(&(*buffer)->handed_back);
    pthread_mutex_destroy(&(*buffer)->lock);
    memory_free(*buffer);
    *buffer = NULL;
}

void back_buffer_lend(struct back_buffer *buffer, const struct canvas *canvas)
{
    pthread_mutex_lock(&buffer->lock);
    assert(buffer->state == AWAY);
    buffer->canvas = *canvas;
    buffer->state = LENT;
    pthread_mutex_unlock(&buffer->lock);
    doorbell_ring(buffer->painter);
}

bool back_buffer_is_lent(struct back_buffer *buffer)
{
    pthread_mutex_lock(&buffer->lock);
    bool lent = buffer->state != AWAY;
    pthread_mutex_unlock(&buffer->lock);
    return lent;
}

bool back_buffer_collect(struct back_buffer *buffer, struct picture *picture)
{
    pthread_mutex_lock(&buffer->lock);
    bool painted = buffer->state == PAINTED;
    if (painted) {
        *picture = buffer->picture;
        buffer->state = AWAY;
    }
    pthread_mutex_unlock(&buffer->lock);
    return painted;
}

bool back_buffer_recall(struct back_buffer *buffer, struct picture *picture)
{
    pthread_mutex_lock(&buffer->lock);
    while (buffer->state == TAKEN)
        pthread_cond_wait(&buffer->handed_back, &buffer->lock);
    bool painted = buffer->state == PAINTED;
    if (painted)
        *picture = buffer->picture;
    buffer->state = AWAY;
    pthread_mutex_unlock(&buffer->lock);
    return painted;
}

bool back_buffer_wanted(struct back_buffer *buffer, int *width, int *height)
{
    pthread_mutex_lock(&buffer->lock);
    *width = buffer->wanted_width;
    *height = buffer->wanted_height;
    pthread_mutex_unlock(&buffer->lock);
    return *width > 0;
}

bool back_buffer_take(struct back_buffer *buffer, int width, int height, struct canvas *canvas)
{
    pthread_mutex_lock(&buffer->lock);
    bool new_size = buffer->wanted_width != width || buffer->wanted_height != height;
    buffer->wanted_width = width;
    buffer->wanted_height = height;
    bool fits =
        buffer->state == LENT && buffer->canvas.width == width && buffer->canvas.height == height;
    if (fits) {
        *canvas = buffer->canvas;
        buffer->state = TAKEN;
    }
    pthread_mutex_unlock(&buffer->lock);
    if (new_size)
        buffer->waker.wake(buffer->waker.self);
    return fits;
}

void back_buffer_hand_back(struct back_buffer *buffer, const struct picture *picture)
{
    pthread_mutex_lock(&buffer->lock);
    assert(buffer->state == TAKEN);
    if (picture)
        buffer->picture = *picture;
    buffer->state = picture ? PAINTED : LENT;
    pthread_cond_signal(&buffer->handed_back);
    pthread_mutex_unlock(&buffer->lock);
    if (picture)
        buffer->waker.wake(buffer->waker.self);
}
