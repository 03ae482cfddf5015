#pragma once

/**
 * @file
 * From what the user asks to a streaming camera, and the words for what became of it.
 */

#include "capture/camera_device.h"
#include "capture/source.h"

/**
 * Opens a device, chooses its mode, starts it.
 *
 * @param device Closed with camera_device_close(), also after a failure.
 * @param config Read during the call only, but for `io`.
 * @param info   Filled on success.
 * @return 0 or a negative errno with its sentence in err. May block for seconds.
 */
int camera_setup(struct camera_device *device, const struct source_config *config,
                 struct source_info *info, struct error *err);
