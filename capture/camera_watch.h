#pragma once

/**
 * @file
 * Says when something changed among the video nodes: one came, went, or got other permissions.
 *
 * Threads: one; the descriptor may be polled by any.
 */

#include <stdbool.h>

/** How long to trust the silence of a watch before looking all the same. */
enum { CAMERA_WATCH_RESCAN_MS = 2000 };

struct camera_watch;

/**
 * Begins to watch.
 *
 * @param out    The watch on success, NULL on failure; closed with camera_watch_close().
 * @param folder Where the nodes are; NULL for /dev, which udevd is asked about too where it runs.
 * @return 0 or a negative errno; without a watch, look from time to time.
 */
int camera_watch_open(struct camera_watch **out, const char *folder);

/** A descriptor to poll() for POLLIN; it belongs to the watch. */
int camera_watch_fd(const struct camera_watch *watch);

/** Empties it: whether something changed since the last call. Never waits. */
bool camera_watch_take(struct camera_watch *watch);

/** Takes NULL in *watch; sets it to NULL. */
void camera_watch_close(struct camera_watch **watch);
