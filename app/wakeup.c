#include "app/wakeup.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

int wakeup_create(int *fd)
{
    *fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return *fd < 0 ? -errno : 0;
}

void wakeup_ring(int fd)
{
    uint64_t one = 1;
    // Only a full counter could refuse it, and that one is readable too.
    ssize_t ignored = write(fd, &one, sizeof one);
    (void)ignored;
}

void wakeup_quiet(int fd)
{
    uint64_t count;
    // What was not rung has nothing to be read.
    ssize_t ignored = read(fd, &count, sizeof count);
    (void)ignored;
}

void wakeup_destroy(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}
