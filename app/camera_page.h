#pragma once

/**
 * @file
 * The page of the camera's controls in the panel: what the desk knows, as fields that the panel
 * draws, and what the user changes there as wishes for the desk.
 *
 * Threads: the main thread only.
 */

#include "app/camera_desk.h"
#include "app/keys.h"

/** Zeroed, it is empty. */
struct camera_page {
    struct camera_controls controls; ///< as last looked at
    unsigned generation;
    struct panel_field *fields;
    int *of;           ///< the control of each field
    char (*words)[24]; ///< what some fields say
    int field_count;
    int room; ///< of the three arrays
};

/**
 * Looks at the desk while the page is shown.
 *
 * @param desk NULL is fine.
 * @return Whether there is something new to be drawn.
 */
bool camera_page_update(struct camera_page *page, struct camera_desk *desk, bool shown);

/** Draws it and hands on what the user did. Returns ACTION_CAMERA to be closed, or ACTION_NONE. */
enum action camera_page_draw(struct camera_page *page, struct camera_desk *desk, struct ui *ui,
                             struct ui_rect area);

void camera_page_free(struct camera_page *page);
