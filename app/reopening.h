#pragma once

/**
 * @file
 * How a source that broke is opened again: where it is by now, and when to look.
 *
 * A camera is looked for by what it is, not by the number that it had (capture/camera_identity.h),
 * at once, then 250 ms later, 500 ms and so on up to 2 s, and whenever something changes among the
 * video nodes. The descriptor of the broken one must be closed before looking: as long as it is
 * open the camera comes back under another number. Other sources are where they were.
 *
 * Threads: the capture thread only, but for reopening_stop() and reopening_wake().
 */

#include "capture/camera_identity.h"

enum { REOPENING_LOCATION_BYTES = 4096 };

struct reopening_config {
    bool camera;
    const char *location;     ///< as it was chosen; copied; NULL for ""
    const char *folder;       ///< of the video nodes; NULL for /dev
    const struct v4l2_io *io; ///< to ask nodes what they are; NULL for the kernel's
};

/** What is looked for. Plain data. */
struct reopening_aim {
    bool camera;
    char location[REOPENING_LOCATION_BYTES]; ///< as it was chosen
    bool identified;                         ///< `identity` is known
    struct camera_identity identity;         ///< of a camera
};

struct reopening;

/** Returns 0 or a negative errno. */
int reopening_create(struct reopening **out, const struct reopening_config *config);

/** What is looked for at the moment; to be kept for a return to it. */
struct reopening_aim reopening_aim_now(const struct reopening *reopening);

/** Looks for this from now on, and at once. */
void reopening_aim(struct reopening *reopening, const struct reopening_aim *aim);

/** To be called when the source was opened: the first time, it is remembered which camera it is. */
void reopening_opened(struct reopening *reopening);

/** To be called when frames come: what breaks from now on is looked for at once. */
void reopening_worked(struct reopening *reopening);

/**
 * Where the source is now. Before the first opening that is where it was chosen.
 *
 * @return The location, valid until the next call, or NULL: the camera is not there.
 */
const char *reopening_find(struct reopening *reopening);

/**
 * Waits until it is time to look: not at all the first time after reopening_worked(), then longer
 * each time; less when something changes among the nodes.
 *
 * @return false if reopening_stop() was called.
 */
bool reopening_wait(struct reopening *reopening);

/** Ends a waiting and all that come. Any thread. */
void reopening_stop(struct reopening *reopening);

/** Ends the waiting that goes on, or else the next. Any thread. */
void reopening_wake(struct reopening *reopening);

/** Takes NULL in *reopening; sets it to NULL. */
void reopening_destroy(struct reopening **reopening);
