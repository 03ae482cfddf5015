#include "app/session_recorder.h"

#include <errno.h>

static void on_said(void *self, enum log_level level, const char *text)
{
    struct session *session = self;
    log_write(session->log, level, "%s", text);
    if (session->listener.say)
        session->listener.say(session->listener.self, level <= LOG_LEVEL_WARNING, text);
}

static void on_changed(void *self)
{
    struct session *session = self;
    session->waker.wake(session->waker.self);
}

static double source_fps(void *self)
{
    struct session *session = self;
    // A picture came, so there is a capture loop; but it may not be entered yet.
    struct capture_loop *capture = __atomic_load_n(&session->capture, __ATOMIC_ACQUIRE);
    return capture ? capture_loop_status(capture).info.fps : 0;
}

/** On the ending's thread. */
static bool is_saved(void *self)
{
    struct session *session = self;
    recorder_stop(session->recorder);
    return !recorder_is_busy(session->recorder);
}

int session_recorder_create(struct session *session, bool queued, struct error *err)
{
    const struct settings *settings = session->settings;
    session->own_times = queued && settings->headless;
    struct recorder_config config = {
        .file = {.path = settings->record, .fps = source_fps, .said = on_said, .self = session},
        .waits = session->own_times,
        .room = live_budget_queue,
        .room_self = session->budget,
        .changed = on_changed,
        .self = session,
    };
    int ret = 0;
    if (settings->record[0])
        ret = live_budget_begin(session->budget, LIVE_PART_RECORDING, err);
    if (ret == 0 && settings->record[0])
        ret = recording_file_check(&config.file, err);
    if (ret < 0)
        return ret;
    ret = recorder_create(&session->recorder, &config);
    if (ret < 0)
        return error_set(err, ret, "Cannot start a thread: %s", error_reason(ret));
    if (settings->record[0])
        recorder_start(session->recorder);
    if (session->ending)
        ending_guard(session->ending, is_saved, session);
    return 0;
}

static enum recorded what_is_recorded(void *self)
{
    struct session *session = self;
    if (!recorder_is_on(session->recorder))
        return RECORDED_NOTHING;
    return session->settings->record_of == RECORD_EDGES ? RECORDED_EDGES : RECORDED_PICTURE;
}

static void take_frame(void *self, const struct video_picture *seen, int pixel_bytes,
                       const struct picture *picture)
{
    struct session *session = self;
    int64_t time_ns = session->own_times   ? picture->time_ns
                      : picture->repainted ? clock_now_ns()
                                           : picture->received_ns;
    recorder_take(session->recorder, seen, pixel_bytes, time_ns);
}

struct frame_recorder session_recorder_hooks(struct session *session)
{
    return (struct frame_recorder){what_is_recorded, take_frame, session};
}

void session_record(struct session *session, bool on)
{
    if (!on) {
        recorder_stop(session->recorder);
        return;
    }
    struct error err;
    if (live_budget_begin(session->budget, LIVE_PART_RECORDING, &err) < 0) {
        on_said(session, LOG_LEVEL_WARNING, err.text);
        return;
    }
    recorder_start(session->recorder);
    // A picture that stands still has to come once more.
    session_control(session);
}

void session_recorder_finish(struct session *session)
{
    if (!session->recorder)
        return;
    recorder_stop(session->recorder);
    recorder_wait(session->recorder);
}

bool session_recorder_failed(const struct session *session)
{
    return session->settings->record[0] && recorder_status(session->recorder).failed;
}

void session_recorder_destroy(struct session *session)
{
    if (session->recorder && session->ending)
        ending_guard(session->ending, NULL, NULL);
    recorder_destroy(&session->recorder);
}
