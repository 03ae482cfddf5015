#pragma once

/**
 * @file
 * What the two files of the camera's controls share.
 */

#include "capture/camera_controls.h"

/** Takes over V4L2_CTRL_FLAG_*. */
void camera_control_flag(struct camera_control *control, uint32_t flags);

/** Whether the control has a value that one can ask for. */
bool camera_control_readable(const struct camera_control *control);
