/**
 * @file
 * fsync() waits for the disk's journal, which costs as much as a small picture. Done file after
 * file by one thread of its own, most calls find that the one before brought their file along.
 */
#include "app/batch_pool.h"

#include "app/belt.h"
#include "app/budget.h"
#include "app/locks.h"
#include "app/media.h"
#include "processing/clock.h"
#include "processing/memory.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

/** A task that is done but for the disk. */
struct drafted {
    int index;
    struct batch_outcome outcome;
    struct image_draft *draft;
};

struct batch_pool {
    // Set before the threads start.
    struct batch_pool_config config;
    struct budget *budget;
    struct belt *drafts;
    pthread_t *threads; ///< the first one commits drafts, the others work
    int thread_count;

    // Any thread.
    atomic_bool stop;
    atomic_int next; ///< task to be taken

    // Guarded by `media_lock`, which is held while there is no room for the module.
    pthread_mutex_t media_lock;
    bool has_media; ///< the budget has been made smaller by it

    // Guarded by `lock`.
    pthread_mutex_t lock;
    pthread_cond_t ended;
    int working; ///< threads that take tasks
    bool done;   ///< nothing is under way, and nothing will be
};

/** What the program takes beside pictures once it runs, and each worker, about; measured. */
enum { OWN_BYTES = 4 << 20, WORKER_BYTES = 128 << 10 };

int batch_pool_limit(struct batch_pool_config *config, int limit_mb, struct error *err)
{
    const struct memory_need least = {.what = "the program itself", .bytes = 1};
    int workers = config->workers < config->count ? config->workers : config->count;
    config->limit =
        memory_limit_now(limit_mb, MEMORY_SHARE_HALF, OWN_BYTES + workers * (int64_t)WORKER_BYTES);
    config->file.keeps_nothing = limit_mb > 0;
    return memory_limit_check(&config->limit, &least, err);
}

static int refuse(const struct batch_pool *pool, const char *input, int64_t bytes,
                  struct error *err)
{
    char what[PATH_MAX + 2];
    snprintf(what, sizeof what, "'%s'", input);
    const struct memory_need need = {.what = what, .bytes = bytes};
    return memory_limit_check(&pool->config.limit, &need, err);
}

/**
 * The first file that needs the media module waits until there is room for it, and takes that out
 * of the budget for good.
 */
static int make_room_for_media(struct batch_pool *pool, const struct batch_task *task,
                               struct error *err)
{
    int ret = 0;
    if (!batch_file_needs_media(task->input, task->output, &pool->config.file))
        return 0;
    pthread_mutex_lock(&pool->media_lock);
    if (!pool->has_media)
        ret = budget_shrink(pool->budget, MEDIA_BYTES);
    pool->has_media = pool->has_media || ret == 0;
    pthread_mutex_unlock(&pool->media_lock);
    return ret == -EFBIG ? refuse(pool, task->input, MEDIA_BYTES, err) : ret;
}

static int do_task(struct batch_pool *pool, struct batch_file_memory *memory,
                   const struct batch_task *task, struct batch_outcome *outcome,
                   struct image_draft **draft)
{
    const struct batch_file_config *file = &pool->config.file;
    size_t bytes = 0;
    int ret = make_room_for_media(pool, task, &outcome->err);
    if (ret == 0)
        ret = batch_file_measure(task->input, task->output, file, &bytes, &outcome->err);
    if (ret < 0)
        return ret;
    ret = budget_take(pool->budget, bytes);
    if (ret == -EFBIG) {
        int64_t gone = memory_limit_room(&pool->config.limit) - (int64_t)budget_bytes(pool->budget);
        return refuse(pool, task->input, (int64_t)bytes + gone, &outcome->err);
    }
    if (ret < 0)
        return ret;
    ret = batch_file_run(memory, task->input, task->output, file, &outcome->result, draft,
                         &outcome->err);
    budget_give(pool->budget, bytes);
    return ret;
}

static void tell(struct batch_pool *pool, int index, const struct batch_outcome *outcome)
{
    pthread_mutex_lock(&pool->lock);
    pool->config.finished(pool->config.self, index, outcome);
    pthread_mutex_unlock(&pool->lock);
}

static void do_and_tell(struct batch_pool *pool, struct batch_file_memory *memory, int index)
{
    struct drafted done = {.index = index, .outcome = {.err = {""}}};
    int64_t start_ns = clock_now_ns();
    done.outcome.code =
        do_task(pool, memory, &pool->config.tasks[index], &done.outcome, &done.draft);
    done.outcome.ms = (double)(clock_now_ns() - start_ns) / NS_PER_MS;
    if (done.draft)
        belt_put(pool->drafts, &done);
    else if (done.outcome.code != -EINTR)
        tell(pool, index, &done.outcome);
}

static void *work(void *self)
{
    struct batch_pool *pool = self;
    struct batch_file_memory memory = {.canny = NULL};
    int index;
    while (!atomic_load(&pool->stop) &&
           (index = atomic_fetch_add(&pool->next, 1)) < pool->config.count)
        do_and_tell(pool, &memory, index);
    batch_file_free(&memory);
    pthread_mutex_lock(&pool->lock);
    bool last = --pool->working == 0;
    pthread_mutex_unlock(&pool->lock);
    if (last)
        belt_close(pool->drafts);
    return NULL;
}

/** Turns drafts into files, until the last worker is through. */
static void *commit(void *self)
{
    struct batch_pool *pool = self;
    struct drafted drafted;
    while (belt_take(pool->drafts, &drafted)) {
        struct error err = {""};
        int ret = image_draft_commit(&drafted.draft, &err);
        if (ret < 0) {
            drafted.outcome.code = ret;
            drafted.outcome.err = err;
        }
        stage_profile_mark(pool->config.file.stages, BATCH_STAGE_DISK);
        tell(pool, drafted.index, &drafted.outcome);
    }
    pthread_mutex_lock(&pool->lock);
    pool->done = true;
    pthread_cond_signal(&pool->ended);
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static int start_thread(struct batch_pool *pool, void *(*run)(void *), const char *name)
{
    pthread_t *thread = &pool->threads[pool->thread_count];
    int ret = -pthread_create(thread, NULL, run, pool);
    if (ret < 0)
        return ret;
    pthread_setname_np(*thread, name);
    pool->thread_count++;
    return 0;
}

static int start_workers(struct batch_pool *pool, int wanted)
{
    int ret = 0;
    pthread_mutex_lock(&pool->lock);
    while (ret == 0 && pool->working < wanted) {
        char name[24];
        snprintf(name, sizeof name, "batch %d", pool->working);
        ret = start_thread(pool, work, name);
        if (ret == 0)
            pool->working++;
    }
    bool none = pool->working == 0;
    pthread_mutex_unlock(&pool->lock);
    if (none)
        belt_close(pool->drafts);
    return none && wanted > 0 ? ret : 0;
}

static int start_threads(struct batch_pool *pool)
{
    int wanted =
        pool->config.workers < pool->config.count ? pool->config.workers : pool->config.count;
    pool->threads = memory_alloc(MEMORY_OTHER, (size_t)(wanted + 1) * sizeof *pool->threads);
    if (!pool->threads)
        return -ENOMEM;
    int ret = start_thread(pool, commit, "batch disk");
    return ret < 0 ? ret : start_workers(pool, wanted);
}

int batch_pool_start(struct batch_pool **out, const struct batch_pool_config *config)
{
    struct batch_pool *pool = memory_alloc(MEMORY_OTHER, sizeof *pool);
    *out = pool;
    if (!pool)
        return -ENOMEM;
    pool->config = *config;
    pool->has_media = media_is_loaded();
    lock_make(&pool->media_lock);
    lock_make(&pool->lock);
    condition_make(&pool->ended);
    int ret = budget_create(&pool->budget, (size_t)memory_limit_room(&config->limit));
    if (ret == 0)
        ret = belt_create(&pool->drafts, BATCH_POOL_DRAFTS, sizeof(struct drafted));
    if (ret == 0)
        ret = start_threads(pool);
    if (ret < 0)
        batch_pool_join(out);
    return ret;
}

bool batch_pool_wait(struct batch_pool *pool, int timeout_ms)
{
    int64_t until_ns = clock_now_ns() + timeout_ms * NS_PER_MS;
    struct timespec until = {.tv_sec = until_ns / NS_PER_S, .tv_nsec = until_ns % NS_PER_S};
    int ret = 0;
    pthread_mutex_lock(&pool->lock);
    while (!pool->done && ret == 0)
        ret = pthread_cond_timedwait(&pool->ended, &pool->lock, &until);
    bool done = pool->done;
    pthread_mutex_unlock(&pool->lock);
    return done;
}

void batch_pool_stop(struct batch_pool *pool)
{
    atomic_store(&pool->stop, true);
    budget_stop(pool->budget);
}

void batch_pool_join(struct batch_pool **pool)
{
    if (!*pool)
        return;
    if ((*pool)->budget)
        batch_pool_stop(*pool);
    for (int i = 0; i < (*pool)->thread_count; i++)
        pthread_join((*pool)->threads[i], NULL);
    memory_free((*pool)->threads);
    belt_destroy(&(*pool)->drafts);
    budget_destroy(&(*pool)->budget);
    pthread_cond_destroy(&(*pool)->ended);
    pthread_mutex_destroy(&(*pool)->lock);
    pthread_mutex_destroy(&(*pool)->media_lock);
    memory_free(*pool);
    *pool = NULL;
}
