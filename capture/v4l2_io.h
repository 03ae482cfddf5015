#pragma once

/**
 * @file
 * The system calls a camera is made of, as a table: libv4l2's, the kernel's own, or a test's.
 *
 * Functions return 0 (or what is said) or a negative errno; errno itself means nothing here. Calls
 * that a signal interrupted are repeated, but for poll(), whose caller knows what time is left.
 *
 * Threads: any, as far as one descriptor is used by one thread.
 */

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** One way to talk to V4L2 devices. `self` is handed to each function and belongs to the table. */
struct v4l2_io {
    void *self;

    /**
     * Opens a device, non-blocking.
     *
     * @param convert Whether formats the device lacks are to be emulated; -EOPNOTSUPP if this
     *                table cannot.
     * @return A descriptor, closed with close().
     */
    int (*open)(void *self, const char *device, bool convert);

    /** Closes it, whatever it returns. */
    int (*close)(void *self, int fd);

    /** ioctl(2); `argument` is what the request wants. */
    int (*ioctl)(void *self, int fd, unsigned long request, void *argument);

    /** Maps a buffer of the driver for reading; `*memory` is set on success only. */
    int (*mmap)(void *self, int fd, size_t bytes, int64_t offset, void **memory);

    /** Ends such a mapping. */
    int (*munmap)(void *self, void *memory, size_t bytes);

    /** poll(2): how many descriptors are ready, 0 on time-out, or a negative errno. */
    int (*poll)(void *self, struct pollfd *fds, nfds_t count, int timeout_ms);
};

/** Through libv4l2, which knows the quirks of some devices and emulates formats when asked to. */
extern const struct v4l2_io v4l2_io_libv4l2;

/** Straight to the kernel; never converts. */
extern const struct v4l2_io v4l2_io_kernel;
