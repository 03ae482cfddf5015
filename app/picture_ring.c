#include "app/picture_ring.h"

#include "processing/memory.h"

#include <errno.h>

enum { ALIGNMENT = 64 }; ///< bytes, of a picture's first

static size_t rounded(size_t bytes)
{
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static size_t bytes_of(const struct ring_picture *picture)
{
    return (size_t)picture->width * (size_t)picture->height * (size_t)picture->pixel_bytes;
}

size_t picture_ring_room(const struct ring_picture *picture)
{
    return rounded(bytes_of(picture));
}

int picture_ring_make(struct picture_ring *ring, size_t bytes)
{
    picture_ring_free(ring);
    ring->block = memory_alloc(MEMORY_RECORDING, bytes);
    ring->bytes = ring->block ? bytes : 0;
    return ring->block ? 0 : -ENOMEM;
}

void picture_ring_free(struct picture_ring *ring)
{
    memory_free(ring->block);
    *ring = (struct picture_ring){0};
}

static struct ring_picture *at(struct picture_ring *ring, int index)
{
    return &ring->pictures[(ring->first + index) % PICTURE_RING_MOST];
}

/** Where so many bytes fit; ring->bytes if nowhere. */
static size_t find_room(struct picture_ring *ring, size_t bytes)
{
    size_t none = ring->bytes;
    if (ring->count == 0)
        return bytes <= ring->bytes ? 0 : none;
    const struct ring_picture *last = at(ring, ring->count - 1);
    size_t first = (size_t)(at(ring, 0)->data - ring->block);
    size_t end = rounded((size_t)(last->data - ring->block) + last->bytes);
    bool wrapped = (size_t)(last->data - ring->block) < first;
    if (wrapped)
        return end + bytes <= first ? end : none;
    if (end + bytes <= ring->bytes)
        return end;
    return bytes <= first ? 0 : none;
}

uint8_t *picture_ring_reserve(struct picture_ring *ring, const struct ring_picture *picture)
{
    size_t bytes = bytes_of(picture);
    if (!ring->block || ring->count == PICTURE_RING_MOST)
        return NULL;
    size_t place = find_room(ring, bytes);
    if (place == ring->bytes)
        return NULL;
    struct ring_picture *added = at(ring, ring->count++);
    *added = *picture;
    added->data = ring->block + place;
    added->bytes = bytes;
    ring->reserved = true;
    return added->data;
}

void picture_ring_commit(struct picture_ring *ring)
{
    ring->reserved = false;
}

const struct ring_picture *picture_ring_peek(const struct picture_ring *ring, int index)
{
    int whole = ring->count - ring->reserved;
    return index < whole ? &ring->pictures[(ring->first + index) % PICTURE_RING_MOST] : NULL;
}

void picture_ring_drop(struct picture_ring *ring)
{
    ring->first = (ring->first + 1) % PICTURE_RING_MOST;
    ring->count--;
}
