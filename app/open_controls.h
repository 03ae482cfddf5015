#pragma once

/**
 * @file
 * The controls of one camera on a descriptor of their own: opened, set, read back, followed,
 * closed; and opened again when the camera returns, with what was set set again.
 *
 * A control that fails is told once an opening and harms nothing else; only -ENODEV, the camera is
 * gone, ends it.
 *
 * Threads: the one that owns it; most calls may block for seconds. No lock in here: see
 * app/camera_desk.h for who shares it with others.
 */

#include "app/log.h"
#include "capture/camera_controls.h"

/** What was set, to be set again when the camera comes back. */
struct kept_control {
    uint32_t id;
    int64_t value;
    bool recalled; ///< of an earlier run, and not set by anybody since
    bool typed;    ///< --set-ctrl
    bool done;     ///< need not be tried again
};

/** Only open_controls_*() functions change it, but for the first part. */
struct open_controls {
    // Set by the caller, the rest zeroed but for fd, -1.
    const struct v4l2_io *io;
    const char *wishes; ///< --set-ctrl, or ""
    struct log *log;
    void (*said)(void *self, const char *text); ///< a control failed; or NULL
    void *self;

    int fd;                          ///< -1 while no camera is open
    struct camera_controls controls; ///< as far as known; empty while none is open
    bool deaf;                       ///< the driver does not tell all changes
    bool *complained;                ///< one for each control
    struct kept_control *kept;
    int kept_count;
    bool introduced; ///< --set-ctrl was carried out
    int refusal;     ///< why the last open_controls_set() set nothing; 0 if it did

    // A control that is set for as long as the camera is in use.
    bool borrowed;
    uint32_t borrowed_id;
    int64_t borrowed_from; ///< its value before
};

/**
 * Opens a camera's controls, reads them and asks to be told of changes.
 *
 * @return 0 or a negative errno with a sentence; then it is closed.
 */
int open_controls_open(struct open_controls *open, const char *node, struct error *err);

/**
 * What a control was set to in an earlier run, by its key, to be set by open_controls_restore(). A
 * control that there is not is left out.
 */
void open_controls_recall(struct open_controls *open, const char *key, int64_t value);

/**
 * The first time sets what was recalled and what --set-ctrl says, which goes first; later what was
 * set before. Then reads back what was recalled, and says where the camera has something else.
 *
 * @return 0 or -ENODEV.
 */
int open_controls_restore(struct open_controls *open);

/** Sets a control and reads back what became of it. 0 or -ENODEV. */
int open_controls_set(struct open_controls *open, int index, int64_t value);

/**
 * Notes that a control will be set, by open_controls_set(), for as long as the camera is open: each
 * closing gives its present value back, each opening sets it again.
 *
 * @return Whether there is something to set.
 */
bool open_controls_borrow(struct open_controls *open, int index, int64_t value);

/** The user sets this control now: its value is not to be given back. */
void open_controls_take_over(struct open_controls *open, uint32_t id);

/** Sets every control to its default; presses no button. 0 or -ENODEV. */
int open_controls_reset(struct open_controls *open);

/** Takes what the driver has to tell, after poll() said POLLPRI. 0 or -ENODEV. */
int open_controls_listen(struct open_controls *open);

/** Whether there are values that change without an event. */
bool open_controls_must_look(const struct open_controls *open);

/** Reads those. 0 or -ENODEV. */
int open_controls_look(struct open_controls *open);

/** Closes the descriptor; what was set is kept for the next opening. Fine when not open. */
void open_controls_close(struct open_controls *open);

/** Forgets what was kept, borrowed and introduced: it is another camera. */
void open_controls_forget(struct open_controls *open);

/** Of the control with this id; -1 if there is none. */
int open_controls_find(const struct camera_controls *controls, uint32_t id);
