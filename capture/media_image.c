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

static int refuse(const struct image_job *job)
{
    return error_set(job->err, -ENOTSUP, "'%s' is neither a TIFF nor a WebP picture", job->path);
}

static image_decoder *decoder_of(enum image_kind kind)
{
    return kind == IMAGE_TIFF ? media_tiff_read : kind == IMAGE_WEBP ? media_webp_read : refuse;
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
    enum image_kind kind = image_sniff(path, err);
    if (kind == IMAGE_UNREADABLE)
        return -EIO;
    bool each = kind == IMAGE_GIF || (wish->all_frames && kind != IMAGE_WEBP);
    return each ? measure_frames(needs, path, wish, err)
                : image_measure_by(decoder_of(kind), needs, path, wish, err);
}

int media_image_read(struct image *image, const char *path, const struct image_wish *wish,
                     struct error *err)
{
    enum image_kind kind = image_sniff(path, err);
    if (kind == IMAGE_UNREADABLE) {
        image_free(image);
        return -EIO;
    }
    return kind == IMAGE_GIF ? read_first_frame(image, path, wish, err)
                             : image_read_by(decoder_of(kind), image, path, wish, err);
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
    return still_open(source, config, media_image_read, media_image_measure,
                      format_name(config->location), err);
}

const struct source_kind media_image_source_kind = {
    .name = "picture",
    .bytes = sizeof(struct still),
    .open = open_image,
    .acquire = still_acquire,
    .close = still_close,
};
