// Memory that grows.
//
// A name of a file takes some 40 bytes, a block of the ledger at least 128. So names are laid
// side by side in blocks, which begin small, since a folder may hold three names or a million.

#include "app/growing.h"

#include "processing/memory.h"

#include <string.h>

enum { FIRST_ITEMS = 16, FIRST_BLOCK_BYTES = 1024, LARGEST_BLOCK_BYTES = 65536 };

struct text_block {
    struct text_block *older;
    size_t used, room; ///< bytes of `text`
    char text[];
};

void *array_grow(void *items, size_t *room, size_t item_bytes)
{
    size_t larger = *room ? *room + *room / 2 : FIRST_ITEMS;
    if (larger > (size_t)-1 / 2 / item_bytes)
        return NULL;
    void *array = memory_alloc(MEMORY_OTHER, larger * item_bytes);
    if (!array)
        return NULL;
    if (items)
        memcpy(array, items, *room * item_bytes);
    memory_free(items);
    *room = larger;
    return array;
}

/** A new block with room for so many bytes and for what may follow. */
static struct text_block *add_block(struct text_pool *pool, size_t bytes)
{
    size_t room = pool->newest ? 2 * pool->newest->room : FIRST_BLOCK_BYTES;
    if (room > LARGEST_BLOCK_BYTES)
        room = LARGEST_BLOCK_BYTES;
    if (room < bytes)
        room = bytes;
    struct text_block *block = memory_alloc(MEMORY_OTHER, sizeof *block + room);
    if (!block)
        return NULL;
    block->room = room;
    block->older = pool->newest;
    pool->newest = block;
    return block;
}

char *text_pool_copy(struct text_pool *pool, const void *bytes, size_t count)
{
    struct text_block *block = pool->newest;
    if (!block || block->room - block->used <= count)
        block = add_block(pool, count + 1);
    if (!block)
        return NULL;
    char *text = block->text + block->used;
    memcpy(text, bytes, count);
    text[count] = '\0';
    block->used += count + 1;
    return text;
}

void text_pool_free(struct text_pool *pool)
{
    while (pool->newest) {
        struct text_block *block = pool->newest;
        pool->newest = block->older;
        memory_free(block);
    }
}
