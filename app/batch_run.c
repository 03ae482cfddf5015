#include "app/batch_run.h"

#include "app/budget.h"
#include "processing/clock.h"
#include "processing/memory.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

struct batch_run {
    // Set before the threads start.
    struct batch_run_config config;
    struct budget *budget;
    pthread_t *threads;
    int thread_count;

    // Any thread.
    atomic_bool stop;
    atomic_int next; ///< task to be taken

    // Guarded by `lock`.
    pthread_mutex_t lock;
    pthread_cond_t ended;
    int working; ///< threads
};

static int do_task(struct batch_run *run, struct batch_file_memory *memory,
                   const struct batch_task *task, struct batch_outcome *outcome)
{
    const struct batch_file_config *file = &run->config.file;
    size_t bytes;
    int ret = batch_file_measure(task->input, file, &bytes, &outcome->err);
    if (ret < 0)
        return ret;
    ret = budget_take(run->budget, bytes);
    if (ret == -EFBIG)
        return error_set(&outcome->err, ret,
                         "'%s' needs %zu MB of memory, and there are %zu: give more by "
                         "--max-memory",
                         task->input, bytes >> 20, run->config.budget_bytes >> 20);
    if (ret < 0)
        return ret;
    ret = batch_file_run(memory, task->input, task->output, file, &outcome->result, &outcome->err);
    budget_give(run->budget, bytes);
    return ret;
}

static void tell(struct batch_run *run, int index, const struct batch_outcome *outcome)
{
    pthread_mutex_lock(&run->lock);
    run->config.finished(run->config.self, index, outcome);
    pthread_mutex_unlock(&run->lock);
}

static void *work(void *self)
{
    struct batch_run *run = self;
    struct batch_file_memory memory = {.canny = NULL};
    while (!atomic_load(&run->stop)) {
        int index = atomic_fetch_add(&run->next, 1);
        if (index >= run->config.count)
            break;
        struct batch_outcome outcome = {.err = {""}};
        int64_t start_ns = clock_now_ns();
        outcome.code = do_task(run, &memory, &run->config.tasks[index], &outcome);
        outcome.ms = (double)(clock_now_ns() - start_ns) / NS_PER_MS;
        if (outcome.code != -EINTR)
            tell(run, index, &outcome);
    }
    batch_file_free(&memory);
    pthread_mutex_lock(&run->lock);
    run->working--;
    pthread_cond_signal(&run->ended);
    pthread_mutex_unlock(&run->lock);
    return NULL;
}

static int start_threads(struct batch_run *run)
{
    int wanted = run->config.workers < run->config.count ? run->config.workers : run->config.count;
    int ret = 0;
    run->threads = memory_alloc(MEMORY_OTHER, (size_t)(wanted + 1) * sizeof *run->threads);
    if (!run->threads)
        return -ENOMEM;
    pthread_mutex_lock(&run->lock);
    while (ret == 0 && run->thread_count < wanted) {
        pthread_t *thread = &run->threads[run->thread_count];
        ret = -pthread_create(thread, NULL, work, run);
        if (ret == 0) {
            char name[16];
            snprintf(name, sizeof name, "batch %d", run->thread_count);
            pthread_setname_np(*thread, name);
            run->thread_count++;
            run->working++;
        }
    }
    pthread_mutex_unlock(&run->lock);
    return run->thread_count > 0 || wanted == 0 ? 0 : ret;
}

int batch_run_start(struct batch_run **out, const struct batch_run_config *config)
{
    struct batch_run *run = memory_alloc(MEMORY_OTHER, sizeof *run);
    *out = run;
    if (!run)
        return -ENOMEM;
    run->config = *config;
    pthread_mutex_init(&run->lock, NULL);
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&run->ended, &clock);
    pthread_condattr_destroy(&clock);
    int ret = budget_create(&run->budget, config->budget_bytes);
    if (ret == 0)
        ret = start_threads(run);
    if (ret < 0)
        batch_run_join(out);
    return ret;
}

bool batch_run_wait(struct batch_run *run, int timeout_ms)
{
    int64_t until_ns = clock_now_ns() + timeout_ms * NS_PER_MS;
    struct timespec until = {.tv_sec = until_ns / NS_PER_S, .tv_nsec = until_ns % NS_PER_S};
    int ret = 0;
    pthread_mutex_lock(&run->lock);
    while (run->working > 0 && ret == 0)
        ret = pthread_cond_timedwait(&run->ended, &run->lock, &until);
    bool done = run->working == 0;
    pthread_mutex_unlock(&run->lock);
    return done;
}

void batch_run_stop(struct batch_run *run)
{
    atomic_store(&run->stop, true);
    budget_stop(run->budget);
}

void batch_run_join(struct batch_run **run)
{
    if (!*run)
        return;
    if ((*run)->budget)
        batch_run_stop(*run);
    for (int i = 0; i < (*run)->thread_count; i++)
        pthread_join((*run)->threads[i], NULL);
    memory_free((*run)->threads);
    budget_destroy(&(*run)->budget);
    pthread_cond_destroy(&(*run)->ended);
    pthread_mutex_destroy(&(*run)->lock);
    memory_free(*run);
    *run = NULL;
}
