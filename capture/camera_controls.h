#pragma once

/**
 * @file
 * A camera's controls: brightness, exposure, white balance and what else it offers: reading them,
 * setting them, and following what others set.
 *
 * Threads: the one that has the descriptor. A call may block for seconds: some cameras never answer
 * and the kernel gives up on them late. So controls have a descriptor of their own, beside the one
 * that streams.
 */

#include "capture/v4l2_io.h"
#include "processing/error.h"

/**
 * V4L2's number of the switch that allows a camera to lower its rate in the dark: "Exposure,
 * Dynamic Framerate" or, of older kernels, "Exposure, Auto Priority".
 */
#define CAMERA_SLOWS_IN_THE_DARK 0x009a0903u

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
    bool fleeting;   ///< the camera changes it by itself, and no event tells
    bool stirs;      ///< setting it may change others
    bool wide;       ///< 64 bits
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

/**
 * Opens the second descriptor of a camera, for its controls alone: it never streams, and no stream
 * of anybody is disturbed.
 *
 * @return It, closed with camera_controls_close(), or a negative errno with a sentence.
 */
int camera_controls_open(const struct v4l2_io *io, const char *path, struct error *err);

/** Closes *fd and sets it to -1. -1 in *fd is fine. */
void camera_controls_close(const struct v4l2_io *io, int *fd);

/** Asks again for one control's value, flags and range. 0 or a negative errno; then as it was. */
int camera_control_refresh(struct camera_control *control, const struct v4l2_io *io, int fd);

/**
 * Makes a value one that the control can take: within its limits, on its steps, 0 or 1.
 *
 * @return 0, -EINVAL (a menu has no such item) or -ENOTSUP (a text or a structure).
 */
int camera_control_fit(const struct camera_controls *controls, const struct camera_control *control,
                       int64_t *value);

/**
 * Sets a control, as near as it can to `value`. What the camera made of it is told by
 * camera_control_refresh().
 *
 * @return 0; what camera_control_fit() says; -EACCES (read-only, or at the moment ineffective);
 *         -EBUSY (held by somebody); -ENODEV (gone); or what else the driver says.
 */
int camera_control_set(const struct camera_controls *controls, const struct camera_control *control,
                       const struct v4l2_io *io, int fd, int64_t value);

/**
 * Has the driver send an event for each change of each control, by whomever, this descriptor
 * included. poll() says POLLPRI when there is one.
 *
 * @return 0, or the first refusal: not every change will be heard of.
 */
int camera_controls_subscribe(const struct camera_controls *controls, const struct v4l2_io *io,
                              int fd);

/**
 * Takes an event and applies it.
 *
 * @return The index of the control that changed; -ENOENT (no event); -EAGAIN (one of something
 *         else); -ENODEV; or what else the driver says.
 */
int camera_controls_take_event(struct camera_controls *controls, const struct v4l2_io *io, int fd);

/** Makes *to the same as *from; allocates only where there are more than before. 0 or -ENOMEM. */
int camera_controls_copy(struct camera_controls *to, const struct camera_controls *from);

/** Frees what is in it and empties it. */
void camera_controls_free(struct camera_controls *controls);
