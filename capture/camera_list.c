/*
 * Video nodes are numbered in the order in which drivers find their devices, so a number means
 * little tomorrow. udev keeps links beside them: /dev/v4l/by-id is made of the maker's name and
 * the serial number, /dev/v4l/by-path of the socket. One camera often has several nodes (uvcvideo
 * makes one for pictures and one for metadata); device_caps tell them apart. What udev makes the
 * links of is in sysfs, where it can be read without udev too.
 *
 * Source: Linux media documentation, VIDIOC_QUERYCAP; udev's 60-persistent-v4l.rules; the kernel's
 * Documentation/ABI/testing/sysfs-bus-usb and sysfs-class-video4linux.
 */
#include "capture/camera_list.h"

#include "capture/camera_array.h"
#include "capture/camera_device.h"
#include "processing/memory.h"

#include <dirent.h>
#include <errno.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/** The number in "video12", or -1 for every other name. */
static int node_number(const char *name)
{
    if (strncmp(name, "video", 5) != 0 || name[5] < '0' || name[5] > '9')
        return -1;
    char *end;
    long number = strtol(name + 5, &end, 10);
    return *end || number > 9999 ? -1 : (int)number;
}

static int compare_numbers(const void *a, const void *b)
{
    const struct camera_entry *first = a, *second = b;
    return (first->number > second->number) - (first->number < second->number);
}

static int add_entry(struct camera_list *list, const struct camera_entry *entry)
{
    void *array = list->entries;
    int ret = camera_array_grow(&array, list->count, sizeof *entry);
    list->entries = array;
    if (ret == 0)
        list->entries[list->count++] = *entry;
    return ret;
}

/** NULL at the end, or with a negative errno in *code. */
static struct dirent *next_node(DIR *nodes, int *code)
{
    errno = 0;
    struct dirent *node = readdir(nodes);
    *code = node ? 0 : -errno;
    return node;
}

static int find_nodes(struct camera_list *list, const char *folder, struct error *err)
{
    DIR *nodes = opendir(folder);
    if (!nodes)
        return error_set(err, -errno, "Cannot look for cameras in %s: %s", folder,
                         error_reason(errno));
    int ret = 0, code = 0;
    for (struct dirent *node; ret == 0 && (node = next_node(nodes, &code));) {
        struct camera_entry entry = {.number = node_number(node->d_name), .index = -1};
        if (entry.number < 0)
            continue;
        snprintf(entry.path, sizeof entry.path, "%s/video%d", folder, entry.number);
        ret = add_entry(list, &entry);
    }
    closedir(nodes);
    if (code)
        return error_set(err, code, "Cannot look for cameras in %s: %s", folder,
                         error_reason(code));
    if (ret < 0)
        return error_set(err, ret, "Not enough memory to list the cameras");
    if (list->count > 1)
        qsort(list->entries, (size_t)list->count, sizeof *list->entries, compare_numbers);
    return 0;
}

/** Finds a link in `folder` that leads to the node; of several the first by name. */
static void find_link(const char *folder, const char *path, char link[256])
{
    struct stat node, target;
    DIR *links = stat(path, &node) == 0 ? opendir(folder) : NULL;
    if (!links)
        return;
    for (struct dirent *one; (one = readdir(links));) {
        char candidate[512];
        int length = snprintf(candidate, sizeof candidate, "%s/%s", folder, one->d_name);
        if (one->d_name[0] == '.' || length >= 256 || stat(candidate, &target) < 0 ||
            target.st_ino != node.st_ino || target.st_dev != node.st_dev)
            continue;
        if (!link[0] || strcmp(candidate, link) < 0)
            memcpy(link, candidate, (size_t)length + 1);
    }
    closedir(links);
}

static void find_links(struct camera_entry *entry, const char *folder)
{
    char links[256];
    snprintf(links, sizeof links, "%s/v4l/by-id", folder);
    find_link(links, entry->path, entry->by_id);
    snprintf(links, sizeof links, "%s/v4l/by-path", folder);
    find_link(links, entry->path, entry->by_path);
}

/** Reads a line of a device's folder in sysfs; "" if there is none. */
static void read_attribute(dev_t device, const char *name, char *text, int bytes)
{
    char path[128];
    snprintf(path, sizeof path, "/sys/dev/char/%u:%u/%s", major(device), minor(device), name);
    FILE *file = fopen(path, "re");
    text[0] = '\0';
    if (!file)
        return;
    if (fgets(text, bytes, file))
        text[strcspn(text, "\n")] = '\0';
    fclose(file);
}

static void read_sysfs(struct camera_entry *entry)
{
    struct stat node;
    char index[16];
    if (stat(entry->path, &node) < 0 || !S_ISCHR(node.st_mode))
        return;
    // The node belongs to an interface of the USB device.
    read_attribute(node.st_rdev, "device/../serial", entry->serial, sizeof entry->serial);
    read_attribute(node.st_rdev, "index", index, sizeof index);
    if (index[0])
        entry->index = (int)strtol(index, NULL, 10);
    // In case that it cannot be opened and asked.
    read_attribute(node.st_rdev, "name", entry->card, sizeof entry->card);
}

static void leave_out(struct camera_entry *entry, const char *reason)
{
    snprintf(entry->reason, sizeof entry->reason, "%s", reason);
}

static const char *open_reason(int code)
{
    if (code == -EACCES)
        return "you have no permission: join the group video";
    if (code == -EBUSY)
        return "in use by another program";
    return error_reason(code);
}

static void copy_text(char *text, size_t bytes, const __u8 *from, size_t from_bytes)
{
    snprintf(text, bytes, "%.*s", (int)from_bytes, (const char *)from);
}

/** How much a camera is asked. */
enum details { IDENTITY, MODES, EVERYTHING };

static int ask_details(struct camera_entry *entry, const struct v4l2_io *io, int fd,
                       enum details details)
{
    int ret = camera_modes_read(&entry->modes, io, fd, CAMERA_MODES_ALL, NULL);
    if (ret == 0 && details == EVERYTHING)
        ret = camera_controls_read(&entry->controls, io, fd);
    if (ret < 0)
        return ret;
    entry->usable = entry->modes.format_count > 0;
    if (!entry->usable)
        leave_out(entry, "it offers no picture format");
    return 0;
}

static int ask_node(struct camera_entry *entry, const struct v4l2_io *io, int fd,
                    enum details details)
{
    struct v4l2_capability cap = {0};
    if (io->ioctl(io->self, fd, VIDIOC_QUERYCAP, &cap) < 0) {
        leave_out(entry, "not a V4L2 device");
        return 0;
    }
    copy_text(entry->card, sizeof entry->card, cap.card, sizeof cap.card);
    copy_text(entry->driver, sizeof entry->driver, cap.driver, sizeof cap.driver);
    copy_text(entry->bus_info, sizeof entry->bus_info, cap.bus_info, sizeof cap.bus_info);
    const char *reason = camera_unfit_reason(&cap, CAMERA_ONLY);
    if (reason) {
        leave_out(entry, reason);
        return 0;
    }
    entry->usable = true;
    return details == IDENTITY ? 0 : ask_details(entry, io, fd, details);
}

/** Fills an entry. -ENOMEM only; a node that goes away meanwhile is a reason, not a failure. */
static int read_node(struct camera_entry *entry, const struct v4l2_io *io, enum details details)
{
    int fd = io->open(io->self, entry->path, false);
    if (fd < 0) {
        leave_out(entry, open_reason(fd));
        return 0;
    }
    int ret = ask_node(entry, io, fd, details);
    io->close(io->self, fd);
    if (ret < 0 && ret != -ENOMEM) {
        entry->usable = false;
        leave_out(entry, error_reason(ret));
    }
    return ret == -ENOMEM ? ret : 0;
}

static int read_list(struct camera_list *list, const struct v4l2_io *io, const char *folder,
                     enum details details, struct error *err)
{
    folder = folder ? folder : "/dev";
    int ret = find_nodes(list, folder, err);
    for (int i = 0; i < list->count && ret == 0; i++) {
        find_links(&list->entries[i], folder);
        read_sysfs(&list->entries[i]);
        ret = read_node(&list->entries[i], io, details);
        if (ret < 0)
            error_set(err, ret, "Not enough memory to list the cameras");
    }
    return ret;
}

int camera_list_read(struct camera_list *list, const struct v4l2_io *io, const char *folder,
                     struct error *err)
{
    return read_list(list, io, folder, EVERYTHING, err);
}

int camera_list_read_identities(struct camera_list *list, const struct v4l2_io *io,
                                const char *folder, struct error *err)
{
    return read_list(list, io, folder, IDENTITY, err);
}

int camera_list_read_modes(struct camera_list *list, const struct v4l2_io *io, const char *folder,
                           struct error *err)
{
    return read_list(list, io, folder, MODES, err);
}

int camera_list_copy(struct camera_list *copy, const struct camera_list *list)
{
    camera_list_free(copy);
    for (int i = 0; i < list->count; i++) {
        struct camera_entry entry = list->entries[i];
        entry.modes = (struct camera_modes){0};
        entry.controls = (struct camera_controls){0};
        int ret = camera_modes_copy(&entry.modes, &list->entries[i].modes);
        if (ret == 0)
            ret = add_entry(copy, &entry);
        if (ret < 0) {
            camera_modes_free(&entry.modes);
            camera_list_free(copy);
            return ret;
        }
    }
    return 0;
}

static bool is_link_to(const char *text, const struct camera_entry *entry)
{
    struct stat node, target;
    return strchr(text, '/') && stat(text, &target) == 0 && stat(entry->path, &node) == 0 &&
           target.st_ino == node.st_ino && target.st_dev == node.st_dev;
}

static bool is_number_of(const char *text, const struct camera_entry *entry)
{
    char *end;
    long number = strtol(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && !*end && number == entry->number;
}

/** How well a text names a camera; 0 not at all. */
static int match(const struct camera_entry *entry, const char *text)
{
    if (strcmp(text, entry->path) == 0 || is_number_of(text, entry) || is_link_to(text, entry))
        return 6;
    int how_well = strcasecmp(entry->card, text) == 0 ? 4 : strcasestr(entry->card, text) ? 2 : 0;
    return how_well ? how_well + entry->usable : 0;
}

const struct camera_entry *camera_list_find(const struct camera_list *list, const char *text)
{
    const struct camera_entry *best = NULL;
    int best_match = 0;
    for (int i = 0; i < list->count && text[0]; i++) {
        int how_well = match(&list->entries[i], text);
        if (how_well > best_match) {
            best_match = how_well;
            best = &list->entries[i];
        }
    }
    return best;
}

const struct camera_entry *camera_list_first(const struct camera_list *list)
{
    for (int i = 0; i < list->count; i++)
        if (list->entries[i].usable)
            return &list->entries[i];
    return NULL;
}

void camera_list_free(struct camera_list *list)
{
    for (int i = 0; i < list->count; i++) {
        camera_modes_free(&list->entries[i].modes);
        camera_controls_free(&list->entries[i].controls);
    }
    memory_free(list->entries);
    *list = (struct camera_list){0};
}
