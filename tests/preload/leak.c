/*
 * Lets a program lose something thirty times a second (a thread: once), to see that
 * tests/endurance/soak.py finds it. Put in front by LD_PRELOAD; LEAK says what is lost:
 *
 *     heap          64 bytes of malloc
 *     ledger        16 bytes of the program's own memory, counted by its ledger
 *     pages         of a mapping that was there from the start another one is touched
 *     descriptors, threads, mappings
 *                   another one
 *     jump          nothing: once, 25 seconds after the start, 2 MB become resident and stay, as
 * when the system puts a huge page under a stack
 *
 *     gcc -D_GNU_SOURCE -O2 -shared -fPIC -o leak.so leak.c
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096, ROOM = 64 << 20, BEATS = 30, JUMP_AFTER = 25 * BEATS, JUMP_PAGES = 512 };

static char *room;
static int touched;

static void *map(size_t bytes)
{
    void *place = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (place == MAP_FAILED)
        abort();
    return place;
}

static void *wait_for_ever(void *unused)
{
    while (pause() < 0) {
    }
    return unused;
}

static void lose_thread(void)
{
    static int calls;
    pthread_t thread;
    if (calls++ % BEATS == 0 && pthread_create(&thread, NULL, wait_for_ever, NULL))
        abort();
}

/** What memory_alloc() of processing/memory.h calls, for a line of code of ours. */
static void lose_ledger(void)
{
    static struct {
        const char *file;
        int line, owner;
        char rest[256];
    } site = {.file = "tests/preload/leak.c", .line = __LINE__};
    void *(*alloc)(void *, size_t);
    *(void **)&alloc = dlsym(RTLD_DEFAULT, "memory_alloc_at");
    if (!alloc || !alloc(&site, 16))
        abort();
}

static void touch(int pages)
{
    for (; pages > 0 && touched < ROOM / PAGE; pages--)
        room[PAGE * (size_t)touched++] = 1;
}

static void jump(void)
{
    static int calls;
    if (++calls == JUMP_AFTER)
        touch(JUMP_PAGES);
}

static void touch_one(void)
{
    touch(1);
}

static void lose_heap(void)
{
    // Written to, so that the compiler keeps it.
    *(volatile char *)malloc(64) = 1;
}

static void lose_descriptor(void)
{
    if (dup(STDERR_FILENO) < 0)
        abort();
}

static void lose_mapping(void)
{
    // One that may not be read does not melt together with its neighbours.
    static int count;
    mprotect(map(PAGE), PAGE, count++ % 2 ? PROT_READ : PROT_READ | PROT_WRITE);
}

static const struct {
    const char *name;
    void (*lose)(void);
} kinds[] = {{"heap", lose_heap},
             {"ledger", lose_ledger},
             {"pages", touch_one},
             {"descriptors", lose_descriptor},
             {"threads", lose_thread},
             {"mappings", lose_mapping},
             {"jump", jump}};

static void *lose(void *unused)
{
    (void)unused;
    const char *wanted = getenv("LEAK");
    for (size_t i = 0; wanted && i < sizeof kinds / sizeof kinds[0]; i++) {
        while (strcmp(wanted, kinds[i].name) == 0) {
            kinds[i].lose();
            usleep(1000000 / BEATS);
        }
    }
    return NULL;
}

__attribute__((constructor)) static void begin(void)
{
    pthread_t thread;
    room = map(ROOM);
    if (pthread_create(&thread, NULL, lose, NULL))
        abort();
}
