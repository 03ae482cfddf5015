/**
 * @file
 * Which decoder reads a file.
 *
 * Pictures are told apart by the bytes that their formats begin with: JPEG by its start-of-image
 * marker FF D8 and the FF of the next marker (ITU-T T.81, B.1.1.3), PNG by a signature made to
 * notice damaged transfers (ISO/IEC 15948, 5.2), TIFF by its byte order and the number 42 (43 for
 * BigTIFF), WebP by a RIFF container of that name, GIF by its name and version, BMP by two
 * letters and a header shorter than 256 bytes.
 */
#include "capture/image_decode.h"

#include "processing/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SNIFF_BYTES = 16 };

/** A kind's first bytes; '?' stands for any byte. */
static const struct {
    enum image_kind kind;
    size_t bytes;
    const char *magic;
} signatures[] = {
    {IMAGE_JPEG, 3, "\xff\xd8\xff"},
    {IMAGE_PNG, 8, "\x89PNG\r\n\x1a\n"},
    {IMAGE_BMP, 16, "BM?????????????\0"},
    {IMAGE_TIFF, 4, "II*\0"},
    {IMAGE_TIFF, 4, "MM\0*"},
    {IMAGE_TIFF, 4, "II+\0"},
    {IMAGE_TIFF, 4, "MM\0+"},
    {IMAGE_WEBP, 12, "RIFF????WEBP"},
    {IMAGE_GIF, 6, "GIF87a"},
    {IMAGE_GIF, 6, "GIF89a"},
};

static bool matches(const char *magic, const uint8_t *head, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        if (magic[i] != '?' && (uint8_t)magic[i] != head[i])
            return false;
    return true;
}

static enum image_kind kind_of(const uint8_t *head, size_t bytes)
{
    for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++)
        if (bytes >= signatures[i].bytes && matches(signatures[i].magic, head, signatures[i].bytes))
            return signatures[i].kind;
    return IMAGE_OTHER;
}

static int check_regular(int fd, const char *path, struct error *err)
{
    struct stat about;
    if (fstat(fd, &about) < 0)
        return error_set(err, -errno, "Cannot read '%s': %s", path, error_reason(errno));
    if (S_ISDIR(about.st_mode))
        return error_set(err, -EISDIR, "'%s' is a folder, not a file", path);
    if (!S_ISREG(about.st_mode))
        return error_set(err, -EINVAL, "'%s' is not a regular file (a pipe or a device)", path);
    if (about.st_size == 0)
        return error_set(err, -EBADMSG, "'%s' is empty", path);
    return 0;
}

/** Without O_NONBLOCK, opening a FIFO would wait for a writer. */
static int open_regular(const char *path, struct error *err)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return error_set(err, -errno, "Cannot open '%s': %s", path, error_reason(errno));
    int ret = check_regular(fd, path, err);
    if (ret < 0) {
        close(fd);
        return ret;
    }
    return fd;
}

static enum image_kind sniff(int fd, const char *path, struct error *err)
{
    uint8_t head[SNIFF_BYTES];
    ssize_t got = pread(fd, head, sizeof head, 0);
    if (got < 0) {
        error_set(err, -errno, "Cannot read '%s': %s", path, error_reason(errno));
        return IMAGE_UNREADABLE;
    }
    return kind_of(head, (size_t)got);
}

enum image_kind image_sniff(const char *path, struct error *err)
{
    int fd = open_regular(path, err);
    if (fd < 0)
        return IMAGE_UNREADABLE;
    enum image_kind kind = sniff(fd, path, err);
    close(fd);
    return kind;
}

static int decode_own(const struct image_job *job)
{
    switch (sniff(fileno(job->file), job->path, job->err)) {
    case IMAGE_JPEG:
        return image_read_jpeg(job);
    case IMAGE_PNG:
        return image_read_png(job);
    case IMAGE_BMP:
        return image_read_bmp(job);
    case IMAGE_UNREADABLE:
        return -EIO;
    default:
        return error_set(job->err, -ENOTSUP, "'%s' is neither a JPEG, a PNG nor a BMP picture",
                         job->path);
    }
}

int image_open(FILE **out, const char *path, struct error *err)
{
    *out = NULL;
    int fd = open_regular(path, err);
    if (fd < 0)
        return fd;
    *out = fdopen(fd, "rb");
    if (*out)
        return 0;
    close(fd);
    return error_set(err, -ENOMEM, "Not enough memory to open '%s'", path);
}

/** Does a job on a file that it opens. */
static int run(struct image_job *job, image_decoder *decode)
{
    int ret = image_open(&job->file, job->path, job->err);
    if (ret < 0)
        return ret;
    ret = (*decode)(job);
    // Decoders take a file that cannot be read any further for one that ends there.
    if (ferror(job->file))
        ret = error_set(job->err, -EIO, "Cannot read '%s': %s", job->path, error_reason(EIO));
    fclose(job->file);
    return ret;
}

int image_measure_by(image_decoder *decode, struct image_needs *needs, const char *path,
                     const struct image_wish *wish, struct error *err)
{
    struct image none = {0};
    struct image_job job = {.path = path, .wish = wish, .out = &none, .needs = needs, .err = err};
    int ret = run(&job, decode);
    needs->more = none.more;
    return ret;
}

int image_read_by(image_decoder *decode, struct image *image, const char *path,
                  const struct image_wish *wish, struct error *err)
{
    struct image_job job = {.path = path, .wish = wish, .out = image, .err = err};
    image->state = IMAGE_SOUND;
    image->more = false;
    int ret = run(&job, decode);
    if (ret < 0)
        image_free(image);
    return ret;
}

int image_measure(struct image_needs *needs, const char *path, const struct image_wish *wish,
                  struct error *err)
{
    return image_measure_by(decode_own, needs, path, wish, err);
}

int image_read(struct image *image, const char *path, const struct image_wish *wish,
               struct error *err)
{
    return image_read_by(decode_own, image, path, wish, err);
}

void image_free(struct image *image)
{
    memory_free(image->block);
    *image = (struct image){0};
}
