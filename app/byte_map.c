// A hash table with open addressing: a slot that is taken sends the search to the next one, and
// at most two thirds are taken, so that a search is short. Nothing is ever removed.
//
// Source: FNV-1a by Fowler, Noll and Vo, draft-eastlake-fnv.

#include "app/byte_map.h"

#include "processing/memory.h"

#include <errno.h>
#include <string.h>

enum { FIRST_SLOTS = 64 };

#define FNV_PRIME UINT64_C(0x100000001b3)

struct byte_map_slot {
    const void *key; ///< NULL for a free slot
    size_t bytes;
    uint64_t hash;
    size_t value;
};

uint64_t byte_hash(uint64_t hash, const void *bytes, size_t count)
{
    const unsigned char *c = bytes;
    for (size_t i = 0; i < count; i++)
        hash = (hash ^ c[i]) * FNV_PRIME;
    return hash;
}

/** The key's slot, or the free one where it belongs. There is a free one. */
static struct byte_map_slot *slot_of(const struct byte_map *map, const void *key, size_t bytes,
                                     uint64_t hash)
{
    // The upper bits of FNV mix better than the lower ones.
    size_t at = (size_t)(hash ^ hash >> 32) & (map->room - 1);
    for (;; at = (at + 1) & (map->room - 1)) {
        struct byte_map_slot *slot = &map->slots[at];
        if (!slot->key)
            return slot;
        if (slot->hash == hash && slot->bytes == bytes && memcmp(slot->key, key, bytes) == 0)
            return slot;
    }
}

size_t *byte_map_find(const struct byte_map *map, const void *key, size_t bytes)
{
    if (map->count == 0)
        return NULL;
    struct byte_map_slot *slot = slot_of(map, key, bytes, byte_hash(BYTE_HASH_START, key, bytes));
    return slot->key ? &slot->value : NULL;
}

static int make_room(struct byte_map *map)
{
    if (map->room && (map->count + 1) * 3 <= map->room * 2)
        return 0;
    struct byte_map larger = {.room = map->room ? 2 * map->room : FIRST_SLOTS, .count = map->count};
    larger.slots = memory_alloc(MEMORY_OTHER, larger.room * sizeof *larger.slots);
    if (!larger.slots)
        return -ENOMEM;
    for (size_t i = 0; i < map->room; i++) {
        const struct byte_map_slot *slot = &map->slots[i];
        if (slot->key)
            *slot_of(&larger, slot->key, slot->bytes, slot->hash) = *slot;
    }
    memory_free(map->slots);
    *map = larger;
    return 0;
}

int byte_map_put(struct byte_map *map, const void *key, size_t bytes, size_t value)
{
    int result = make_room(map);
    if (result < 0)
        return result;
    uint64_t hash = byte_hash(BYTE_HASH_START, key, bytes);
    struct byte_map_slot *slot = slot_of(map, key, bytes, hash);
    if (!slot->key) {
        *slot = (struct byte_map_slot){.key = key, .bytes = bytes, .hash = hash};
        map->count++;
    }
    slot->value = value;
    return 0;
}

void byte_map_free(struct byte_map *map)
{
    memory_free(map->slots);
    *map = (struct byte_map){0};
}
