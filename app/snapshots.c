#include "app/snapshots.h"

#include "app/json_make.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare_places(const char *file_a, int line_a, const char *file_b, int line_b)
{
    int order = file_a == file_b ? 0 : strcmp(file_a, file_b);
    return order ? order : (line_a > line_b) - (line_a < line_b);
}

// Taking one.

static void add_sum(struct memory_sum *to, const struct memory_sum *sum)
{
    to->live_bytes += sum->live_bytes;
    to->live_count += sum->live_count;
    to->total_bytes += sum->total_bytes;
    to->total_count += sum->total_count;
    to->peak_bytes += sum->peak_bytes;
}

/** The index of a place, or where it belongs. */
static int find_place(const struct ledger_snapshot *snapshot, const char *file, int line)
{
    int from = 0, to = snapshot->count;
    while (from < to) {
        int middle = (from + to) / 2;
        const struct snapshot_site *site = &snapshot->sites[middle];
        if (compare_places(site->file, site->line, file, line) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/** The element of a place, made if need be. The last free one is for all that find no other. */
static struct snapshot_site *place_of(struct ledger_snapshot *snapshot, const char *file, int line,
                                      enum memory_owner owner)
{
    int at = find_place(snapshot, file, line);
    struct snapshot_site *site = &snapshot->sites[at];
    if (at < snapshot->count && compare_places(site->file, site->line, file, line) == 0)
        return site;
    if (snapshot->count >= SNAPSHOT_SITES - 1 && file[0])
        return place_of(snapshot, "", 0, MEMORY_OTHER);
    memmove(site + 1, site, (size_t)(snapshot->count - at) * sizeof *site);
    snapshot->count++;
    *site = (struct snapshot_site){.file = file, .line = line, .owner = owner};
    return site;
}

void snapshots_take(struct ledger_snapshot *snapshot)
{
    snapshot->count = 0;
    snapshot->allocated = memory_sum_allocated();
    for (int owner = 0; owner <= MEMORY_OWNERS; owner++)
        snapshot->owners[owner] = memory_sum_of((enum memory_owner)owner);
    for (int owner = 0; owner < MEMORY_OWNERS; owner++)
        snapshot->noted_bytes[owner] = memory_noted_bytes((enum memory_owner)owner);
    for (const struct memory_site *site = memory_sites(); site; site = site->next) {
        struct memory_sum sum = memory_sum_of_site(site);
        add_sum(&place_of(snapshot, site->file, site->line, site->owner)->sum, &sum);
    }
}

struct memory_sum snapshots_held(const struct ledger_snapshot *snapshot)
{
    struct memory_sum sum = {0};
    for (int i = 0; i < snapshot->count; i++)
        add_sum(&sum, &snapshot->sites[i].sum);
    return sum;
}

// Comparing two.

/** Whether `a` comes before `b`. */
static bool is_larger(const struct snapshot_change *a, const struct snapshot_change *b)
{
    const int64_t keys[][2] = {{llabs(a->bytes_change), llabs(b->bytes_change)},
                               {a->bytes, b->bytes},
                               {llabs(a->count_change), llabs(b->count_change)},
                               {a->count, b->count}};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (keys[i][0] != keys[i][1])
            return keys[i][0] > keys[i][1];
    return compare_places(a->file, a->line, b->file, b->line) > 0;
}

struct ranking {
    struct snapshot_change *largest;
    int count, most;
};

static void rank(struct ranking *ranking, const struct snapshot_change *change)
{
    if (change->count == 0 && change->count_change == 0)
        return;
    int at = ranking->count;
    while (at > 0 && is_larger(change, &ranking->largest[at - 1]))
        at--;
    if (at == ranking->most)
        return;
    ranking->count += ranking->count < ranking->most;
    struct snapshot_change *place = &ranking->largest[at];
    memmove(place + 1, place, (size_t)(ranking->count - at - 1) * sizeof *place);
    *place = *change;
}

/** Which of two snapshots has the next site: < 0 the earlier alone, > 0 the later alone, 0 both. */
static int compare_next(const struct ledger_snapshot *before, int b,
                        const struct ledger_snapshot *after, int a)
{
    if (b == before->count)
        return 1;
    if (a == after->count)
        return -1;
    return compare_places(before->sites[b].file, before->sites[b].line, after->sites[a].file,
                          after->sites[a].line);
}

static struct snapshot_change change_of(const struct snapshot_site *site,
                                        const struct memory_sum *from, const struct memory_sum *to)
{
    return (struct snapshot_change){
        .file = site->file,
        .line = site->line,
        .bytes = to->live_bytes,
        .bytes_change = to->live_bytes - from->live_bytes,
        .count = to->live_count,
        .count_change = to->live_count - from->live_count,
    };
}

int snapshots_compare(const struct ledger_snapshot *before, const struct ledger_snapshot *after,
                      struct snapshot_change *largest, int most)
{
    static const struct memory_sum none;
    struct ranking ranking = {largest, 0, most};
    int b = 0, a = 0;
    while (b < before->count || a < after->count) {
        int order = compare_next(before, b, after, a);
        const struct snapshot_site *old = &before->sites[b], *new = &after->sites[a];
        struct snapshot_change change = change_of(
            order <= 0 ? old : new, order <= 0 ? &old->sum : &none, order >= 0 ? &new->sum : &none);
        rank(&ranking, &change);
        b += order <= 0;
        a += order >= 0;
    }
    return ranking.count;
}

// As text.

void snapshots_format_bytes(double bytes, bool sign, char *text, size_t text_bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    int unit = 0;
    while (unit < 4 && fabs(bytes) >= 10 * 1024) {
        bytes /= 1024;
        unit++;
    }
    int digits = unit > 0 && fabs(bytes) < 100 ? 1 : 0;
    snprintf(text, text_bytes, sign ? "%+.*f %s" : "%.*f %s", digits, bytes, units[unit]);
}

void snapshots_format_change(const struct snapshot_change *change, char *text, size_t text_bytes)
{
    char size[32], size_change[32], average[32];
    snapshots_format_bytes((double)change->bytes, false, size, sizeof size);
    snapshots_format_bytes((double)change->bytes_change, true, size_change, sizeof size_change);
    const char *file = change->file[0] ? change->file : "elsewhere";
    int used = snprintf(text, text_bytes, "%.120s:%d: size=%s (%s), count=%lld (%+lld)", file,
                        change->line, size, size_change, (long long)change->count,
                        (long long)change->count_change);
    if (change->count == 0 || used < 0 || (size_t)used >= text_bytes)
        return;
    snapshots_format_bytes((double)change->bytes / (double)change->count, false, average,
                           sizeof average);
    snprintf(text + used, text_bytes - (size_t)used, ", average=%s", average);
}

// As JSON.

static void add_numbers(struct json_maker *maker, cJSON *object, const struct memory_sum *sum)
{
    json_make_number(maker, object, "live_bytes", (double)sum->live_bytes);
    json_make_number(maker, object, "live_count", (double)sum->live_count);
    json_make_number(maker, object, "total_bytes", (double)sum->total_bytes);
    json_make_number(maker, object, "total_count", (double)sum->total_count);
    json_make_number(maker, object, "peak_bytes", (double)sum->peak_bytes);
}

static void add_owner(struct json_maker *maker, cJSON *list, const struct ledger_snapshot *snapshot,
                      enum memory_owner owner)
{
    cJSON *object = json_make_object(maker);
    json_make_text(maker, object, "owner", memory_owner_name(owner));
    add_numbers(maker, object, &snapshot->owners[owner]);
    if (owner < MEMORY_OWNERS)
        json_make_number(maker, object, "noted_bytes", (double)snapshot->noted_bytes[owner]);
    json_make_element(maker, list, object);
}

static void add_site(struct json_maker *maker, cJSON *list, const struct snapshot_site *site)
{
    cJSON *object = json_make_object(maker);
    json_make_text(maker, object, "file", site->file);
    json_make_number(maker, object, "line", site->line);
    json_make_text(maker, object, "owner", memory_owner_name(site->owner));
    add_numbers(maker, object, &site->sum);
    json_make_element(maker, list, object);
}

static void add_change(struct json_maker *maker, cJSON *list, const struct snapshot_change *change)
{
    cJSON *object = json_make_object(maker);
    json_make_text(maker, object, "file", change->file);
    json_make_number(maker, object, "line", change->line);
    json_make_number(maker, object, "size_bytes", (double)change->bytes);
    json_make_number(maker, object, "size_diff_bytes", (double)change->bytes_change);
    json_make_number(maker, object, "count", (double)change->count);
    json_make_number(maker, object, "count_diff", (double)change->count_change);
    json_make_element(maker, list, object);
}

cJSON *snapshots_to_json(const struct ledger_snapshot *snapshot)
{
    struct json_maker maker = {false};
    cJSON *root = json_make_object(&maker), *owners = json_make_array(&maker);
    cJSON *allocated = json_make_object(&maker), *sites = json_make_array(&maker);
    for (int owner = 0; owner <= MEMORY_OWNERS; owner++)
        add_owner(&maker, owners, snapshot, (enum memory_owner)owner);
    add_numbers(&maker, allocated, &snapshot->allocated);
    for (int i = 0; i < snapshot->count; i++)
        add_site(&maker, sites, &snapshot->sites[i]);
    json_make_member(&maker, root, "owners", owners);
    json_make_member(&maker, root, "allocated", allocated);
    json_make_member(&maker, root, "sites", sites);
    return json_make_end(&maker, root);
}

cJSON *snapshots_changes_to_json(const struct snapshot_change *changes, int count)
{
    struct json_maker maker = {false};
    cJSON *list = json_make_array(&maker);
    for (int i = 0; i < count; i++)
        add_change(&maker, list, &changes[i]);
    return json_make_end(&maker, list);
}
