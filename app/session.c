#include "app/session.h"

#include "app/give_back.h"
#include "app/mailbox.h"
#include "app/queue.h"
#include "app/session_lab.h"
#include "app/session_recorder.h"
#include "app/session_switch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/** Loans that wait in a queue; with the one being read and the one being filled a pool is full. */
enum { QUEUE_CAPACITY = 2 };

static void on_capture_changed(void *self)
{
    struct session *session = self;
    // Told on the capture thread, which may be running a moment before it is known here.
    struct capture_loop *capture = __atomic_load_n(&session->capture, __ATOMIC_ACQUIRE);
    if (capture) {
        enum capture_state state = capture_loop_state(capture);
        bool gone = state == CAPTURE_WAITING || state == CAPTURE_OPENING;
        processing_loop_set_gone(session->processing, gone);
        if (gone)
            recorder_split(session->recorder);
    }
    session->waker.wake(session->waker.self);
}

/** The camera's controls, as the desk knows them. */
static void on_desk_changed(void *self)
{
    struct session *session = self;
    session->waker.wake(session->waker.self);
}

static void on_held(void *self, bool held)
{
    struct session *session = self;
    recorder_stand(session->recorder, held);
    // The processing loop may be up a moment before the capture loop is.
    struct capture_loop *capture = __atomic_load_n(&session->capture, __ATOMIC_ACQUIRE);
    if (capture)
        capture_loop_hold(capture, held);
}

static void say(struct session *session, bool warning, const char *text)
{
    log_write(session->log, warning ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, "%s", text);
    if (session->listener.say)
        session->listener.say(session->listener.self, warning, text);
}

static void on_snapshot(void *self, const struct canvas *canvas, enum view view)
{
    struct session *session = self;
    struct error err = {"Not enough memory to save this picture"};
    int ret = live_budget_begin(session->budget, LIVE_PART_PICTURE, &err);
    if (ret == 0)
        ret = picture_saver_take(session->pictures, canvas, view);
    if (ret < 0)
        say(session, true,
            ret == -EBUSY ? "A picture is still being saved; this one was not" : err.text);
}

static void on_painted(void *self, const struct canvas *canvas)
{
    struct session *session = self;
    memory_watch_warm(&session->memory);
    if (session->loopback)
        loopback_take(session->loopback, canvas);
}

static void on_loopback_said(void *self, bool warning, const char *text)
{
    say(self, warning, text);
}

static double source_fps(void *self)
{
    struct session *session = self;
    // A picture was painted, so there is a capture loop; but it may not be entered yet.
    struct capture_loop *capture = __atomic_load_n(&session->capture, __ATOMIC_ACQUIRE);
    return capture ? capture_loop_status(capture).info.fps : 0;
}

/** Opens the virtual camera that was named. In a window one that is there can be switched on. */
static int start_loopback(struct session *session, struct error *err)
{
    const char *named = session->settings->loopback, *device = named;
    char *found = session->loopback_device;
    if (named[0] && strcmp(named, session->choice.location) == 0)
        return error_set(err, -EINVAL, "--loopback %s: that is the source itself", named);
    if (!named[0]) {
        device = found;
        if (session->settings->headless ||
            !virtual_camera_find(&virtual_camera_kernel, VIRTUAL_CAMERA_FOLDER, found,
                                 sizeof session->loopback_device) ||
            strcmp(found, session->choice.location) == 0)
            return 0;
    }
    struct loopback_config config = {
        .io = &virtual_camera_kernel,
        .device = device,
        .on = named[0],
        .said = on_loopback_said,
        .fps = source_fps,
        .self = session,
    };
    if (named[0])
        live_budget_begin(session->budget, LIVE_PART_LOOPBACK, NULL); // no source is open yet
    return loopback_create(&session->loopback, &config, err);
}

void session_loopback(struct session *session, bool on)
{
    struct error err;
    if (on && live_budget_begin(session->budget, LIVE_PART_LOOPBACK, &err) < 0)
        say(session, true, err.text);
    else
        loopback_switch(session->loopback, on);
}

static int make_channel(struct session *session, bool queued)
{
    int ret = queued ? queue_create(&session->queue, QUEUE_CAPACITY, session->processing_bell)
                     : mailbox_create(&session->mailbox, session->processing_bell);
    if (ret == 0)
        session->channel =
            queued ? queue_channel(session->queue) : mailbox_channel(session->mailbox);
    return ret;
}

/** Everything but the threads. */
static int make_parts(struct session *session, bool queued)
{
    int ret = doorbell_create(&session->capture_bell);
    if (ret == 0)
        ret = doorbell_create(&session->processing_bell);
    if (ret == 0)
        ret = make_channel(session, queued);
    if (ret == 0)
        ret = controls_create(&session->controls, session->capture_bell, session->processing_bell);
    if (ret == 0)
        ret = back_buffer_create(&session->back_buffer, session->processing_bell, session->waker);
    if (ret == 0)
        ret = stats_create(&session->stats);
    return ret;
}

static int start_processing(struct session *session)
{
    struct processing_config config = {
        .channel = session->channel,
        .back_buffer = session->back_buffer,
        .controls = session->controls,
        .bell = session->processing_bell,
        .snapshot = {on_snapshot, session},
        .sink = {on_painted, session},
        .recorder = session_recorder_hooks(session),
        .observer = session_lab_hooks(session),
        .shows_all = session->own_times,
        .held = on_held,
        .self = session,
        .keeps_last = session->choice.camera && !session->settings->headless,
        .verify = session->settings->verify,
        .threads = session->settings->threads,
        .log = session->log,
        .stages = memory_watch_stages(&session->memory),
    };
    return processing_loop_start(&session->processing, &config);
}

static int start_capture(struct session *session, const char *location)
{
    struct source_config source = session->first_config;
    source.location = location;
    struct capture_config config = {
        .target = session_target_of(session, &session->choice, &source),
        .timeout_ms = (int)(session->settings->device_timeout_s * 1000),
        .patient = !session->settings->headless,
        .channel = session->channel,
        .controls = session->controls,
        .bell = session->capture_bell,
        .changed = on_capture_changed,
        .self = session,
    };
    struct capture_loop *capture;
    int ret = capture_loop_start(&capture, &config);
    __atomic_store_n(&session->capture, capture, __ATOMIC_RELEASE);
    return ret;
}

static void on_desk_said(void *self, const char *text)
{
    struct session *session = self;
    if (session->listener.say)
        session->listener.say(session->listener.self, true, text);
}

static int start_desk(struct session *session)
{
    if (!session->choice.camera && session->settings->headless)
        return 0;
    struct camera_desk_config config = {
        .io = &v4l2_io_kernel,
        .wishes = session->settings->controls,
        .folder = session->cameras.text,
        .read_only = session->settings->headless,
        .give_back = give_back_start,
        .log = session->log,
        .changed = on_desk_changed,
        .said = on_desk_said,
        .self = session,
    };
    return camera_desk_create(&session->desk, &config);
}

/** What there is to choose from, where somebody can choose. */
static int start_roster(struct session *session)
{
    struct camera_roster_config config = {
        .io = &v4l2_io_kernel, .changed = on_desk_changed, .self = session};
    return session->settings->headless ? 0 : camera_roster_create(&session->roster, &config);
}

static int start_budget(struct session *session, bool queued, struct error *err)
{
    struct live_budget_config config = {.settings = session->settings,
                                        .window_bytes = session->window_bytes,
                                        .files = queued && session->settings->headless,
                                        .log = session->log};
    return live_budget_create(&session->budget, &config, err);
}

static void keep_first(struct session *session, const struct source_config *source)
{
    session->first = session->choice;
    session->first_config = *source;
    session->first_config.location = NULL;
    session->first_config.gate = (struct source_gate){live_budget_admit, session->budget};
    session->wish =
        (struct camera_wish){source->fourcc, source->width, source->height, source->fps};
}

static const char *const stage_contents[] = {
    [LIVE_STAGE_ACQUIRE] = "a frame is acquired",
    [LIVE_STAGE_EDGES] = "its edges are found",
    [LIVE_STAGE_PAINT] = "the view is painted",
};

enum { STAGES = sizeof stage_contents / sizeof stage_contents[0] };

int session_start(struct session *session, const struct source_config *source, bool queued,
                  struct error *err)
{
    const struct settings *settings = session->settings;
    int ret = start_budget(session, queued, err);
    if (ret < 0)
        return ret;
    keep_first(session, source);
    memory_watch_begin(&session->memory, settings, stage_contents, STAGES);
    session->values = (struct control_values){
        .canny = settings->canny, .view = settings->view, .noise = settings->noise};
    if (settings->stats[0])
        ret = stats_file_open(&session->stats_file, settings->stats, err);
    if (ret == 0)
        ret = start_loopback(session, err);
    if (ret == 0)
        ret = session_recorder_create(session, queued, err);
    if (ret == 0)
        ret = session_lab_create(session, err);
    if (ret < 0) {
        session_stop(session);
        return ret;
    }
    ret = make_parts(session, queued);
    if (ret == 0) {
        session_control(session);
        ret = picture_saver_create(&session->pictures, &session->saver);
    }
    if (ret == 0)
        ret = start_processing(session);
    if (ret == 0)
        ret = start_desk(session);
    if (ret == 0)
        ret = start_roster(session);
    if (ret == 0)
        ret = start_capture(session, source->location);
    if (ret < 0) {
        error_set(err, ret, "Cannot start the threads: %s", error_reason(ret));
        session_stop(session);
    }
    return ret;
}

void session_control(struct session *session)
{
    controls_set(session->controls, &session->values);
}

bool session_new_source(struct session *session)
{
    struct source_info info = capture_loop_status(session->capture).info;
    if (strcmp(info.name, session->source.name) == 0 &&
        strcmp(info.note, session->source.note) == 0)
        return false;
    session->source = info;
    if (info.note[0])
        log_write(session->log, LOG_LEVEL_INFO, "%s", info.note);
    return true;
}

bool session_new_hint(struct session *session)
{
    struct capture_status status = capture_loop_status(session->capture);
    if (status.hints == session->hints)
        return false;
    session->hints = status.hints;
    session->dark = status.dark;
    memcpy(session->hint, status.hint, sizeof session->hint);
    log_write(session->log, LOG_LEVEL_WARNING, "%s", session->hint);
    return true;
}

/** Logs when the source is lost and when it is back. Returns whether it did. */
static bool follow_source(struct session *session, const struct capture_status *status)
{
    if (session_is_switching(session)) {
        session->waiting[0] = '\0'; // another is awaited now
        return false;
    }
    bool waits = status->state == CAPTURE_WAITING;
    if (waits && strcmp(session->waiting, status->waiting) != 0) {
        memcpy(session->waiting, status->waiting, sizeof session->waiting);
        log_write(session->log, LOG_LEVEL_WARNING, "%s", session->waiting);
        return true;
    }
    if (status->state != CAPTURE_STREAMING || !session->waiting[0])
        return false;
    session->waiting[0] = '\0';
    log_write(session->log, LOG_LEVEL_INFO, "%s is back", status->info.name);
    return true;
}

/** The controls are those of the camera that streams. */
static void follow_camera(struct session *session, const struct capture_status *status)
{
    bool open = status->state == CAPTURE_STREAMING;
    if (session->desk)
        camera_desk_follow(session->desk, open ? status->info.device : NULL, status->reconnects);
}

bool session_sample(struct session *session, bool last)
{
    struct capture_status status = capture_loop_status(session->capture);
    session_follow_switch(session, &status);
    follow_camera(session, &status);
    unsigned skipped = session->channel.skipped(session->channel.self);
    struct loopback_status loopback = {0};
    if (session->loopback)
        loopback = loopback_status(session->loopback);
    stats_set_loopback(session->stats, &loopback);
    if (!recorder_is_busy(session->recorder))
        live_budget_end(session->budget, LIVE_PART_RECORDING);
    struct recorder_status recorder = recorder_status(session->recorder);
    stats_set_recorder(session->stats, &recorder);
    stats_set_lab(session->stats, session->lab);
    bool changed = stats_sample(session->stats, &status, skipped, last);
    changed = follow_source(session, &status) || status.state != session->state || changed;
    session->state = status.state;
    session_lab_tell_limit(session);
    log_tick(session->log);
    struct error err;
    if (session->stats_file &&
        stats_file_write(session->stats_file, stats_get_report(session->stats), &session->values,
                         last, &err) < 0)
        log_write(session->log, LOG_LEVEL_ERROR, "%s", err.text);
    return changed;
}

/** The file has ended and its last frame has been through. */
static bool is_drained(const struct session *session)
{
    int width, height;
    return capture_loop_state(session->capture) == CAPTURE_ENDED &&
           !session->channel.peek(session->channel.self, &width, &height);
}

bool session_is_done(const struct session *session)
{
    const struct settings *settings = session->settings;
    const struct stats_report *report = stats_get_report(session->stats);
    if (settings->frames > 0 && report->pictures >= (unsigned)settings->frames)
        return true;
    if (settings->duration_s > 0 && report->time_s >= settings->duration_s)
        return true;
    if (settings->headless && session_recorder_failed(session))
        return true;
    return capture_loop_state(session->capture) == CAPTURE_FAILED || is_drained(session);
}

int session_status(const struct session *session)
{
    bool failed = capture_loop_state(session->capture) == CAPTURE_FAILED;
    bool differs = stats_get_report(session->stats)->mismatched > 0;
    // In a window whoever watched was told.
    bool unwritten = session->settings->headless && (session_recorder_failed(session) ||
                                                     stats_file_has_failed(session->stats_file));
    return failed || differs || unwritten ? 1 : 0;
}

void session_stop(struct session *session)
{
    if (session->desk)
        camera_desk_leave(session->desk);
    if (session->capture)
        capture_loop_stop(session->capture);
    if (session->channel.self)
        session->channel.shut(session->channel.self);
    // The capture thread waits for the loans that the processing thread has, and tells the loop of
    // its end.
    if (session->processing) {
        processing_loop_stop(session->processing);
        processing_loop_wait(session->processing);
    }
    // Before all that may wait for a camera for ever: what was borrowed is given back.
    camera_desk_destroy(&session->desk);
    camera_roster_destroy(&session->roster);
    loopback_destroy(&session->loopback);
    capture_loop_join(&session->capture);
    processing_loop_join(&session->processing);
    session_lab_destroy(session);
    session_recorder_destroy(session);
    picture_saver_destroy(&session->pictures);
    stats_file_close(&session->stats_file);
    stats_destroy(&session->stats);
    back_buffer_destroy(&session->back_buffer);
    controls_destroy(&session->controls);
    mailbox_destroy(&session->mailbox);
    queue_destroy(&session->queue);
    session->channel = (struct channel){0};
    doorbell_destroy(&session->processing_bell);
    doorbell_destroy(&session->capture_bell);
    live_budget_destroy(&session->budget);
}
