#include "app/session_lab.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void say(void *self, bool warning, const char *text)
{
    struct session *session = self;
    log_write(session->log, warning ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, "%s", text);
    if (session->listener.say)
        session->listener.say(session->listener.self, warning, text);
}

/** By the limit, or because the system has no more. */
static void on_stopped(void *self, enum lab_experiment which, int64_t held, int64_t limit)
{
    char text[256];
    snprintf(
        text, sizeof text,
        "\"%s\" has stopped: all experiments hold %.1f MB of the %.1f MB that they may; switch "
        "it off to free its part (--lab-memory and --max-memory are the limits)",
        lab_infos[which].title, (double)held / (1 << 20), (double)limit / (1 << 20));
    say(self, true, text);
}

// Names.

/** The next name of a list; false at its end. */
static bool next_name(const char **names, const char **name, size_t *bytes)
{
    *name = *names;
    *bytes = strcspn(*names, ",");
    *names += *bytes + ((*names)[*bytes] == ',');
    return *bytes > 0 || **names;
}

static int refuse(const char *name, size_t bytes, struct error *err)
{
    char list[256] = "";
    size_t used = 0;
    for (int i = 0; i < LAB_EXPERIMENTS; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "",
                                 lab_infos[i].name);
    return error_set(err, -EINVAL, "--lab: there is no experiment '%.*s'; there are %s",
                     (int)(bytes < 64 ? bytes : 64), name, list);
}

int session_lab_check(const char *names, struct error *err)
{
    const char *name;
    size_t bytes;
    while (next_name(&names, &name, &bytes))
        if (lab_find(name, bytes) == LAB_EXPERIMENTS)
            return refuse(name, bytes, err);
    return 0;
}

static void switch_named(struct session *session)
{
    const char *name, *names = session->settings->lab;
    size_t bytes;
    while (next_name(&names, &name, &bytes)) {
        enum lab_experiment which = lab_find(name, bytes);
        if (which < LAB_EXPERIMENTS)
            session_lab_switch(session, which, true);
    }
}

// The folder.

/** That of the picture that is shown, unless one was named. */
static void find_folder(const struct session *session, struct path *folder)
{
    const struct settings *settings = session->settings;
    folder->text[0] = '\0';
    if (settings->lab_folder[0])
        path_set(folder, "%s", settings->lab_folder);
    else if (session->first.still)
        path_folder(folder, session->first.location);
}

int session_lab_create(struct session *session, struct error *err)
{
    const struct settings *settings = session->settings;
    struct lab_config config = {.limit_bytes = (int64_t)settings->lab_memory_mb << 20,
                                .frames = settings->lab_frames,
                                .stopped = on_stopped,
                                .self = session};
    struct path folder;
    find_folder(session, &folder);
    int ret = lab_create(&session->lab, &config);
    struct lab_folder_config reading = {
        .lab = session->lab, .folder = folder.text, .said = say, .self = session};
    if (ret == 0 && folder.text[0])
        ret = lab_folder_create(&session->lab_folder, &reading);
    if (ret < 0)
        return error_set(err, ret, "Not enough memory for the memory experiments");
    live_budget_set_lab(session->budget, session->lab);
    switch_named(session);
    return 0;
}

static void on_frame(void *self, const struct frame *frame, const struct plane *edges,
                     const struct canny_params *params)
{
    lab_take(self, &(struct lab_frame){frame, edges, params});
}

static void on_work(void *self)
{
    lab_settle(self);
}

struct frame_observer session_lab_hooks(struct session *session)
{
    return (struct frame_observer){on_work, on_frame, session->lab};
}

void session_lab_tell_limit(struct session *session)
{
    const struct settings *settings = session->settings;
    // Until there is a source, room is left for it.
    if (session->lab_told || session->state != CAPTURE_STREAMING || !settings->max_memory_mb ||
        !lab_is_active(session->lab))
        return;
    session->lab_told = true;
    struct lab_status status;
    lab_read(session->lab, &status);
    log_write(session->log, LOG_LEVEL_INFO,
              "To stay within --max-memory the experiments may hold %.1f MB together",
              (double)status.limit_bytes / (1 << 20));
}

void session_lab_switch(struct session *session, enum lab_experiment which, bool on)
{
    if (which == LAB_FOLDER && !session->lab_folder) {
        if (on)
            say(session, true,
                "There is no folder whose images could be kept: open a picture, or name the folder "
                "with --lab-folder");
        return;
    }
    struct error err;
    if (which == LAB_FOLDER && on &&
        live_budget_begin(session->budget, LIVE_PART_MODULE, &err) < 0) {
        say(session, true, err.text);
        return;
    }
    lab_switch(session->lab, which, on);
    if (which == LAB_FOLDER && lab_folder_switched(session->lab_folder) < 0) {
        lab_switch(session->lab, which, false);
        say(session, true, "The folder is not read: there is no thread for it");
    }
    // What was switched off is freed even if no frame comes.
    if (session->processing_bell)
        doorbell_ring(session->processing_bell);
}

void session_lab_destroy(struct session *session)
{
    lab_folder_destroy(&session->lab_folder);
    if (session->budget)
        live_budget_set_lab(session->budget, NULL);
    lab_destroy(&session->lab);
}
