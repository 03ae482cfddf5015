#include "app/memory_errands.h"

#include "app/locks.h"
#include "app/process_memory.h"

#include <errno.h>
#include <pthread.h>

struct memory_errands {
    // Set by memory_errands_create().
    struct memory_errands_config config;

    // The owner's own.
    pthread_t thread;
    bool started;

    // Guarded by `lock`; `what` belongs to the thread while `saving`.
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool measuring, saving, ending;
    struct memory_export what;
};

int memory_errands_create(struct memory_errands **out, const struct memory_errands_config *config)
{
    struct memory_errands *errands = *out = memory_alloc(MEMORY_INTERFACE, sizeof *errands);
    if (!errands)
        return -ENOMEM;
    errands->config = *config;
    lock_make(&errands->lock);
    condition_make(&errands->changed);
    return 0;
}

static void measure(struct memory_errands *errands)
{
    errands->config.measured(errands->config.self, process_memory_proportional());
}

static void save(struct memory_errands *errands)
{
    struct path path = {""};
    struct error err = {""};
    int ret = memory_export_write(&errands->what, &path, &err);
    errands->config.saved(errands->config.self, ret, path.text, &err);
}

/** Does an errand without the lock; it is in hand until it is done. */
static void run_locked(struct memory_errands *errands, bool *wanted,
                       void (*errand)(struct memory_errands *))
{
    pthread_mutex_unlock(&errands->lock);
    errand(errands);
    pthread_mutex_lock(&errands->lock);
    *wanted = false;
}

static void *run(void *self)
{
    struct memory_errands *errands = self;
    pthread_mutex_lock(&errands->lock);
    for (;;) {
        if (errands->measuring)
            run_locked(errands, &errands->measuring, measure);
        else if (errands->saving)
            run_locked(errands, &errands->saving, save);
        else if (errands->ending)
            break;
        else
            pthread_cond_wait(&errands->changed, &errands->lock);
    }
    pthread_mutex_unlock(&errands->lock);
    return NULL;
}

static int start(struct memory_errands *errands)
{
    if (errands->started)
        return 0;
    int ret = -pthread_create(&errands->thread, NULL, run, errands);
    errands->started = ret == 0;
    if (errands->started)
        pthread_setname_np(errands->thread, "memory");
    return ret;
}

static void want(struct memory_errands *errands, bool *wanted)
{
    pthread_mutex_lock(&errands->lock);
    *wanted = true;
    pthread_cond_signal(&errands->changed);
    pthread_mutex_unlock(&errands->lock);
}

int memory_errands_measure(struct memory_errands *errands)
{
    int ret = start(errands);
    if (ret == 0)
        want(errands, &errands->measuring);
    return ret;
}

int memory_errands_save(struct memory_errands *errands, const struct memory_export *what)
{
    pthread_mutex_lock(&errands->lock);
    bool busy = errands->saving;
    pthread_mutex_unlock(&errands->lock);
    int ret = busy ? -EBUSY : start(errands);
    if (ret < 0)
        return ret;
    // Only the owner asks, so nobody fills it between the question and here.
    errands->what = *what;
    want(errands, &errands->saving);
    return 0;
}

void memory_errands_destroy(struct memory_errands **out)
{
    struct memory_errands *errands = *out;
    if (!errands)
        return;
    want(errands, &errands->ending);
    if (errands->started)
        pthread_join(errands->thread, NULL);
    pthread_cond_destroy(&errands->changed);
    pthread_mutex_destroy(&errands->lock);
    memory_free(errands);
    *out = NULL;
}
