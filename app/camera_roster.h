#pragma once

/**
 * @file
 * The cameras that there are, with their modes, for the window to choose from. Read on a thread of
 * its own, because opening a node may block for seconds; again whenever something changes among the
 * nodes, and to be looked at as a copy.
 *
 * Threads: any, but for create and destroy; no call waits for a camera but destroy.
 */

#include "capture/camera_list.h"

struct camera_roster;

struct camera_roster_config {
    const struct v4l2_io *io;
    const char *folder;          ///< of the nodes; NULL for /dev
    void (*changed)(void *self); ///< on the roster's thread: look again; or NULL
    void *self;
};

/** Starts the thread. What `config` points to must outlive it. 0 or a negative errno. */
int camera_roster_create(struct camera_roster **out, const struct camera_roster_config *config);

/** Ends the thread. NULL in *roster is fine. Waits for an answer of a camera that is still out. */
void camera_roster_destroy(struct camera_roster **roster);

/** Wishes that the nodes were read now. */
void camera_roster_read(struct camera_roster *roster);

/**
 * While true they are read every other second: a loopback device becomes a camera, and ceases to be
 * one, without anybody being told.
 */
void camera_roster_watch(struct camera_roster *roster, bool watch);

/**
 * The cameras that were found last.
 *
 * @param copy       Zeroed before the first call, freed with camera_list_free(). No controls.
 * @param generation Of the copy; 0 before the first call, and until the nodes have been read.
 * @return Whether the copy was made anew.
 */
bool camera_roster_look(struct camera_roster *roster, struct camera_list *copy,
                        unsigned *generation);
