#include "app/session.h"

#include "app/camera_memory.h"
#include "app/give_back.h"
#include "app/mailbox.h"
#include "app/queue.h"
#include "app/session_lab.h"
#include "app/session_recorder.h"
#include "capture/scene.h"

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

static void on_snapshot(void *self, const struct canvas *canvas, enum view view)
{
    struct session *session = self;
    int ret = picture_saver_take(session->pictures, canvas, view);
    if (ret < 0)
        log_write(session->log, LOG_LEVEL_WARNING, "%s",
                  ret == -EBUSY ? "A picture is still being saved; this one was not"
                                : "Not enough memory to save this picture");
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
    struct session *session = self;
    log_write(session->log, warning ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, "%s", text);
    if (session->listener.say)
        session->listener.say(session->listener.self, warning, text);
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
    return loopback_create(&session->loopback, &config, err);
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

/** How a source is to be kept, whatever is asked of it. */
static struct capture_target target_of(const struct session *session,
                                       const struct source_choice *choice,
                                       const struct source_config *source)
{
    return (struct capture_target){.kind = choice->kind,
                                   .source = *source,
                                   .camera = choice->camera,
                                   .exit_on_error =
                                       session->settings->exit_on_device_error || choice->file};
}

static int start_capture(struct session *session, const struct source_config *source)
{
    struct capture_config config = {
        .target = target_of(session, &session->choice, source),
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

static void keep_first(struct session *session, const struct source_config *source)
{
    session->first = session->choice;
    session->first_config = *source;
    session->first_config.location = NULL;
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
    keep_first(session, source);
    memory_watch_begin(&session->memory, settings, stage_contents, STAGES);
    session->values = (struct control_values){
        .canny = settings->canny, .view = settings->view, .noise = settings->noise};
    int ret = 0;
    if (settings->stats[0] &&
        (ret = stats_file_open(&session->stats_file, settings->stats, err)) < 0)
        return ret;
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
        ret = start_capture(session, source);
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

// Going over to another source.

static struct session_mode *find_mode(struct session *session, const char *camera)
{
    for (int i = 0; i < session->mode_count; i++)
        if (strcmp(session->modes[i].camera, camera) == 0)
            return &session->modes[i];
    return NULL;
}

/** Remembers the mode that the user picked for the camera that is open. */
static void remember_mode(struct session *session, const struct camera_wish *wish)
{
    const char *camera = session->choice.location;
    struct session_mode *mode = find_mode(session, camera);
    if (!mode && session->mode_count < SESSION_MODES)
        mode = &session->modes[session->mode_count++];
    if (!mode)
        mode = &session->modes[0];
    snprintf(mode->camera, sizeof mode->camera, "%.255s", camera);
    mode->wish = *wish;
    if (session->desk)
        camera_desk_remember_mode(session->desk, camera, wish);
}

struct camera_wish session_usual_wish(struct session *session, const struct source_choice *choice)
{
    const struct settings *settings = session->settings;
    const struct session_mode *mode = find_mode(session, choice->location);
    bool typed = settings->format || settings->size.width || settings->fps >= 0;
    if (choice->camera && mode)
        return mode->wish;
    if (choice->camera && !typed)
        return camera_memory_mode(session->cameras.text, choice->location, session->log);
    return (struct camera_wish){settings->format, settings->size.width, settings->size.height,
                                settings->fps};
}

void session_switch(struct session *session, const struct source_choice *choice, const char *name,
                    const struct camera_wish *wish)
{
    struct session_switch *switching = &session->switching;
    switching->choice = *choice;
    switching->picked = wish;
    switching->wish = wish ? *wish : session_usual_wish(session, choice);
    snprintf(switching->name, sizeof switching->name, "%s", name);
    struct source_config config = session->first_config;
    config.location = switching->choice.location;
    config.fourcc = switching->wish.fourcc;
    config.width = switching->wish.width;
    config.height = switching->wish.height;
    config.fps = switching->wish.fps;
    struct capture_target target = target_of(session, &switching->choice, &config);
    switching->number = capture_loop_switch(session->capture, &target);
}

bool session_is_switching(const struct session *session)
{
    return session->switching.number != session->settled;
}

/** The choice becomes what is open. */
static void follow_switch(struct session *session, const struct capture_status *status)
{
    if (status->settled == session->settled)
        return;
    bool done = status->settled == session->switching.number;
    bool returned = status->returns != session->returns;
    session->settled = status->settled;
    session->returns = status->returns;
    struct source_choice *choice = &session->choice;
    if (status->camera || status->kind == &scene_source_kind) {
        *choice = (struct source_choice){
            .kind = status->kind, .camera = status->camera, .scene = !status->camera};
        snprintf(choice->location, sizeof choice->location, "%s", status->chosen);
    } else {
        *choice = session->first;
    }
    processing_loop_keep_last(session->processing, choice->camera && !session->settings->headless);
    if (!done || returned)
        return;
    session->wish = session->switching.wish;
    if (session->switching.picked && choice->camera)
        remember_mode(session, &session->wish);
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
    follow_switch(session, &status);
    follow_camera(session, &status);
    unsigned skipped = session->channel.skipped(session->channel.self);
    struct loopback_status loopback = {0};
    if (session->loopback)
        loopback = loopback_status(session->loopback);
    stats_set_loopback(session->stats, &loopback);
    struct recorder_status recorder = recorder_status(session->recorder);
    stats_set_recorder(session->stats, &recorder);
    stats_set_lab(session->stats, session->lab);
    bool changed = stats_sample(session->stats, &status, skipped, last);
    changed = follow_source(session, &status) || status.state != session->state || changed;
    session->state = status.state;
    log_tick(session->log);
    struct error err;
    if (session->stats_file &&
        stats_file_write(session->stats_file, stats_get_report(session->stats), &session->values,
                         last, &err) < 0)
        log_write(session->log, LOG_LEVEL_WARNING, "%s", err.text);
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
    bool failed = capture_loop_state(session->capture) == CAPTURE_FAILED ||
                  (session->settings->headless && session_recorder_failed(session));
    return failed || stats_get_report(session->stats)->mismatched > 0 ? 1 : 0;
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
}
