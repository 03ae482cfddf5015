#pragma once

/**
 * @file
 * Which camera it is, so that the same one is found again after it was unplugged, under whatever
 * number it then has, and no other one is taken for it.
 *
 * Threads: any; plain data.
 */

#include "capture/camera_list.h"

/** What tells a camera from others. Plain data; zeroed, it is no camera's. */
struct camera_identity {
    char by_id[256];   ///< link made of its maker, model and serial number; or ""
    char by_path[256]; ///< link that names the socket; or ""
    char serial[64];   ///< of the USB device; or ""
    char card[33];     ///< its name, the driver's words
    char bus_info[33]; ///< the socket in the driver's words
    int index;         ///< of the node among those of its device; -1 if that is not known
    int number;        ///< of the node, when the identity was taken: of no worth later
    bool has_twin;     ///< another camera looked the same: only the socket tells them apart
};

/**
 * Takes the identity of a camera.
 *
 * @param list  All cameras, to see whether it has a twin.
 * @param entry One of the list's.
 */
struct camera_identity camera_identity_of(const struct camera_list *list,
                                          const struct camera_entry *entry);

/**
 * The same camera in a list: by its by_id link, else by its socket's link, else by its name and
 * the driver's word for the socket, else by its name and serial number. What contradicts it, be it
 * only another serial number, is never taken: a camera of the same make in the same socket is
 * another camera.
 *
 * @return One of the list's entries, which need not be usable (there may be no permission), or
 *         NULL: it is not there, or which one it is cannot be told.
 */
const struct camera_entry *camera_identity_find(const struct camera_identity *identity,
                                                const struct camera_list *list);
