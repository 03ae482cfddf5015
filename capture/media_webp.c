/**
 * @file
 * WebP (Google, "WebP Container Specification") by libwebp.
 *
 * A file is a RIFF container with one picture, coded as a frame of VP8 video or without loss, and
 * maybe a plane of transparency, which is dropped as OpenCV drops it. The decoder is the one that
 * takes its data bit by bit: it says how far a file that was cut off reaches.
 */
#include "capture/media_webp.h"

#include "processing/memory.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include <webp/decode.h>

/** More is no picture: even 16383 x 16383 pixels without loss are rarely as large. */
static const size_t most_bytes = (size_t)256 << 20;

enum { HEAD_BYTES = 4096 };

struct reader {
    const struct image_job *job;
    WebPBitstreamFeatures features;
    uint8_t *data; ///< the file, or its first bytes
    size_t bytes;
};

static int load(struct reader *reader, size_t most)
{
    const struct image_job *job = reader->job;
    struct stat about;
    if (fstat(fileno(job->file), &about) < 0)
        return error_set(job->err, -errno, "Cannot read '%s': %s", job->path, error_reason(errno));
    size_t bytes = (size_t)about.st_size;
    if (bytes > most_bytes)
        return error_set(job->err, -EFBIG, "'%s' has %zu MB, which is too much for a WebP",
                         job->path, bytes >> 20);
    reader->bytes = bytes < most ? bytes : most;
    reader->data = memory_alloc(MEMORY_FRAMES, reader->bytes);
    if (!reader->data)
        return error_set(job->err, -ENOMEM, "Not enough memory to read '%s'", job->path);
    rewind(job->file);
    reader->bytes = fread(reader->data, 1, reader->bytes, job->file);
    return 0;
}

static int read_features(struct reader *reader)
{
    const struct image_job *job = reader->job;
    VP8StatusCode status = WebPGetFeatures(reader->data, reader->bytes, &reader->features);
    if (status == VP8_STATUS_NOT_ENOUGH_DATA)
        return error_set(job->err, -EBADMSG, "'%s' is truncated in its header", job->path);
    if (status != VP8_STATUS_OK)
        return error_set(job->err, -EBADMSG, "'%s' is damaged and cannot be decoded", job->path);
    if (reader->features.has_animation)
        return error_set(job->err, -ENOTSUP,
                         "'%s' is an animated WebP picture, which cannot be read: convert it to "
                         "GIF or PNG first",
                         job->path);
    return image_check_size(job, (unsigned)reader->features.width,
                            (unsigned)reader->features.height);
}

/** 0 if what there is shall be kept. */
static int tell_damage(const struct reader *reader, VP8StatusCode status, int rows)
{
    const struct image_job *job = reader->job;
    const char *what = status == VP8_STATUS_SUSPENDED ? "truncated" : "damaged";
    job->out->state = IMAGE_DAMAGED;
    error_set(job->err, -EBADMSG, "'%s' is %s at row %d of %d", job->path, what, rows,
              reader->features.height);
    return job->wish->keep_damaged && rows > 0 ? 0 : -EBADMSG;
}

static int decode(struct reader *reader)
{
    const struct image_job *job = reader->job;
    struct image *out = job->out;
    int rows = 0;
    size_t stride = (size_t)out->layout.stride[0];
    WebPIDecoder *decoder =
        WebPINewRGB(MODE_BGR, out->block, stride * (size_t)reader->features.height, (int)stride);
    if (!decoder)
        return error_set(job->err, -ENOMEM, "Not enough memory to read '%s'", job->path);
    VP8StatusCode status = WebPIUpdate(decoder, reader->data, reader->bytes);
    WebPIDecGetRGB(decoder, &rows, NULL, NULL, NULL);
    WebPIDelete(decoder);
    if (status == VP8_STATUS_OUT_OF_MEMORY)
        return error_set(job->err, -ENOMEM, "Not enough memory to read '%s'", job->path);
    return status == VP8_STATUS_OK ? 0 : tell_damage(reader, status, rows);
}

/** The file, and what the decoder holds: four bytes a pixel where there is no loss. */
static int tell_needs(const struct reader *reader)
{
    struct stat about;
    int width = reader->features.width, height = reader->features.height;
    if (fstat(fileno(reader->job->file), &about) < 0)
        return error_set(reader->job->err, -errno, "Cannot read '%s': %s", reader->job->path,
                         error_reason(errno));
    size_t pixels = (size_t)width * (size_t)height;
    return image_tell_needs(reader->job, PIXEL_BGR24, width, height,
                            pixels * 4 + (size_t)about.st_size);
}

static int read_picture(struct reader *reader)
{
    const struct image_job *job = reader->job;
    int ret = load(reader, job->needs ? HEAD_BYTES : most_bytes);
    if (ret == 0)
        ret = read_features(reader);
    if (ret == 0 && job->needs)
        return tell_needs(reader);
    if (ret == 0)
        ret = image_allocate(job, PIXEL_BGR24, reader->features.width, reader->features.height, 1);
    if (ret == 0)
        ret = decode(reader);
    if (ret < 0)
        return ret;
    job->out->serves = IMAGE_SERVES_ALL;
    return job->wish->how == IMAGE_GRAY_OF_BGR ? image_make_gray(job) : 0;
}

int media_webp_read(const struct image_job *job)
{
    struct reader reader = {.job = job};
    int ret = read_picture(&reader);
    memory_free(reader.data);
    return ret;
}
