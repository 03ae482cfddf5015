/*
 * Counts what our own objects ask of malloc, from outside: put in front of the C library by
 * LD_PRELOAD, it looks who calls. What the program's ledger says must be the same.
 *
 * "Ours" is a call from the program or its media module, whichever function it is made in. Blocks
 * are remembered by address, so that it does not matter who frees one. Of the others it is counted
 * how often they ask, which the program counts too (app/library_allocations.h). Whenever the
 * program asks for mallinfo2(), which it does for every report right after it has read its ledger,
 * a line goes to the file that COUNT_ALLOCATIONS names, and one more when the process ends:
 *
 *     mallinfo2|exit LIVE_BYTES LIVE_COUNT TOTAL_BYTES TOTAL_COUNT PEAK_BYTES OTHERS_COUNT
 *
 *     gcc -D_GNU_SOURCE -O2 -shared -fPIC -o count.so count_allocations.c
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// What the C library has under other names.
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *block, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);
void __libc_free(void *block);

// ---- who calls ----

enum { MOST_OBJECTS = 512 };

static struct object {
    uintptr_t from, to; ///< `to` is written last: 0 until the rest is true
    bool ours;
} objects[MOST_OBJECTS];
static int object_count;

struct question {
    uintptr_t address;
    struct object answer;
};

static bool is_ours(const struct dl_phdr_info *info)
{
    // The program itself has no name here.
    return !info->dlpi_name[0] || strstr(info->dlpi_name, "cannyscope-media.so");
}

static int look_at(struct dl_phdr_info *info, size_t size, void *self)
{
    (void)size;
    struct question *question = self;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        uintptr_t from = info->dlpi_addr + part->p_vaddr;
        if (part->p_type != PT_LOAD || question->address < from ||
            question->address >= from + part->p_memsz)
            continue;
        question->answer = (struct object){from, from + part->p_memsz, is_ours(info)};
        return 1;
    }
    return 0;
}

/** Without a lock: the loader may hold its own and allocate. Twice in the list does no harm. */
static void remember(const struct object *object)
{
    int at = __atomic_fetch_add(&object_count, 1, __ATOMIC_RELAXED);
    if (at >= MOST_OBJECTS)
        return;
    objects[at].from = object->from;
    objects[at].ours = object->ours;
    __atomic_store_n(&objects[at].to, object->to, __ATOMIC_RELEASE);
}

static bool called_by_us(const void *caller)
{
    uintptr_t address = (uintptr_t)caller;
    int count = __atomic_load_n(&object_count, __ATOMIC_RELAXED);
    for (int i = 0; i < count && i < MOST_OBJECTS; i++) {
        uintptr_t to = __atomic_load_n(&objects[i].to, __ATOMIC_ACQUIRE);
        if (address < to && address >= objects[i].from)
            return objects[i].ours;
    }
    struct question question = {.address = address};
    dl_iterate_phdr(look_at, &question);
    if (question.answer.to)
        remember(&question.answer);
    return question.answer.ours;
}

// ---- what is out ----

enum { SLOTS = 1 << 18 };

static struct block {
    void *address; ///< NULL never used, GONE no longer
    size_t bytes;
} blocks[SLOTS];
static char gone;
#define GONE ((void *)&gone)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long long live_bytes, live_count, total_bytes, total_count, peak_bytes;
static long long others_count; ///< atomic

static size_t slot_of(const void *address)
{
    return (uintptr_t)address / 16 * 0x9e3779b97f4a7c15u >> 46;
}

static void count(void *address, size_t bytes)
{
    if (!address)
        return;
    pthread_mutex_lock(&lock);
    size_t slot = slot_of(address);
    while (blocks[slot].address && blocks[slot].address != GONE)
        slot = (slot + 1) % SLOTS;
    blocks[slot] = (struct block){address, bytes};
    live_bytes += (long long)bytes;
    total_bytes += (long long)bytes;
    live_count++;
    total_count++;
    peak_bytes = live_bytes > peak_bytes ? live_bytes : peak_bytes;
    pthread_mutex_unlock(&lock);
}

/** A block is about to go; most are none of ours. */
static void forget(const void *address)
{
    pthread_mutex_lock(&lock);
    size_t slot = slot_of(address);
    while (blocks[slot].address && blocks[slot].address != address)
        slot = (slot + 1) % SLOTS;
    if (blocks[slot].address) {
        live_bytes -= (long long)blocks[slot].bytes;
        live_count--;
        blocks[slot].address = GONE;
    }
    pthread_mutex_unlock(&lock);
}

// ---- in front of the C library ----

#define CALLER __builtin_return_address(0)

/** The C library makes reallocarray() and strdup() of these. */
static bool asked_by_us(const void *caller)
{
    bool ours = called_by_us(caller);
    if (!ours)
        __atomic_fetch_add(&others_count, 1, __ATOMIC_RELAXED);
    return ours;
}

void *malloc(size_t bytes)
{
    void *block = __libc_malloc(bytes);
    if (asked_by_us(CALLER))
        count(block, bytes);
    return block;
}

void *calloc(size_t items, size_t bytes)
{
    void *block = __libc_calloc(items, bytes);
    if (asked_by_us(CALLER))
        count(block, items * bytes);
    return block;
}

void *realloc(void *old, size_t bytes)
{
    if (old)
        forget(old);
    void *block = __libc_realloc(old, bytes);
    if (asked_by_us(CALLER))
        count(block, bytes);
    return block;
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
    void *block = __libc_memalign(alignment, bytes);
    if (asked_by_us(CALLER))
        count(block, bytes);
    return block;
}

void *memalign(size_t alignment, size_t bytes)
{
    void *block = __libc_memalign(alignment, bytes);
    if (asked_by_us(CALLER))
        count(block, bytes);
    return block;
}

int posix_memalign(void **out, size_t alignment, size_t bytes)
{
    *out = __libc_memalign(alignment, bytes);
    if (asked_by_us(CALLER))
        count(*out, bytes);
    return *out ? 0 : 12;
}

void free(void *block)
{
    if (block)
        forget(block);
    __libc_free(block);
}

// ---- what it says ----

static void say(const char *when)
{
    const char *path = getenv("COUNT_ALLOCATIONS");
    char line[256];
    if (!path)
        return;
    pthread_mutex_lock(&lock);
    int length = snprintf(line, sizeof line, "%s %lld %lld %lld %lld %lld %lld\n", when, live_bytes,
                          live_count, total_bytes, total_count, peak_bytes,
                          __atomic_load_n(&others_count, __ATOMIC_RELAXED));
    pthread_mutex_unlock(&lock);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0 || write(fd, line, (size_t)length) < 0)
        abort();
    close(fd);
}

struct mallinfo2 mallinfo2(void)
{
    static struct mallinfo2 (*next)(void);
    if (!next)
        *(void **)&next = dlsym(RTLD_NEXT, "mallinfo2");
    if (called_by_us(CALLER))
        say("mallinfo2");
    return next();
}

__attribute__((destructor)) static void at_exit(void)
{
    say("exit");
}
