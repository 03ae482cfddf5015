// A camera whose rows are longer than its pixels, as some have: loaded before a program by
// LD_PRELOAD, it asks the driver for ROW_PADDING more bytes a row whenever the program sets a
// format. The driver (vivid can) then really writes such rows, and says so in what it grants.
//
// It stands in for libv4l2's v4l2_ioctl(), through which the program reaches its devices.

#include <dlfcn.h>
#include <linux/videodev2.h>
#include <stdarg.h>
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

// What the driver would choose on its own comes from asking without obligation.
static void widen(int fd, struct v4l2_format *format)
{
    const char *padding = getenv("ROW_PADDING");
    struct v4l2_format tried = *format;
    if (format->type != V4L2_BUF_TYPE_VIDEO_CAPTURE || !padding)
        return;
    tried.fmt.pix.bytesperline = 0;
    if (real_ioctl()(fd, VIDIOC_TRY_FMT, &tried) < 0 || tried.fmt.pix.bytesperline == 0)
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
    if (request == VIDIOC_S_FMT)
        widen(fd, argument);
    return real_ioctl()(fd, request, argument);
}
