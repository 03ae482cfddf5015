#include "app/live.h"

#include "app/control_wishes.h"
#include "app/live_headless.h"
#include "app/live_window.h"
#include "app/memory_limit.h"
#include "app/process_memory.h"
#include "app/session_lab.h"
#include "render/image_writer.h"

#include <string.h>
#include <strings.h>

/**
 * From the moment the end begins to the hard end; the promise is a second. Sanitizers make a frame
 * take that long by itself.
 */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { PATIENCE_MS = 20000 };
#else
enum { PATIENCE_MS = 800 };
#endif

/**
 * Blocks of this size go back to the system: else each thread that once recorded or saved a picture
 * would keep what that took, 30 MB at 640x480. What malloc begins with, before it adapts.
 */
enum { RETURNED_BYTES = 128 << 10 };

/** What to ask of the source. Files play at their own rate only where somebody watches. */
static struct source_config source_config_of(const struct settings *settings,
                                             const struct source_choice *choice)
{
    bool limited = settings->frames > 0 || settings->duration_s > 0;
    return (struct source_config){
        .location = choice->location,
        .width = settings->size.width,
        .height = settings->size.height,
        .fps = settings->fps,
        .fourcc = settings->format,
        .buffers = settings->buffers,
        .paced = !settings->headless && settings->fps != 0,
        .loop = settings->headless ? choice->still && limited : true,
    };
}

/** Where the cameras' files are: beside the settings file. */
static void find_cameras(struct session *session)
{
    struct path folder = {""};
    const char *file = config_file(session->config);
    path_folder(&folder, file);
    if (!file[0] || path_set(&session->cameras, "%s/cameras", folder.text) < 0)
        session->cameras.text[0] = '\0';
}

/** Asks for the mode that the user picked for this camera earlier, unless one was typed. */
static void recall_mode(struct session *session, struct source_config *source)
{
    struct camera_wish wish = session_usual_wish(session, &session->choice);
    if (!session->choice.camera)
        return;
    source->fourcc = wish.fourcc;
    source->width = wish.width;
    source->height = wish.height;
    source->fps = wish.fps;
}

static bool is_matroska(const char *path)
{
    size_t length = strlen(path);
    return length > 4 && strcasecmp(path + length - 4, ".mkv") == 0;
}

static int check_settings(const struct settings *settings, struct log *log)
{
    struct error err;
    if (control_wishes_check(settings->controls, &err) < 0 ||
        session_lab_check(settings->lab, &err) < 0) {
        log_write(log, LOG_LEVEL_ERROR, "%s", err.text);
        return 2;
    }
    if (settings->record[0] && !is_matroska(settings->record)) {
        log_write(log, LOG_LEVEL_ERROR, "--record %s: recordings are Matroska, name it .mkv",
                  settings->record);
        return 2;
    }
    if (!settings->snapshot[0] || image_write_knows(settings->snapshot))
        return 0;
    log_write(log, LOG_LEVEL_ERROR, "--snapshot %s: pictures are written as .png or .jpg",
              settings->snapshot);
    return 2;
}

int live_run(struct settings *settings, struct config *config, struct log *log)
{
    int status = check_settings(settings, log);
    if (status)
        return status;
    process_memory_return_blocks(settings->max_memory_mb ? MEMORY_RETURNED_BYTES : RETURNED_BYTES);
    struct session session = {.settings = settings, .config = config, .log = log};
    int ret = ending_create(&session.ending, PATIENCE_MS);
    if (ret < 0) {
        log_write(log, LOG_LEVEL_ERROR, "Cannot begin to listen to signals: %s", error_reason(ret));
        return 1;
    }
    struct error err;
    find_cameras(&session);
    if (source_choose(&session.choice, settings, &err) < 0) {
        log_write(log, LOG_LEVEL_ERROR, "%s", err.text);
        status = 1;
    } else {
        struct source_config source = source_config_of(settings, &session.choice);
        recall_mode(&session, &source);
        if (session.choice.notice[0])
            log_write(log, LOG_LEVEL_INFO, "%s", session.choice.notice);
        if (settings->controls[0] && !session.choice.camera)
            log_write(log, LOG_LEVEL_WARNING, "--set-ctrl sets nothing: the source is no camera");
        status = settings->headless ? live_headless_run(&session, &source)
                                    : live_window_run(&session, &source, settings);
    }
    int signal = ending_signal(session.ending);
    ending_destroy(&session.ending);
    return signal ? 128 + signal : status;
}
