/*
 * V4L2 streaming with memory-mapped buffers: S_FMT and S_PARM agree on a mode (the driver answers
 * with what it can do, not with an error), REQBUFS has the driver make buffers, QUERYBUF says how
 * to map each, QBUF hands one over to be filled, DQBUF takes a filled one back, STREAMON and
 * STREAMOFF start and stop. Buffers must be unmapped before REQBUFS with 0 frees them.
 *
 * Source: Linux media documentation, "Streaming I/O (Memory Mapping)",
 * https://docs.kernel.org/userspace-api/media/v4l/mmap.html
 */
#include "capture/camera_device.h"

#include "capture/camera_access.h"
#include "capture/camera_formats.h"
#include "processing/clock.h"
#include "processing/memory.h"

#include <errno.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <string.h>

/** More memory than this is not given to a camera's buffers. */
static const size_t BUFFER_BYTES_MAX = (size_t)256 << 20;

static int call(const struct camera_device *device, unsigned long request, void *argument)
{
    return device->io->ioctl(device->io->self, device->fd, request, argument);
}

/** More is not asked of a driver that refuses, and nothing after a call that took long. */
enum { ATTEMPTS = 3, PATIENCE_MS = 250 };

/** Calls again what a driver stumbled over; what it knows and says with other codes stays so. */
static int call_again(const struct camera_device *device, unsigned long request, void *argument)
{
    int64_t give_up_ns = clock_now_ns() + PATIENCE_MS * NS_PER_MS;
    int ret = call(device, request, argument);
    for (int i = 1; i < ATTEMPTS && (ret == -EINVAL || ret == -EIO || ret == -EPIPE); i++) {
        if (clock_now_ns() > give_up_ns)
            break;
        ret = call(device, request, argument);
    }
    return ret;
}

/** Sentences for what goes wrong often; "DEVICE " goes before each. */
static const struct {
    int code;
    const char *words;
} sentences[] = {
    {-EPERM, "may not be opened here: the system forbids it (a container or sandbox?)"},
    {-ENOENT, "does not exist: `cannyscope devices` lists the cameras"},
    {-ENODEV, "is gone: was the camera unplugged?"},
    {-ENXIO, "has no camera behind it: was it unplugged?"},
    {-ENOTTY, "is not a camera: `cannyscope devices` lists the cameras"},
    {-EISDIR, "is not a camera: `cannyscope devices` lists the cameras"},
    {-ENOMEM, "got no memory from the system: try a smaller --size or fewer --buffers"},
};

int camera_device_fail(struct error *err, int code, const char *path, const char *doing)
{
    char words[320];
    if (code == -EBUSY) {
        camera_holder(NULL, path, words, sizeof words);
        return error_set(err, code, "%s is in use by %s: close that program and try again", path,
                         words);
    }
    if (code == -EACCES) {
        camera_denial(path, words, sizeof words);
        return error_set(err, code, "%s %s", path, words);
    }
    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++)
        if (sentences[i].code == code)
            return error_set(err, code, "%s %s", path, sentences[i].words);
    return error_set(err, code, "Cannot %s on %s: %s", doing, path, error_reason(code));
}

double camera_granted_mbits(const struct camera_granted *granted)
{
    return (double)granted->layout.bytes * 8 / 1e6 * camera_interval_fps(granted->interval);
}

static int fail_bandwidth(const struct camera_device *device, struct error *err)
{
    const struct camera_granted *granted = &device->granted;
    char rate[32] = "";
    if (camera_granted_mbits(granted) > 0)
        snprintf(rate, sizeof rate, " (%.0f Mbit/s)", camera_granted_mbits(granted));
    return error_set(err, -ENOSPC,
                     "USB has no bandwidth left for %dx%d %s%s from %s: try another port, or stop "
                     "another camera",
                     granted->layout.width, granted->layout.height,
                     camera_fourcc_text(granted->fourcc).text, rate, device->path);
}

/** As above, for ioctls that depend on the mode: names it, and knows what a full bus says. */
static int fail_mode(const struct camera_device *device, int code, const char *doing,
                     const struct camera_mode *mode, struct error *err)
{
    struct fourcc_text name = camera_fourcc_text(mode->fourcc);
    if (code == -ENOSPC)
        return fail_bandwidth(device, err);
    if (code == -EINVAL)
        return error_set(err, code,
                         "%s refuses to %s with %dx%d %s: try another --size or --format",
                         device->path, doing, mode->width, mode->height, name.text);
    return camera_device_fail(err, code, device->path, doing);
}

const char *camera_unfit_reason(const struct v4l2_capability *capability,
                                enum camera_strictness strictness)
{
    // A driver's `capabilities` are those of all its nodes together; device_caps are this node's.
    uint32_t caps = capability->capabilities & V4L2_CAP_DEVICE_CAPS ? capability->device_caps
                                                                    : capability->capabilities;
    if (caps & (V4L2_CAP_VIDEO_M2M | V4L2_CAP_VIDEO_M2M_MPLANE))
        return "a converter (memory to memory), not a camera";
    if (!(caps & V4L2_CAP_VIDEO_CAPTURE)) {
        if (caps & (V4L2_CAP_META_CAPTURE | V4L2_CAP_META_OUTPUT))
            return "a metadata node, which carries no pictures";
        if (caps & V4L2_CAP_VIDEO_CAPTURE_MPLANE)
            return "a multi-planar device, which takes libv4l2's plugin to read";
        if (caps & (V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_VIDEO_OUTPUT_MPLANE))
            return "an output, not a camera (or a loopback device that nothing feeds)";
        return "not a capture device";
    }
    if (strictness == CAMERA_ONLY && caps & V4L2_CAP_VIDEO_OUTPUT)
        return "an output too: a loopback device that shows both sides";
    if (!(caps & V4L2_CAP_STREAMING))
        return "a device that cannot stream";
    return NULL;
}

int camera_device_open(struct camera_device *device, const struct v4l2_io *io, const char *path,
                       bool convert, struct error *err)
{
    *device = (struct camera_device){.io = io, .fd = -1};
    snprintf(device->path, sizeof device->path, "%s", path);
    int fd = io->open(io->self, path, convert);
    if (fd < 0)
        return camera_device_fail(err, fd, path, "open the camera");
    device->fd = fd;
    struct v4l2_capability capability = {0};
    int ret = call(device, VIDIOC_QUERYCAP, &capability);
    if (ret < 0)
        return camera_device_fail(err, ret == -EINVAL ? -ENOTTY : ret, path, "ask what it is");
    const char *reason = camera_unfit_reason(&capability, CAMERA_OR_LOOPBACK);
    if (reason)
        return error_set(err, -EINVAL, "%s is %s: `cannyscope devices` lists the cameras", path,
                         reason);
    snprintf(device->card, sizeof device->card, "%.*s", (int)sizeof capability.card,
             (const char *)capability.card);
    // Most cameras have no such event, and can do without.
    call(device, VIDIOC_SUBSCRIBE_EVENT,
         &(struct v4l2_event_subscription){.type = V4L2_EVENT_SOURCE_CHANGE});
    return 0;
}

static int set_format(struct camera_device *device, const struct camera_mode *mode,
                      struct error *err)
{
    // Whatever is not asked for stays 0: a stride or size left from before would be taken as a
    // wish.
    struct v4l2_format format = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
    struct v4l2_pix_format *pix = &format.fmt.pix;
    pix->pixelformat = mode->fourcc;
    pix->width = (unsigned)mode->width;
    pix->height = (unsigned)mode->height;
    int ret = call(device, VIDIOC_S_FMT, &format);
    if (ret < 0)
        return fail_mode(device, ret, "set the format", mode, err);
    struct error why = {""};
    struct camera_granted *granted = &device->granted;
    ret = camera_format_check(pix, &granted->layout, &why);
    if (ret < 0)
        return error_set(err, ret, "%s cannot be used: %s", device->path, why.text);
    granted->fourcc = pix->pixelformat;
    granted->jpeg = camera_format_find(pix->pixelformat)->jpeg;
    granted->range = camera_format_range(pix);
    granted->matrix = camera_format_matrix(pix);
    granted->sizeimage = pix->sizeimage;
    return 0;
}

/** Always asks, since some cameras want a rate before their first stream; a refusal is no harm. */
static int set_rate(struct camera_device *device, const struct camera_mode *mode, struct error *err)
{
    struct v4l2_streamparm parm = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
    struct v4l2_fract *interval = &parm.parm.capture.timeperframe;
    int ret = call(device, VIDIOC_G_PARM, &parm);
    if (mode->interval.num && mode->interval.den)
        *interval = (struct v4l2_fract){mode->interval.num, mode->interval.den};
    if (ret != -ENODEV)
        ret = call(device, VIDIOC_S_PARM, &parm);
    if (ret == -ENODEV)
        return camera_device_fail(err, ret, device->path, "set the rate");
    device->granted.interval =
        ret < 0 ? (struct camera_interval){0, 0}
                : (struct camera_interval){interval->numerator, interval->denominator};
    return 0;
}

int camera_device_set_mode(struct camera_device *device, const struct camera_mode *mode,
                           struct error *err)
{
    int ret = set_format(device, mode, err);
    return ret < 0 ? ret : set_rate(device, mode, err);
}

static struct camera_mode granted_mode(const struct camera_device *device)
{
    const struct camera_granted *granted = &device->granted;
    return (struct camera_mode){granted->fourcc, granted->layout.width, granted->layout.height,
                                granted->interval};
}

static int request_buffers(struct camera_device *device, int wanted, struct error *err)
{
    size_t affordable = BUFFER_BYTES_MAX / device->granted.sizeimage;
    if (affordable < 2)
        return error_set(err, -ENOMEM,
                         "%s wants two buffers of %zu MB, more than is given to a camera: try a "
                         "smaller --size",
                         device->path, device->granted.sizeimage >> 20);
    int asked = wanted < 2 || (size_t)wanted > affordable ? 2 : wanted;
    struct v4l2_requestbuffers request = {
        .count = asked > CAMERA_BUFFERS_MAX ? CAMERA_BUFFERS_MAX : (unsigned)asked,
        .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
        .memory = V4L2_MEMORY_MMAP,
    };
    struct camera_mode mode = granted_mode(device);
    int ret = call_again(device, VIDIOC_REQBUFS, &request);
    if (ret < 0)
        return fail_mode(device, ret, "make buffers", &mode, err);
    device->requested = true;
    if (request.count < 2)
        return error_set(err, -ENOMEM,
                         "%s grants %u buffer, but two are needed: try a smaller --size",
                         device->path, request.count);
    if (request.count > affordable)
        return error_set(err, -ENOMEM, "%s insists on %u buffers of %zu MB: try a smaller --size",
                         device->path, request.count, device->granted.sizeimage >> 20);
    return request.count > CAMERA_BUFFERS_MAX ? CAMERA_BUFFERS_MAX : (int)request.count;
}

static int map_buffer(struct camera_device *device, int index, struct error *err)
{
    struct v4l2_buffer info = {
        .index = (unsigned)index, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
    int ret = call(device, VIDIOC_QUERYBUF, &info);
    if (ret < 0)
        return camera_device_fail(err, ret, device->path, "ask for a buffer");
    if (info.length < device->granted.sizeimage || info.length > BUFFER_BYTES_MAX)
        return error_set(err, -EINVAL, "%s claims frames of %zu bytes in a buffer of %u",
                         device->path, device->granted.sizeimage, info.length);
    struct camera_buffer *buffer = &device->buffers[index];
    ret =
        device->io->mmap(device->io->self, device->fd, info.length, info.m.offset, &buffer->memory);
    if (ret < 0)
        return camera_device_fail(err, ret, device->path, "map a buffer");
    buffer->bytes = info.length;
    device->buffer_count = index + 1;
    device->noted_bytes += info.length;
    memory_note(MEMORY_CAMERA, info.length);
    return 0;
}

typedef int (*caller)(const struct camera_device *device, unsigned long request, void *argument);

static int queue_by(struct camera_device *device, int index, caller by)
{
    struct v4l2_buffer buffer = {
        .index = (unsigned)index, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
    int ret = by(device, VIDIOC_QBUF, &buffer);
    if (ret < 0)
        return ret;
    device->buffers[index].queued = true;
    device->queued_count++;
    return 0;
}

int camera_device_queue(struct camera_device *device, int index)
{
    return queue_by(device, index, call);
}

/** The same, for when there is no later call that would offer it again. */
static int queue_again(struct camera_device *device, int index)
{
    return queue_by(device, index, call_again);
}

static int stream_on(struct camera_device *device, struct error *err)
{
    int ret = call_again(device, VIDIOC_STREAMON, &(int){V4L2_BUF_TYPE_VIDEO_CAPTURE});
    struct camera_mode mode = granted_mode(device);
    if (ret < 0)
        return fail_mode(device, ret, "start streaming", &mode, err);
    device->streaming = true;
    return 0;
}

int camera_device_start(struct camera_device *device, int buffers, struct error *err)
{
    int count = request_buffers(device, buffers, err);
    if (count < 0)
        return count;
    for (int i = 0; i < count; i++) {
        int ret = map_buffer(device, i, err);
        if (ret < 0)
            return ret;
    }
    struct camera_mode mode = granted_mode(device);
    for (int i = 0; i < count; i++) {
        int ret = queue_again(device, i);
        if (ret < 0)
            return fail_mode(device, ret, "queue a buffer", &mode, err);
    }
    return stream_on(device, err);
}

int camera_device_restart(struct camera_device *device, unsigned lent, struct error *err)
{
    int ret = call_again(device, VIDIOC_STREAMOFF, &(int){V4L2_BUF_TYPE_VIDEO_CAPTURE});
    if (ret < 0)
        return camera_device_fail(err, ret, device->path, "stop the stream");
    device->streaming = false;
    device->queued_count = 0;
    for (int i = 0; i < device->buffer_count; i++)
        device->buffers[i].queued = false;
    // One that is refused now is offered again while the stream runs; all of them is too many.
    for (int i = 0; i < device->buffer_count; i++)
        if (!(lent & 1u << i) && (ret = queue_again(device, i)) == -ENODEV)
            break;
    if (ret < 0 && (ret == -ENODEV || device->queued_count == 0))
        return camera_device_fail(err, ret, device->path, "queue a buffer");
    return stream_on(device, err);
}

/** The driver's stamp, or -1 if it is of another clock or out of any clock's range. */
static int64_t stamp_of(const struct v4l2_buffer *buffer)
{
    uint32_t clock = buffer->flags & V4L2_BUF_FLAG_TIMESTAMP_MASK;
    int64_t s = buffer->timestamp.tv_sec, us = buffer->timestamp.tv_usec;
    if (clock != V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC || s < 0 || s > INT32_MAX || us < 0 ||
        us > INT32_MAX)
        return -1;
    return s * NS_PER_S + us * NS_PER_US;
}

int camera_device_dequeue(struct camera_device *device, struct camera_dequeued *out)
{
    struct v4l2_buffer buffer = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
    int ret = call(device, VIDIOC_DQBUF, &buffer);
    if (ret < 0)
        return ret;
    if (buffer.index >= (unsigned)device->buffer_count || !device->buffers[buffer.index].queued)
        return -EPROTO;
    device->buffers[buffer.index].queued = false;
    device->queued_count--;
    *out = (struct camera_dequeued){
        .index = (int)buffer.index,
        .bytesused = buffer.bytesused,
        .error = buffer.flags & V4L2_BUF_FLAG_ERROR,
        .sequence = buffer.sequence,
        .stamp_ns = stamp_of(&buffer),
        .now_ns = clock_now_ns(),
    };
    return 0;
}

void camera_device_adopt_size(struct camera_device *device, int width, int height)
{
    device->granted.layout.width = width;
    device->granted.layout.height = height;
}

int camera_device_take_event(struct camera_device *device)
{
    struct v4l2_event event = {0};
    int ret = call(device, VIDIOC_DQEVENT, &event);
    bool resized = event.type == V4L2_EVENT_SOURCE_CHANGE &&
                   event.u.src_change.changes & V4L2_EVENT_SRC_CH_RESOLUTION;
    return ret == 0 && resized ? -ESTALE : ret;
}

/** Nobody could do anything about a failure here, and after an unplug everything fails. */
void camera_device_stop(struct camera_device *device)
{
    if (device->streaming)
        call(device, VIDIOC_STREAMOFF, &(int){V4L2_BUF_TYPE_VIDEO_CAPTURE});
    for (int i = 0; i < device->buffer_count; i++)
        device->io->munmap(device->io->self, device->buffers[i].memory, device->buffers[i].bytes);
    memory_note(MEMORY_CAMERA, -device->noted_bytes);
    struct v4l2_requestbuffers none = {
        .count = 0, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
    if (device->requested)
        call(device, VIDIOC_REQBUFS, &none);
    memset(device->buffers, 0, sizeof device->buffers);
    device->buffer_count = device->queued_count = 0;
    device->noted_bytes = 0;
    device->requested = device->streaming = false;
}

void camera_device_close(struct camera_device *device)
{
    if (!device->io || device->fd < 0)
        return;
    camera_device_stop(device);
    device->io->close(device->io->self, device->fd);
    *device = (struct camera_device){.io = device->io, .fd = -1};
}
