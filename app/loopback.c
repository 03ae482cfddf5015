#include "app/loopback.h"

#include "app/locks.h"
#include "processing/clock.h"
#include "processing/memory.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/** How long a picture stands before it is written again. */
enum { REPEAT_MS = 200 };

struct loopback {
    // Set by loopback_create().
    struct loopback_config config;
    pthread_t thread;
    bool started;

    // The thread's own; loopback_create()'s before it starts.
    struct virtual_camera *camera;

    // Guarded by `lock`; the canvas belongs to the thread while `full`, else to who gives pictures.
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool ending, full;
    struct canvas canvas; ///< data is ours; NULL before the first
    struct loopback_status status;
};

static void say(const struct loopback *loopback, bool warning, const char *text)
{
    if (loopback->config.said)
        loopback->config.said(loopback->config.self, warning, text);
}

static void fail(struct loopback *loopback, const struct error *err)
{
    virtual_camera_close(&loopback->camera);
    loopback_switch(loopback, false);
    say(loopback, true, err->text);
}

static void open_camera(struct loopback *loopback)
{
    struct error err;
    const struct loopback_config *config = &loopback->config;
    if (virtual_camera_open(&loopback->camera, config->io, config->device, &err) < 0)
        fail(loopback, &err);
}

/** The first picture settles what readers will see. */
static int settle(struct loopback *loopback, const struct canvas *canvas, struct error *err)
{
    const struct loopback_config *config = &loopback->config;
    double fps = config->fps ? config->fps(config->self) : 0;
    int ret = virtual_camera_settle(loopback->camera, canvas->width, canvas->height, fps, err);
    if (ret < 0)
        return ret;
    char text[320] = "Virtual camera: ";
    size_t used = strlen(text);
    virtual_camera_describe(loopback->camera, text + used, sizeof text - used);
    say(loopback, false, text);
    return 0;
}

/** Writes the picture in hand. */
static void deliver(struct loopback *loopback)
{
    struct error err;
    int ret = 0;
    if (!virtual_camera_is_settled(loopback->camera))
        ret = settle(loopback, &loopback->canvas, &err);
    if (ret == 0)
        ret = virtual_camera_write(loopback->camera, &loopback->canvas, &err);
    pthread_mutex_lock(&loopback->lock);
    loopback->status.written += ret == 0;
    loopback->status.dropped += ret < 0;
    loopback->full = false;
    pthread_mutex_unlock(&loopback->lock);
    if (ret < 0 && ret != -EAGAIN)
        fail(loopback, &err);
}

static void repeat(struct loopback *loopback)
{
    struct error err;
    int ret = virtual_camera_repeat(loopback->camera, &err);
    if (ret < 0 && ret != -EAGAIN)
        fail(loopback, &err);
}

/** Waits for something to do. False if nothing came, so that the picture is due again. */
static bool wait_locked(struct loopback *loopback)
{
    if (!loopback->camera) {
        pthread_cond_wait(&loopback->changed, &loopback->lock);
        return true;
    }
    int64_t until_ns = clock_now_ns() + REPEAT_MS * NS_PER_MS;
    struct timespec until = {.tv_sec = until_ns / NS_PER_S, .tv_nsec = until_ns % NS_PER_S};
    return pthread_cond_timedwait(&loopback->changed, &loopback->lock, &until) != ETIMEDOUT;
}

/** What the thread is to do next. */
enum step { STEP_WAIT, STEP_END, STEP_OPEN, STEP_CLOSE, STEP_DELIVER, STEP_REPEAT };

static enum step next_step_locked(struct loopback *loopback)
{
    if (!loopback->camera)
        loopback->full = false;
    if (loopback->camera && !loopback->status.on)
        return STEP_CLOSE;
    if (loopback->full)
        return STEP_DELIVER;
    if (loopback->ending)
        return STEP_END;
    if (!loopback->camera && loopback->status.on)
        return STEP_OPEN;
    return wait_locked(loopback) ? STEP_WAIT : STEP_REPEAT;
}

static enum step next_step(struct loopback *loopback)
{
    pthread_mutex_lock(&loopback->lock);
    enum step step = next_step_locked(loopback);
    pthread_mutex_unlock(&loopback->lock);
    return step;
}

static void *run(void *self)
{
    struct loopback *loopback = self;
    enum step step;
    while ((step = next_step(loopback)) != STEP_END) {
        if (step == STEP_OPEN)
            open_camera(loopback);
        else if (step == STEP_CLOSE)
            virtual_camera_close(&loopback->camera);
        else if (step == STEP_DELIVER)
            deliver(loopback);
        else if (step == STEP_REPEAT)
            repeat(loopback);
    }
    return NULL;
}

int loopback_create(struct loopback **out, const struct loopback_config *config, struct error *err)
{
    *out = NULL;
    struct loopback *loopback = memory_alloc(MEMORY_OTHER, sizeof *loopback);
    if (!loopback)
        return error_set(err, -ENOMEM, "Not enough memory for a virtual camera");
    loopback->config = *config;
    loopback->status.on = config->on;
    lock_make(&loopback->lock);
    condition_make(&loopback->changed);
    int ret = 0;
    if (config->on)
        ret = virtual_camera_open(&loopback->camera, config->io, config->device, err);
    if (ret == 0) {
        ret = -pthread_create(&loopback->thread, NULL, run, loopback);
        loopback->started = ret == 0;
        if (ret < 0)
            error_set(err, ret, "Cannot start a thread: %s", error_reason(ret));
    }
    if (ret < 0)
        loopback_destroy(&loopback);
    else
        pthread_setname_np(loopback->thread, "loopback");
    *out = loopback;
    return ret;
}

void loopback_switch(struct loopback *loopback, bool on)
{
    pthread_mutex_lock(&loopback->lock);
    loopback->status.on = on;
    pthread_cond_signal(&loopback->changed);
    pthread_mutex_unlock(&loopback->lock);
}

void loopback_take(struct loopback *loopback, const struct canvas *canvas)
{
    pthread_mutex_lock(&loopback->lock);
    bool on = loopback->status.on, busy = loopback->full;
    loopback->status.dropped += on && busy;
    pthread_mutex_unlock(&loopback->lock);
    // Only one thread gives pictures, so nobody fills it between the question and here.
    if (!on || busy)
        return;
    int ret = canvas_copy(&loopback->canvas, canvas);
    pthread_mutex_lock(&loopback->lock);
    loopback->full = ret == 0;
    loopback->status.dropped += ret < 0;
    pthread_cond_signal(&loopback->changed);
    pthread_mutex_unlock(&loopback->lock);
}

struct loopback_status loopback_status(struct loopback *loopback)
{
    pthread_mutex_lock(&loopback->lock);
    struct loopback_status status = loopback->status;
    pthread_mutex_unlock(&loopback->lock);
    return status;
}

void loopback_destroy(struct loopback **loopback)
{
    if (!*loopback)
        return;
    pthread_mutex_lock(&(*loopback)->lock);
    (*loopback)->ending = true;
    pthread_cond_signal(&(*loopback)->changed);
    pthread_mutex_unlock(&(*loopback)->lock);
    if ((*loopback)->started)
        pthread_join((*loopback)->thread, NULL);
    virtual_camera_close(&(*loopback)->camera);
    pthread_cond_destroy(&(*loopback)->changed);
    pthread_mutex_destroy(&(*loopback)->lock);
    memory_free((*loopback)->canvas.data);
    memory_free(*loopback);
    *loopback = NULL;
}
