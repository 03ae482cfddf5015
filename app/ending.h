#pragma once

/**
 * @file
 * How the program ends: at once when it can, within a second in any case.
 *
 * SIGINT, SIGTERM and SIGHUP (unless nohup had it ignored) are blocked in every thread and taken by
 * one of this file's own, which asks the main thread to end. The same thread then watches: should a
 * driver or the display block a call, the process ends without them. A second SIGINT ends it on the
 * spot.
 *
 * Written files need nothing then: pictures appear whole or not at all (render/image_writer.h),
 * statistics are written line by line. A recording is made whole first (ending_guard()).
 */

#include <stdbool.h>

struct ending;

/**
 * Blocks the signals for this thread and all it will start, and starts the watching thread. To be
 * called before any other thread exists.
 *
 * @param patience_ms From ending_begin(), or from a signal, to the hard end.
 * @return 0 or a negative errno.
 */
int ending_create(struct ending **out, int patience_ms);

/**
 * Main thread: from now on a signal that asks to end calls `asked`, on the ending's thread; it must
 * not block. NULL stops that; no call is under way when this returns.
 */
void ending_listen(struct ending *ending, void (*asked)(void *self), void *self);

/**
 * Main thread: before the hard end `saved` is called, on the ending's thread, and again every few
 * milliseconds until it says that all is saved, for ten seconds at most. It is to ask for the
 * saving and must not block. NULL stops that; no call is under way when this returns.
 */
void ending_guard(struct ending *ending, bool (*saved)(void *self), void *self);

/** The signal that asked for the end, or 0. Any thread. */
int ending_signal(const struct ending *ending);

/**
 * Main thread: the end begins. If ending_destroy() does not follow within the patience, the
 * process exits with `status`.
 */
void ending_begin(struct ending *ending, int status);

/** Stops the watching thread. NULL in *ending is fine. */
void ending_destroy(struct ending **ending);
