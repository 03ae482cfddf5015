#include "app/live_headless.h"

#include "app/doorbell.h"
#include "app/session_recorder.h"
#include "processing/clock.h"
#include "processing/memory.h"
#include "render/image_writer.h"

#include <errno.h>
#include <stdio.h>

enum { TICK_MS = 100 };

struct headless {
    struct session *session;
    struct doorbell *bell;
    struct canvas canvas;   ///< data is ours
    struct picture picture; ///< on the canvas
    bool painted;
};

static void wake(void *self)
{
    struct headless *headless = self;
    doorbell_ring(headless->bell);
}

static void add_picture(struct headless *headless)
{
    headless->painted = true;
    stats_add_picture(headless->session->stats, &headless->picture, clock_now_ns(), 0);
}

/** Lends a canvas of the size that frames have, if they have one by now. */
static int lend(struct headless *headless)
{
    struct back_buffer *buffer = headless->session->back_buffer;
    int width, height;
    if (!back_buffer_wanted(buffer, &width, &height))
        return 0;
    struct canvas *canvas = &headless->canvas;
    if (canvas->width != width || canvas->height != height) {
        if (back_buffer_is_lent(buffer) && back_buffer_recall(buffer, &headless->picture))
            add_picture(headless);
        memory_free(canvas->data);
        headless->painted = false;
        size_t bytes = 4 * (size_t)width * (size_t)height;
        *canvas = (struct canvas){memory_alloc(MEMORY_FRAMES, bytes), width, height, 4 * width};
        if (!canvas->data)
            return -ENOMEM;
    }
    if (!back_buffer_is_lent(buffer))
        back_buffer_lend(buffer, canvas);
    return 0;
}

static int loop(struct headless *headless)
{
    struct session *session = headless->session;
    for (;;) {
        unsigned ticket = doorbell_ticket(headless->bell);
        if (back_buffer_collect(session->back_buffer, &headless->picture))
            add_picture(headless);
        session_new_source(session);
        session_new_hint(session);
        session_sample(session, false);
        if (session_is_done(session) || ending_signal(session->ending))
            return 0;
        int ret = lend(headless);
        if (ret < 0)
            return ret;
        doorbell_wait(headless->bell, ticket, TICK_MS);
    }
}

static int save_snapshot(struct headless *headless)
{
    struct session *session = headless->session;
    const char *path = session->settings->snapshot;
    if (!headless->painted) {
        log_write(session->log, LOG_LEVEL_ERROR, "No frame came, so there is nothing to save to %s",
                  path);
        return 1;
    }
    struct error err;
    enum image_pixels pixels = image_pixels_of(headless->picture.view);
    if (image_write(path, &headless->canvas, pixels, &err) == 0)
        return 0;
    log_write(session->log, LOG_LEVEL_ERROR, "%s", err.text);
    return 1;
}

/** A recording without a frame is no file. */
static int check_recording(struct headless *headless)
{
    struct session *session = headless->session;
    const char *path = session->settings->record;
    if (!path[0] || session_recorder_failed(session) || recorder_status(session->recorder).files)
        return 0;
    log_write(session->log, LOG_LEVEL_ERROR, "No frame came, so there is nothing to record to %s",
              path);
    return 1;
}

static int print_results(struct session *session)
{
    char text[4096];
    int ret = 0;
    const struct stats_report *report = stats_get_report(session->stats);
    if (session->settings->verify)
        printf("verified %u frames, %u differ\n", report->pictures, report->mismatched);
    if (session->settings->json) {
        ret = stats_format_json(report, &session->values, text, sizeof text);
        if (ret == 0)
            puts(text);
        else
            log_write(session->log, LOG_LEVEL_ERROR, "Not enough memory to print the statistics");
    } else if (!session->settings->quiet) {
        stats_format_summary(report, text, sizeof text);
        puts(text);
    }
    int told = memory_watch_tell(&session->memory, session->log);
    return ret < 0 ? ret : told;
}

/** What is left to do once no more frames are wanted. */
static int finish(struct headless *headless, int ret)
{
    struct session *session = headless->session;
    if (ret < 0)
        log_write(session->log, LOG_LEVEL_ERROR, "Not enough memory for a picture of this size");
    struct capture_status capture = capture_loop_status(session->capture);
    if (capture.state == CAPTURE_FAILED)
        log_write(session->log, LOG_LEVEL_ERROR, "%s", capture.error.text);
    int before = (int)stats_get_report(session->stats)->pictures;
    bool enough = session->settings->frames > 0 && before >= session->settings->frames;
    if (back_buffer_recall(session->back_buffer, &headless->picture) && !enough)
        add_picture(headless);
    session_recorder_finish(session);
    session_sample(session, true);
    // Only now: the last picture may have been one that differs.
    int status = ret < 0 ? 1 : session_status(session);
    if (capture.state != CAPTURE_FAILED && check_recording(headless))
        status = 1;
    if (session->settings->snapshot[0] && capture.state != CAPTURE_FAILED &&
        save_snapshot(headless))
        status = 1;
    if ((capture.state != CAPTURE_FAILED || capture.last_frame_ns) && print_results(session) < 0)
        status = 1;
    // All that is left are threads to be joined; a large picture may have taken its time before.
    ending_begin(session->ending, status);
    return status;
}

int live_headless_run(struct session *session, const struct source_config *source)
{
    struct headless headless = {.session = session};
    struct error err;
    int ret = doorbell_create(&headless.bell);
    if (ret < 0) {
        log_write(session->log, LOG_LEVEL_ERROR, "Not enough memory to begin");
        return 1;
    }
    session->waker = (struct back_buffer_waker){wake, &headless};
    ending_listen(session->ending, wake, &headless);
    // A file or an unpaced scene goes through whole; a camera does not wait for anyone.
    bool queued = session->choice.file || (session->choice.scene && source->fps == 0);
    int status = 1;
    if (session_start(session, source, queued, &err) < 0) {
        log_write(session->log, LOG_LEVEL_ERROR, "%s", err.text);
    } else {
        status = finish(&headless, loop(&headless));
        session_stop(session);
    }
    ending_listen(session->ending, NULL, NULL);
    memory_free(headless.canvas.data);
    doorbell_destroy(&headless.bell);
    return status;
}
