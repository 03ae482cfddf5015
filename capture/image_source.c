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
    bool is_png = image_sniff(config->location, NULL) == IMAGE_PNG;
    return still_open(source, config, image_read, is_png ? "PNG" : "JPEG", err);
}

const struct source_kind image_source_kind = {
    .name = "picture",
    .bytes = sizeof(struct still),
    .open = open_image,
    .acquire = still_acquire,
    .close = still_close,
};
