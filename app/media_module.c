/**
 * @file
 * The root of the media module.
 */
#include "app/media_module.h"

#include "capture/media_image.h"
#include "capture/video_reader.h"

const struct media_module cannyscope_media = {
    .version = MEDIA_MODULE_VERSION,
    .video = &video_source_kind,
    .image = &media_image_source_kind,
};
