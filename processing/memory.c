/**
 * @file
 * Each block carries a header of one cache line in front of it, which remembers its size and the
 * site that asked, so that freeing needs no search. Sites register themselves on a lock-free list
 * the first time they allocate.
 *
 * Zeros come from calloc(), which knows that fresh memory of the system is zero and leaves it
 * alone: a large block is resident only as far as it was written to. Of four frames in a pool,
 * often two are ever filled.
 */
#include "processing/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64, MAGIC = 0x6c656467 };

struct header {
    size_t bytes;
    struct memory_site *site;
    void *whole;    ///< what calloc() gave: the header is at the first cache line in it
    uint32_t magic; ///< MAGIC while allocated: a second free is caught
};

_Static_assert(sizeof(struct header) <= ALIGNMENT, "the header must fit in front of the block");

static struct memory_site *first_site;
static struct memory_sum sums[MEMORY_OWNERS + 1];
static struct memory_sum allocated;
static int64_t noted_bytes[MEMORY_OWNERS];

static int64_t add(int64_t *counter, int64_t amount)
{
    return __atomic_add_fetch(counter, amount, __ATOMIC_RELAXED);
}

static void raise_peak(int64_t *peak, int64_t value)
{
    int64_t seen = __atomic_load_n(peak, __ATOMIC_RELAXED);
    while (value > seen &&
           !__atomic_compare_exchange_n(peak, &seen, value, 1, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        ;
}

static void count_sum(struct memory_sum *sum, int64_t bytes, int64_t count)
{
    int64_t live = add(&sum->live_bytes, bytes);
    add(&sum->live_count, count);
    if (bytes > 0) {
        add(&sum->total_bytes, bytes);
        add(&sum->total_count, count);
        raise_peak(&sum->peak_bytes, live);
    }
}

static void count_owner(enum memory_owner owner, int64_t bytes, int64_t count)
{
    count_sum(&sums[owner], bytes, count);
    count_sum(&sums[MEMORY_OWNERS], bytes, count);
}

/** What a block of so many bytes takes from malloc. */
static size_t with_header(size_t bytes)
{
    return bytes + 2 * ALIGNMENT - 1;
}

/** The first cache line that begins in a block. */
static void *first_line(char *whole)
{
    return whole + (-(uintptr_t)whole & (ALIGNMENT - 1));
}

/**
 * @param bytes, taken That were asked for and that malloc gave; negative when they go.
 * @param count 1 or -1.
 */
static void count_block(struct memory_site *site, int64_t bytes, int64_t taken, int64_t count)
{
    count_sum(&site->sum, bytes, count);
    count_sum(&allocated, taken, count);
    count_owner(site->owner, bytes, count);
}

static void list_site(struct memory_site *site)
{
    if (__atomic_exchange_n(&site->listed, 1, __ATOMIC_ACQ_REL))
        return;
    struct memory_site *head = __atomic_load_n(&first_site, __ATOMIC_ACQUIRE);
    do
        site->next = head;
    while (!__atomic_compare_exchange_n(&first_site, &head, site, 0, __ATOMIC_RELEASE,
                                        __ATOMIC_ACQUIRE));
}

void *memory_alloc_at(struct memory_site *site, size_t bytes)
{
    if (bytes == 0 || bytes > SIZE_MAX - 2 * ALIGNMENT)
        return NULL;
    char *whole = calloc(1, with_header(bytes));
    if (!whole)
        return NULL;
    struct header *header = first_line(whole);
    *header = (struct header){.bytes = bytes, .site = site, .whole = whole, .magic = MAGIC};
    void *memory = (char *)header + ALIGNMENT;
    list_site(site);
    count_block(site, (int64_t)bytes, (int64_t)with_header(bytes), 1);
    // cppcheck-suppress memleak ; the block belongs to the caller, all of it goes with the header
    return memory;
}

char *memory_copy_string_at(struct memory_site *site, const char *string)
{
    if (!string)
        return NULL;
    size_t bytes = strlen(string) + 1;
    char *copy = memory_alloc_at(site, bytes);
    return copy ? memcpy(copy, string, bytes) : NULL;
}

void memory_touch(void *memory, size_t bytes)
{
    const size_t page = 4096; // or more, which is no harm
    volatile char *first = memory;
    for (size_t at = 0; at < bytes; at += page)
        first[at] = 0;
    if (bytes > 0)
        first[bytes - 1] = 0;
}

void memory_free(void *memory)
{
    if (!memory)
        return;
    struct header *header = (struct header *)(void *)((char *)memory - ALIGNMENT);
    assert(header->magic == MAGIC);
    // Atomic only so that the compiler does not drop a store to memory about to be freed.
    __atomic_store_n(&header->magic, 0, __ATOMIC_RELAXED);
    int64_t bytes = (int64_t)header->bytes;
    count_block(header->site, -bytes, -(int64_t)with_header(header->bytes), -1);
    free(header->whole);
}

void memory_note(enum memory_owner owner, int64_t bytes)
{
    // Not allocations: bytes alone.
    add(&noted_bytes[owner], bytes);
    count_owner(owner, bytes, 0);
}

static struct memory_sum load_sum(const struct memory_sum *sum)
{
    return (struct memory_sum){
        .live_bytes = __atomic_load_n(&sum->live_bytes, __ATOMIC_RELAXED),
        .live_count = __atomic_load_n(&sum->live_count, __ATOMIC_RELAXED),
        .total_bytes = __atomic_load_n(&sum->total_bytes, __ATOMIC_RELAXED),
        .total_count = __atomic_load_n(&sum->total_count, __ATOMIC_RELAXED),
        .peak_bytes = __atomic_load_n(&sum->peak_bytes, __ATOMIC_RELAXED),
    };
}

struct memory_sum memory_sum_of(enum memory_owner owner)
{
    return load_sum(&sums[owner]);
}

struct memory_sum memory_sum_allocated(void)
{
    return load_sum(&allocated);
}

struct memory_sum memory_sum_of_site(const struct memory_site *site)
{
    return load_sum(&site->sum);
}

int64_t memory_noted_bytes(enum memory_owner owner)
{
    return __atomic_load_n(&noted_bytes[owner], __ATOMIC_RELAXED);
}

const struct memory_site *memory_sites(void)
{
    return __atomic_load_n(&first_site, __ATOMIC_ACQUIRE);
}

const char *memory_owner_name(enum memory_owner owner)
{
    static const char *const names[MEMORY_OWNERS + 1] = {
        [MEMORY_CAMERA] = "camera",       [MEMORY_FRAMES] = "frames",
        [MEMORY_RECORDING] = "recording", [MEMORY_CANNY] = "Canny scratch",
        [MEMORY_TEXTURES] = "textures",   [MEMORY_INTERFACE] = "interface",
        [MEMORY_LAB] = "experiments",     [MEMORY_OTHER] = "other",
        [MEMORY_OWNERS] = "all",
    };
    return names[owner];
}
