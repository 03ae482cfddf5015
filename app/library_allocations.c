/**
 * @file
 * The program defines malloc and its relatives itself: the loader finds a program's symbols before
 * those of any library, so all libraries call these, and the C library too. They count, and jump to
 * whatever comes next, which is the C library's malloc unless LD_PRELOAD put another one between.
 * It is a jump and not a call, so that a profiler behind it (heaptrack, tests/preload) sees who
 * called.
 *
 * free() has nothing to count and is not defined: a block is always the next malloc's.
 *
 * Source: "Replacing malloc" in the manual of the GNU C library; dlsym(3), RTLD_NEXT.
 */
#include "app/library_allocations.h"

#include "processing/memory.h"

#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>

#if defined(__has_feature)
#define HAS_FEATURE(NAME) __has_feature(NAME)
#else
#define HAS_FEATURE(NAME) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||                               \
    HAS_FEATURE(address_sanitizer) || HAS_FEATURE(thread_sanitizer) ||                             \
    HAS_FEATURE(memory_sanitizer) || HAS_FEATURE(leak_sanitizer)

int64_t library_allocations(void)
{
    return -1;
}

#else

/** Ours and theirs. */
static int64_t requests;

/** Who comes next. */
static struct {
    void *(*malloc)(size_t bytes);
    void *(*calloc)(size_t count, size_t bytes);
    void *(*realloc)(void *block, size_t bytes);
    void *(*aligned_alloc)(size_t alignment, size_t bytes);
    void *(*memalign)(size_t alignment, size_t bytes);
    int (*posix_memalign)(void **block, size_t alignment, size_t bytes);
} next;

/**
 * The first request comes from the loader or from the start of the first thread, so there is one
 * thread. Should dlsym() want memory, which it does to report a failure, it can do without.
 */
static void find_next(void)
{
    static bool searching;
    if (searching)
        return;
    searching = true;
    *(void **)&next.malloc = dlsym(RTLD_NEXT, "malloc");
    *(void **)&next.calloc = dlsym(RTLD_NEXT, "calloc");
    *(void **)&next.realloc = dlsym(RTLD_NEXT, "realloc");
    *(void **)&next.aligned_alloc = dlsym(RTLD_NEXT, "aligned_alloc");
    *(void **)&next.memalign = dlsym(RTLD_NEXT, "memalign");
    *(void **)&next.posix_memalign = dlsym(RTLD_NEXT, "posix_memalign");
}

static inline void count(void)
{
    __atomic_fetch_add(&requests, 1, __ATOMIC_RELAXED);
}

#define FOUND(NAME) (__builtin_expect(next.NAME != NULL, 1) || (find_next(), next.NAME != NULL))

void *malloc(size_t bytes)
{
    count();
    return FOUND(malloc) ? next.malloc(bytes) : NULL;
}

void *calloc(size_t items, size_t bytes)
{
    count();
    return FOUND(calloc) ? next.calloc(items, bytes) : NULL;
}

void *realloc(void *block, size_t bytes)
{
    count();
    return FOUND(realloc) ? next.realloc(block, bytes) : NULL;
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
    count();
    return FOUND(aligned_alloc) ? next.aligned_alloc(alignment, bytes) : NULL;
}

void *memalign(size_t alignment, size_t bytes)
{
    count();
    return FOUND(memalign) ? next.memalign(alignment, bytes) : NULL;
}

int posix_memalign(void **block, size_t alignment, size_t bytes)
{
    count();
    return FOUND(posix_memalign) ? next.posix_memalign(block, alignment, bytes) : ENOMEM;
}

int64_t library_allocations(void)
{
    // Ours first: what is asked for in between must not make theirs fewer.
    int64_t ours = memory_sum_allocated().total_count;
    int64_t all = __atomic_load_n(&requests, __ATOMIC_RELAXED);
    return all > ours ? all - ours : -1;
}

#endif
