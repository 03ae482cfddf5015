#pragma once

/**
 * @file
 * Writes what is painted into a virtual camera (render/virtual_camera.h), on a thread of its own,
 * so that neither the picture nor the frames wait for the device. One picture is in hand at a
 * time; another that comes meanwhile is dropped and counted.
 *
 * A picture that stands still (frozen, or its camera is gone) is written again five times a second:
 * whoever begins to read then sees it, and nobody who reads gives up.
 */

#include "processing/views.h"
#include "render/virtual_camera.h"

struct loopback;

struct loopback_config {
    const struct virtual_camera_io *io; ///< must outlive the loopback
    const char *device;                 ///< must outlive the loopback
    bool on;                            ///< open the device at once
    /** Something to know about the device, or why it is off now. Called on its own thread. */
    void (*said)(void *self, bool warning, const char *text);
    double (*fps)(void *self); ///< of the source, 0 if unknown. Called on its own thread.
    void *self;
};

/** Plain values. */
struct loopback_status {
    bool on;          ///< wanted, and not failed
    unsigned written; ///< pictures; a standing one counts once
    unsigned dropped; ///< pictures that came too soon or that the device did not take
};

/**
 * Starts the thread; opens the device first if it is to be on.
 *
 * @return 0 or a negative errno with a sentence.
 */
int loopback_create(struct loopback **out, const struct loopback_config *config, struct error *err);

/** Opens or closes the device by and by. Any thread. */
void loopback_switch(struct loopback *loopback, bool on);

/** Copies a picture to be written, if it is on. Always the same thread. */
void loopback_take(struct loopback *loopback, const struct canvas *canvas);

/** The status now. Any thread. */
struct loopback_status loopback_status(struct loopback *loopback);

/** Finishes what is in hand, closes the device, ends the thread. NULL in *loopback is fine. */
void loopback_destroy(struct loopback **loopback);
