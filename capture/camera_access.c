/*
 * Linux does not say who holds a device, but /proc/PID/fd has a link for each open file of a
 * process: one that leads to a device of the same number is a holder. Processes of other users
 * keep theirs to themselves.
 *
 * A camera's node belongs to root and, as udev has it, to the group "video", whose members may
 * use it; whoever sits at the machine often gets an entry of his own (an ACL) on top.
 *
 * Sources: proc(5); systemd's 50-udev-default.rules and 70-uaccess.rules.
 */
#include "capture/camera_access.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// Who holds it.

/** Only what lies in some /dev is looked at: asking after a file on a dead server would block. */
static bool is_device(int folder, const char *link, dev_t device)
{
    char target[512];
    ssize_t length = readlinkat(folder, link, target, sizeof target - 1);
    if (length < 0)
        return false;
    target[length] = '\0';
    struct stat status;
    return strstr(target, "/dev/") && fstatat(folder, link, &status, 0) == 0 &&
           S_ISCHR(status.st_mode) && status.st_rdev == device;
}

/** Whether the process has the device open: 1, 0, or a negative errno if it may not be asked. */
static int holds(int proc, const char *process, dev_t device)
{
    char path[64];
    snprintf(path, sizeof path, "%.20s/fd", process);
    int folder = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *links = folder < 0 ? NULL : fdopendir(folder);
    if (!links) {
        int ret = -errno;
        if (folder >= 0)
            close(folder);
        return ret;
    }
    int found = 0;
    for (struct dirent *link; !found && (link = readdir(links));)
        found = is_device(folder, link->d_name, device);
    closedir(links);
    return found;
}

static void name_process(int proc, const char *process, char *text, size_t bytes)
{
    char path[64], name[32] = "a program";
    snprintf(path, sizeof path, "%.20s/comm", process);
    int file = openat(proc, path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? 0 : read(file, name, sizeof name - 1);
    if (file >= 0)
        close(file);
    if (length > 0)
        name[length] = '\0';
    name[strcspn(name, "\n")] = '\0';
    snprintf(text, bytes, "%s (process %.20s)", name, process);
}

void camera_holder(const char *proc, const char *device, char *text, size_t bytes)
{
    snprintf(text, bytes, "another program");
    struct stat node;
    DIR *processes = opendir(proc ? proc : "/proc");
    if (processes && stat(device, &node) == 0) {
        int folder = dirfd(processes);
        for (struct dirent *entry; (entry = readdir(processes));) {
            char *end;
            long id = strtol(entry->d_name, &end, 10);
            if (*end || id <= 0 || id == getpid())
                continue;
            int found = holds(folder, entry->d_name, node.st_rdev);
            if (found == -EACCES)
                snprintf(text, bytes, "another user's program");
            if (found <= 0)
                continue;
            name_process(folder, entry->d_name, text, bytes);
            break;
        }
    }
    if (processes)
        closedir(processes);
}

// Who may use it.

enum { NAME_BYTES = 64, ANSWER_BYTES = 4096 };

/** The user's name, or the number if it has none. */
static void name_user(uid_t id, char *name)
{
    struct passwd row, *found = NULL;
    char answer[ANSWER_BYTES];
    if (getpwuid_r(id, &row, answer, sizeof answer, &found) == 0 && found)
        snprintf(name, NAME_BYTES, "%s", row.pw_name);
    else
        snprintf(name, NAME_BYTES, "%u", id);
}

static void name_group(gid_t id, char *name)
{
    struct group row, *found = NULL;
    char answer[ANSWER_BYTES];
    if (getgrgid_r(id, &row, answer, sizeof answer, &found) == 0 && found)
        snprintf(name, NAME_BYTES, "%s", row.gr_name);
    else
        snprintf(name, NAME_BYTES, "%u", id);
}

static bool is_member(gid_t id)
{
    gid_t groups[256];
    int count = getgroups(256, groups);
    for (int i = 0; i < count; i++)
        if (groups[i] == id)
            return true;
    return getegid() == id;
}

void camera_denial(const char *device, char *text, size_t bytes)
{
    struct stat node;
    char user[NAME_BYTES], group[NAME_BYTES];
    if (stat(device, &node) < 0) {
        snprintf(text, bytes, "may not be opened by you: %s",
                 errno == EACCES ? "a folder on the way to it is closed"
                                 : "run `sudo usermod -aG video $USER` and log in again");
        return;
    }
    name_user(node.st_uid, user);
    name_group(node.st_gid, group);
    int used = snprintf(text, bytes, "may not be opened by you (it is %s:%s's, mode %04o): ", user,
                        group, (unsigned)node.st_mode & 07777);
    if (used < 0 || (size_t)used >= bytes)
        return;
    text += used;
    bytes -= (size_t)used;
    bool of_group = (node.st_mode & 0060) == 0060 && node.st_gid != 0;
    if (of_group && is_member(node.st_gid))
        snprintf(text, bytes, "though you are in that group: a sandbox or the system forbids it");
    else if (of_group)
        snprintf(text, bytes, "run `sudo usermod -aG %s $USER` and log in again", group);
    else
        snprintf(text, bytes, "run `sudo chgrp video %s && sudo chmod 660 %s`", device, device);
}
