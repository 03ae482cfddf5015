#include "app/live_bar.h"

#include "render/recording_badge.h"

#include <stdio.h>

void live_bar_source(const struct capture_status *status, char *text, size_t bytes)
{
    const struct source_info *info = &status->info;
    if (!info->name[0])
        snprintf(text, bytes, "Opening...");
    else if (info->fps > 0)
        snprintf(text, bytes, "%s, %dx%d %s %.4g FPS", info->name, info->width, info->height,
                 info->format, info->fps);
    else
        snprintf(text, bytes, "%s, %dx%d %s", info->name, info->width, info->height, info->format);
}

struct ui_rect live_bar_recording(const struct session *session, struct ui *ui, struct ui_rect area)
{
    struct recorder_status status = recorder_status(session->recorder);
    struct recording_badge badge = {status.duration_ns, status.bytes, status.lost_now};
    return status.on ? recording_badge_draw(ui, area, &badge) : area;
}

/** The virtual camera's, where there is a device for it. Returns how many buttons that is. */
static int make_loopback_button(const struct session *session, struct panel_button *button)
{
    struct loopback *loopback = session->loopback;
    if (!loopback)
        return 0;
    *button = (struct panel_button){
        .text = "Virtual camera", .action = ACTION_LOOPBACK, .on = loopback_status(loopback).on};
    return 1;
}

/** Without any camera there are no buttons for them; the keys say that there is none. */
static bool is_of_use(const struct session *session, enum action action)
{
    if (action == ACTION_NEXT_CAMERA)
        return session->other_camera;
    return action != ACTION_CAMERA || session->choice.camera || session->other_camera;
}

int live_bar_buttons(const struct session *session, const struct live_state *state,
                     struct panel_button *buttons)
{
    int count = 0, all = keys_buttons(buttons, LIVE_BUTTONS - 1);
    for (int i = 0; i < all; i++)
        if (is_of_use(session, (enum action)buttons[i].action))
            buttons[count++] = buttons[i];
    for (int i = 0; i < count; i++) {
        enum action action = (enum action)buttons[i].action;
        buttons[i].on = (action == ACTION_FREEZE && state->values.frozen) ||
                        (action == ACTION_FULLSCREEN && state->fullscreen) ||
                        (action == ACTION_CAMERA && state->page == LIVE_PAGE_CAMERA) ||
                        (action == ACTION_MEMORY && state->page == LIVE_PAGE_MEMORY) ||
                        (action == ACTION_LAB && state->page == LIVE_PAGE_LAB) ||
                        (action == ACTION_RECORD && recorder_is_on(session->recorder)) ||
                        (action == ACTION_HELP && state->help);
    }
    return count + make_loopback_button(session, &buttons[count]);
}

int live_bar_keys(const struct session *session, const struct live_state *state,
                  struct panel_button *keys)
{
    static const enum action order[] = {ACTION_FREEZE,      ACTION_PANEL,   ACTION_SNAPSHOT,
                                        ACTION_RECORD,      ACTION_MEMORY,  ACTION_CAMERA,
                                        ACTION_NEXT_CAMERA, ACTION_OVERLAY, ACTION_STEP,
                                        ACTION_FULLSCREEN,  ACTION_QUIT,    ACTION_HELP};
    struct panel_button buttons[LIVE_BUTTONS];
    int count = live_bar_buttons(session, state, buttons), kept = 0;
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        for (int b = 0; b < count; b++)
            if (buttons[b].action == (int)order[i])
                keys[kept++] = buttons[b];
    return kept;
}
