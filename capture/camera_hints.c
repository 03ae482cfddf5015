/*
 * The control that lets a camera expose longer than its frame rate allows is called "Exposure,
 * Dynamic Framerate" by newer kernels and "Exposure, Auto Priority" by older ones; its number is
 * the same.
 */
#include "capture/camera_hints.h"

#include "capture/camera_controls.h"
#include "processing/clock.h"

#include <linux/videodev2.h>
#include <stdio.h>

_Static_assert(CAMERA_SLOWS_IN_THE_DARK == V4L2_CID_EXPOSURE_AUTO_PRIORITY, "V4L2's number of it");

static int call(const struct camera_device *device, unsigned long request, void *argument)
{
    return device->io->ioctl(device->io->self, device->fd, request, argument);
}

/** The control's name in the driver's words if the camera has it and it is on. */
static bool may_slow_down(const struct camera_device *device, char *name, size_t bytes)
{
    const uint32_t id = CAMERA_SLOWS_IN_THE_DARK;
    struct v4l2_query_ext_ctrl control = {.id = (id - 1) | V4L2_CTRL_FLAG_NEXT_CTRL};
    struct v4l2_ext_control value = {.id = id};
    struct v4l2_ext_controls request = {
        .which = V4L2_CTRL_WHICH_CUR_VAL, .count = 1, .controls = &value};
    if (call(device, VIDIOC_QUERY_EXT_CTRL, &control) < 0 || control.id != id ||
        call(device, VIDIOC_G_EXT_CTRLS, &request) < 0)
        return false;
    snprintf(name, bytes, "%.*s", (int)sizeof control.name, control.name);
    return value.value != 0;
}

static void hint_slow(struct source *source, const struct camera_device *device, double fps)
{
    char name[33];
    if (!may_slow_down(device, name, sizeof name))
        return;
    source_say(source,
               "Dark scene: the camera lowered its rate to %.0f of %.4g FPS, as its control "
               "\"%s\" allows",
               fps, source->info.fps, name);
    source->hint.dark = true;
}

void camera_hint(struct source *source, const struct camera_device *device,
                 struct camera_health *health)
{
    switch (camera_health_look(health, clock_now_ns())) {
    case CAMERA_DAMAGED:
        source_say(source, "Many frames are damaged by USB errors: try another port or cable");
        break;
    case CAMERA_FRAGILE:
        source_say(source, "The camera stumbles again and again: try another cable, port or hub");
        break;
    case CAMERA_SLOW:
        hint_slow(source, device, health->slow_fps);
        break;
    default:
        break;
    }
}
