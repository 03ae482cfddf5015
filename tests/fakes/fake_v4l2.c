/*
 * One function an ioctl, found in a table. Frames are made in DQBUF, which no real driver does, but
 * nobody outside can tell.
 */
#include "tests/fakes/fake_v4l2.h"

#include "capture/camera_formats.h"
#include "processing/clock.h"
#include "tests/fakes/fake_v4l2_offer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

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
    if (fake->next_event == fake->event_count && fake->script) {
        fake->events[0] = (struct fake_event){0};
        fake->script(fake->script_self, &fake->events[0]);
        fake->event_count = 1;
        fake->next_event = 0;
    }
    if (fake->next_event < fake->event_count)
        return &fake->events[fake->next_event];
    return fake->endless ? &good : NULL;
}

static void finish_event(struct fake_v4l2 *fake)
{
    if (fake->next_event < fake->event_count && --fake->events[fake->next_event].times <= 0)
        fake->next_event++;
}

/** One that the program has, or, if it has none, one that does not exist. */
static uint32_t held_index(const struct fake_v4l2 *fake)
{
    uint32_t i = 0;
    while (i < fake->buffer_count && fake->buffers[i].queued)
        i++;
    return i;
}

static void lose_buffer(struct fake_v4l2 *fake)
{
    if (fake->fifo_count)
        memmove(fake->fifo, fake->fifo + 1, --fake->fifo_count * sizeof fake->fifo[0]);
}

static void tell(struct fake_v4l2 *fake, const struct fake_event *event, uint32_t sequence)
{
    if (fake->happened)
        fake->happened(fake->script_self, event, sequence);
}

static int dequeue_buffer(struct fake_v4l2 *fake, void *argument)
{
    struct v4l2_buffer *buffer = argument;
    const struct fake_event *next = current_event(fake);
    if (!next || !fake->streaming || (!fake->fifo_count && !next->code && !next->lies_about_index))
        return -EAGAIN;
    struct fake_event event = *next;
    finish_event(fake);
    if (event.slow_us)
        usleep((useconds_t)event.slow_us);
    if (event.code && event.loses_buffer)
        lose_buffer(fake);
    if (event.lies_about_index)
        buffer->index = event.index == FAKE_HELD ? held_index(fake) : event.index;
    else if (!event.code)
        hand_out(fake, &event, buffer);
    tell(fake, &event, buffer->sequence);
    return event.code;
}

static int stream_on(struct fake_v4l2 *fake, void *argument)
{
    (void)argument;
    fake->streaming = true;
    fake->stream_ons++;
    return 0;
}

static int stream_off(struct fake_v4l2 *fake, void *argument)
{
    (void)argument;
    fake->streaming = false;
    for (unsigned i = 0; i < fake->buffer_count; i++)
        fake->buffers[i].queued = false;
    fake->fifo_count = 0;
    if (fake->dead_until_off) {
        fake->dead_code = 0;
        fake->dead_revents = 0;
    }
    return 0;
}

static int subscribe(struct fake_v4l2 *fake, void *argument)
{
    const struct v4l2_event_subscription *wanted = argument;
    if (wanted->type != V4L2_EVENT_SOURCE_CHANGE)
        return fake_v4l2_controls(fake, VIDIOC_SUBSCRIBE_EVENT, argument);
    fake->subscribed = fake->has_events;
    return fake->subscribed ? 0 : -EINVAL;
}

static int take_event(struct fake_v4l2 *fake, void *argument)
{
    struct v4l2_event *event = argument;
    if (fake->others > 0) {
        fake->others--;
        event->type = V4L2_EVENT_CTRL;
        return 0;
    }
    if (!fake->subscribed || fake->resizes <= 0)
        return fake_v4l2_controls(fake, VIDIOC_DQEVENT, argument);
    fake->resizes--;
    event->type = V4L2_EVENT_SOURCE_CHANGE;
    event->u.src_change.changes = V4L2_EVENT_SRC_CH_RESOLUTION;
    return 0;
}

// The table of calls.

static const struct {
    unsigned long request;
    int (*answer)(struct fake_v4l2 *fake, void *argument);
    bool of_stream; ///< fails on a dead device
} requests[] = {
    {VIDIOC_REQBUFS, request_buffers, false}, {VIDIOC_QUERYBUF, query_buffer, false},
    {VIDIOC_QBUF, queue_buffer, true},        {VIDIOC_DQBUF, dequeue_buffer, true},
    {VIDIOC_STREAMON, stream_on, false},      {VIDIOC_STREAMOFF, stream_off, false},
    {VIDIOC_DQEVENT, take_event, true},       {VIDIOC_SUBSCRIBE_EVENT, subscribe, false},
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
    if (fd != fake->fd && request != VIDIOC_QUERYCAP)
        return -EBADF;
    if (request == VIDIOC_DQEVENT && fake->dead_code)
        return fake->dead_code;
    int failure = failure_of(fake, request);
    if (failure)
        return failure;
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++)
        if (requests[i].request == request)
            return fake->dead_code && requests[i].of_stream ? fake->dead_code
                                                            : requests[i].answer(fake, argument);
    return fake_v4l2_offer(fake, request, argument);
}

/** A descriptor that is used for controls alone: POLLPRI, and never frames. */
static int poll_controls(struct fake_v4l2 *fake, struct pollfd *fds, nfds_t count, int timeout_ms)
{
    short wanted = fds[0].events;
    fds[0].events = POLLIN;
    int ready = poll(fds, count, timeout_ms);
    fds[0].events = wanted;
    if (ready < 0)
        return -errno;
    uint64_t value;
    ssize_t got = read(fake->fd, &value, sizeof value);
    (void)got;
    bool event = fake_v4l2_has_event(fake);
    pthread_mutex_lock(&fake->lock);
    fds[0].revents = fake->gone                    ? POLLPRI | POLLERR | POLLHUP
                     : event && (wanted & POLLPRI) ? POLLPRI
                                                   : 0;
    uint64_t one = 1;
    if (fds[0].revents) // as long as it is not taken
        got = write(fake->fd, &one, sizeof one);
    pthread_mutex_unlock(&fake->lock);
    return ready;
}

static int fake_poll(void *self, struct pollfd *fds, nfds_t count, int timeout_ms)
{
    struct fake_v4l2 *fake = self;
    if (fds[0].fd >= 0 && fds[0].fd == fake->fd && !(fds[0].events & POLLIN))
        return poll_controls(fake, fds, count, timeout_ms);
    fake->polls++;
    update_readiness(fake);
    bool watched = fds[0].fd >= 0 && fds[0].fd == fake->fd;
    if (watched && fake->queue_calls == 0)
        fake->mistakes++;
    bool event = watched && (fake->others > 0 || (fake->subscribed && fake->resizes > 0));
    int ready = poll(fds, count, watched && (fake->dead_revents || event) ? 0 : timeout_ms);
    if (event && ready >= 0) {
        ready += fds[0].revents == 0;
        fds[0].revents |= POLLPRI;
    }
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
    if (!code && convert)
        code = fake->convert_code;
    if (code)
        return code;
    fake->converting = convert;
    pthread_mutex_lock(&fake->lock);
    if (!fake->gone) {
        fake->opens++;
        fake->open_now++;
        code = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        // Others come and go, to ask what it is.
        if (fake->fd < 0)
            fake->fd = code;
    } else {
        code = -ENODEV;
    }
    pthread_mutex_unlock(&fake->lock);
    return code;
}

static int fake_close(void *self, int fd)
{
    struct fake_v4l2 *fake = self;
    pthread_mutex_lock(&fake->lock);
    fake->open_now--;
    if (fd == fake->fd) {
        fake->fd = -1;
        fake->subscribed = false;
        for (int i = 0; i < FAKE_CONTROLS; i++)
            fake->control_states[i].subscribed = false;
    }
    pthread_mutex_unlock(&fake->lock);
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
        .lock = PTHREAD_MUTEX_INITIALIZER,
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
