#include "tests/fakes/fake_loopback.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { DESCRIPTOR = 77 };

static int fake_open(void *self, const char *device)
{
    struct fake_loopback *fake = self;
    if (fake->open_error)
        return fake->open_error;
    snprintf(fake->device, sizeof fake->device, "%s", device);
    atomic_fetch_add(&fake->opened, 1);
    return DESCRIPTOR;
}

static void fake_close(void *self, int fd)
{
    struct fake_loopback *fake = self;
    if (fd != DESCRIPTOR)
        return;
    atomic_fetch_add(&fake->closed, 1);
    fake->abandoned = fake->abandoned && !fake->streamed;
    fake->streamed = false;
}

static int query_capability(const struct fake_loopback *fake, struct v4l2_capability *capability)
{
    uint32_t caps = fake->caps        ? fake->caps
                    : fake->abandoned ? V4L2_CAP_READWRITE
                                      : V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_READWRITE;
    *capability =
        (struct v4l2_capability){.capabilities = V4L2_CAP_DEVICE_CAPS | 0xff, .device_caps = caps};
    snprintf((char *)capability->driver, sizeof capability->driver, "%s",
             fake->driver ? fake->driver : "v4l2 loopback");
    snprintf((char *)capability->card, sizeof capability->card, "Fake Device");
    return 0;
}

static bool takes(const struct fake_loopback *fake, uint32_t fourcc)
{
    for (const uint32_t *f = fake->takes; f && *f; f++)
        if (*f == fourcc)
            return true;
    return !fake->takes;
}

static uint32_t bits_of(uint32_t fourcc)
{
    switch (fourcc) {
    case V4L2_PIX_FMT_NV12:
    case V4L2_PIX_FMT_YUV420:
        return 12;
    case V4L2_PIX_FMT_RGB24:
    case V4L2_PIX_FMT_BGR24:
        return 24;
    case V4L2_PIX_FMT_GREY:
        return 8;
    default:
        return 16;
    }
}

static int set_format(struct fake_loopback *fake, struct v4l2_pix_format *pix)
{
    if (fake->format_error)
        return fake->format_error;
    if (!fake->kept_fourcc && !takes(fake, pix->pixelformat))
        return -EINVAL;
    if (fake->kept_fourcc) {
        pix->pixelformat = fake->kept_fourcc;
        pix->width = fake->kept_width;
        pix->height = fake->kept_height;
    }
    uint32_t bits = bits_of(pix->pixelformat), step = fake->stride_step ? fake->stride_step : 1;
    uint32_t row = pix->width * (bits == 12 ? 8 : bits) / 8;
    pix->bytesperline = (row + step - 1) / step * step;
    pix->sizeimage = pix->bytesperline * pix->height * (bits == 12 ? 3 : 2) / 2;
    fake->format = *pix;
    return 0;
}

static int fake_ioctl(void *self, int fd, unsigned long request, void *argument)
{
    struct fake_loopback *fake = self;
    if (fd != DESCRIPTOR)
        return -EBADF;
    if (fake->no_video)
        return -ENOTTY;
    switch (request) {
    case VIDIOC_QUERYCAP:
        return query_capability(fake, argument);
    case VIDIOC_S_FMT:
        return set_format(fake, &((struct v4l2_format *)argument)->fmt.pix);
    case VIDIOC_S_PARM:
        fake->interval = ((struct v4l2_streamparm *)argument)->parm.output.timeperframe;
        return 0;
    case VIDIOC_STREAMON:
        atomic_fetch_add(&fake->streaming, !fake->refuses_streaming);
        fake->streamed = true;
        return fake->refuses_streaming || fake->abandoned ? -EINVAL : 0;
    default:
        return -ENOTTY;
    }
}

static ssize_t fake_write(void *self, int fd, const void *data, size_t bytes)
{
    struct fake_loopback *fake = self;
    if (fd != DESCRIPTOR)
        return -EBADF;
    int error = atomic_load(&fake->write_error);
    if (error)
        return error;
    fake->bytes = bytes < sizeof fake->frame ? bytes : sizeof fake->frame;
    memcpy(fake->frame, data, fake->bytes);
    atomic_fetch_add(&fake->written, 1);
    return atomic_load(&fake->short_writes) ? (ssize_t)bytes / 2 : (ssize_t)bytes;
}

struct virtual_camera_io fake_loopback_io(struct fake_loopback *fake)
{
    return (struct virtual_camera_io){fake, fake_open, fake_close, fake_ioctl, fake_write};
}
