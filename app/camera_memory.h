#pragma once

/**
 * @file
 * The file (app/camera_settings.h) of the camera at hand: found by what the camera is, read when
 * it is turned to, written a moment after a change.
 *
 * Threads: the one that owns it; it reads and writes files, and opens the video nodes to find out
 * which camera is which.
 */

#include "app/camera_settings.h"
#include "app/log.h"

/** Filled by its functions, but for the first part. */
struct camera_memory {
    // Set by the caller, the rest zeroed.
    const char *folder; ///< of the files; "" or NULL: nothing is remembered
    bool read_only;     ///< nothing is written
    const char *nodes;  ///< folder of the video nodes; NULL for /dev
    const struct v4l2_io *io;
    struct log *log;

    bool known; ///< which camera it is
    struct camera_identity identity;
    char name[256];   ///< of the camera, as camera_settings_name() has it; "" if it is not known
    struct path file; ///< "" if it must not be written
    struct camera_settings settings;
    int64_t due_ns; ///< when it is to be written; 0: nothing changed
};

/**
 * Turns to the camera of a node, writing first what is due of the one before.
 *
 * @param node Its path or a link to it.
 * @return Whether it is another camera than before, or the first. One that cannot be told is taken
 *         for the same.
 */
bool camera_memory_turn(struct camera_memory *memory, const char *node);

/** Remembers what the user set a control to. */
void camera_memory_set(struct camera_memory *memory, const char *key, int64_t value);

/** Remembers the mode that the user picked for the camera of a node, be it at hand or not. */
void camera_memory_set_mode(struct camera_memory *memory, const char *node,
                            const struct camera_wish *mode);

/** Forgets the controls, in the file too. */
void camera_memory_forget(struct camera_memory *memory);

/** Writes what is due; `now`: also what is not due yet. */
void camera_memory_write(struct camera_memory *memory, bool now);

/** Writes what changed, frees everything. */
void camera_memory_close(struct camera_memory *memory);

/**
 * The mode that is remembered of the camera at `location`; all of it "our choice" where none is. A
 * broken file is a warning.
 */
struct camera_wish camera_memory_mode(const char *folder, const char *location, struct log *log);
