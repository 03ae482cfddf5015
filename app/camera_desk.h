#pragma once

/**
 * @file
 * The controls of the camera that is streaming, on a thread of their own. It has the camera's
 * second descriptor, which never streams: a camera that takes five seconds to answer blocks this
 * thread and nobody else.
 *
 * What is wished for is carried out as soon as the camera can: of several wishes for one control
 * only the newest. What the camera made of it is read back; what other programs change is followed
 * through events. All of it is to be looked at as a copy.
 *
 * What was set is set again when the camera comes back after it was gone. What the user set is
 * remembered in the camera's file (app/camera_memory.h), and set again in later runs.
 *
 * A control that fails is told once (until the camera is opened anew) and harms nothing else.
 *
 * Threads: any, but for create and destroy; no call waits for the camera but destroy.
 */

#include "app/log.h"
#include "capture/camera_controls.h"
#include "capture/camera_modes.h"

struct camera_desk;

struct camera_desk_config {
    const struct v4l2_io *io;
    const char *wishes; ///< --set-ctrl, for the camera that is opened first; or ""
    const char *folder; ///< of the cameras' files; NULL or "": nothing is remembered
    bool read_only;     ///< the files are read but not written
    const char *nodes;  ///< folder of the video nodes; NULL for /dev
    struct log *log;
    void (*changed)(void *self);                ///< on the desk's thread: look again; or NULL
    void (*said)(void *self, const char *text); ///< on the desk's thread: a control failed; or NULL
    /** What is borrowed can not be given back in time: somebody else is to do it. Or NULL. */
    void (*give_back)(const char *node, uint32_t id, int64_t value);
    void *self;
};

/** Starts the thread. What `config` points to must outlive it. 0 or a negative errno. */
int camera_desk_create(struct camera_desk **out, const struct camera_desk_config *config);

/** The end begins: the thread closes the camera as soon as it can. Nothing is to be wished any
 * more. */
void camera_desk_leave(struct camera_desk *desk);

/**
 * Ends the thread, closes the descriptor. NULL in *desk is fine. Waits for an answer of the camera
 * that is still out; see app/ending.h for what is done when none comes.
 */
void camera_desk_destroy(struct camera_desk **desk);

/**
 * Says which camera streams now.
 *
 * @param node    Its node; NULL or "" while there is none: the descriptor is closed then, so that
 *                the camera can come back under its old number.
 * @param opening Another number whenever it was opened anew.
 */
void camera_desk_follow(struct camera_desk *desk, const char *node, unsigned opening);

/**
 * The user wishes that a control were set to a value; it is remembered. An id that the camera does
 * not have is ignored.
 */
void camera_desk_set(struct camera_desk *desk, uint32_t id, int64_t value);

/**
 * Wishes that a control were set for as long as the camera is in use: it is not remembered, and set
 * to what it was when the camera is closed or another is followed. Should the camera not answer
 * when the desk is destroyed, `give_back` is called.
 */
void camera_desk_borrow(struct camera_desk *desk, uint32_t id, int64_t value);

/**
 * Remembers the mode that the user picked for a camera.
 *
 * @param node Of that camera, as it is now, or a link to it.
 */
void camera_desk_remember_mode(struct camera_desk *desk, const char *node,
                               const struct camera_wish *mode);

/** Wishes that all controls had their defaults, and forgets them. Buttons are not pressed. */
void camera_desk_reset(struct camera_desk *desk);

/** While true, values that the camera changes without telling are read once a second. */
void camera_desk_watch(struct camera_desk *desk, bool watch);

/**
 * The controls as far as they are known, with wishes shown as if they were fulfilled.
 *
 * @param copy       Zeroed before the first call, freed with camera_controls_free().
 * @param generation Of the copy; 0 before the first call.
 * @return Whether the copy was made anew. Empty while no camera is open.
 */
bool camera_desk_look(struct camera_desk *desk, struct camera_controls *copy, unsigned *generation);
