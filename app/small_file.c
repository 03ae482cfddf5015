// Whole files or none.
//
// rename() puts a file in another's place in one step, but only names are ordered by it: without
// fsync() before, a crash may leave the new name on an empty file; without fsync() of the folder
// after, the old file may come back.
//
// Source: rename(2), fsync(2).

#include "app/small_file.h"

#include "app/paths.h"
#include "processing/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(sizeof(struct path) >= PATH_MAX, "realpath() writes into a struct path");

/** Size of an open regular file, or a negative errno. */
static ssize_t regular_size(int fd, size_t most)
{
    struct stat status;
    if (fstat(fd, &status) < 0)
        return -errno;
    if (!S_ISREG(status.st_mode))
        return S_ISDIR(status.st_mode) ? -EISDIR : -EINVAL;
    return status.st_size > (off_t)most ? -EFBIG : status.st_size;
}

/** Reads up to `room` bytes; how many there were, or a negative errno. */
static ssize_t read_all(int fd, char *to, size_t room)
{
    size_t used = 0;
    while (used < room) {
        ssize_t count = read(fd, to + used, room - used);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -errno;
        if (count == 0)
            break;
        used += (size_t)count;
    }
    return (ssize_t)used;
}

int small_file_read(const char *path, size_t most, char **text, size_t *size)
{
    *text = NULL;
    *size = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return -errno;
    ssize_t result = regular_size(fd, most);
    if (result < 0)
        goto done;
    // One byte more than allowed shows a file that grew meanwhile, one is for the zero.
    *text = memory_alloc(MEMORY_OTHER, most + 2);
    result = *text ? read_all(fd, *text, most + 1) : -ENOMEM;
    if (result > (ssize_t)most)
        result = -EFBIG;
    if (result < 0) {
        memory_free(*text);
        *text = NULL;
    } else {
        *size = (size_t)result;
    }
done:
    close(fd);
    return result < 0 ? (int)result : 0;
}

static int write_all(int fd, const char *text, size_t size)
{
    while (size > 0) {
        ssize_t count = write(fd, text, size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -errno;
        text += count;
        size -= (size_t)count;
    }
    return fsync(fd) < 0 ? -errno : 0;
}

/** Best effort: some file systems cannot sync a folder. */
static void sync_folder(const char *file)
{
    struct path folder = {""};
    path_folder(&folder, file);
    int fd = open(folder.text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

/** Makes the temporary file beside `target`; its descriptor or a negative errno. */
static int open_beside(struct path *temporary, const char *target)
{
    struct path folder = {""};
    path_folder(&folder, target);
    int result = path_set(temporary, "%s/.cannyscope-XXXXXX", folder.text);
    if (result < 0)
        return result;
    int fd = mkostemp(temporary->text, O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

static int replace(const char *target, const char *text, size_t size)
{
    struct path temporary = {""};
    int fd = open_beside(&temporary, target);
    if (fd < 0)
        return fd;
    int result = write_all(fd, text, size);
    if (close(fd) < 0 && result == 0)
        result = -errno;
    if (result == 0 && rename(temporary.text, target) < 0)
        result = -errno;
    if (result < 0)
        unlink(temporary.text);
    else
        sync_folder(target);
    return result;
}

int small_file_replace(const char *path, const char *text, size_t size, struct error *err)
{
    struct path target = {""};
    if (!realpath(path, target.text) && path_set(&target, "%s", path) < 0)
        return error_set(err, -ENAMETOOLONG, "cannot write %s: %s", path,
                         error_reason(-ENAMETOOLONG));
    int result = replace(target.text, text, size);
    if (result < 0)
        return error_set(err, result, "cannot write %s: %s", path, error_reason(result));
    return 0;
}
