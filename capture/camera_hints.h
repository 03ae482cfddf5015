#pragma once

/**
 * @file
 * What a camera's recent past makes the user want to know, in words: for source_hint().
 *
 * Threads: the source's thread.
 */

#include "capture/camera_device.h"
#include "capture/camera_health.h"
#include "capture/source.h"

/** Looks at the diary and says what is to be said, if anything. May ask the device about a control.
 */
void camera_hint(struct source *source, const struct camera_device *device,
                 struct camera_health *health);
