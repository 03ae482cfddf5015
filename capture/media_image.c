/**
 * @file
 * A picture file is, to FFmpeg, a video of one frame.
 */
#include "capture/media_image.h"

#include "capture/image_decode.h"
#include "capture/media_convert.h"
#include "capture/media_frames.h"
#include "capture/still.h"
#include "processing/memory.h"

#include <errno.h>

static int allocate(const struct image_job *job, enum pixel_format format, const AVFrame *picture)
{
    struct image *out = job->out;
    int pixel_bytes = format == PIXEL_BGR24 || format == PIXEL_RGB24 ? 3 : 1;
    if (format == PIXEL_YUYV || format == PIXEL_UYVY)
        pixel_bytes = 2;
    out->layout = frame_layout_make(format, picture->width, picture->height,
                                    (ptrdiff_t)media_padded(picture->width) * pixel_bytes);
    int ret = image_make_room(job, out->layout.bytes);
    if (ret < 0)
        return ret;
    frame_place(&out->frame, &out->layout, out->block);
    media_describe(&out->frame, picture);
    return 0;
}

static int fill(const struct image_job *job, struct media_target target, const AVFrame *picture)
{
    struct image *out = job->out;
    if (target.lend) {
        struct frame lent;
        media_lend(&lent, target.format, picture);
        frame_copy(&out->frame, &out->layout, out->block, &lent);
        return 0;
    }
    struct SwsContext *scaler = NULL;
    int ret =
        media_convert(&scaler, picture, picture->width, picture->height, &out->layout, out->block);
    sws_freeContext(scaler);
    return ret < 0 ? error_set(job->err, ret, "Cannot convert the pixels of '%s'", job->path) : 0;
}

static unsigned ways_served(enum pixel_format format, enum image_decode how)
{
    if (format == PIXEL_GRAY8 || format == PIXEL_RGB24)
        return IMAGE_SERVES_ALL;
    if (format == PIXEL_BGR24)
        return how == IMAGE_BGR ? 1u << IMAGE_BGR : IMAGE_SERVES_ALL;
    return 1u << IMAGE_LUMA | 1u << IMAGE_LUMA_AND_COLOR;
}

int media_image_take(const struct image_job *job, const AVFrame *picture)
{
    int ret = image_check_size(job, (unsigned)picture->width, (unsigned)picture->height);
    if (ret < 0)
        return ret;
    // Colour is always taken along: a still is read once.
    enum image_decode how = job->wish->how;
    bool to_gray = how == IMAGE_GRAY_OF_BGR;
    struct media_target target = media_target_of(picture, true, how == IMAGE_BGR || to_gray);
    ret = allocate(job, target.format, picture);
    if (ret < 0)
        return ret;
    job->out->serves = ways_served(target.format, to_gray ? IMAGE_BGR : how);
    ret = fill(job, target, picture);
    return ret == 0 && to_gray && target.format != PIXEL_GRAY8 ? image_make_gray(job) : ret;
}

int media_image_measure(struct image_needs *needs, const char *path, const struct image_wish *wish,
                        struct error *err)
{
    struct media_frames *frames;
    int ret = media_frames_open(&frames, path, wish, err);
    if (ret == 0)
        media_frames_measure(frames, needs);
    media_frames_close(&frames);
    return ret;
}

int media_image_read(struct image *image, const char *path, const struct image_wish *wish,
                     struct error *err)
{
    struct media_frames *frames;
    int ret = media_frames_open(&frames, path, wish, err);
    if (ret == 0)
        ret = media_frames_next(frames, image, err);
    else
        image_free(image);
    media_frames_close(&frames);
    return ret;
}

static const char *format_name(const char *path)
{
    switch (image_sniff(path, NULL)) {
    case IMAGE_BMP:
        return "BMP";
    case IMAGE_TIFF:
        return "TIFF";
    case IMAGE_WEBP:
        return "WebP";
    default:
        return "picture";
    }
}

static int open_image(struct source *source, const struct source_config *config, struct error *err)
{
    return still_open(source, config, media_image_read, format_name(config->location), err);
}

const struct source_kind media_image_source_kind = {
    .name = "picture",
    .bytes = sizeof(struct still),
    .open = open_image,
    .acquire = still_acquire,
    .close = still_close,
};
