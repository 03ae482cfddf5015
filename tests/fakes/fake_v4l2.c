/*
 * One function an ioctl, found in a table. Frames are made in DQBUF, which no real driver does, but
 * nobody outside can tell.
 */
#include "tests/fakes/fake_v4l2.h"

#include "capture/camera_formats.h"
#include "processing/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

// What the device offers.

static const struct fake_format *format_at(const struct fake_v4l2 *fake, unsigned index)
{
    for (int i = 0; i < FAKE_FORMATS && fake->formats[i].fourcc; i++) {
        if (fake->formats[i].emulated && !fake->converting)
            continue;
        if (index-- == 0)
            return &fake->formats[i];
    }
    return NULL;
}

static const struct fake_format *format_of(const struct fake_v4l2 *fake, uint32_t fourcc)
{
    const struct fake_format *format;
    for (unsigned i = 0; (format = format_at(fake, i)); i++)
        if (format->fourcc == fourcc)
            return format;
    return NULL;
}

static int enum_fmt(struct fake_v4l2 *fake, void *argument)
{
    struct v4l2_fmtdesc *answer = argument;
    const struct fake_format *format = format_at(fake, answer->index);
    if (!format)
        return -EINVAL;
    answer->pixelformat = format->fourcc;
    answer->flags = format->emulated ? V4L2_FMT_FLAG_EMULATED : 0;
    snprintf((char *)answer->description, sizeof answer->description, "Fake %s",
             camera_fourcc_text(format->fourcc).text);
    return 0;
}

static int enum_sizes(struct fake_v4l2 *fake, void *argument)
{
    struct v4l2_frmsizeenum *answer = argument;
    const struct fake_format *format = format_of(fake, answer->pixel_format);
    if (!format || format->listing == FAKE_SILENT || answer->index >= FAKE_SIZES)
        return -EINVAL;
    if (format->listing == FAKE_STEPS) {
        answer->type = V4L2_FRMSIZE_TYPE_STEPWISE;
        answer->stepwise = format->limits;
        return answer->index ? -EINVAL : 0;
    }
    const struct fake_size *size = &format->sizes[answer->index];
    answer->type = V4L2_FRMSIZE_TYPE_DISCRETE;
    answer->discrete.width = size->width;
    answer->discrete.height = size->height;
    return size->width ? 0 : -EINVAL;
}

static const struct fake_size *size_of(const struct fake_format *format, unsigned width,
                                       unsigned height)
{
    for (int i = 0; i < FAKE_SIZES && format->sizes[i].width; i++)
        if (format->sizes[i].width == width && format->sizes[i].height == height)
            return &format->sizes[i];
    return NULL;
}

static int enum_intervals(struct fake_v4l2 *fake, void *argument)
{
    struct v4l2_frmivalenum *answer = argument;
    const struct fake_format *format = format_of(fake, answer->pixel_format);
    if (!format || format->listing == FAKE_SILENT || answer->index >= FAKE_RATES)
        return -EINVAL;
    if (format->listing == FAKE_STEPS) {
        answer->type = V4L2_FRMIVAL_TYPE_STEPWISE;
        answer->stepwise =
            (struct v4l2_frmival_stepwise){format->shortest, format->longest, format->shortest};
        return answer->index || !format->shortest.denominator ? -EINVAL : 0;
    }
    const struct fake_size *size = size_of(format, answer->width, answer->height);
    if (!size || !size->intervals[answer->index].denominator)
        return -EINVAL;
    answer->type = V4L2_FRMIVAL_TYPE_DISCRETE;
    answer->discrete = size->intervals[answer->index];
    return 0;
}

static int query_control(struct fake_v4l2 *fake, void *argument)
{
    struct v4l2_query_ext_ctrl *answer = argument;
    if (!(answer->id & V4L2_CTRL_FLAG_NEXT_CTRL))
        return -EINVAL;
    uint32_t after = answer->id & ~V4L2_CTRL_FLAG_NEXT_CTRL;
    for (int i = 0; i < FAKE_CONTROLS && fake->controls[i].id; i++) {
        if (fake->controls[i].id <= after)
            continue;
        *answer = fake->controls[i];
        return 0;
    }
    return -EINVAL;
}

/** Odd items do not exist; the others are called after their numbers. */
static int query_menu(struct fake_v4l2 *fake, void *argument)
{
    (void)fake;
    struct v4l2_querymenu *answer = argument;
    if (answer->index % 2)
        return -EINVAL;
    snprintf((char *)answer->name, sizeof answer->name, "Item %u", answer->index);
    return 0;
}

/** Each control stands at its maximum. */
static int get_controls(struct fake_v4l2 *fake, void *argument)
{
    struct v4l2_ext_controls *request = argument;
    for (int i = 0; i < FAKE_CONTROLS && fake->controls[i].id; i++)
        if (fake->controls[i].id == request->controls[0].id) {
            request->controls[0].value = (int)fake->controls[i].maximum;
            return 0;
        }
    return -EINVAL;
}

static int query_cap(struct fake_v4l2 *fake, void *argument)
{
    struct v4l2_capability *answer = argument;
    snprintf((char *)answer->driver, sizeof answer->driver, "fake");
    snprintf((char *)answer->card, sizeof answer->card, "%s",
             fake->node && fake->node->card ? fake->node->card : "Fake Camera");
    snprintf((char *)answer->bus_info, sizeof answer->bus_info, "platform:fake");
    answer->capabilities = fake->capabilities;
    answer->device_caps =
        fake->node && fake->node->device_caps ? fake->node->device_caps : fake->device_caps;
    return 0;
}

// Agreeing on a mode.

static unsigned distance(const struct fake_size *size, unsigned width, unsigned height)
{
    return (unsigned)(abs((int)size->width - (int)width) + abs((int)size->height - (int)height));
}

static void fit_size(const struct fake_format *format, struct v4l2_pix_format *pix)
{
    if (format->listing != FAKE_LIST)
        return;
    const struct fake_size *best = &format->sizes[0];
    for (int i = 1; i < FAKE_SIZES && format->sizes[i].width; i++)
        if (distance(&format->sizes[i], pix->width, pix->height) <
            distance(best, pix->width, pix->height))
            best = &format->sizes[i];
    pix->width = best->width;
    pix->height = best->height;
}

static unsigned pick(unsigned forced, unsigned granted)
{
    return forced ? forced : granted;
}

static int try_format(struct fake_v4l2 *fake, void *argument)
{
    struct v4l2_pix_format *pix = &((struct v4l2_format *)argument)->fmt.pix;
    const struct fake_format *format = format_of(fake, pix->pixelformat);
    if (!format)
        format = format_at(fake, 0);
    fit_size(format, pix);
    pix->pixelformat = pick(fake->forced.pixelformat, format->fourcc);
    pix->width = pick(fake->forced.width, pix->width);
    pix->height = pick(fake->forced.height, pix->height);
    pix->field = V4L2_FIELD_NONE;
    pix->colorspace = fake->colorspace;
    pix->quantization = fake->quantization;
    const struct camera_format_row *row = camera_format_find(pix->pixelformat);
    struct frame_layout layout = {0};
    if (row && !row->jpeg) {
        layout = frame_layout_make(row->format, (int)pix->width, (int)pix->height, 0);
        layout = frame_layout_make(row->format, (int)pix->width, (int)pix->height,
                                   layout.stride[0] + fake->stride_padding);
    }
    pix->bytesperline = pick(fake->forced.bytesperline, (unsigned)layout.stride[0]);
    unsigned bytes = layout.bytes ? (unsigned)layout.bytes : pix->width * pix->height * 2 + 1000;
    pix->sizeimage = pick(fake->forced.sizeimage, bytes);
    return 0;
}

static int set_format(struct fake_v4l2 *fake, void *argument)
{
    struct v4l2_format *format = argument;
    fake->asked = format->fmt.pix;
    int ret = try_format(fake, format);
    fake->granted = format->fmt.pix;
    return ret;
}

static int set_parm(struct fake_v4l2 *fake, void *argument)
{
    struct v4l2_fract *interval = &((struct v4l2_streamparm *)argument)->parm.capture.timeperframe;
    fake->asked_interval = *interval;
    if (fake->forced_interval.denominator)
        *interval = fake->forced_interval;
    fake->interval = *interval;
    return 0;
}

static int get_parm(struct fake_v4l2 *fake, void *argument)
{
    ((struct v4l2_streamparm *)argument)->parm.capture.timeperframe = fake->interval;
    return 0;
}

// Buffers.

static void free_buffers(struct fake_v4l2 *fake)
{
    for (unsigned i = 0; i < fake->buffer_count; i++)
        free(fake->buffers[i].memory);
    fake->buffer_count = fake->fifo_count = 0;
}

static int request_buffers(struct fake_v4l2 *fake, void *argument)
{
    struct v4l2_requestbuffers *request = argument;
    if (fake->mapped_now || fake->streaming) {
        fake->mistakes++;
        return -EBUSY;
    }
    free_buffers(fake);
    if (request->count == 0)
        return 0;
    if (request->count < fake->buffers_min)
        request->count = fake->buffers_min;
    if (request->count > fake->buffers_max)
        request->count = fake->buffers_max;
    fake->length = fake->granted.sizeimage - fake->length_missing;
    fake->buffer_count = request->count;
    for (unsigned i = 0; i < fake->buffer_count; i++) {
        fake->buffers[i].memory = calloc(1, fake->length);
        fake->buffers[i].queued = false;
    }
    return 0;
}

static int query_buffer(struct fake_v4l2 *fake, void *argument)
{
    struct v4l2_buffer *buffer = argument;
    if (buffer->index >= fake->buffer_count)
        return -EINVAL;
    buffer->length = fake->length;
    buffer->m.offset = buffer->index << 12;
    return 0;
}

static int queue_buffer(struct fake_v4l2 *fake, void *argument)
{
    struct v4l2_buffer *buffer = argument;
    fake->queue_calls++;
    if (buffer->index >= fake->buffer_count || fake->buffers[buffer->index].queued) {
        fake->mistakes++;
        return -EINVAL;
    }
    if (fake->scribbles)
        memset(fake->buffers[buffer->index].memory, FAKE_SCRIBBLE, fake->length);
    fake->buffers[buffer->index].queued = true;
    fake->fifo[fake->fifo_count++] = buffer->index;
    return 0;
}

static unsigned fill(struct fake_v4l2 *fake, const struct fake_event *event, uint8_t *memory)
{
    const struct camera_format_row *row = camera_format_find(fake->granted.pixelformat);
    if (!row->jpeg) {
        memset(memory, fake_v4l2_byte(fake->sequence), fake->length);
        return fake->granted.sizeimage;
    }
    const void *jpeg = event->jpeg ? event->jpeg : fake->jpeg;
    size_t bytes = event->jpeg ? event->jpeg_bytes : fake->jpeg_bytes;
    bytes = bytes > fake->length ? fake->length : bytes;
    if (bytes)
        memcpy(memory, jpeg, bytes);
    return (unsigned)bytes;
}

static void hand_out(struct fake_v4l2 *fake, const struct fake_event *event,
                     struct v4l2_buffer *buffer)
{
    buffer->index = fake->fifo[0];
    memmove(fake->fifo, fake->fifo + 1, --fake->fifo_count * sizeof fake->fifo[0]);
    fake->buffers[buffer->index].queued = false;
    fake->sequence += event->skip;
    buffer->bytesused = fill(fake, event, fake->buffers[buffer->index].memory);
    if (event->short_frame)
        buffer->bytesused = event->bytesused;
    buffer->sequence = fake->sequence++;
    int64_t stamp_ns = clock_now_ns() - (event->age_ns ? event->age_ns : NS_PER_MS);
    buffer->timestamp.tv_sec = stamp_ns / NS_PER_S;
    buffer->timestamp.tv_usec = stamp_ns % NS_PER_S / NS_PER_US;
    buffer->flags = event->flags | (event->other_clock ? 0 : V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC);
    fake->handed_out++;
}

static const struct fake_event *current_event(struct fake_v4l2 *fake)
{
    static const struct fake_event good = {0};
    if (fake->next_event < fake->event_count)
        return &fake->events[fake->next_event];
    return fake->endless ? &good : NULL;
}

static void finish_event(struct fake_v4l2 *fake)
{
    if (fake->next_event < fake->event_count && --fake->events[fake->next_event].times <= 0)
        fake->next_event++;
}

static int dequeue_buffer(struct fake_v4l2 *fake, void *argument)
{
    struct v4l2_buffer *buffer = argument;
    const struct fake_event *next = current_event(fake);
    if (!next || !fake->streaming || (!fake->fifo_count && !next->code && !next->lies_about_index))
        return -EAGAIN;
    struct fake_event event = *next;
    finish_event(fake);
    if (event.code)
        return event.code;
    if (event.lies_about_index) {
        buffer->index = event.index;
        return 0;
    }
    hand_out(fake, &event, buffer);
    return 0;
}

static int stream_on(struct fake_v4l2 *fake, void *argument)
{
    (void)argument;
    fake->streaming = true;
    return 0;
}

static int stream_off(struct fake_v4l2 *fake, void *argument)
{
    (void)argument;
    fake->streaming = false;
    for (unsigned i = 0; i < fake->buffer_count; i++)
        fake->buffers[i].queued = false;
    fake->fifo_count = 0;
    return 0;
}

static int drop_event(struct fake_v4l2 *fake, void *argument)
{
    (void)fake;
    (void)argument;
    return -ENOENT;
}

// The table of calls.

static const struct {
    unsigned long request;
    int (*answer)(struct fake_v4l2 *fake, void *argument);
    bool of_stream; ///< fails on a dead device
} requests[] = {
    {VIDIOC_QUERYCAP, query_cap, false},
    {VIDIOC_ENUM_FMT, enum_fmt, false},
    {VIDIOC_ENUM_FRAMESIZES, enum_sizes, false},
    {VIDIOC_ENUM_FRAMEINTERVALS, enum_intervals, false},
    {VIDIOC_QUERY_EXT_CTRL, query_control, false},
    {VIDIOC_QUERYMENU, query_menu, false},
    {VIDIOC_G_EXT_CTRLS, get_controls, false},
    {VIDIOC_TRY_FMT, try_format, false},
    {VIDIOC_S_FMT, set_format, false},
    {VIDIOC_S_PARM, set_parm, false},
    {VIDIOC_G_PARM, get_parm, false},
    {VIDIOC_REQBUFS, request_buffers, false},
    {VIDIOC_QUERYBUF, query_buffer, false},
    {VIDIOC_QBUF, queue_buffer, true},
    {VIDIOC_DQBUF, dequeue_buffer, true},
    {VIDIOC_STREAMON, stream_on, false},
    {VIDIOC_STREAMOFF, stream_off, false},
    {VIDIOC_DQEVENT, drop_event, true},
};

static int failure_of(struct fake_v4l2 *fake, unsigned long request)
{
    for (int i = 0; i < FAKE_FAILURES; i++) {
        struct fake_failure *failure = &fake->failures[i];
        if (failure->request != request || !failure->code)
            continue;
        if (failure->after-- > 0)
            continue;
        int code = failure->code;
        if (failure->times && --failure->times == 0)
            failure->code = 0;
        return code;
    }
    return 0;
}

/** The descriptor is readable exactly while DQBUF has something to say. */
static void update_readiness(struct fake_v4l2 *fake)
{
    const struct fake_event *event = current_event(fake);
    bool ready =
        fake->streaming && event && (fake->fifo_count || event->code || event->lies_about_index);
    uint64_t value = 1;
    ssize_t done =
        ready ? write(fake->fd, &value, sizeof value) : read(fake->fd, &value, sizeof value);
    (void)done;
}

static int fake_ioctl(void *self, int fd, unsigned long request, void *argument)
{
    struct fake_v4l2 *fake = self;
    if (fd != fake->fd)
        return -EBADF;
    int failure = failure_of(fake, request);
    if (failure)
        return failure;
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++)
        if (requests[i].request == request)
            return fake->dead_code && requests[i].of_stream ? fake->dead_code
                                                            : requests[i].answer(fake, argument);
    return -ENOTTY;
}

static int fake_poll(void *self, struct pollfd *fds, nfds_t count, int timeout_ms)
{
    struct fake_v4l2 *fake = self;
    fake->polls++;
    update_readiness(fake);
    bool watched = fds[0].fd == fake->fd;
    if (watched && fake->queue_calls == 0)
        fake->mistakes++;
    int ready = poll(fds, count, watched && fake->dead_revents ? 0 : timeout_ms);
    if (watched && fake->dead_revents && ready >= 0) {
        ready += fds[0].revents == 0;
        fds[0].revents = fake->dead_revents;
    }
    return ready < 0 ? -errno : ready;
}

static const struct fake_node *node_of(const struct fake_v4l2 *fake, const char *path)
{
    for (int i = 0; i < FAKE_NODES && fake->nodes[i].ending; i++) {
        size_t path_length = strlen(path), length = strlen(fake->nodes[i].ending);
        if (path_length >= length &&
            strcmp(path + path_length - length, fake->nodes[i].ending) == 0)
            return &fake->nodes[i];
    }
    return NULL;
}

static int fake_open(void *self, const char *device, bool convert)
{
    struct fake_v4l2 *fake = self;
    fake->node = node_of(fake, device);
    int code = fake->node && fake->node->open_code ? fake->node->open_code : fake->open_code;
    if (code)
        return code;
    fake->converting = convert;
    fake->opens++;
    fake->open_now++;
    fake->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return fake->fd;
}

static int fake_close(void *self, int fd)
{
    struct fake_v4l2 *fake = self;
    fake->open_now--;
    fake->fd = -1;
    return close(fd) < 0 ? -errno : 0;
}

static int fake_mmap(void *self, int fd, size_t bytes, int64_t offset, void **memory)
{
    struct fake_v4l2 *fake = self;
    size_t index = (size_t)offset >> 12;
    if (fd != fake->fd || index >= fake->buffer_count || bytes != fake->length)
        return -EINVAL;
    fake->mapped_now++;
    *memory = fake->buffers[index].memory;
    return 0;
}

static int fake_munmap(void *self, void *memory, size_t bytes)
{
    struct fake_v4l2 *fake = self;
    (void)memory;
    (void)bytes;
    fake->mapped_now--;
    return 0;
}

void fake_v4l2_init(struct fake_v4l2 *fake)
{
    *fake = (struct fake_v4l2){
        .io = {fake, fake_open, fake_close, fake_ioctl, fake_mmap, fake_munmap, fake_poll},
        .capabilities = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING | V4L2_CAP_DEVICE_CAPS,
        .device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING,
        .formats = {{.fourcc = V4L2_PIX_FMT_YUYV,
                     .sizes = {{640, 480, {{1, 30}, {1, 15}}}, {1280, 720, {{1, 10}}}}},
                    {.fourcc = V4L2_PIX_FMT_MJPEG,
                     .sizes = {{640, 480, {{1, 30}}}, {1280, 720, {{1, 30}}}}}},
        .buffers_min = 1,
        .buffers_max = 32,
        .fd = -1,
    };
}

void fake_v4l2_add(struct fake_v4l2 *fake, struct fake_event event)
{
    if (fake->event_count == FAKE_EVENTS)
        abort();
    fake->events[fake->event_count++] = event;
}

void fake_v4l2_add_frames(struct fake_v4l2 *fake, int count)
{
    for (int i = 0; i < count; i++) {
        fake_v4l2_add(fake, (struct fake_event){0});
        fake_v4l2_add(fake, (struct fake_event){.code = -EAGAIN});
    }
}

void fake_v4l2_unplug(struct fake_v4l2 *fake)
{
    fake->dead_code = -ENODEV;
    fake->dead_revents = POLLPRI | POLLERR | POLLHUP;
}

bool fake_v4l2_is_clean(const struct fake_v4l2 *fake)
{
    return fake->open_now == 0 && fake->mapped_now == 0 && fake->buffer_count == 0 &&
           !fake->streaming && fake->mistakes == 0;
}
