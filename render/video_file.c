/**
 * @file
 * A full disk shows when bytes are handed to the system, somewhere inside FFmpeg, which may go on
 * without a word; so the first failure is remembered here and asked for after every packet.
 *
 * Source: FFmpeg 5.1, libavformat/avio.h; write(2), statvfs(3), rename(2).
 */
#include "render/video_file.h"

#include "render/part_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <libavutil/error.h>
#include <libavutil/mem.h>

enum { BUFFER_BYTES = 64 << 10 };

static const int64_t room_always = 200 << 20, room_seconds = 20;

static int write_bytes(void *opaque, uint8_t *data, int count)
{
    struct video_file *file = opaque;
    for (int done = 0; done < count;) {
        ssize_t now = pwrite(file->fd, data + done, (size_t)(count - done), file->at);
        if (now < 0 && errno == EINTR)
            continue;
        if (now <= 0) {
            int code = now < 0 ? -errno : -EIO;
            file->failure = file->failure ? file->failure : code;
            return AVERROR(-code);
        }
        done += (int)now;
        file->at += now;
        file->bytes = file->at > file->bytes ? file->at : file->bytes;
    }
    return count;
}

static int64_t seek_to(void *opaque, int64_t offset, int whence)
{
    struct video_file *file = opaque;
    switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE:
        return file->bytes;
    case SEEK_CUR:
        offset += file->at;
        break;
    case SEEK_END:
        offset += file->bytes;
        break;
    default:
        break;
    }
    return offset < 0 ? AVERROR(EINVAL) : (file->at = offset);
}

static int tell(const struct video_file *file, int code, struct error *err)
{
    return error_set(err, code, "Cannot write '%s': %s", file->path, error_reason(code));
}

static int refuse_new(const char *path, int code, const char *why, struct error *err)
{
    return error_set(err, code, "Cannot record to '%s': %s", path, why);
}

/** What cannot be known does not stop a recording. */
static int check_room_of(const char *path, const struct statvfs *disk, struct error *err)
{
    int64_t room = (int64_t)disk->f_bavail * (int64_t)disk->f_frsize;
    if (room >= room_always)
        return 0;
    return error_set(err, -ENOSPC,
                     "Cannot record to '%s': only %lld MB are free on its disk and a recording "
                     "leaves %lld; make room or record elsewhere",
                     path, (long long)(room >> 20), (long long)(room_always >> 20));
}

int video_file_check_new(const char *path, struct error *err)
{
    struct stat there;
    struct statvfs disk;
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int length = slash == path ? 1 : slash ? (int)(slash - path) : 1;
    if (length >= PATH_MAX)
        return refuse_new(path, -ENAMETOOLONG, error_reason(-ENAMETOOLONG), err);
    snprintf(folder, sizeof folder, "%.*s", length, slash ? path : ".");
    if (lstat(path, &there) == 0)
        return refuse_new(path, -EEXIST,
                          "a file of that name exists, and recordings replace nothing; give "
                          "another name",
                          err);
    if (access(folder, W_OK | X_OK) < 0)
        return refuse_new(path, -errno, error_reason(-errno), err);
    return statvfs(folder, &disk) < 0 ? 0 : check_room_of(path, &disk, err);
}

static int open_file(struct video_file *file, bool final)
{
    if (!final)
        return part_file_create(file->path, file->part, sizeof file->part);
    int fd = open(file->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    return fd >= 0 ? fd : -errno;
}

int video_file_create(struct video_file *file, const char *path, bool final, struct error *err)
{
    *file = (struct video_file){.fd = -1};
    int length = snprintf(file->path, sizeof file->path, "%s", path);
    if (length >= (int)sizeof file->path)
        return tell(file, -ENAMETOOLONG, err);
    file->fd = open_file(file, final);
    if (file->fd < 0)
        return tell(file, file->fd, err);
    // FFmpeg frees the buffer by its own means, and may replace it.
    uint8_t *buffer = av_malloc(BUFFER_BYTES);
    file->io = buffer
                   ? avio_alloc_context(buffer, BUFFER_BYTES, 1, file, NULL, write_bytes, seek_to)
                   : NULL;
    if (file->io)
        return 0;
    av_free(buffer);
    video_file_abandon(file, false);
    return tell(file, -ENOMEM, err);
}

void video_file_flush(struct video_file *file)
{
    avio_flush(file->io);
    if (!file->failure)
        file->whole = file->bytes;
}

int video_file_check(const struct video_file *file, struct error *err)
{
    return file->failure ? tell(file, file->failure, err) : 0;
}

static int64_t room_needed(int64_t bytes_per_second)
{
    int64_t by_rate = bytes_per_second * room_seconds;
    return by_rate > room_always ? by_rate : room_always;
}

int video_file_check_room(const struct video_file *file, int64_t bytes_per_second,
                          struct error *err)
{
    struct statvfs disk;
    if (fstatvfs(file->fd, &disk) < 0)
        return 0; // What cannot be known does not stop a recording.
    int64_t room = (int64_t)disk.f_bavail * (int64_t)disk.f_frsize;
    if (room >= room_needed(bytes_per_second))
        return 0;
    return error_set(err, -ENOSPC,
                     "The recording '%s' ends here: only %lld MB are free on its disk; make room "
                     "or record elsewhere",
                     file->path, (long long)(room >> 20));
}

static void free_io(struct video_file *file)
{
    if (file->io)
        av_freep(&file->io->buffer);
    avio_context_free(&file->io);
}

/** A half cluster would play too, but not everywhere. */
static int cut_failed(struct video_file *file)
{
    if (!file->failure || file->part[0])
        return 0;
    if (ftruncate(file->fd, file->whole) < 0)
        return -errno;
    file->bytes = file->whole;
    return 0;
}

static int sync_and_close(struct video_file *file)
{
    int ret = fsync(file->fd) < 0 ? -errno : 0;
    if (close(file->fd) < 0 && ret == 0)
        ret = -errno;
    file->fd = -1;
    return ret;
}

int video_file_finish(struct video_file *file, struct error *err)
{
    avio_flush(file->io);
    free_io(file);
    int ret = file->part[0] ? file->failure : cut_failed(file);
    int closed = sync_and_close(file);
    ret = ret < 0 ? ret : closed;
    if (ret == 0 && file->part[0] && rename(file->part, file->path) < 0)
        ret = -errno;
    if (ret < 0 && file->part[0])
        unlink(file->part);
    return ret < 0 ? tell(file, ret, err) : 0;
}

void video_file_abandon(struct video_file *file, bool keep)
{
    free_io(file);
    if (file->fd < 0)
        return;
    bool kept = keep && !file->part[0];
    // Nothing is left to be said about a failure here.
    int ret = kept ? cut_failed(file) : 0;
    (void)ret;
    close(file->fd);
    file->fd = -1;
    if (!kept)
        unlink(file->part[0] ? file->part : file->path);
}
