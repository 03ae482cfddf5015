/**
 * @file
 * The root of the media module.
 */
#include "app/media_module.h"

#include "capture/media_image.h"
#include "capture/video_reader.h"
#include "render/media_encoder.h"

const struct media_module cannyscope_media = {
    .version = MEDIA_MODULE_VERSION,
    .video = &video_source_kind,
    .image = &media_image_source_kind,
    .image_measure = media_image_measure,
    .image_read = media_image_read,
    .encoders = media_encoders,
};
