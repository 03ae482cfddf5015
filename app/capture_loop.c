#include "app/capture_loop.h"

#include "processing/clock.h"
#include "processing/memory.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

enum {
    ACQUIRE_TIMEOUT_MS = 200, ///< how often a silent source is looked after
    RETRY_MS = 1000,          ///< between attempts to open a source that broke
};

struct capture_loop {
    // Set before the thread starts.
    struct capture_config config;
    pthread_t thread;
    bool started;

    // Any thread.
    atomic_bool stop, hold;

    // Capture thread only.
    unsigned base_driver, base_skipped, base_damaged, base_acquired; ///< of earlier openings

    // Guarded by `lock`.
    pthread_mutex_t lock;
    struct capture_status status;
    struct source *source; ///< for capture_loop_stop() to wake; NULL while none is open
};

static void set_state(struct capture_loop *loop, enum capture_state state)
{
    pthread_mutex_lock(&loop->lock);
    bool changed = loop->status.state != state;
    loop->status.reconnects += loop->status.state == CAPTURE_WAITING && state == CAPTURE_STREAMING;
    loop->status.state = state;
    pthread_mutex_unlock(&loop->lock);
    if (changed)
        loop->config.changed(loop->config.self);
}

static void set_error(struct capture_loop *loop, const struct error *err)
{
    pthread_mutex_lock(&loop->lock);
    loop->status.error = *err;
    pthread_mutex_unlock(&loop->lock);
}

/** Lets the others see the source, or see it no more (NULL) before it is closed. */
static void publish(struct capture_loop *loop, struct source *source)
{
    pthread_mutex_lock(&loop->lock);
    loop->source = source;
    if (source)
        loop->status.info = source->info;
    pthread_mutex_unlock(&loop->lock);
}

static void update_counters(struct capture_loop *loop, const struct source *source, bool frame)
{
    const struct source_counters *counters = &source->counters;
    pthread_mutex_lock(&loop->lock);
    struct capture_status *status = &loop->status;
    status->acquired = loop->base_acquired + atomic_load(&counters->acquired);
    status->dropped_driver = loop->base_driver + atomic_load(&counters->dropped_driver);
    status->dropped_skipped = loop->base_skipped + atomic_load(&counters->dropped_skipped);
    status->damaged = loop->base_damaged + atomic_load(&counters->damaged);
    status->decode_ns = atomic_load(&counters->decode_ns);
    if (frame)
        status->last_frame_ns = clock_now_ns();
    pthread_mutex_unlock(&loop->lock);
}

/** So that the counts go on where the last opening left them. */
static void keep_counters(struct capture_loop *loop)
{
    struct capture_status status = capture_loop_status(loop);
    loop->base_acquired = status.acquired;
    loop->base_driver = status.dropped_driver;
    loop->base_skipped = status.dropped_skipped;
    loop->base_damaged = status.damaged;
}

static struct source_wishes wishes_now(struct capture_loop *loop)
{
    struct control_values values;
    controls_get(loop->config.controls, &values);
    const struct view_info *view = view_find(values.view);
    // A frozen picture is looked at in every view, so it is taken with its colours.
    return (struct source_wishes){.color = view->needs_color || values.frozen,
                                  .bgr = values.canny.gray == GRAY_BGR,
                                  .noise = values.noise};
}

/** Waits while the picture is frozen, if the source's time waits with it. */
static void wait_while_held(struct capture_loop *loop, const struct source *source)
{
    for (;;) {
        unsigned ticket = doorbell_ticket(loop->config.bell);
        if (source->info.live || !atomic_load(&loop->hold) || atomic_load(&loop->stop))
            return;
        doorbell_wait(loop->config.bell, ticket, -1);
    }
}

static bool is_silent(const struct capture_loop *loop, int64_t since_ns)
{
    return loop->config.timeout_ms > 0 &&
           clock_now_ns() - since_ns > loop->config.timeout_ms * NS_PER_MS;
}

/** Posts frames until the source ends or breaks. Returns 0 when told to stop, else why it ended. */
static int stream(struct capture_loop *loop, struct source *source, struct error *err)
{
    int64_t last_ns = clock_now_ns();
    while (!atomic_load(&loop->stop)) {
        wait_while_held(loop, source);
        source_wish(source, wishes_now(loop));
        struct loan loan;
        int ret = source_acquire(source, ACQUIRE_TIMEOUT_MS, &loan, err);
        update_counters(loop, source, ret == 0);
        if (ret == 0) {
            last_ns = clock_now_ns();
            set_state(loop, CAPTURE_STREAMING);
            if (!loop->config.channel.post(loop->config.channel.self, &loan))
                return 0;
        } else if (ret != -ETIMEDOUT && ret != -EINTR && ret != -EAGAIN) {
            return ret;
        } else if (source->info.live && is_silent(loop, last_ns)) {
            return error_set(err, -ETIMEDOUT, "%s sends no frames any more", source->info.name);
        }
    }
    return 0;
}

/** Opens the source and streams from it once. */
static int run_once(struct capture_loop *loop, struct error *err)
{
    struct source *source;
    loop->config.source.wishes = wishes_now(loop);
    int ret = source_open(&source, loop->config.kind, &loop->config.source, err);
    if (ret < 0)
        return ret;
    publish(loop, source);
    ret = stream(loop, source, err);
    publish(loop, NULL);
    keep_counters(loop);
    loop->config.channel.let_go(loop->config.channel.self);
    source_close(&source);
    return ret;
}

static void wait_to_retry(struct capture_loop *loop)
{
    int64_t until_ns = clock_now_ns() + RETRY_MS * NS_PER_MS;
    for (;;) {
        unsigned ticket = doorbell_ticket(loop->config.bell);
        int64_t left_ns = until_ns - clock_now_ns();
        if (atomic_load(&loop->stop) || left_ns <= 0)
            return;
        doorbell_wait(loop->config.bell, ticket, (int)(left_ns / NS_PER_MS) + 1);
    }
}

static void *run(void *self)
{
    struct capture_loop *loop = self;
    bool worked = false;
    while (!atomic_load(&loop->stop)) {
        struct error err = {""};
        int ret = run_once(loop, &err);
        worked = worked || capture_loop_status(loop).last_frame_ns;
        if (ret == 0)
            break;
        set_error(loop, &err);
        if (ret == -ENODATA) {
            set_state(loop, CAPTURE_ENDED);
            break;
        }
        // What never worked is the user's to mend; what worked may come back by itself.
        if (!worked || loop->config.exit_on_error) {
            set_state(loop, CAPTURE_FAILED);
            break;
        }
        set_state(loop, CAPTURE_WAITING);
        wait_to_retry(loop);
    }
    return NULL;
}

int capture_loop_start(struct capture_loop **out, const struct capture_config *config)
{
    *out = NULL;
    struct capture_loop *loop = memory_alloc(MEMORY_OTHER, sizeof *loop);
    if (!loop)
        return -ENOMEM;
    loop->config = *config;
    pthread_mutex_init(&loop->lock, NULL);
    int ret = -pthread_create(&loop->thread, NULL, run, loop);
    loop->started = ret == 0;
    if (ret < 0)
        capture_loop_join(&loop);
    else
        pthread_setname_np(loop->thread, "capture");
    *out = loop;
    return ret;
}

struct capture_status capture_loop_status(struct capture_loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    struct capture_status status = loop->status;
    pthread_mutex_unlock(&loop->lock);
    return status;
}

void capture_loop_hold(struct capture_loop *loop, bool hold)
{
    if (atomic_exchange(&loop->hold, hold) != hold)
        doorbell_ring(loop->config.bell);
}

void capture_loop_stop(struct capture_loop *loop)
{
    atomic_store(&loop->stop, true);
    pthread_mutex_lock(&loop->lock);
    if (loop->source)
        source_wake(loop->source);
    pthread_mutex_unlock(&loop->lock);
    doorbell_ring(loop->config.bell);
}

void capture_loop_join(struct capture_loop **loop)
{
    if (!*loop)
        return;
    if ((*loop)->started)
        pthread_join((*loop)->thread, NULL);
    pthread_mutex_destroy(&(*loop)->lock);
    memory_free(*loop);
    *loop = NULL;
}
