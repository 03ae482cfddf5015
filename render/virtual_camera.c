/**
 * @file
 * A V4L2 output device takes pictures as a capture device gives them: a format is settled with
 * VIDIOC_S_FMT, where the driver may change what was asked, then frames are written.
 *
 * The module v4l2loopback has its own ways. With exclusive_caps=1, which browsers need, a device
 * is an output only while nobody writes, and a camera only while somebody does. Version 0.12.7
 * notes the end of a writer only if that one had called VIDIOC_STREAMON. So that call is made here;
 * newer versions refuse it, do not need it, and write() works all the same. After a writer that had
 * not, such as ffmpeg, the device is neither output nor camera; what brings it back is a descriptor
 * that calls VIDIOC_STREAMON, is refused, and is closed. While a program reads, the size and format
 * are those of before, whatever is asked.
 *
 * Sources: Linux kernel, userspace-api/media/v4l; v4l2loopback 0.12.7 and 0.15.
 */
#include "render/virtual_camera.h"

#include "processing/memory.h"
#include "processing/resample.h"
#include "render/canvas_convert.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** A format that can be made. */
struct output_format {
    uint32_t fourcc;
    enum pixel_format pixels;
    const char *name;
    bool limited;                ///< else full range
    int width_step, height_step; ///< pixels that share a sample
};

/** In the order of preference: what most readers take first. */
static const struct output_format formats[] = {
    {V4L2_PIX_FMT_YUYV, PIXEL_YUYV, "YUYV", true, 2, 1},
    {V4L2_PIX_FMT_UYVY, PIXEL_UYVY, "UYVY", true, 2, 1},
    {V4L2_PIX_FMT_NV12, PIXEL_NV12, "NV12", true, 2, 2},
    {V4L2_PIX_FMT_YUV420, PIXEL_I420, "YU12", true, 2, 2},
    {V4L2_PIX_FMT_RGB24, PIXEL_RGB24, "RGB3", false, 1, 1},
    {V4L2_PIX_FMT_BGR24, PIXEL_BGR24, "BGR3", false, 1, 1},
    {V4L2_PIX_FMT_GREY, PIXEL_GRAY8, "GREY", false, 1, 1},
};

enum { FORMATS = sizeof formats / sizeof formats[0] };

struct virtual_camera {
    const struct virtual_camera_io *io;
    int fd;
    char *device;

    // Since it is settled.
    const struct output_format *format; ///< NULL before
    struct frame_layout layout;
    uint8_t *block; ///< a frame of that layout
    bool written;   ///< the block holds a picture
    bool own_size;  ///< the device's, not that of the first picture

    // For pictures of another size.
    struct canvas fitted;            ///< of the settled size; data is ours, NULL until needed
    int fitted_width, fitted_height; ///< of the picture for which the bars are black
};

/** ioctl(2) on it. */
static int call(const struct virtual_camera *camera, unsigned long request, void *argument)
{
    return camera->io->ioctl(camera->io->self, camera->fd, request, argument);
}

// ---- opening

/** For a device that is not there: how to make one, under that number if it has one. */
static int explain_missing(const char *device, int code, struct error *err)
{
    char number[32] = "";
    int n, end = 0;
    if (sscanf(device, "/dev/video%d%n", &n, &end) == 1 && !device[end])
        snprintf(number, sizeof number, " video_nr=%d", n);
    return error_set(err, code,
                     "There is no virtual camera %s: install v4l2loopback-dkms and run `sudo "
                     "modprobe v4l2loopback%s exclusive_caps=1 card_label=cannyscope`",
                     device, number);
}

static int explain_busy(const char *device, struct error *err)
{
    return error_set(err, -EBUSY,
                     "The virtual camera %s is busy: another program is writing into it; close "
                     "that program or choose another device",
                     device);
}

static int explain_open(const char *device, int code, struct error *err)
{
    switch (code) {
    case -ENOENT:
    case -ENODEV:
    case -ENXIO:
        return explain_missing(device, code, err);
    case -EACCES:
    case -EPERM:
        return error_set(err, code,
                         "The virtual camera %s may not be opened by you: run `sudo usermod -aG "
                         "video $USER` and log in again",
                         device);
    case -EBUSY:
        return explain_busy(device, err);
    default:
        return error_set(err, code, "Cannot open the virtual camera %s: %s", device,
                         error_reason(code));
    }
}

static uint32_t caps_of(const struct v4l2_capability *capability)
{
    return capability->capabilities & V4L2_CAP_DEVICE_CAPS ? capability->device_caps
                                                           : capability->capabilities;
}

static bool is_loopback(const struct v4l2_capability *capability)
{
    return strcmp((const char *)capability->driver, "v4l2 loopback") == 0;
}

/** Whether a writer of v4l2loopback 0.12.7 left it behind as neither output nor camera. */
static bool is_abandoned(const struct v4l2_capability *capability)
{
    return is_loopback(capability) &&
           !(caps_of(capability) & (V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_VIDEO_CAPTURE));
}

/** Whether pictures can be written into it; the sentence says why not. */
static int check_output(const char *device, const struct v4l2_capability *capability,
                        struct error *err)
{
    uint32_t caps = caps_of(capability);
    if (caps & V4L2_CAP_VIDEO_OUTPUT && caps & V4L2_CAP_READWRITE)
        return 0;
    if (is_loopback(capability) && caps & V4L2_CAP_VIDEO_CAPTURE)
        return explain_busy(device, err);
    if (is_loopback(capability))
        return error_set(err, -EBUSY,
                         "The virtual camera %s was left unusable by the program that wrote into "
                         "it before: close what has it open, then run `sudo modprobe -r "
                         "v4l2loopback` and load it again",
                         device);
    return error_set(err, -ENODEV,
                     "%s (%.32s) is no virtual camera: nothing can be written into it; give "
                     "--loopback a device of the module v4l2loopback",
                     device, (const char *)capability->card);
}

/** Opens the device and asks what it is. */
static int open_device(struct virtual_camera *camera, struct v4l2_capability *capability,
                       struct error *err)
{
    camera->fd = camera->io->open(camera->io->self, camera->device);
    if (camera->fd < 0)
        return explain_open(camera->device, camera->fd, err);
    if (call(camera, VIDIOC_QUERYCAP, capability) == 0)
        return 0;
    return error_set(err, -ENODEV, "%s is no video device, so no picture can be written into it",
                     camera->device);
}

static void start_streaming(struct virtual_camera *camera)
{
    int type = V4L2_BUF_TYPE_VIDEO_OUTPUT;
    call(camera, VIDIOC_STREAMON, &type);
}

int virtual_camera_open(struct virtual_camera **out, const struct virtual_camera_io *io,
                        const char *device, struct error *err)
{
    *out = NULL;
    struct virtual_camera *camera = memory_alloc(MEMORY_OTHER, sizeof *camera);
    char *name = memory_copy_string(MEMORY_OTHER, device);
    if (!camera || !name) {
        memory_free(camera);
        memory_free(name);
        return error_set(err, -ENOMEM, "Not enough memory for a virtual camera");
    }
    *camera = (struct virtual_camera){.io = io, .device = name, .fd = -1};
    struct v4l2_capability capability = {0};
    int ret = open_device(camera, &capability, err);
    if (ret == 0 && is_abandoned(&capability)) {
        start_streaming(camera);
        io->close(io->self, camera->fd);
        ret = open_device(camera, &capability, err);
    }
    if (ret == 0)
        ret = check_output(device, &capability, err);
    if (ret < 0)
        virtual_camera_close(&camera);
    *out = camera;
    return ret;
}

void virtual_camera_close(struct virtual_camera **camera)
{
    if (!*camera)
        return;
    if ((*camera)->fd >= 0)
        (*camera)->io->close((*camera)->io->self, (*camera)->fd);
    memory_free((*camera)->device);
    memory_free((*camera)->block);
    memory_free((*camera)->fitted.data);
    memory_free(*camera);
    *camera = NULL;
}

// ---- settling

static int round_up(int value, int step)
{
    return (value + step - 1) / step * step;
}

static struct v4l2_format request_of(const struct output_format *format, int width, int height)
{
    struct v4l2_format request = {.type = V4L2_BUF_TYPE_VIDEO_OUTPUT};
    struct frame_layout layout =
        frame_layout_make(format->pixels, round_up(width, format->width_step),
                          round_up(height, format->height_step), 0);
    request.fmt.pix = (struct v4l2_pix_format){
        .width = (uint32_t)layout.width,
        .height = (uint32_t)layout.height,
        .pixelformat = format->fourcc,
        .field = V4L2_FIELD_NONE,
        .bytesperline = (uint32_t)layout.stride[0],
        .sizeimage = (uint32_t)layout.bytes,
        .colorspace = V4L2_COLORSPACE_SRGB,
        .priv = V4L2_PIX_FMT_PRIV_MAGIC, // the next three fields are meant
        .ycbcr_enc = V4L2_YCBCR_ENC_601,
        .quantization =
            format->limited ? V4L2_QUANTIZATION_LIM_RANGE : V4L2_QUANTIZATION_FULL_RANGE,
        .xfer_func = V4L2_XFER_FUNC_SRGB,
    };
    return request;
}

/** Takes over what the driver granted; false if pictures cannot be made so. */
static bool accept_format(struct virtual_camera *camera, const struct v4l2_pix_format *granted)
{
    const struct output_format *format = NULL;
    for (int i = 0; i < FORMATS; i++)
        if (formats[i].fourcc == granted->pixelformat)
            format = &formats[i];
    if (!format || granted->width > FRAME_MAX_SIDE || granted->height > FRAME_MAX_SIDE)
        return false;
    camera->layout = frame_layout_make(format->pixels, (int)granted->width, (int)granted->height,
                                       (ptrdiff_t)granted->bytesperline);
    if (!camera->layout.bytes || camera->layout.bytes > granted->sizeimage)
        return false;
    camera->format = format;
    return true;
}

/** Asks for one format after the other. */
static int choose_format(struct virtual_camera *camera, int width, int height, struct error *err)
{
    char kept[48] = "";
    for (int i = 0; i < FORMATS && !camera->format; i++) {
        struct v4l2_format request = request_of(&formats[i], width, height);
        int ret = call(camera, VIDIOC_S_FMT, &request);
        if (ret == -EBUSY)
            return explain_busy(camera->device, err);
        const struct v4l2_pix_format *granted = &request.fmt.pix;
        if (ret == 0 && !accept_format(camera, granted))
            snprintf(kept, sizeof kept, ", only %ux%u %.4s", granted->width, granted->height,
                     (const char *)&granted->pixelformat);
    }
    if (camera->format)
        return 0;
    return error_set(err, -EINVAL,
                     "The virtual camera %s takes no format that can be made here%s: close the "
                     "programs that have it open and try again",
                     camera->device, kept);
}

/** What a device need not have: readers are told a rate, v4l2loopback about the writer. */
static void announce(struct virtual_camera *camera, double fps)
{
    struct v4l2_streamparm rate = {.type = V4L2_BUF_TYPE_VIDEO_OUTPUT};
    rate.parm.output.timeperframe = (struct v4l2_fract){1000, (uint32_t)(fps * 1000 + 0.5)};
    if (fps > 0 && fps <= 1000)
        call(camera, VIDIOC_S_PARM, &rate);
    start_streaming(camera);
}

/** Whether pictures of that size are written as they are. */
static bool has_size(const struct virtual_camera *camera, int width, int height)
{
    const struct output_format *format = camera->format;
    assert(format);
    return camera->layout.width == round_up(width, format->width_step) &&
           camera->layout.height == round_up(height, format->height_step);
}

int virtual_camera_settle(struct virtual_camera *camera, int width, int height, double fps,
                          struct error *err)
{
    if (camera->format)
        return 0;
    int ret = choose_format(camera, width, height, err);
    if (ret < 0)
        return ret;
    camera->own_size = !has_size(camera, width, height);
    camera->block = memory_alloc(MEMORY_FRAMES, camera->layout.bytes);
    if (!camera->block) {
        camera->format = NULL;
        return error_set(err, -ENOMEM, "Not enough memory for the virtual camera %s",
                         camera->device);
    }
    announce(camera, fps);
    return 0;
}

bool virtual_camera_is_settled(const struct virtual_camera *camera)
{
    return camera->format;
}

void virtual_camera_describe(const struct virtual_camera *camera, char *text, size_t bytes)
{
    snprintf(text, bytes, "%s, %dx%d %s%s", camera->device, camera->layout.width,
             camera->layout.height, camera->format ? camera->format->name : "",
             camera->own_size
                 ? " (the device keeps this size, because a program reads it or it has "
                   "no other; the picture is fitted into it)"
                 : "");
}

// ---- writing

/** The largest size of the picture's shape within the frame. */
static void find_fit(const struct canvas *canvas, const struct frame_layout *layout, int *width,
                     int *height)
{
    int64_t wide = (int64_t)canvas->width * layout->height;
    int64_t high = (int64_t)canvas->height * layout->width;
    *width = wide >= high ? layout->width : (int)(wide / canvas->height);
    *height = wide >= high ? (int)(high / canvas->width) : layout->height;
    *width = *width > 0 ? *width : 1;
    *height = *height > 0 ? *height : 1;
}

static void blacken(const struct canvas *canvas)
{
    uint32_t *pixel = (uint32_t *)(void *)canvas->data;
    for (size_t i = 0; i < (size_t)canvas->width * (size_t)canvas->height; i++)
        pixel[i] = 0xff000000u;
}

static int make_fitted(struct virtual_camera *camera)
{
    struct canvas *fitted = &camera->fitted;
    if (fitted->data)
        return 0;
    int width = camera->layout.width, height = camera->layout.height;
    *fitted = (struct canvas){memory_alloc(MEMORY_FRAMES, 4 * (size_t)width * (size_t)height),
                              width, height, 4 * width};
    return fitted->data ? 0 : -ENOMEM;
}

/** The picture in the settled size: fitted into it, bars around. */
static int fit(struct virtual_camera *camera, const struct canvas *canvas)
{
    if (make_fitted(camera) < 0)
        return -ENOMEM;
    struct canvas *fitted = &camera->fitted;
    if (camera->fitted_width != canvas->width || camera->fitted_height != canvas->height)
        blacken(fitted);
    camera->fitted_width = canvas->width;
    camera->fitted_height = canvas->height;
    int width, height;
    find_fit(canvas, &camera->layout, &width, &height);
    ptrdiff_t left = (fitted->width - width) / 2, top = (fitted->height - height) / 2;
    struct plane from = {canvas->data, 4 * canvas->width, canvas->height, canvas->stride};
    struct plane to = {fitted->data + top * fitted->stride + 4 * left, 4 * width, height,
                       fitted->stride};
    resample_bilinear(4, &from, &to);
    return 0;
}

/** Hands the block to the device. */
static int send(struct virtual_camera *camera, struct error *err)
{
    size_t bytes = camera->layout.bytes;
    ssize_t ret = camera->io->write(camera->io->self, camera->fd, camera->block, bytes);
    if (ret == (ssize_t)bytes || ret == -EAGAIN)
        return ret < 0 ? -EAGAIN : 0;
    if (ret == -EBUSY)
        return explain_busy(camera->device, err);
    int code = ret < 0 ? (int)ret : -EIO;
    return error_set(err, code, "The virtual camera %s takes no more pictures: %s", camera->device,
                     error_reason(code));
}

int virtual_camera_write(struct virtual_camera *camera, const struct canvas *canvas,
                         struct error *err)
{
    int ret = virtual_camera_settle(camera, canvas->width, canvas->height, 0, err);
    if (ret < 0)
        return ret;
    bool same = has_size(camera, canvas->width, canvas->height);
    if (!same && fit(camera, canvas) < 0)
        return error_set(err, -ENOMEM, "Not enough memory for the virtual camera %s",
                         camera->device);
    canvas_convert(same ? canvas : &camera->fitted, &camera->layout, camera->block);
    camera->written = true;
    return send(camera, err);
}

int virtual_camera_repeat(struct virtual_camera *camera, struct error *err)
{
    return camera->written ? send(camera, err) : 0;
}

// ---- finding

/** Whether a device is v4l2loopback's and free. */
static bool is_free_loopback(const struct virtual_camera_io *io, const char *device)
{
    int fd = io->open(io->self, device);
    if (fd < 0)
        return false;
    struct v4l2_capability capability = {0};
    bool found = io->ioctl(io->self, fd, VIDIOC_QUERYCAP, &capability) == 0 &&
                 is_loopback(&capability) &&
                 (is_abandoned(&capability) || check_output(device, &capability, NULL) == 0);
    io->close(io->self, fd);
    return found;
}

bool virtual_camera_find(const struct virtual_camera_io *io, const char *folder, char *device,
                         size_t bytes)
{
    DIR *listing = opendir(folder);
    if (!listing)
        return false;
    int lowest = -1;
    struct dirent *entry;
    while ((entry = readdir(listing))) {
        int number, end = 0;
        char path[64];
        if (sscanf(entry->d_name, "video%d%n", &number, &end) != 1 || entry->d_name[end])
            continue;
        snprintf(path, sizeof path, "/dev/video%d", number);
        if ((lowest < 0 || number < lowest) && is_free_loopback(io, path))
            lowest = number;
    }
    closedir(listing);
    if (lowest >= 0)
        snprintf(device, bytes, "/dev/video%d", lowest);
    return lowest >= 0;
}
