#include "app/memory_watch.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>

/** Of the snapshot after the first file or frame. */
enum { WARMTH_NONE, WARMTH_BEING_TAKEN, WARMTH_TAKEN };

void memory_watch_begin(struct memory_watch *watch, const struct settings *settings,
                        const char *const *contents, int count)
{
    watch->report = settings->memory_report;
    watch->diff = settings->memory_diff;
    watch->json = settings->json;
    if (watch->report)
        stage_profile_begin(&watch->stages, contents, count);
    if (watch->diff)
        snapshots_take(&watch->begun);
}

struct stage_profile *memory_watch_stages(struct memory_watch *watch)
{
    return watch->report ? &watch->stages : NULL;
}

void memory_watch_warm(struct memory_watch *watch)
{
    int none = WARMTH_NONE;
    if (!watch->diff || atomic_load(&watch->warmth) != WARMTH_NONE ||
        !atomic_compare_exchange_strong(&watch->warmth, &none, WARMTH_BEING_TAKEN))
        return;
    snapshots_take(&watch->warm);
    atomic_store(&watch->warmth, WARMTH_TAKEN);
}

/** A line; takes the value over. */
static int print_json(cJSON *value, struct log *log)
{
    char *text = value ? cJSON_PrintUnformatted(value) : NULL;
    int ret = text ? 0 : -ENOMEM;
    if (text)
        puts(text);
    else
        log_write(log, LOG_LEVEL_ERROR, "Not enough memory to report on the memory");
    cJSON_free(text);
    cJSON_Delete(value);
    return ret;
}

static int tell_report(const struct memory_watch *watch, const struct memory_report *report,
                       struct log *log)
{
    if (watch->json)
        return print_json(memory_report_to_json(report, &watch->stages), log);
    putchar('\n');
    memory_report_print(stdout, report, &watch->stages);
    return 0;
}

static int tell_differences(const struct memory_watch *watch, const struct ledger_snapshot *now,
                            struct log *log)
{
    struct snapshot_change largest[SNAPSHOT_LARGEST];
    // Work that ended before its first file or frame was done is compared with its beginning.
    bool warm = atomic_load(&watch->warmth) == WARMTH_TAKEN;
    int count =
        snapshots_compare(warm ? &watch->warm : &watch->begun, now, largest, SNAPSHOT_LARGEST);
    if (watch->json)
        return print_json(snapshots_changes_to_json(largest, count), log);
    printf("\n[ Top %d differences ]\n", SNAPSHOT_LARGEST);
    for (int i = 0; i < count; i++) {
        char line[SNAPSHOT_LINE_BYTES];
        snapshots_format_change(&largest[i], line, sizeof line);
        puts(line);
    }
    return 0;
}

int memory_watch_tell(const struct memory_watch *watch, struct log *log)
{
    if (!watch->report && !watch->diff)
        return 0;
    struct memory_report report;
    memory_report_take(&report);
    int ret = watch->report ? tell_report(watch, &report, log) : 0;
    int diff = watch->diff ? tell_differences(watch, &report.ledger, log) : 0;
    return ret < 0 ? ret : diff;
}
