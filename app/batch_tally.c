#include "app/batch_tally.h"

#include "app/locks.h"
#include "processing/clock.h"
#include "processing/memory.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

/** Files of a group. */
struct group {
    int left, done;
};

struct batch_tally {
    // Constant.
    int files, group_files, group_count;
    struct log *log;
    int64_t start_ns;

    // Guarded by `lock`.
    pthread_mutex_t lock;
    int done, failed, through;
    struct group *groups;
};

int batch_tally_create(struct batch_tally **out, int files, int group, struct log *log)
{
    struct batch_tally *tally = memory_alloc(MEMORY_OTHER, sizeof *tally);
    *out = tally;
    if (!tally)
        return -ENOMEM;
    lock_make(&tally->lock);
    tally->files = files;
    tally->group_files = group;
    tally->group_count = files / group + (files % group != 0);
    tally->log = log;
    tally->start_ns = clock_now_ns();
    tally->groups =
        memory_alloc(MEMORY_OTHER, (size_t)(tally->group_count + 1) * sizeof *tally->groups);
    if (!tally->groups) {
        batch_tally_destroy(out);
        return -ENOMEM;
    }
    for (int i = 0; i < files; i++)
        tally->groups[i / group].left++;
    return 0;
}

void batch_tally_add(struct batch_tally *tally, int index, bool done)
{
    int number = index / tally->group_files;
    struct group *group = &tally->groups[number];
    pthread_mutex_lock(&tally->lock);
    tally->done += done;
    tally->failed += !done;
    group->done += done;
    if (--group->left == 0) {
        int first = number * tally->group_files, rest = tally->files - first;
        int files = rest < tally->group_files ? rest : tally->group_files;
        tally->through++;
        log_write(tally->log, LOG_LEVEL_INFO, "Batch %d/%d: %d of %d done", number + 1,
                  tally->group_count, group->done, files);
    }
    pthread_mutex_unlock(&tally->lock);
}

struct batch_counts batch_tally_counts(struct batch_tally *tally)
{
    pthread_mutex_lock(&tally->lock);
    struct batch_counts counts = {
        .all = tally->files,
        .done = tally->done,
        .failed = tally->failed,
        .ms = (double)(clock_now_ns() - tally->start_ns) / NS_PER_MS,
        .groups = tally->group_count,
        .through = tally->through,
    };
    pthread_mutex_unlock(&tally->lock);
    return counts;
}

void batch_tally_describe(const struct batch_counts *counts, char *text, size_t bytes)
{
    int over = counts->done + counts->failed;
    double rate = counts->ms > 0 ? over * 1000 / counts->ms : 0;
    int used = snprintf(text, bytes, "%d of %d", over, counts->all);
    if (rate > 0 && used > 0 && (size_t)used < bytes)
        snprintf(text + used, bytes - (size_t)used, ", %.*f a second, %.0f s left", rate < 10, rate,
                 (counts->all - over) / rate);
}

void batch_tally_destroy(struct batch_tally **tally)
{
    if (!*tally)
        return;
    pthread_mutex_destroy(&(*tally)->lock);
    memory_free((*tally)->groups);
    memory_free(*tally);
    *tally = NULL;
}

void batch_failures_add(struct batch_failures *failures, const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t used = strlen(failures->names), room = sizeof failures->names - used;
    int needed =
        snprintf(failures->names + used, room, "%s%s", used ? ", " : "", slash ? slash + 1 : path);
    bool fits = needed >= 0 && (size_t)needed < room && failures->count == failures->named;
    failures->count++;
    failures->named += fits;
    if (!fits)
        failures->names[used] = '\0';
}

void batch_failures_tell(const struct batch_failures *failures, struct log *log)
{
    int more = failures->count - failures->named;
    if (more > 0)
        log_write(log, LOG_LEVEL_ERROR, "Failed: %s and %d more; --report FILE names all",
                  failures->names, more);
    else if (failures->count > 0)
        log_write(log, LOG_LEVEL_ERROR, "Failed: %s", failures->names);
}
