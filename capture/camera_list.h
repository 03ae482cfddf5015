#pragma once

/**
 * @file
 * The video nodes of this machine: which are cameras, what they are called, what they can do; and
 * why the others are none.
 *
 * Threads: any; each call works for itself. Devices are opened, asked and closed again; no stream
 * of anybody is disturbed.
 */

#include "capture/camera_controls.h"
#include "capture/camera_modes.h"
#include "processing/error.h"

/** One node. */
struct camera_entry {
    char path[128];    ///< e.g. "/dev/video0"
    int number;        ///< of the node
    bool usable;       ///< a camera that this program can read
    char reason[96];   ///< why it is not usable, in a few words; "" if it is
    char card[33];     ///< its name, the driver's words; "" if it is not known
    char driver[17];   ///< e.g. "uvcvideo"; "" if it could not be asked
    char bus_info[33]; ///< where it is plugged in, e.g. "usb-0000:00:14.0-1"
    char by_id[256];   ///< link that names this very camera, wherever it is plugged in; or ""
    char by_path[256]; ///< link that names this very socket; or ""
    char serial[64];   ///< of its USB device; "" if it has none
    int index;         ///< of the node among those of its device; -1 if that is not known
    struct camera_modes modes;       ///< of a usable one
    struct camera_controls controls; ///< of a usable one
};

/** All nodes, by number. Zeroed, it is empty. */
struct camera_list {
    struct camera_entry *entries;
    int count;
};

/**
 * Looks at every video node.
 *
 * @param list   Zeroed by the caller; freed with camera_list_free(), also after a failure.
 * @param io     Never asked to convert: what is listed is what the cameras themselves offer. Best
 *               v4l2_io_kernel: a plugin of libv4l2 prints when it meets a multi-planar device.
 * @param folder Where the nodes are; NULL for /dev.
 * @param err    Filled on failure.
 * @return 0 (no camera at all is fine), -ENOMEM, or why the folder cannot be read.
 */
int camera_list_read(struct camera_list *list, const struct v4l2_io *io, const char *folder,
                     struct error *err);

/**
 * The same, cheaper: modes and controls stay empty, and a node is usable if it says that it is a
 * camera. Enough to find a camera again (capture/camera_identity.h).
 */
int camera_list_read_identities(struct camera_list *list, const struct v4l2_io *io,
                                const char *folder, struct error *err);

/** The same with the modes, but without the controls, which some cameras answer slowly. */
int camera_list_read_modes(struct camera_list *list, const struct v4l2_io *io, const char *folder,
                           struct error *err);

/**
 * Copies a list, but for the controls.
 *
 * @param copy Zeroed or an older copy, which is freed; freed with camera_list_free().
 * @return 0 or -ENOMEM; the copy is empty then.
 */
int camera_list_copy(struct camera_list *copy, const struct camera_list *list);

/**
 * The camera that a text means: a node's path or number, a link to it, its name or a part of that
 * in either case. Of several the first; a usable one before others.
 *
 * @return One of the list's entries, or NULL.
 */
const struct camera_entry *camera_list_find(const struct camera_list *list, const char *text);

/** The first usable camera, or NULL. */
const struct camera_entry *camera_list_first(const struct camera_list *list);

/** Frees what is in it and empties it. */
void camera_list_free(struct camera_list *list);
