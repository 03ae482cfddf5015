#pragma once

/**
 * @file
 * From what the user asks to a streaming camera, and the words for what became of it.
 */

#include "capture/camera_device.h"
#include "capture/source.h"

/**
 * With fewer buffers frames are copied out, so that the driver keeps enough of them.
 */
enum { CAMERA_SPARE_BUFFERS = 4 };

/**
 * Asks the gate for what a camera takes in the mode that is granted: its buffers, and a pool of
 * frames where they cannot be lent.
 *
 * @param format  Of the pool's frames.
 * @param least   Buffers, at least: 2, or as many as there are already.
 * @param buffers Wanted; then granted.
 * @param slots   Of the pool; granted.
 * @return 0 or what the gate says.
 */
int camera_admit(const struct camera_granted *granted, const struct source_gate *gate,
                 enum pixel_format format, int least, int *buffers, int *slots, struct error *err);

/** The format of a pool for JPEGs. */
enum pixel_format camera_decoded_format(struct source_wishes wishes);

/**
 * Opens a device, chooses its mode, starts it.
 *
 * @param device Closed with camera_device_close(), also after a failure.
 * @param config Read during the call only, but for `io`.
 * @param info   Filled on success.
 * @param slots  Of a pool of frames, if there is to be one; set on success.
 * @return 0 or a negative errno with its sentence in err. May block for seconds.
 */
int camera_setup(struct camera_device *device, const struct source_config *config,
                 struct source_info *info, int *slots, struct error *err);
