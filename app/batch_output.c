#include "app/batch_output.h"

#include "processing/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

int batch_output_open(struct batch_output *output, const char *folder, bool dry, struct error *err)
{
    *output = (struct batch_output){.folder = folder, .fd = -1};
    int ret = dry ? 0 : paths_make_folder(folder, 0777);
    if (ret < 0)
        return error_set(err, ret, "Cannot make the folder '%s': %s", folder, error_reason(ret));
    output->fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (output->fd < 0 && errno == ENOENT && dry)
        return 0;
    if (output->fd < 0)
        return error_set(err, -errno, "Cannot write into '%s': %s", folder, error_reason(errno));
    if (!dry && faccessat(output->fd, ".", W_OK | X_OK, AT_EACCESS) < 0)
        return error_set(err, -errno, "Cannot write into '%s': %s", folder, error_reason(errno));
    return 0;
}

char *batch_output_make_path(struct batch_output *output, const char *name, struct log *log)
{
    struct path path, folder;
    if (path_set(&path, "%s/%s", output->folder, name) < 0)
        return NULL;
    path_folder(&folder, path.text);
    if (strcmp(folder.text, output->last.text) != 0) {
        output->last = folder;
        // Where it cannot be made, writing fails for every file.
        int ret = paths_make_folder(folder.text, 0777);
        if (ret < 0)
            log_write(log, LOG_LEVEL_ERROR, "Cannot make the folder '%s': %s", folder.text,
                      error_reason(ret));
    }
    return memory_copy_string(MEMORY_OTHER, path.text);
}

void batch_output_add(struct batch_output *output, const char *name)
{
    struct stat about;
    if (fstatat(output->fd, name, &about, AT_SYMLINK_NOFOLLOW) == 0)
        output->written_bytes += about.st_size;
}

bool batch_output_check(struct batch_output *output, int code)
{
    bool none = code == -ENOSPC || code == -EDQUOT || code == -EROFS;
    output->full = output->full || none;
    return none;
}

void batch_output_tell_full(const struct batch_output *output, struct log *log,
                            const struct batch_counts *counts)
{
    struct statvfs about;
    double mb = 1 << 20, free_mb = 0;
    if (fstatvfs(output->fd, &about) == 0)
        free_mb = (double)about.f_bavail * (double)about.f_frsize / mb;
    double each_mb = counts->done ? (double)output->written_bytes / counts->done / mb : 0;
    log_write(log, LOG_LEVEL_ERROR,
              "The disk of '%s' is full: about %.1f MB are needed, %.1f MB are free; %d of %d are "
              "done. Make room and go on with the same command and --resume",
              output->folder, each_mb * (counts->all - counts->done), free_mb, counts->done,
              counts->all);
}

void batch_output_close(struct batch_output *output)
{
    if (output->fd >= 0)
        close(output->fd);
    output->fd = -1;
}
