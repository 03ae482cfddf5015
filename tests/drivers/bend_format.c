// A driver that grants something else than it was asked for, as some do: loaded before a program
// by LD_PRELOAD, it bends what the program asks for whenever that sets a format. The driver (vivid
// can) then really gives such frames, and says so in its answer.
//
//     ROW_PADDING=BYTES     rows longer by so many bytes than the pixels need
//     FRAME_SIZE=WxH        a size that is not among the offered ones
//
// It stands in for libv4l2's v4l2_ioctl(), through which the program reaches its devices.

#include <dlfcn.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int v4l2_ioctl(int fd, unsigned long request, ...);

typedef int ioctl_function(int fd, unsigned long request, ...);

// ISO C has no conversion from an object's address to a function's; POSIX promises it works.
static ioctl_function *real_ioctl(void)
{
    union {
        void *address;
        ioctl_function *function;
    } symbol = {dlsym(RTLD_NEXT, "v4l2_ioctl")};
    return symbol.function;
}

static void resize(struct v4l2_pix_format *format)
{
    const char *size = getenv("FRAME_SIZE");
    unsigned width, height;
    if (!size || sscanf(size, "%ux%u", &width, &height) != 2)
        return;
    format->width = width;
    format->height = height;
    format->bytesperline = format->sizeimage = 0;
}

// What the driver would choose on its own comes from asking without obligation.
static void widen(int fd, struct v4l2_format *format)
{
    const char *padding = getenv("ROW_PADDING");
    struct v4l2_format tried = *format;
    tried.fmt.pix.bytesperline = 0;
    if (!padding || real_ioctl()(fd, VIDIOC_TRY_FMT, &tried) < 0)
        return;
    format->fmt.pix.bytesperline = tried.fmt.pix.bytesperline + (unsigned)atoi(padding);
    format->fmt.pix.sizeimage = 0;
}

int v4l2_ioctl(int fd, unsigned long request, ...)
{
    va_list arguments;
    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    struct v4l2_format *format = argument;
    if (request == VIDIOC_S_FMT && format->type == V4L2_BUF_TYPE_VIDEO_CAPTURE) {
        resize(&format->fmt.pix);
        widen(fd, format);
    }
    return real_ioctl()(fd, request, argument);
}
