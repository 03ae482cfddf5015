/**
 * @file
 * As a driver behaves that knows its trade: what is asked for is granted where it is offered, else
 * the nearest; buffers are memory files, mapped by the program and written here.
 *
 * Source: Linux media documentation, Video for Linux API, part I.
 */
#include "tests/failures/devices.h"

#include "processing/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { FILES = 1024, BUFFERS = 8, WIDTH = 64, HEIGHT = 48, JPEG_MOST = 1 << 16, PERIOD_MS = 10 };
enum { WEBCAM = 1, OUTPUT = 2 };

// Here a wrapper would have the device fail at its own hands.
int __real_open(const char *path, int flags, ...);
int __real_close(int fd);
int __real_ioctl(int fd, unsigned long request, ...);
void *__real_mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t offset);
ssize_t __real_read(int fd, void *bytes, size_t count);
int __real_ftruncate(int fd, off_t bytes);
ssize_t __real_pwrite(int fd, const void *bytes, size_t count, off_t at);

static struct {
    pthread_mutex_t lock;
    struct {
        int kind;   ///< 0: not one of ours
        int plug;   ///< of the webcam when it was opened
    } files[FILES]; ///< by descriptor
    int plug;       ///< raised whenever it is unplugged
    int looks;      ///< at it that find nothing
    int frames;     ///< before it is unplugged; negative: never
    int streaming;  ///< descriptor; 0: none
    int owner;      ///< of the buffers; the same
    struct v4l2_format format, output;
    struct v4l2_fract interval;
    struct {
        int fd;
        bool queued;
    } buffers[BUFFERS];
    unsigned count, fifo[BUFFERS], waiting;
    uint32_t sequence;
    int values[3]; ///< of the controls
    uint8_t jpeg[JPEG_MOST];
    ssize_t jpeg_bytes; ///< 0: not read yet
} device = {.lock = PTHREAD_MUTEX_INITIALIZER, .interval = {1, 50}, .values = {5, 1, 0}};

static const struct v4l2_query_ext_ctrl controls[] = {
    {.id = V4L2_CID_BRIGHTNESS,
     .type = V4L2_CTRL_TYPE_INTEGER,
     .name = "Brightness",
     .minimum = -10,
     .maximum = 10,
     .step = 1},
    {.id = V4L2_CID_AUTO_WHITE_BALANCE,
     .type = V4L2_CTRL_TYPE_BOOLEAN,
     .name = "White Balance, Automatic",
     .maximum = 1,
     .step = 1,
     .default_value = 1},
    {.id = V4L2_CID_POWER_LINE_FREQUENCY,
     .type = V4L2_CTRL_TYPE_MENU,
     .name = "Power Line Frequency",
     .maximum = 2,
     .step = 1},
};

// What there is.

static int query_capability(struct v4l2_capability *answer, int kind)
{
    uint32_t caps = kind == WEBCAM ? V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING
                                   : V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_READWRITE;
    *answer =
        (struct v4l2_capability){.device_caps = caps, .capabilities = caps | V4L2_CAP_DEVICE_CAPS};
    snprintf((char *)answer->driver, sizeof answer->driver,
             kind == WEBCAM ? "webcam" : "v4l2 loopback");
    snprintf((char *)answer->card, sizeof answer->card,
             kind == WEBCAM ? "Camera of Nothing" : "Edges");
    snprintf((char *)answer->bus_info, sizeof answer->bus_info, "usb-nowhere-%d", kind);
    return 0;
}

static int list_formats(struct v4l2_fmtdesc *answer)
{
    static const uint32_t fourccs[] = {V4L2_PIX_FMT_YUYV, V4L2_PIX_FMT_MJPEG};
    if (answer->index >= 2)
        return EINVAL;
    answer->pixelformat = fourccs[answer->index];
    snprintf((char *)answer->description, sizeof answer->description, "Format %u", answer->index);
    return 0;
}

static int list_sizes(struct v4l2_frmsizeenum *answer)
{
    answer->type = V4L2_FRMSIZE_TYPE_DISCRETE;
    answer->discrete = (struct v4l2_frmsize_discrete){WIDTH, HEIGHT};
    return answer->index < 1 ? 0 : EINVAL;
}

static int list_intervals(struct v4l2_frmivalenum *answer)
{
    answer->type = V4L2_FRMIVAL_TYPE_DISCRETE;
    answer->discrete = (struct v4l2_fract){answer->index + 1, 50};
    return answer->index < 2 ? 0 : EINVAL;
}

static int set_format(struct v4l2_format *asked, bool really, int kind)
{
    struct v4l2_pix_format *pix = &asked->fmt.pix;
    if (kind == WEBCAM) {
        bool jpeg = pix->pixelformat == V4L2_PIX_FMT_MJPEG;
        pix->pixelformat = jpeg ? V4L2_PIX_FMT_MJPEG : V4L2_PIX_FMT_YUYV;
        pix->width = WIDTH;
        pix->height = HEIGHT;
        pix->bytesperline = jpeg ? 0 : WIDTH * 2;
        pix->sizeimage = jpeg ? JPEG_MOST : WIDTH * HEIGHT * 2;
    } else {
        pix->sizeimage = pix->bytesperline * pix->height;
    }
    pix->field = V4L2_FIELD_NONE;
    if (really)
        *(kind == WEBCAM ? &device.format : &device.output) = *asked;
    return 0;
}

static int set_interval(struct v4l2_streamparm *asked, bool really)
{
    if (really && asked->parm.capture.timeperframe.denominator)
        device.interval = asked->parm.capture.timeperframe;
    asked->parm.capture.timeperframe = device.interval;
    asked->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
    return 0;
}

// Controls.

static int index_of(uint32_t id)
{
    for (int i = 0; i < 3; i++)
        if (controls[i].id == id)
            return i;
    return -1;
}

static int query_control(struct v4l2_query_ext_ctrl *answer)
{
    uint32_t id = answer->id & ~V4L2_CTRL_FLAG_NEXT_CTRL, next = 0;
    for (int i = 0; i < 3; i++)
        if (controls[i].id > id && (!next || controls[i].id < next))
            next = controls[i].id;
    int index = index_of(answer->id & V4L2_CTRL_FLAG_NEXT_CTRL ? next : id);
    if (index < 0)
        return EINVAL;
    *answer = controls[index];
    return 0;
}

static int query_menu(struct v4l2_querymenu *answer)
{
    snprintf((char *)answer->name, sizeof answer->name, "Item %u", answer->index);
    return answer->index <= 2 ? 0 : EINVAL;
}

static int use_control(const struct v4l2_ext_controls *request, bool set)
{
    int index = index_of(request->controls->id);
    if (index < 0)
        return EINVAL;
    if (set)
        device.values[index] = request->controls->value;
    request->controls->value = device.values[index];
    return 0;
}

// The stream.

static void free_buffers(void)
{
    for (unsigned i = 0; i < device.count; i++)
        __real_close(device.buffers[i].fd);
    device.count = device.waiting = 0;
    device.owner = 0;
}

static int request_buffers(int fd, struct v4l2_requestbuffers *request)
{
    free_buffers();
    device.owner = request->count ? fd : 0;
    request->count = request->count > BUFFERS ? BUFFERS : request->count;
    for (; device.count < request->count; device.count++) {
        int file = memfd_create("buffer", MFD_CLOEXEC);
        if (file < 0 || __real_ftruncate(file, device.format.fmt.pix.sizeimage) < 0)
            return ENOMEM;
        device.buffers[device.count].fd = file;
        device.buffers[device.count].queued = false;
    }
    return 0;
}

static int query_buffer(struct v4l2_buffer *buffer)
{
    buffer->length = device.format.fmt.pix.sizeimage;
    buffer->m.offset = buffer->index << 12;
    return buffer->index < device.count ? 0 : EINVAL;
}

static int queue_buffer(const struct v4l2_buffer *buffer)
{
    if (buffer->index >= device.count || device.buffers[buffer->index].queued)
        return EINVAL;
    device.buffers[buffer->index].queued = true;
    device.fifo[device.waiting++] = buffer->index;
    return 0;
}

static unsigned fill(int fd)
{
    uint8_t row[WIDTH * 2];
    if (device.format.fmt.pix.pixelformat == V4L2_PIX_FMT_MJPEG)
        return (unsigned)__real_pwrite(fd, device.jpeg, (size_t)device.jpeg_bytes, 0);
    for (unsigned y = 0; y < HEIGHT; y++) {
        memset(row, (y / 8 + device.sequence) % 2 ? 200 : 50, sizeof row);
        __real_pwrite(fd, row, sizeof row, (off_t)(y * sizeof row));
    }
    return WIDTH * 2 * HEIGHT;
}

static int dequeue_buffer(int fd, struct v4l2_buffer *buffer)
{
    uint64_t due;
    if (__real_read(fd, &due, sizeof due) < 0 || !device.waiting)
        return EAGAIN;
    if (device.frames >= 0 && device.frames-- == 0) {
        device.plug++;
        device.looks = 2;
        return ENODEV;
    }
    buffer->index = device.fifo[0];
    memmove(device.fifo, device.fifo + 1, --device.waiting * sizeof device.fifo[0]);
    device.buffers[buffer->index].queued = false;
    buffer->bytesused = fill(device.buffers[buffer->index].fd);
    buffer->sequence = device.sequence++;
    buffer->flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
    int64_t now_ns = clock_now_ns();
    buffer->timestamp.tv_sec = now_ns / NS_PER_S;
    buffer->timestamp.tv_usec = now_ns % NS_PER_S / NS_PER_US;
    return 0;
}

static int stream(int fd, bool on)
{
    struct itimerspec every = {{0, on * PERIOD_MS * NS_PER_MS}, {0, on * PERIOD_MS * NS_PER_MS}};
    timerfd_settime(fd, 0, &every, NULL);
    device.streaming = on ? fd : 0;
    for (unsigned i = 0; !on && i < device.count; i++)
        device.buffers[i].queued = false;
    device.waiting = on ? device.waiting : 0;
    return 0;
}

static int answer(int fd, int kind, unsigned long request, void *argument)
{
    switch (request) {
    case VIDIOC_QUERYCAP:
        return query_capability(argument, kind);
    case VIDIOC_S_FMT:
        return set_format(argument, true, kind);
    case VIDIOC_S_PARM:
        return kind == WEBCAM ? set_interval(argument, true) : 0;
    case VIDIOC_STREAMON:
    case VIDIOC_STREAMOFF:
        return kind == WEBCAM ? stream(fd, request == VIDIOC_STREAMON) : 0;
    default:
        break;
    }
    if (kind != WEBCAM)
        return ENOTTY;
    switch (request) {
    case VIDIOC_ENUM_FMT:
        return list_formats(argument);
    case VIDIOC_ENUM_FRAMESIZES:
        return list_sizes(argument);
    case VIDIOC_ENUM_FRAMEINTERVALS:
        return list_intervals(argument);
    case VIDIOC_TRY_FMT:
        return set_format(argument, false, kind);
    case VIDIOC_G_PARM:
        return set_interval(argument, false);
    case VIDIOC_QUERY_EXT_CTRL:
        return query_control(argument);
    case VIDIOC_QUERYMENU:
        return query_menu(argument);
    case VIDIOC_G_EXT_CTRLS:
    case VIDIOC_S_EXT_CTRLS:
        return use_control(argument, request == VIDIOC_S_EXT_CTRLS);
    case VIDIOC_SUBSCRIBE_EVENT:
        return 0;
    case VIDIOC_DQEVENT:
        return ENOENT;
    case VIDIOC_REQBUFS:
        return request_buffers(fd, argument);
    case VIDIOC_QUERYBUF:
        return query_buffer(argument);
    case VIDIOC_QBUF:
        return queue_buffer(argument);
    case VIDIOC_DQBUF:
        return dequeue_buffer(fd, argument);
    default:
        return ENOTTY;
    }
}

// The calls.

static int kind_of(int fd)
{
    return fd >= 0 && fd < FILES ? __atomic_load_n(&device.files[fd].kind, __ATOMIC_ACQUIRE) : 0;
}

static int kind_named(const char *name)
{
    bool there = getenv("CANNYSCOPE_DEVICES") != NULL;
    bool webcam = strcmp(name, "/dev/video0") == 0 || strstr(name, "/by-id/");
    return !there ? 0 : webcam ? WEBCAM : strcmp(name, "/dev/video1") == 0 ? OUTPUT : 0;
}

bool device_named(intptr_t path)
{
    return kind_named((const char *)path) != 0;
}

bool device_is(intptr_t fd)
{
    return kind_of((int)fd) != 0;
}

/** At the first opening. */
static void plug_in(void)
{
    const char *unplug = getenv("CANNYSCOPE_UNPLUG");
    int fd = __real_open(getenv("CANNYSCOPE_DEVICES"), O_RDONLY | O_CLOEXEC);
    device.jpeg_bytes = __real_read(fd, device.jpeg, sizeof device.jpeg);
    __real_close(fd);
    device.frames = unplug ? atoi(unplug) : -1;
}

static int open_locked(int kind)
{
    if (!device.jpeg_bytes)
        plug_in();
    if (kind == WEBCAM && device.looks > 0) {
        device.looks--;
        return -ENODEV;
    }
    int fd = kind == WEBCAM ? timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)
                            : __real_open("/dev/null", O_RDWR | O_CLOEXEC);
    if (fd < 0 || fd >= FILES)
        return -EMFILE;
    device.files[fd].plug = device.plug;
    __atomic_store_n(&device.files[fd].kind, kind, __ATOMIC_RELEASE);
    return fd;
}

/** As libc says it. */
static intptr_t tell(int code)
{
    if (code >= 0)
        return code;
    errno = -code;
    return -1;
}

intptr_t device_open(intptr_t path)
{
    pthread_mutex_lock(&device.lock);
    int fd = open_locked(kind_named((const char *)path));
    pthread_mutex_unlock(&device.lock);
    return tell(fd);
}

intptr_t device_close(intptr_t file)
{
    int fd = (int)file;
    pthread_mutex_lock(&device.lock);
    if (device.streaming == fd)
        stream(fd, false);
    if (device.owner == fd)
        free_buffers();
    __atomic_store_n(&device.files[fd].kind, 0, __ATOMIC_RELEASE);
    pthread_mutex_unlock(&device.lock);
    return __real_close(fd);
}

intptr_t device_ioctl(intptr_t file, intptr_t request, intptr_t argument)
{
    int fd = (int)file, kind = kind_of(fd);
    pthread_mutex_lock(&device.lock);
    bool gone = kind == WEBCAM && device.files[fd].plug != device.plug;
    int code = gone ? ENODEV : answer(fd, kind, (uint32_t)request, (void *)argument);
    pthread_mutex_unlock(&device.lock);
    return tell(-code);
}

intptr_t device_mmap(intptr_t bytes, intptr_t protection, intptr_t flags, intptr_t fd,
                     intptr_t offset)
{
    (void)fd;
    pthread_mutex_lock(&device.lock);
    unsigned index = (unsigned)offset >> 12;
    int file = index < device.count ? device.buffers[index].fd : -1;
    void *mapped = __real_mmap(NULL, (size_t)bytes, (int)protection, (int)flags, file, 0);
    pthread_mutex_unlock(&device.lock);
    return (intptr_t)mapped;
}
