#include "app/capture_loop.h"

#include "app/locks.h"
#include "app/reopening.h"
#include "processing/clock.h"
#include "processing/memory.h"

#include <errno.h>
#include <pthread.h>
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
    struct capture_board *board; ///< what others see of it; threads as it says

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

    // Guarded by `lock`.
    pthread_mutex_t lock;
    struct capture_target wanted;
    char wanted_location[REOPENING_LOCATION_BYTES];
};

/** Whether another source is wanted by now, or none. */
static bool is_interrupted(const struct capture_loop *loop)
{
    return atomic_load(&loop->stop) || atomic_load(&loop->asked) != loop->taken;
}

/** Passes on what the user should know about the stream. */
static void take_hint(struct capture_loop *loop, struct source *source)
{
    char text[CAPTURE_HINT_BYTES];
    if (source_hint(source, text, sizeof text))
        capture_board_say_hint(loop->board, text, source->hint.dark);
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
    capture_board_set_error(loop->board, err);
    if (!health->restarted) {
        capture_board_set_waiting(loop->board, "%s, restarting the stream", err->text);
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
    capture_board_set_error(loop->board, err);
    capture_board_set_waiting(loop->board, "%s; restarting the stream", err->text);
    if (source_restart(source, NULL) < 0)
        return ret;
    *health = (struct health){.heard_ns = clock_now_ns(), .restarted = true};
    return 0;
}

static void note_frame(struct capture_loop *loop, struct health *health)
{
    int64_t now = clock_now_ns();
    *health = (struct health){.heard_ns = now, .started = true};
    loop->last_frame_ns = now;
    reopening_worked(loop->reopening);
    if (loop->trying)
        capture_board_settle(loop->board, loop->taken);
    loop->trying = false;
    capture_board_set_state(loop->board, CAPTURE_STREAMING);
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
        capture_board_count(loop->board, source, ret == 0);
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
        return error_set(err, -ENODEV, "%s is disconnected",
                         capture_board_status(loop->board).info.name);
    int ret = source_open(&source, loop->target.kind, &config, err);
    if (ret < 0)
        return ret;
    struct reopening_aim aim = reopening_aim_now(loop->reopening);
    capture_board_show(loop->board, source, &aim, config.location);
    reopening_opened(loop->reopening);
    if (!loop->last_frame_ns)
        loop->last_frame_ns = clock_now_ns();
    ret = stream(loop, source, err);
    capture_board_hide(loop->board);
    loop->config.channel.let_go(loop->config.channel.self);
    source_close(&source);
    return ret;
}

/**
 * Whether others can mend it while we wait, although it never worked: somebody has the camera or
 * forbids it, or it does not answer as yet.
 */
static bool may_be_mended(int ret)
{
    switch (ret) {
    case -EACCES:
    case -EPERM:
    case -EBUSY:
    case -EIO:
    case -EPIPE:
    case -EPROTO:
    case -ETIMEDOUT:
        return true;
    default:
        return false;
    }
}

/** Whether to go on after a failure; else the state says how it ended. */
static bool goes_on(struct capture_loop *loop, int ret, const struct error *err)
{
    // Pictures of another size are no failure either.
    bool excused = loop->excused || ret == -ESTALE;
    loop->excused = false;
    loop->trusted = loop->trusted || excused || capture_board_status(loop->board).last_frame_ns;
    capture_board_set_error(loop->board, err);
    if (ret == -ENODATA) {
        capture_board_set_state(loop->board, CAPTURE_ENDED);
        return false;
    }
    // What never worked is the user's to mend; what worked may come back by itself.
    bool hopeful = loop->trusted || (loop->config.patient && may_be_mended(ret));
    bool final = !excused && (loop->target.exit_on_error || !hopeful);
    if (final || is_given_up(loop))
        capture_board_set_state(loop->board, CAPTURE_FAILED);
    return !final && !is_given_up(loop);
}

static void say_what_is_waited_for(struct capture_loop *loop, int ret, const struct error *err)
{
    struct capture_status status = capture_board_status(loop->board);
    bool gone = ret == -ENODEV || ret == -ENOENT || ret == -ENXIO;
    if (loop->target.camera && gone)
        capture_board_set_waiting(loop->board, "Camera disconnected, waiting for %s",
                                  status.info.name);
    else
        capture_board_set_waiting(loop->board, "%s. Trying again", err->text);
}

// Going over to another source.

/** Begins with what is wanted now. What worked is remembered, for a return. */
static void take_switch(struct capture_loop *loop)
{
    struct reopening_aim aim = reopening_aim_now(loop->reopening);
    if (!loop->trying) {
        struct capture_status status = capture_board_status(loop->board);
        loop->former = (struct goal){loop->target, aim, status.info, ""};
        memcpy(loop->former.device, status.device, sizeof loop->former.device);
    }
    pthread_mutex_lock(&loop->lock);
    aim = (struct reopening_aim){.camera = loop->wanted.camera};
    memcpy(aim.location, loop->wanted_location, sizeof aim.location);
    loop->target = loop->wanted;
    loop->taken = atomic_load(&loop->asked);
    pthread_mutex_unlock(&loop->lock);
    loop->trying = true;
    loop->excused = false;
    loop->last_frame_ns = 0;
    reopening_aim(loop->reopening, &aim);
    capture_board_set_state(loop->board, CAPTURE_OPENING);
}

/** What was switched to cannot be had: returns to what worked. */
static void go_back(struct capture_loop *loop, const struct error *err)
{
    char text[CAPTURE_HINT_BYTES];
    const struct goal *former = &loop->former;
    snprintf(text, sizeof text, "Back to %.90s: %.280s",
             former->info.name[0] ? former->info.name : "what was open before", err->text);
    loop->target = former->target;
    loop->trusted = true;
    loop->last_frame_ns = 0;
    reopening_aim(loop->reopening, &former->aim);
    loop->trying = false;
    capture_board_return(loop->board, loop->taken, former->target.kind, &former->aim, &former->info,
                         former->device);
    capture_board_set_state(loop->board, CAPTURE_OPENING);
    capture_board_say_hint(loop->board, text, false);
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
    lock_make(&loop->lock);
    int ret = capture_board_create(&loop->board, config->changed, config->self);
    if (ret == 0)
        ret = start_thread(loop);
    if (ret < 0)
        capture_loop_join(&loop);
    else
        pthread_setname_np(loop->thread, "capture");
    *out = loop;
    return ret;
}

struct capture_status capture_loop_status(struct capture_loop *loop)
{
    return capture_board_status(loop->board);
}

enum capture_state capture_loop_state(struct capture_loop *loop)
{
    return capture_board_state(loop->board);
}

void capture_loop_hold(struct capture_loop *loop, bool hold)
{
    if (atomic_exchange(&loop->hold, hold) != hold)
        doorbell_ring(loop->config.bell);
}

unsigned capture_loop_switch(struct capture_loop *loop, const struct capture_target *target)
{
    pthread_mutex_lock(&loop->lock);
    loop->wanted = *target;
    snprintf(loop->wanted_location, sizeof loop->wanted_location, "%s",
             target->source.location ? target->source.location : "");
    unsigned number = atomic_fetch_add(&loop->asked, 1) + 1;
    pthread_mutex_unlock(&loop->lock);
    capture_board_wake(loop->board);
    reopening_wake(loop->reopening);
    doorbell_ring(loop->config.bell);
    return number;
}

void capture_loop_stop(struct capture_loop *loop)
{
    atomic_store(&loop->stop, true);
    capture_board_wake(loop->board);
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
    capture_board_destroy(&(*loop)->board);
    pthread_mutex_destroy(&(*loop)->lock);
    memory_free(*loop);
    *loop = NULL;
}
