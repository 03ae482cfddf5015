#include "app/lab_shelf.h"

#include "app/memory_limit.h"

enum { PAGE_AND_HEADERS = 4096 + 256 };

int64_t lab_limit_taken(const struct lab_limit *limit)
{
    return atomic_load(&limit->held_bytes) + atomic_load(&limit->scratch_bytes);
}

/** Counts bytes, if that is allowed. Counted first, two threads cannot both have the rest. */
static bool take_bytes(struct lab_limit *limit, atomic_llong *count, int64_t bytes)
{
    atomic_fetch_add(count, bytes);
    if (lab_limit_taken(limit) <= atomic_load(&limit->bytes))
        return true;
    atomic_fetch_sub(count, bytes);
    return false;
}

static void raise_to(atomic_llong *highest, long long value)
{
    long long seen = atomic_load(highest);
    while (value > seen && !atomic_compare_exchange_weak(highest, &seen, value)) {
    }
}

static void lower_to(atomic_llong *lowest, long long value)
{
    long long seen = atomic_load(lowest);
    while (value < seen && !atomic_compare_exchange_weak(lowest, &seen, value)) {
    }
}

static void count_put(struct lab_shelf *shelf, int64_t bytes)
{
    int64_t held = atomic_fetch_add(&shelf->bytes, bytes) + bytes;
    raise_to(&shelf->peak_bytes, held);
    raise_to(&shelf->high_bytes, held);
    atomic_fetch_add(&shelf->blocks, 1);
    atomic_fetch_add(&shelf->allocations, 1);
}

bool lab_shelf_take_scratch(struct lab_shelf *shelf, int64_t bytes)
{
    return take_bytes(shelf->limit, &shelf->limit->scratch_bytes, bytes);
}

void lab_shelf_give_scratch(struct lab_shelf *shelf, int64_t bytes)
{
    atomic_fetch_sub(&shelf->limit->scratch_bytes, bytes);
}

/** What a large block takes beside its bytes: malloc gives it pages of its own, and headers. */
static int64_t rounding_of(size_t whole)
{
    return whole < MEMORY_RETURNED_BYTES ? 0 : PAGE_AND_HEADERS;
}

static bool take_block(struct lab_shelf *shelf, size_t whole)
{
    if (!lab_shelf_take_scratch(shelf, rounding_of(whole)))
        return false;
    if (take_bytes(shelf->limit, &shelf->limit->held_bytes, (int64_t)whole))
        return true;
    lab_shelf_give_scratch(shelf, rounding_of(whole));
    return false;
}

static void give_block(struct lab_shelf *shelf, size_t whole)
{
    atomic_fetch_sub(&shelf->limit->held_bytes, (int64_t)whole);
    lab_shelf_give_scratch(shelf, rounding_of(whole));
}

struct lab_block *lab_shelf_put_at(struct lab_shelf *shelf, struct memory_site *site, size_t bytes)
{
    size_t whole = sizeof(struct lab_block) + bytes;
    if (!take_block(shelf, whole))
        return NULL;
    struct lab_block *block = memory_alloc_at(site, whole);
    if (!block) {
        give_block(shelf, whole);
        return NULL;
    }
    block->bytes = whole;
    if (shelf->newest)
        shelf->newest->next = block;
    else
        shelf->oldest = block;
    shelf->newest = block;
    count_put(shelf, (int64_t)whole);
    return block;
}

bool lab_shelf_allows(const struct lab_shelf *shelf, size_t bytes)
{
    const struct lab_limit *limit = shelf->limit;
    return lab_limit_taken(limit) + (int64_t)bytes <= atomic_load(&limit->bytes);
}

void lab_shelf_drop(struct lab_shelf *shelf)
{
    struct lab_block *block = shelf->oldest;
    int64_t bytes = (int64_t)block->bytes;
    shelf->oldest = block->next;
    if (!shelf->oldest)
        shelf->newest = NULL;
    memory_free(block);
    lower_to(&shelf->low_bytes, atomic_fetch_sub(&shelf->bytes, bytes) - bytes);
    atomic_fetch_sub(&shelf->blocks, 1);
    give_block(shelf, (size_t)bytes);
}

void lab_shelf_cut(struct lab_shelf *shelf, int64_t blocks)
{
    while (atomic_load(&shelf->blocks) > blocks)
        lab_shelf_drop(shelf);
}

void lab_shelf_reset(struct lab_shelf *shelf)
{
    lab_shelf_cut(shelf, 0);
    atomic_store(&shelf->peak_bytes, 0);
    atomic_store(&shelf->allocations, 0);
}

struct lab_range lab_shelf_range(struct lab_shelf *shelf)
{
    // What comes between the first line and the others is seen by the next call at the latest.
    long long now = atomic_load(&shelf->bytes);
    long long low = atomic_exchange(&shelf->low_bytes, now);
    long long high = atomic_exchange(&shelf->high_bytes, now);
    return (struct lab_range){low < now ? low : now, high > now ? high : now};
}

struct lab_numbers lab_shelf_numbers(const struct lab_shelf *shelf)
{
    return (struct lab_numbers){atomic_load(&shelf->bytes), atomic_load(&shelf->peak_bytes),
                                atomic_load(&shelf->blocks), atomic_load(&shelf->allocations)};
}
