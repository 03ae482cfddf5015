#include "app/stage_profile.h"

#include "app/process_memory.h"

#include <assert.h>
#include <stdio.h>

static void raise_to(int64_t *most, int64_t value)
{
    int64_t seen = __atomic_load_n(most, __ATOMIC_RELAXED);
    while (value > seen &&
           !__atomic_compare_exchange_n(most, &seen, value, 1, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        ;
}

void stage_profile_begin(struct stage_profile *profile, const char *const *contents, int count)
{
    assert(count < STAGE_PROFILE_ROWS);
    int64_t now = process_memory_resident();
    *profile = (struct stage_profile){.count = count + 1, .last_bytes = now};
    profile->rows[0] = (struct stage_memory){"the work begins", now, now, 1};
    for (int i = 0; i < count; i++)
        profile->rows[i + 1].contents = contents[i];
}

void stage_profile_mark(struct stage_profile *profile, int stage)
{
    if (!profile)
        return;
    assert(stage + 1 < profile->count);
    struct stage_memory *row = &profile->rows[stage + 1];
    int64_t now = process_memory_resident();
    // One exchange, so that what one thread adds to the row another subtracts from its own.
    int64_t before = __atomic_exchange_n(&profile->last_bytes, now, __ATOMIC_RELAXED);
    __atomic_add_fetch(&row->increment_bytes, now - before, __ATOMIC_RELAXED);
    __atomic_add_fetch(&row->occurrences, 1, __ATOMIC_RELAXED);
    raise_to(&row->usage_bytes, now);
}

struct stage_memory stage_profile_read(const struct stage_profile *profile, int row)
{
    const struct stage_memory *from = &profile->rows[row];
    return (struct stage_memory){
        .contents = from->contents,
        .usage_bytes = __atomic_load_n(&from->usage_bytes, __ATOMIC_RELAXED),
        .increment_bytes = __atomic_load_n(&from->increment_bytes, __ATOMIC_RELAXED),
        .occurrences = __atomic_load_n(&from->occurrences, __ATOMIC_RELAXED),
    };
}

void stage_profile_format_heading(char *text, size_t text_bytes)
{
    snprintf(text, text_bytes, "%6s %12s %12s  %10s   %s", "Line #", "Mem usage", "Increment",
             "Occurrences", "Line Contents");
}

void stage_profile_format_row(int number, const struct stage_memory *row, char *text,
                              size_t text_bytes)
{
    char usage[32] = "", increment[32] = "", occurrences[32] = "";
    // Without a measurement memory_profiler leaves the columns empty.
    if (row->occurrences > 0) {
        snprintf(usage, sizeof usage, "%5.1f MiB", (double)row->usage_bytes / (1 << 20));
        snprintf(increment, sizeof increment, "%5.1f MiB",
                 (double)row->increment_bytes / (1 << 20));
        snprintf(occurrences, sizeof occurrences, "%lld", (long long)row->occurrences);
    }
    snprintf(text, text_bytes, "%6d %12s %12s  %10s   %s", number, usage, increment, occurrences,
             row->contents);
}
