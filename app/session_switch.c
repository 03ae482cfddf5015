/**
 * @file
 * What is picked for a camera holds as long as the session does, whichever is open meanwhile.
 */
#include "app/session_switch.h"

#include "app/camera_memory.h"
#include "capture/scene.h"

#include <stdio.h>
#include <string.h>

struct capture_target session_target_of(const struct session *session,
                                        const struct source_choice *choice,
                                        const struct source_config *source)
{
    return (struct capture_target){.kind = choice->kind,
                                   .source = *source,
                                   .camera = choice->camera,
                                   .exit_on_error =
                                       session->settings->exit_on_device_error || choice->file};
}

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
    struct capture_target target = session_target_of(session, &switching->choice, &config);
    switching->number = capture_loop_switch(session->capture, &target);
}

bool session_is_switching(const struct session *session)
{
    return session->switching.number != session->settled;
}

void session_follow_switch(struct session *session, const struct capture_status *status)
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
