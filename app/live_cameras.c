#include "app/live_cameras.h"

#include "capture/camera.h"
#include "capture/camera_formats.h"
#include "capture/scene.h"

#include <stdio.h>
#include <string.h>

/** What is asked for, as long as it is not open. */
static void describe_wanted(const struct session *session, struct picker_now *now)
{
    const struct session_switch *wanted = &session->switching;
    now->kind = wanted->choice.scene ? PICKER_SCENE : PICKER_CAMERA;
    now->mode = wanted->wish;
    snprintf(now->name, sizeof now->name, "%s", wanted->name);
    snprintf(now->device, sizeof now->device, "%.255s", wanted->choice.location);
}

static void describe_open(const struct session *session, struct picker_now *now)
{
    struct capture_status status = capture_loop_status(session->capture);
    const struct source_info *info = &status.info;
    now->kind = session->choice.scene    ? PICKER_SCENE
                : session->choice.camera ? PICKER_CAMERA
                                         : PICKER_OTHER;
    snprintf(now->name, sizeof now->name, "%s", info->name);
    snprintf(now->device, sizeof now->device, "%s", status.device);
    now->mode = (struct camera_wish){camera_fourcc_parse(info->format), info->width, info->height,
                                     info->fps};
    now->wished = session->wish.fourcc;
}

static struct picker_now describe(const struct session *session)
{
    struct picker_now now = {0};
    if (session_is_switching(session))
        describe_wanted(session, &now);
    else
        describe_open(session, &now);
    return now;
}

/** The link that names a camera for good, or its node. */
static struct source_choice choice_of(const struct camera_entry *camera)
{
    struct source_choice choice = {.kind = &camera_source_kind, .camera = true};
    snprintf(choice.location, sizeof choice.location, "%s",
             camera->by_id[0] ? camera->by_id : camera->path);
    return choice;
}

static void go_to_camera(struct live_cameras *cameras, struct session *session,
                         const struct camera_entry *camera, const struct camera_wish *wish)
{
    char name[PICKER_NAME];
    struct source_choice choice = choice_of(camera);
    picker_name(&cameras->page.picker.cameras, camera, name);
    session_switch(session, &choice, name, wish);
}

// A camera that appears.

static bool is_known(const struct camera_list *known, const struct camera_entry *camera)
{
    for (int i = 0; i < known->count; i++)
        if (known->entries[i].usable && strcmp(known->entries[i].path, camera->path) == 0)
            return true;
    return false;
}

/** While the scene stands in for a camera it is never left without being asked. */
static void greet(struct live_cameras *cameras, const struct session *session,
                  struct notices *notices)
{
    const struct camera_picker *picker = &cameras->page.picker;
    for (int i = 0; i < picker->cameras.count; i++) {
        const struct camera_entry *camera = &picker->cameras.entries[i];
        char name[PICKER_NAME];
        if (!camera->usable || strcmp(camera->path, picker->hidden) == 0 ||
            is_known(&cameras->known, camera))
            continue;
        picker_name(&picker->cameras, camera, name);
        if (cameras->generation > 0 && session->choice.scene)
            notices_say(notices, false, "%s is here: press d", name);
    }
    camera_list_copy(&cameras->known, &picker->cameras);
    cameras->generation = picker->generation;
}

bool live_cameras_update(struct live_cameras *cameras, struct session *session,
                         struct notices *notices, bool shown)
{
    struct camera_picker *picker = &cameras->page.picker;
    const char *own =
        session->settings->loopback[0] ? session->settings->loopback : session->loopback_device;
    snprintf(picker->hidden, sizeof picker->hidden, "%.255s", own);
    struct picker_now now = describe(session);
    bool changed = camera_page_update(&cameras->page, session->desk, session->roster, &now, shown);
    changed = changed || picker->another != session->other_camera;
    session->other_camera = picker->another;
    if (cameras->generation != picker->generation) {
        greet(cameras, session, notices);
        changed = true;
    }
    return changed;
}

enum action live_cameras_draw(struct live_cameras *cameras, struct session *session, struct ui *ui,
                              struct ui_rect area, bool *picked)
{
    struct camera_pick pick;
    enum action action = camera_page_draw(&cameras->page, session->desk, ui, area, &pick);
    *picked = pick.kind != PICKER_OTHER;
    if (pick.kind == PICKER_SCENE) {
        struct source_choice scene = {.kind = &scene_source_kind, .scene = true};
        session_switch(session, &scene, "the built-in scene", NULL);
    } else if (pick.kind == PICKER_CAMERA) {
        go_to_camera(cameras, session, pick.camera, pick.mode ? &pick.wish : NULL);
    }
    return action;
}

bool live_cameras_next(struct live_cameras *cameras, struct session *session,
                       struct notices *notices)
{
    // Not as it was drawn last: of two presses the second is for the one after.
    struct picker_now now = describe(session);
    const struct camera_entry *next = camera_picker_next(&cameras->page.picker, &now);
    if (next)
        go_to_camera(cameras, session, next, NULL);
    else if (now.kind == PICKER_CAMERA)
        notices_say(notices, false, "%s is the only camera", now.name);
    else
        notices_say(notices, false, "There is no camera: plug one in");
    return next;
}

void live_cameras_free(struct live_cameras *cameras)
{
    camera_page_free(&cameras->page);
    camera_list_free(&cameras->known);
}
