#pragma once

/**
 * @file
 * The page of the camera in the panel: what to look through and how (app/camera_picker.h), below it
 * the controls that the desk knows, as fields that the panel draws; what the user changes there
 * becomes a pick, or a wish for the desk.
 *
 * Threads: the main thread only.
 */

#include "app/camera_desk.h"
#include "app/camera_picker.h"
#include "app/camera_roster.h"
#include "app/keys.h"

/** Zeroed, it is empty. */
struct camera_page {
    struct camera_picker picker;
    struct camera_controls controls; ///< as last looked at
    unsigned generation;
    struct panel_field *fields; ///< the picker's, then the controls'
    int *of;                    ///< the control of each field
    char (*words)[24];          ///< what some fields say
    int field_count;
    int room; ///< of the three arrays
};

/**
 * Looks at the roster, and at the desk while the page is shown.
 *
 * @param desk   NULL is fine.
 * @param roster NULL is fine.
 * @param now    What is open; NULL for no picker.
 * @return Whether there is something new to be drawn.
 */
bool camera_page_update(struct camera_page *page, struct camera_desk *desk,
                        struct camera_roster *roster, const struct picker_now *now, bool shown);

/**
 * Draws it and hands on what the user did.
 *
 * @param pick Set to what the user picked; points into the page.
 * @return ACTION_CAMERA to be closed, or ACTION_NONE.
 */
enum action camera_page_draw(struct camera_page *page, struct camera_desk *desk, struct ui *ui,
                             struct ui_rect area, struct camera_pick *pick);

void camera_page_free(struct camera_page *page);
