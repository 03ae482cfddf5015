/*
 * libv4l2 stands in front of the kernel's calls with functions of the same shape. It knows a
 * descriptor only after v4l2_fd_open(), and hands what it does not know straight to the kernel.
 * With V4L2_DISABLE_CONVERSION it leaves the pictures alone; without, it lists formats that the
 * device lacks, converts into them on DQBUF, and changes sizes and strides as it needs to.
 *
 * Source: libv4l2.h of v4l-utils 1.22.
 */
#include "capture/v4l2_io.h"

#include <errno.h>
#include <fcntl.h>
#include <libv4l2.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

static int open_raw(const char *device)
{
    int fd;
    do
        fd = open(device, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    while (fd < 0 && errno == EINTR);
    return fd < 0 ? -errno : fd;
}

static int poll_raw(void *self, struct pollfd *fds, nfds_t count, int timeout_ms)
{
    (void)self;
    int ready = poll(fds, count, timeout_ms);
    return ready < 0 ? -errno : ready;
}

static int kernel_open(void *self, const char *device, bool convert)
{
    (void)self;
    return convert ? -EOPNOTSUPP : open_raw(device);
}

static int kernel_close(void *self, int fd)
{
    (void)self;
    return close(fd) < 0 ? -errno : 0;
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

static int kernel_mmap(void *self, int fd, size_t bytes, int64_t offset, void **memory)
{
    (void)self;
    void *mapped = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, (off_t)offset);
    if (mapped == MAP_FAILED)
        return -errno;
    *memory = mapped;
    return 0;
}

static int kernel_munmap(void *self, void *memory, size_t bytes)
{
    (void)self;
    return munmap(memory, bytes) < 0 ? -errno : 0;
}

const struct v4l2_io v4l2_io_kernel = {
    .open = kernel_open,
    .close = kernel_close,
    .ioctl = kernel_ioctl,
    .mmap = kernel_mmap,
    .munmap = kernel_munmap,
    .poll = poll_raw,
};

/** Whether anything behind the descriptor speaks V4L2. */
static bool is_v4l2(int fd)
{
    struct v4l2_capability capability = {0};
    return kernel_ioctl(NULL, fd, VIDIOC_QUERYCAP, &capability) == 0;
}

/** Keeps libv4l2 from printing: what goes wrong is told by whoever called us. */
static void silence_library(void)
{
    if (__atomic_load_n(&v4l2_log_file, __ATOMIC_ACQUIRE))
        return;
    FILE *nowhere = fopen("/dev/null", "we"), *none = NULL;
    if (nowhere && !__atomic_compare_exchange_n(&v4l2_log_file, &none, nowhere, false,
                                                __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        fclose(nowhere);
}

static int library_open(void *self, const char *device, bool convert)
{
    (void)self;
    silence_library();
    int fd = open_raw(device);
    if (fd < 0)
        return fd;
    // The library's plugins print when they meet something that is no video device.
    if (!is_v4l2(fd))
        return fd;
    // Without conversion a refusal does no harm: unknown descriptors go straight to the kernel,
    // and whoever opened this one finds out in plain words what kind of device it is.
    if (v4l2_fd_open(fd, convert ? 0 : V4L2_DISABLE_CONVERSION) < 0 && convert) {
        int ret = -errno;
        close(fd);
        return ret;
    }
    return fd;
}

static int library_close(void *self, int fd)
{
    (void)self;
    return v4l2_close(fd) < 0 ? -errno : 0;
}

static int library_ioctl(void *self, int fd, unsigned long request, void *argument)
{
    (void)self;
    int ret;
    do
        ret = v4l2_ioctl(fd, request, argument);
    while (ret < 0 && errno == EINTR);
    return ret < 0 ? -errno : ret;
}

static int library_mmap(void *self, int fd, size_t bytes, int64_t offset, void **memory)
{
    (void)self;
    void *mapped = v4l2_mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, offset);
    if (mapped == MAP_FAILED)
        return -errno;
    *memory = mapped;
    return 0;
}

static int library_munmap(void *self, void *memory, size_t bytes)
{
    (void)self;
    return v4l2_munmap(memory, bytes) < 0 ? -errno : 0;
}

const struct v4l2_io v4l2_io_libv4l2 = {
    .open = library_open,
    .close = library_close,
    .ioctl = library_ioctl,
    .mmap = library_mmap,
    .munmap = library_munmap,
    .poll = poll_raw,
};
