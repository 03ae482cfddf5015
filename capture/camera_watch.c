/*
 * Two witnesses, one descriptor. The kernel makes and removes nodes by itself (devtmpfs), which
 * inotify sees; it also sees permissions change, which is how a camera that was forbidden becomes
 * allowed. udevd comes a little later: it sets owners and makes the links in /dev/v4l, then tells
 * those who listen through libudev. Where udevd does not run (a container, a rescue system) its
 * messages never come, hence the look for its control socket. Both descriptors are in an epoll
 * descriptor, which can be polled itself.
 *
 * Source: inotify(7), epoll(7), libudev's manual, udev_monitor_new_from_netlink.
 */
#include "capture/camera_watch.h"

#include "processing/memory.h"

#include <errno.h>
#include <libudev.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

static const uint32_t CHANGES = IN_CREATE | IN_DELETE | IN_ATTRIB | IN_MOVED_TO | IN_ONLYDIR;

struct camera_watch {
    int epoll, inotify;
    struct udev *udev;
    struct udev_monitor *monitor; ///< NULL where udevd does not run
};

static int listen_to(struct camera_watch *watch, int fd)
{
    struct epoll_event event = {.events = EPOLLIN};
    return epoll_ctl(watch->epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int open_inotify(struct camera_watch *watch, const char *folder)
{
    watch->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (watch->inotify < 0 || inotify_add_watch(watch->inotify, folder, CHANGES) < 0)
        return -errno;
    return listen_to(watch, watch->inotify);
}

/** Best effort: inotify alone is enough. */
static void open_monitor(struct camera_watch *watch)
{
    if (access("/run/udev/control", F_OK) < 0)
        return;
    watch->udev = udev_new();
    struct udev_monitor *monitor =
        watch->udev ? udev_monitor_new_from_netlink(watch->udev, "udev") : NULL;
    watch->monitor = monitor;
    if (monitor &&
        udev_monitor_filter_add_match_subsystem_devtype(monitor, "video4linux", NULL) >= 0 &&
        udev_monitor_enable_receiving(monitor) >= 0 &&
        listen_to(watch, udev_monitor_get_fd(monitor)) == 0)
        return;
    watch->monitor = udev_monitor_unref(monitor);
}

int camera_watch_open(struct camera_watch **out, const char *folder)
{
    struct camera_watch *watch = *out = memory_alloc(MEMORY_OTHER, sizeof *watch);
    if (!watch)
        return -ENOMEM;
    watch->inotify = -1;
    watch->epoll = epoll_create1(EPOLL_CLOEXEC);
    int ret = watch->epoll < 0 ? -errno : open_inotify(watch, folder ? folder : "/dev");
    if (ret < 0)
        camera_watch_close(out);
    else if (!folder)
        open_monitor(watch);
    return ret;
}

int camera_watch_fd(const struct camera_watch *watch)
{
    return watch->epoll;
}

/** Whether a name in the folder is a node, or udev's links to them. */
static bool is_about_cameras(const struct inotify_event *event)
{
    bool lost = event->mask & IN_Q_OVERFLOW;
    return lost || (event->len > 0 &&
                    (strncmp(event->name, "video", 5) == 0 || strncmp(event->name, "v4l", 3) == 0));
}

static bool take_inotify(struct camera_watch *watch)
{
    _Alignas(struct inotify_event) char events[4096];
    bool changed = false;
    for (ssize_t bytes; (bytes = read(watch->inotify, events, sizeof events)) > 0;)
        for (ssize_t at = 0; at < bytes;) {
            const struct inotify_event *event = (const void *)(events + at);
            changed = is_about_cameras(event) || changed;
            at += (ssize_t)(sizeof *event + event->len);
        }
    return changed;
}

static bool take_udev(struct camera_watch *watch)
{
    bool changed = false;
    for (struct udev_device *device;
         watch->monitor && (device = udev_monitor_receive_device(watch->monitor));) {
        changed = true;
        udev_device_unref(device);
    }
    return changed;
}

bool camera_watch_take(struct camera_watch *watch)
{
    bool nodes = take_inotify(watch);
    return take_udev(watch) || nodes;
}

void camera_watch_close(struct camera_watch **watch)
{
    if (!*watch)
        return;
    udev_monitor_unref((*watch)->monitor);
    udev_unref((*watch)->udev);
    if ((*watch)->inotify >= 0)
        close((*watch)->inotify);
    if ((*watch)->epoll >= 0)
        close((*watch)->epoll);
    memory_free(*watch);
    *watch = NULL;
}
