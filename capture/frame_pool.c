#include "capture/frame_pool.h"

#include "processing/clock.h"
#include "processing/memory.h"

#include <errno.h>
#include <poll.h>

static int slots_of(const struct frame_pool *pool)
{
    return pool->slots ? pool->slots : FRAME_POOL_SLOTS;
}

int64_t frame_pool_slot_bytes(enum pixel_format format, int width, int height)
{
    return (int64_t)frame_layout_make(format, width, height, 0).bytes;
}

int frame_pool_shape(struct frame_pool *pool, enum pixel_format format, int width, int height)
{
    if (pool->layout.bytes && pool->layout.format == format && pool->layout.width == width &&
        pool->layout.height == height)
        return 0;
    frame_pool_close(pool);
    struct frame_layout layout = frame_layout_make(format, width, height, 0);
    if (!layout.bytes)
        return -EINVAL;
    for (int i = 0; i < slots_of(pool); i++) {
        pool->blocks[i] = memory_alloc(MEMORY_FRAMES, layout.bytes);
        if (!pool->blocks[i]) {
            frame_pool_close(pool);
            return -ENOMEM;
        }
    }
    pool->layout = layout;
    return 0;
}

static int find_free(const struct frame_pool *pool)
{
    // Only this thread lends, so a slot seen free stays free.
    unsigned out = atomic_load(&pool->loans->out);
    for (int i = 0; i < slots_of(pool); i++)
        if (!(out & 1u << i))
            return i;
    return -EAGAIN;
}

int frame_pool_wait_free(const struct frame_pool *pool, int timeout_ms)
{
    int64_t give_up = clock_now_ns() + timeout_ms * NS_PER_MS;
    for (;;) {
        loans_collect(pool->loans);
        int slot = find_free(pool);
        if (slot >= 0)
            return slot;
        if (loans_take_wake(pool->loans))
            return -EINTR;
        int64_t left_ns = give_up - clock_now_ns();
        if (left_ns <= 0)
            return -ETIMEDOUT;
        struct pollfd back = {.fd = pool->loans->wake_fd, .events = POLLIN};
        poll(&back, 1, (int)(left_ns / NS_PER_MS) + 1);
    }
}

void frame_pool_close(struct frame_pool *pool)
{
    if (pool->loans && pool->loans->wake_fd >= 0)
        loans_wait_all(pool->loans);
    for (int i = 0; i < FRAME_POOL_SLOTS; i++) {
        memory_free(pool->blocks[i]);
        pool->blocks[i] = NULL;
    }
    pool->layout.bytes = 0;
}
