#pragma once

/**
 * @file
 * A camera's controls: brightness, exposure, white balance and what else it offers.
 *
 * Threads: the one that has the descriptor.
 */

#include "capture/v4l2_io.h"

/** What values a control takes. */
enum camera_control_type {
    CONTROL_INTEGER,
    CONTROL_BOOLEAN,
    CONTROL_MENU,     ///< values are numbers of items
    CONTROL_INT_MENU, ///< the same, the items' names being numbers
    CONTROL_BUTTON,   ///< no value: setting it does something
    CONTROL_BITMASK,
    CONTROL_STRING, ///< its value is not read
    CONTROL_OTHER,  ///< arrays and structures; their value is not read
};

/** One choice of a menu. */
struct camera_menu_item {
    int64_t value;
    char name[33];
};

/** One control. Items of a menu are controls->items[first_item] and on. */
struct camera_control {
    uint32_t id; ///< as V4L2 numbers it
    enum camera_control_type type;
    char name[32]; ///< for people, the driver's words
    char key[32];  ///< for commands: lower case, digits, underscores, as v4l2-ctl has it
    int64_t minimum, maximum, step, default_value;
    int64_t value;   ///< now
    bool has_value;  ///< `value` could be read
    bool read_only;  ///< cannot be set
    bool write_only; ///< cannot be read
    bool inactive;   ///< without effect while some other control is as it is
    bool grabbed;    ///< cannot be set at the moment
    bool fleeting;   ///< the camera changes it by itself
    int first_item, items;
};

/** All of them. Zeroed, it is empty. */
struct camera_controls {
    struct camera_control *controls;
    struct camera_menu_item *items;
    int control_count, item_count;
};

/** A control type in one word, for people and JSON. */
const char *camera_control_type_name(enum camera_control_type type);

/**
 * Asks a device for all its controls and their values. One that cannot be read is listed all the
 * same.
 *
 * @param controls Zeroed by the caller; freed with camera_controls_free(), also after a failure.
 * @return 0, -ENODEV or -ENOMEM.
 */
int camera_controls_read(struct camera_controls *controls, const struct v4l2_io *io, int fd);

/** Frees what is in it and empties it. */
void camera_controls_free(struct camera_controls *controls);
