#pragma once

/**
 * @file
 * A hash table from bytes to a number: "is this name taken, and by which item?".
 *
 * Threads: one at a time for each map.
 */

#include <stddef.h>
#include <stdint.h>

/** Where byte_hash() starts. */
#define BYTE_HASH_START UINT64_C(0xcbf29ce484222325)

/** FNV-1a of 64 bits: the hash of what came before (or BYTE_HASH_START) and of these bytes. */
uint64_t byte_hash(uint64_t hash, const void *bytes, size_t count);

/** Zeroed it is empty. */
struct byte_map {
    struct byte_map_slot *slots;
    size_t room, count;
};

/** The number that stands under these bytes, to be read or changed; NULL if there is none. */
size_t *byte_map_find(const struct byte_map *map, const void *key, size_t bytes);

/**
 * Puts a number under these bytes, or replaces the one that is there.
 *
 * @param key   Not copied: it must live and stay as it is as long as the map. Not NULL.
 * @param bytes Of the key; may be 0.
 * @return 0 or -ENOMEM: the map is as it was then.
 */
int byte_map_put(struct byte_map *map, const void *key, size_t bytes, size_t value);

/** Frees the table, not the keys; the map is empty then. */
void byte_map_free(struct byte_map *map);
