/**
 * @file
 * One row for the table of kinds: image_read() behind the common still.
 */
#include "capture/image_source.h"

#include "capture/image_reader.h"
#include "capture/still.h"

static int open_image(struct source *source, const struct source_config *config, struct error *err)
{
    // What else the file may be, image_read() complains about.
    enum image_kind kind = image_sniff(config->location, NULL);
    const char *name = kind == IMAGE_PNG ? "PNG" : kind == IMAGE_BMP ? "BMP" : "JPEG";
    return still_open(source, config, image_read, image_measure, name, err);
}

const struct source_kind image_source_kind = {
    .name = "picture",
    .bytes = sizeof(struct still),
    .open = open_image,
    .acquire = still_acquire,
    .close = still_close,
};
