#pragma once

/**
 * @file
 * Two devices that are not there: /dev/video0, a webcam, and /dev/video1, a v4l2loopback. Calls
 * about them end here, behind the wrappers, so that they can be made to fail like any others, and
 * all of the program is as it is. In the environment:
 *
 *     CANNYSCOPE_DEVICES=FILE   they are there; the webcam shows this JPEG, 64x48
 *     CANNYSCOPE_UNPLUG=N       after so many frames it is gone, and back when it is looked for
 * twice
 *
 * The webcam's descriptors are timers, which are readable when a frame is due: poll() is the
 * kernel's own. /dev itself the caller has to make, see run.py.
 */

#include <stdbool.h>
#include <stdint.h>

/** Whether that is the name of one that is there; whether the descriptor is of one. */
bool device_named(intptr_t path);
bool device_is(intptr_t fd);

/** As the functions of these names, about one of them. */
intptr_t device_open(intptr_t path);
intptr_t device_close(intptr_t fd);
intptr_t device_ioctl(intptr_t fd, intptr_t request, intptr_t argument);
intptr_t device_mmap(intptr_t bytes, intptr_t protection, intptr_t flags, intptr_t fd,
                     intptr_t offset);
