#include "render/virtual_camera.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int kernel_open(void *self, const char *device)
{
    (void)self;
    int fd;
    do
        fd = open(device, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    while (fd < 0 && errno == EINTR);
    return fd < 0 ? -errno : fd;
}

static void kernel_close(void *self, int fd)
{
    (void)self;
    close(fd);
}

static int kernel_ioctl(void *self, int fd, unsigned long request, void *argument)
{
    (void)self;
    int ret;
    do
        ret = ioctl(fd, request, argument);
    while (ret < 0 && errno == EINTR);
    return ret < 0 ? -errno : ret;
}

static ssize_t kernel_write(void *self, int fd, const void *data, size_t bytes)
{
    (void)self;
    ssize_t ret;
    do
        ret = write(fd, data, bytes);
    while (ret < 0 && errno == EINTR);
    return ret < 0 ? -errno : ret;
}

const struct virtual_camera_io virtual_camera_kernel = {
    .open = kernel_open, .close = kernel_close, .ioctl = kernel_ioctl, .write = kernel_write};
