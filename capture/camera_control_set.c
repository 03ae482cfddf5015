/*
 * A control is set with VIDIOC_S_EXT_CTRLS. The rounding is that of the kernel's own control
 * framework (v4l2-ctrls-core.c, std_validate): to the nearest step from the minimum, the maximum
 * included only where a step ends on it. Doing it here makes every driver alike, and a value of the
 * user never an error. A button takes any value; it acts on being set.
 *
 * Events: with V4L2_EVENT_SUB_FL_ALLOW_FEEDBACK a descriptor also hears of what it changed itself,
 * which matters because setting one control (automatic exposure) may change the flags of another.
 * The kernel keeps one event a control, the newest.
 *
 * Source: Linux media documentation, "Extended Controls API" and "V4L2 event interface",
 * https://docs.kernel.org/userspace-api/media/v4l/extended-controls.html
 */
#include "capture/camera_control_flags.h"
#include "capture/camera_device.h"

#include <errno.h>
#include <linux/videodev2.h>

int camera_controls_open(const struct v4l2_io *io, const char *path, struct error *err)
{
    int fd = io->open(io->self, path, false);
    return fd < 0 ? camera_device_fail(err, fd, path, "open the camera's controls") : fd;
}

void camera_controls_close(const struct v4l2_io *io, int *fd)
{
    if (*fd >= 0)
        io->close(io->self, *fd);
    *fd = -1;
}

/** Unsigned, as the whole range of 64 bits does not fit a signed difference. */
static int64_t round_to_step(const struct camera_control *control, int64_t value)
{
    uint64_t step = control->step > 0 ? (uint64_t)control->step : 1;
    uint64_t range = (uint64_t)control->maximum - (uint64_t)control->minimum;
    uint64_t way = (uint64_t)value - (uint64_t)control->minimum;
    uint64_t down = way / step * step;
    if (way - down >= step - step / 2 && step <= range - down)
        down += step;
    return (int64_t)((uint64_t)control->minimum + down);
}

static bool has_item(const struct camera_controls *controls, const struct camera_control *control,
                     int64_t value)
{
    for (int i = 0; i < control->items; i++)
        if (controls->items[control->first_item + i].value == value)
            return value >= control->minimum && value <= control->maximum;
    return false;
}

int camera_control_fit(const struct camera_controls *controls, const struct camera_control *control,
                       int64_t *value)
{
    switch (control->type) {
    case CONTROL_INTEGER:
        *value = *value < control->minimum   ? control->minimum
                 : *value > control->maximum ? control->maximum
                                             : *value;
        *value = round_to_step(control, *value);
        return 0;
    case CONTROL_BOOLEAN:
        *value = *value != 0;
        return 0;
    case CONTROL_MENU:
    case CONTROL_INT_MENU:
        return has_item(controls, control, *value) ? 0 : -EINVAL;
    case CONTROL_BUTTON:
        *value = 1;
        return 0;
    case CONTROL_BITMASK:
        *value &= (int64_t)(uint32_t)control->maximum;
        return 0;
    default:
        return -ENOTSUP;
    }
}

int camera_control_set(const struct camera_controls *controls, const struct camera_control *control,
                       const struct v4l2_io *io, int fd, int64_t value)
{
    if (control->read_only)
        return -EACCES;
    int ret = camera_control_fit(controls, control, &value);
    if (ret < 0)
        return ret;
    struct v4l2_ext_control one = {.id = control->id};
    if (control->wide)
        one.value64 = value;
    else
        one.value = (int32_t)value;
    struct v4l2_ext_controls request = {
        .which = V4L2_CTRL_WHICH_CUR_VAL, .count = 1, .controls = &one};
    return io->ioctl(io->self, fd, VIDIOC_S_EXT_CTRLS, &request);
}

int camera_controls_subscribe(const struct camera_controls *controls, const struct v4l2_io *io,
                              int fd)
{
    int refused = 0;
    for (int i = 0; i < controls->control_count && refused != -ENODEV; i++) {
        struct v4l2_event_subscription subscription = {
            .type = V4L2_EVENT_CTRL,
            .id = controls->controls[i].id,
            .flags = V4L2_EVENT_SUB_FL_ALLOW_FEEDBACK,
        };
        int ret = io->ioctl(io->self, fd, VIDIOC_SUBSCRIBE_EVENT, &subscription);
        if (ret == -ENODEV || (ret < 0 && refused == 0))
            refused = ret;
    }
    return refused;
}

static void apply(struct camera_control *control, const struct v4l2_event_ctrl *change)
{
    camera_control_flag(control, change->flags);
    if (change->changes & V4L2_EVENT_CTRL_CH_VALUE && camera_control_readable(control)) {
        control->has_value = true;
        control->value = control->wide                      ? change->value64
                         : control->type == CONTROL_BITMASK ? (int64_t)(uint32_t)change->value
                                                            : change->value;
    }
}

int camera_controls_take_event(struct camera_controls *controls, const struct v4l2_io *io, int fd)
{
    struct v4l2_event event = {0};
    int ret = io->ioctl(io->self, fd, VIDIOC_DQEVENT, &event);
    if (ret < 0)
        return ret;
    for (int i = 0; i < controls->control_count; i++) {
        struct camera_control *control = &controls->controls[i];
        if (event.type != V4L2_EVENT_CTRL || control->id != event.id)
            continue;
        apply(control, &event.u.ctrl);
        // The limits in an event have 32 bits only.
        if (event.u.ctrl.changes & V4L2_EVENT_CTRL_CH_RANGE &&
            camera_control_refresh(control, io, fd) == -ENODEV)
            return -ENODEV;
        return i;
    }
    return -EAGAIN;
}
