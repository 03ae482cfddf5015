/**
 * @file
 * Which library reads a picture that the program itself cannot read.
 */
#include "capture/media_image.h"

#include "capture/image_decode.h"
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

int media_image_measure(struct image_needs *needs, const char *path, const struct image_wish *wish,
                        struct error *err)
{
    return image_measure_by(decode, needs, path, wish, err);
}

int media_image_read(struct image *image, const char *path, const struct image_wish *wish,
                     struct error *err)
{
    return image_read_by(decode, image, path, wish, err);
}

static int open_image(struct source *source, const struct source_config *config, struct error *err)
{
    bool is_tiff = image_sniff(config->location, NULL) == IMAGE_TIFF;
    return still_open(source, config, media_image_read, is_tiff ? "TIFF" : "WebP", err);
}

const struct source_kind media_image_source_kind = {
    .name = "picture",
    .bytes = sizeof(struct still),
    .open = open_image,
    .acquire = still_acquire,
    .close = still_close,
};
