#include "tests/failures/failures.h"

#include "processing/memory.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

/** Of the sanitizers' runtime: a place in the program in words. */
void __sanitizer_symbolize_pc(void *pc, const char *format, char *text, size_t text_bytes);

enum { PLACES = 1 << 14 };

/** How often a place called. */
struct place {
    const void *caller;
    long calls;
};

static char wanted[64];
static long wanted_number, wanted_times = 1;
static bool counts;
static long calls;
static long again, again_kind; ///< so many more of that kind fail
static struct place places[PLACES];

/** Before main() starts. What this program starts, itself in other roles, has no failures. */
__attribute__((constructor)) static void read_order(void)
{
    const char *order = getenv("CANNYSCOPE_FAIL");
    if (!order || sscanf(order, "%63[^:]:%ld:%ld", wanted, &wanted_number, &wanted_times) < 2)
        return;
    counts = strcmp(wanted, "count") == 0;
    unsetenv("CANNYSCOPE_FAIL");
}

static void tell(const char *name, long number, const void *caller, long kind)
{
    char where[512] = "", request[32] = "";
    __sanitizer_symbolize_pc((void *)(uintptr_t)caller, "%f %s:%l", where, sizeof where);
    if (kind)
        snprintf(request, sizeof request, " request %c%ld", (char)_IOC_TYPE(kind), _IOC_NR(kind));
    fprintf(stderr, "failures: %s %ld %s%s\n", name, number, where, request);
}

/** How often this place has called now; 0 if there is no room to know. */
static long count_place(const void *caller, long kind)
{
    caller = (const void *)((uintptr_t)caller + (uintptr_t)kind * 0x10001);
    for (size_t i = 0, at = (uintptr_t)caller * UINT64_C(0x9e3779b97f4a7c15) >> 50; i < PLACES;
         i++) {
        struct place *place = &places[(at + i) % PLACES];
        const void *none = NULL;
        if (__atomic_compare_exchange_n(&place->caller, &none, caller, 0, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED) ||
            none == caller)
            return __atomic_add_fetch(&place->calls, 1, __ATOMIC_RELAXED);
    }
    return 0;
}

/** The number of each call of a name, while all are counted: names are few, and the same pointers.
 */
static long count_name(const char *name)
{
    static struct place names[1024];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const void *none = NULL;
        if (__atomic_compare_exchange_n(&names[i].caller, &none, name, 0, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED) ||
            strcmp(none, name) == 0)
            return __atomic_add_fetch(&names[i].calls, 1, __ATOMIC_RELAXED);
    }
    return 0;
}

bool failures_due(const char *name, const void *caller, long kind)
{
    if (counts) {
        long number = count_name(name);
        if (count_place(caller, kind) <= wanted_number)
            tell(name, number, caller, kind);
        return false;
    }
    if (strcmp(name, wanted) != 0)
        return false;
    long number = __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
    if (number == wanted_number) {
        tell(name, number, caller, kind);
        again_kind = kind;
        __atomic_store_n(&again, wanted_times - 1, __ATOMIC_RELEASE);
        return true;
    }
    return __atomic_load_n(&again, __ATOMIC_ACQUIRE) > 0 && again_kind == kind &&
           __atomic_fetch_sub(&again, 1, __ATOMIC_ACQ_REL) > 0;
}

/** After main(): the ledger is empty, or the lines that hold something are named. */
__attribute__((destructor)) static void look_at_ledger(void)
{
    int64_t left = memory_sum_of(MEMORY_OWNERS).live_bytes;
    if (!wanted[0] || left == 0)
        return;
    fprintf(stderr, "failures: left %" PRId64 " bytes\n", left);
    for (const struct memory_site *site = memory_sites(); site; site = site->next)
        if (site->sum.live_bytes)
            fprintf(stderr, "failures: left %" PRId64 " from %s:%d\n", site->sum.live_bytes,
                    site->file, site->line);
    for (int owner = 0; owner < MEMORY_OWNERS; owner++)
        if (memory_noted_bytes((enum memory_owner)owner))
            fprintf(stderr, "failures: left %" PRId64 " noted, %s\n",
                    memory_noted_bytes((enum memory_owner)owner),
                    memory_owner_name((enum memory_owner)owner));
}
