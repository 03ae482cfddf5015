#include "app/capture_loop.h"

#include "app/reopening.h"
#include "processing/clock.h"
#include "processing/memory.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    ACQUIRE_TIMEOUT_MS = 200,   ///< how often a silent source is looked after
    SILENCE_MS = 1000,          ///< before it is helped, at least
    SILENCE_FRAMES = 5,         ///< and at least so many frames long
    SILENCE_AT_START_MS = 3000, ///< cameras take their time for the first frame
};

/** A source to capture from, and what there is to know to return to it. */
struct goal {
    struct capture_target target; ///< its location is in `aim`
    struct reopening_aim aim;
    struct source_info info; ///< when it was left
    char device[256];
};

struct capture_loop {
    // Set before the thread starts.
    struct capture_config config;
    pthread_t thread;
    bool started;

    // Any thread.
    atomic_bool stop, hold;
    atomic_uint asked; ///< number of the last switch that was asked for

    // Capture thread only, but for reopening_stop() and reopening_wake().
    struct reopening *reopening;
    struct capture_target target; ///< what is captured from; where it is knows `reopening`
    struct goal former;           ///< that worked, while `trying`
    bool trying;                  ///< switched, and no frame came yet
    unsigned taken;               ///< number of the last switch that was begun
    int64_t last_frame_ns; ///< 0 before anything was opened, the first opening before a frame came
    bool excused;          ///< closed for a reason that is no failure of the device
    bool trusted;          ///< it worked once, or was at least excused
    struct capture_status base; ///< of which the counters of earlier openings are used

    // Guarded by `lock`.
    pthread_mutex_t lock;
    struct capture_status status;
    struct source *source; ///< for others to wake; NULL while none is open
    struct capture_target wanted;
    char wanted_location[REOPENING_LOCATION_BYTES];
};

/** Whether another source is wanted by now, or none. */
static bool is_interrupted(const struct capture_loop *loop)
{
    return atomic_load(&loop->stop) || atomic_load(&loop->asked) != loop->taken;
}

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

/** Waits from now on, or for something else than before. */
__attribute__((format(printf, 2, 3))) static void set_waiting(struct capture_loop *loop,
                                                              const char *format, ...)
{
    char text[sizeof loop->status.waiting];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    pthread_mutex_lock(&loop->lock);
    bool changed = loop->status.state == CAPTURE_WAITING && strcmp(loop->status.waiting, text) != 0;
    memcpy(loop->status.waiting, text, sizeof text);
    pthread_mutex_unlock(&loop->lock);
    set_state(loop, CAPTURE_WAITING);
    if (changed)
        loop->config.changed(loop->config.self);
}

/** Writes down which source it is; under the lock. */
static void note_target(struct capture_loop *loop, const struct reopening_aim *aim)
{
    struct capture_status *status = &loop->status;
    status->kind = loop->target.kind;
    status->camera = aim->camera;
    snprintf(status->chosen, sizeof status->chosen, "%.*s", (int)sizeof status->chosen - 1,
             aim->location);
}

/** Lets the others see the source, or see it no more (NULL) before it is closed. */
static void publish(struct capture_loop *loop, struct source *source, const char *location)
{
    struct reopening_aim aim = reopening_aim_now(loop->reopening);
    pthread_mutex_lock(&loop->lock);
    struct capture_status *status = &loop->status;
    loop->source = source;
    if (source) {
        status->info = source->info;
        status->openings++;
        note_target(loop, &aim);
        snprintf(status->device, sizeof status->device, "%s", aim.camera ? location : "");
    }
    pthread_mutex_unlock(&loop->lock);
}

static void update_counters(struct capture_loop *loop, const struct source *source, bool frame)
{
    const struct source_counters *counters = &source->counters;
    pthread_mutex_lock(&loop->lock);
    struct capture_status *status = &loop->status;
    status->acquired = loop->base.acquired + atomic_load(&counters->acquired);
    status->dropped_driver = loop->base.dropped_driver + atomic_load(&counters->dropped_driver);
    status->dropped_skipped = loop->base.dropped_skipped + atomic_load(&counters->dropped_skipped);
    status->damaged = loop->base.damaged + atomic_load(&counters->damaged);
    status->decode_ns = atomic_load(&counters->decode_ns);
    if (frame)
        status->last_frame_ns = clock_now_ns();
    pthread_mutex_unlock(&loop->lock);
}

static void say_hint(struct capture_loop *loop, const char *text, bool dark)
{
    pthread_mutex_lock(&loop->lock);
    snprintf(loop->status.hint, sizeof loop->status.hint, "%s", text);
    loop->status.hints++;
    loop->status.dark = dark;
    pthread_mutex_unlock(&loop->lock);
    loop->config.changed(loop->config.self);
}

/** Passes on what the user should know about the stream. */
static void take_hint(struct capture_loop *loop, struct source *source)
{
    char text[sizeof loop->status.hint];
    if (source_hint(source, text, sizeof text))
        say_hint(loop, text, source->hint.dark);
}

/** Waits while the picture is frozen, if the source's time waits with it. */
static void wait_while_held(struct capture_loop *loop, const struct source *source)
{
    for (;;) {
        unsigned ticket = doorbell_ticket(loop->config.bell);
        if (source->info.live || !atomic_load(&loop->hold) || is_interrupted(loop))
            return;
        doorbell_wait(loop->config.bell, ticket, -1);
    }
}

// The ladder: restart the stream, then open the source again.

/** Whether it is given up by now: nothing came for as long as the user said. */
static bool is_given_up(const struct capture_loop *loop)
{
    return loop->config.timeout_ms > 0 && loop->last_frame_ns &&
           clock_now_ns() - loop->last_frame_ns > loop->config.timeout_ms * NS_PER_MS;
}

/** How long an open source may be silent. */
static int64_t silence_limit_ns(const struct capture_loop *loop, const struct source *source,
                                bool started)
{
    if (loop->config.silence_ms > 0)
        return loop->config.silence_ms * NS_PER_MS;
    double fps = source->info.fps;
    int64_t frames_ns = fps > 0 ? (int64_t)(SILENCE_FRAMES / fps * (double)NS_PER_S) : 0;
    int64_t least_ns = (started ? SILENCE_MS : SILENCE_AT_START_MS) * NS_PER_MS;
    return frames_ns > least_ns ? frames_ns : least_ns;
}

/** A stream and how well it does. */
struct health {
    int64_t heard_ns; ///< the last frame, or when it was started
    bool started;     ///< a frame came since
    bool restarted;   ///< and none came since: it is no use to do that again
};

/** What to do about silence. 0 if there is none, or it was answered; else it is to be closed. */
static int answer_silence(struct capture_loop *loop, struct source *source, struct health *health,
                          struct error *err)
{
    int64_t silent_ns = clock_now_ns() - health->heard_ns;
    if (!source->info.live)
        return 0;
    if (is_given_up(loop))
        return error_set(err, -ETIMEDOUT, "%s sends no frames any more", source->info.name);
    if (silent_ns <= silence_limit_ns(loop, source, health->started))
        return 0;
    error_set(err, -ETIMEDOUT, "No frames from %s for %.1f s", source->info.name,
              (double)silent_ns / NS_PER_S);
    set_error(loop, err);
    if (!health->restarted) {
        set_waiting(loop, "%s, restarting the stream", err->text);
        if (source_restart(source, NULL) == 0) {
            *health = (struct health){.heard_ns = clock_now_ns(), .restarted = true};
            return 0;
        }
    }
    loop->excused = true;
    return -ETIMEDOUT;
}

/** What to do about a failure. 0 if the stream runs again. */
static int answer_failure(struct capture_loop *loop, struct source *source, struct health *health,
                          int ret, const struct error *err)
{
    if (ret != -EIO || health->restarted || loop->target.exit_on_error)
        return ret;
    set_error(loop, err);
    set_waiting(loop, "%s; restarting the stream", err->text);
    if (source_restart(source, NULL) < 0)
        return ret;
    *health = (struct health){.heard_ns = clock_now_ns(), .restarted = true};
    return 0;
}

/** The switch that is being tried has come to its end, well or badly. */
static void settle(struct capture_loop *loop, bool returned)
{
    loop->trying = false;
    pthread_mutex_lock(&loop->lock);
    loop->status.returns += returned;
    loop->status.settled = loop->taken;
    pthread_mutex_unlock(&loop->lock);
}

static void note_frame(struct capture_loop *loop, struct health *health)
{
    int64_t now = clock_now_ns();
    *health = (struct health){.heard_ns = now, .started = true};
    loop->last_frame_ns = now;
    reopening_worked(loop->reopening);
    if (loop->trying)
        settle(loop, false);
    set_state(loop, CAPTURE_STREAMING);
}

static bool is_failure(int ret)
{
    return ret < 0 && ret != -ETIMEDOUT && ret != -EINTR && ret != -EAGAIN;
}

/** Posts frames until the source ends or breaks. Returns 0 when interrupted, else why it ended. */
static int stream(struct capture_loop *loop, struct source *source, struct error *err)
{
    struct health health = {.heard_ns = clock_now_ns()};
    while (!is_interrupted(loop)) {
        wait_while_held(loop, source);
        source_wish(source, controls_source_wishes(loop->config.controls));
        struct loan loan;
        int ret = source_acquire(source, ACQUIRE_TIMEOUT_MS, &loan, err);
        update_counters(loop, source, ret == 0);
        take_hint(loop, source);
        if (ret == 0) {
            note_frame(loop, &health);
            if (!loop->config.channel.post(loop->config.channel.self, &loan))
                return 0;
            continue;
        }
        ret = is_failure(ret) ? answer_failure(loop, source, &health, ret, err)
                              : answer_silence(loop, source, &health, err);
        if (ret < 0)
            return ret;
    }
    return 0;
}

/** Opens the source and streams from it once. */
static int run_once(struct capture_loop *loop, struct error *err)
{
    struct source *source;
    struct source_config config = loop->target.source;
    config.wishes = controls_source_wishes(loop->config.controls);
    config.location = reopening_find(loop->reopening);
    if (!config.location)
        return error_set(err, -ENODEV, "%s is disconnected", capture_loop_status(loop).info.name);
    int ret = source_open(&source, loop->target.kind, &config, err);
    if (ret < 0)
        return ret;
    publish(loop, source, config.location);
    reopening_opened(loop->reopening);
    if (!loop->last_frame_ns)
        loop->last_frame_ns = clock_now_ns();
    ret = stream(loop, source, err);
    publish(loop, NULL, NULL);
    loop->base = capture_loop_status(loop); // from where the counters go on
    loop->config.channel.let_go(loop->config.channel.self);
    source_close(&source);
    return ret;
}

/**
 * Whether others can mend it while we wait, although it never worked: somebody has the camera or
 * forbids it, or it does not answer as yet.
 */
static bool may_be_mended(const struct capture_loop *loop, int ret)
{
    static const int codes[] = {-EACCES, -EPERM, -EBUSY, -EIO, -EPIPE, -EPROTO, -ETIMEDOUT};
    bool listed = false;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        listed = listed || ret == codes[i];
    return loop->config.patient && listed;
}

/** Whether to go on after a failure; else the state says how it ended. */
static bool goes_on(struct capture_loop *loop, int ret, const struct error *err)
{
    // Pictures of another size are no failure either.
    bool excused = loop->excused || ret == -ESTALE;
    loop->excused = false;
    loop->trusted = loop->trusted || excused || capture_loop_status(loop).last_frame_ns;
    set_error(loop, err);
    if (ret == -ENODATA) {
        set_state(loop, CAPTURE_ENDED);
        return false;
    }
    // What never worked is the user's to mend; what worked may come back by itself.
    bool final =
        !excused && (loop->target.exit_on_error || !(loop->trusted || may_be_mended(loop, ret)));
    if (final || is_given_up(loop))
        set_state(loop, CAPTURE_FAILED);
    return !final && !is_given_up(loop);
}

static void say_what_is_waited_for(struct capture_loop *loop, int ret, const struct error *err)
{
    struct capture_status status = capture_loop_status(loop);
    bool gone = ret == -ENODEV || ret == -ENOENT || ret == -ENXIO;
    if (loop->target.camera && gone)
        set_waiting(loop, "Camera disconnected, waiting for %s", status.info.name);
    else
        set_waiting(loop, "%s. Trying again", err->text);
}

// Going over to another source.

/** Begins with what is wanted now. What worked is remembered, for a return. */
static void take_switch(struct capture_loop *loop)
{
    struct reopening_aim aim = reopening_aim_now(loop->reopening);
    pthread_mutex_lock(&loop->lock);
    if (!loop->trying) {
        loop->former = (struct goal){loop->target, aim, loop->status.info, ""};
        memcpy(loop->former.device, loop->status.device, sizeof loop->former.device);
    }
    aim = (struct reopening_aim){.camera = loop->wanted.camera};
    memcpy(aim.location, loop->wanted_location, sizeof aim.location);
    loop->target = loop->wanted;
    loop->taken = atomic_load(&loop->asked);
    pthread_mutex_unlock(&loop->lock);
    loop->trying = true;
    loop->excused = false;
    loop->last_frame_ns = 0;
    reopening_aim(loop->reopening, &aim);
    set_state(loop, CAPTURE_OPENING);
}

/** What was switched to cannot be had: returns to what worked. */
static void go_back(struct capture_loop *loop, const struct error *err)
{
    char text[sizeof loop->status.hint];
    const struct goal *former = &loop->former;
    snprintf(text, sizeof text, "Back to %.90s: %.280s",
             former->info.name[0] ? former->info.name : "what was open before", err->text);
    loop->target = former->target;
    loop->trusted = true;
    loop->last_frame_ns = 0;
    reopening_aim(loop->reopening, &former->aim);
    pthread_mutex_lock(&loop->lock);
    note_target(loop, &former->aim);
    loop->status.info = former->info;
    memcpy(loop->status.device, former->device, sizeof loop->status.device);
    pthread_mutex_unlock(&loop->lock);
    settle(loop, true);
    set_state(loop, CAPTURE_OPENING);
    say_hint(loop, text, false);
}

static void *run(void *self)
{
    struct capture_loop *loop = self;
    while (!atomic_load(&loop->stop)) {
        if (is_interrupted(loop))
            take_switch(loop);
        struct error err = {""};
        int ret = run_once(loop, &err);
        if (is_interrupted(loop))
            continue;
        if (ret < 0 && ret != -ESTALE && loop->trying) {
            go_back(loop, &err);
            continue;
        }
        if (ret == 0 || !goes_on(loop, ret, &err))
            break;
        say_what_is_waited_for(loop, ret, &err);
        if (!reopening_wait(loop->reopening))
            break;
    }
    return NULL;
}

static int start_thread(struct capture_loop *loop)
{
    struct reopening_config config = {.camera = loop->target.camera,
                                      .location = loop->target.source.location,
                                      .io = loop->target.source.io};
    int ret = reopening_create(&loop->reopening, &config);
    if (ret == 0)
        ret = -pthread_create(&loop->thread, NULL, run, loop);
    loop->started = ret == 0;
    return ret;
}

int capture_loop_start(struct capture_loop **out, const struct capture_config *config)
{
    *out = NULL;
    struct capture_loop *loop = memory_alloc(MEMORY_OTHER, sizeof *loop);
    if (!loop)
        return -ENOMEM;
    loop->config = *config;
    loop->target = config->target;
    pthread_mutex_init(&loop->lock, NULL);
    int ret = start_thread(loop);
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

enum capture_state capture_loop_state(struct capture_loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    enum capture_state state = loop->status.state;
    pthread_mutex_unlock(&loop->lock);
    return state;
}

void capture_loop_hold(struct capture_loop *loop, bool hold)
{
    if (atomic_exchange(&loop->hold, hold) != hold)
        doorbell_ring(loop->config.bell);
}

static void wake_source(struct capture_loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    if (loop->source)
        source_wake(loop->source);
    pthread_mutex_unlock(&loop->lock);
}

unsigned capture_loop_switch(struct capture_loop *loop, const struct capture_target *target)
{
    pthread_mutex_lock(&loop->lock);
    loop->wanted = *target;
    snprintf(loop->wanted_location, sizeof loop->wanted_location, "%s",
             target->source.location ? target->source.location : "");
    unsigned number = atomic_fetch_add(&loop->asked, 1) + 1;
    pthread_mutex_unlock(&loop->lock);
    wake_source(loop);
    reopening_wake(loop->reopening);
    doorbell_ring(loop->config.bell);
    return number;
}

void capture_loop_stop(struct capture_loop *loop)
{
    atomic_store(&loop->stop, true);
    wake_source(loop);
    reopening_stop(loop->reopening);
    doorbell_ring(loop->config.bell);
}

void capture_loop_join(struct capture_loop **loop)
{
    if (!*loop)
        return;
    if ((*loop)->started)
        pthread_join((*loop)->thread, NULL);
    reopening_destroy(&(*loop)->reopening);
    pthread_mutex_destroy(&(*loop)->lock);
    memory_free(*loop);
    *loop = NULL;
}
