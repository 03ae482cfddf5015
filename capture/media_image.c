/**
 * @file
 * Which library reads a picture that the program itself cannot read.
 */
#include "capture/media_image.h"

#include "capture/image_decode.h"
#include "capture/media_frames.h"
#include "capture/media_tiff.h"
#include "capture/media_webp.h"
#include "capture/still.h"

#include <errno.h>

static int decode(const struct image_job *job)
{
    switch (image_sniff(job->path, job->err)) {
    case IMAGE_TIFF:
        return media_tiff_read(job);
    case IMAGE_WEBP:
        return media_webp_read(job);
    case IMAGE_UNREADABLE:
        return -EINVAL;
    default:
        return error_set(job->err, -ENOTSUP, "'%s' is neither a TIFF nor a WebP picture",
                         job->path);
    }
}

/** Whether the file is read frame by frame. */
static bool is_animation(const char *path)
{
    return image_sniff(path, NULL) == IMAGE_GIF;
}

static int measure_frames(struct image_needs *needs, const char *path,
                          const struct image_wish *wish, struct error *err)
{
    struct media_frames *frames;
    int ret = media_frames_open(&frames, path, wish, err);
    if (ret == 0)
        media_frames_measure(frames, needs);
    media_frames_close(&frames);
    return ret;
}

static int read_first_frame(struct image *image, const char *path, const struct image_wish *wish,
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

int media_image_measure(struct image_needs *needs, const char *path, const struct image_wish *wish,
                        struct error *err)
{
    bool each = image_sniff(path, NULL) != IMAGE_WEBP && wish->all_frames;
    return each || is_animation(path) ? measure_frames(needs, path, wish, err)
                                      : image_measure_by(decode, needs, path, wish, err);
}

int media_image_read(struct image *image, const char *path, const struct image_wish *wish,
                     struct error *err)
{
    return is_animation(path) ? read_first_frame(image, path, wish, err)
                              : image_read_by(decode, image, path, wish, err);
}

static const char *format_name(const char *path)
{
    switch (image_sniff(path, NULL)) {
    case IMAGE_TIFF:
        return "TIFF";
    case IMAGE_WEBP:
        return "WebP";
    default:
        return "GIF";
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
