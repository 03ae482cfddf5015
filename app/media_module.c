/**
 * @file
 * The root of the media module. Here the sound that one file has is handed to the writer of
 * another: reading and writing do not know each other.
 */
#include "app/media_module.h"

#include "capture/media_audio.h"
#include "capture/media_frames.h"
#include "capture/media_image.h"
#include "capture/video_reader.h"
#include "processing/memory.h"
#include "render/media_encoder.h"

#include <errno.h>

/** A file's sound as the writer takes it. */
struct sound {
    struct video_audio audio;
    struct media_audio *file;
};

static int next_packet(struct video_audio *audio, struct AVPacket *packet)
{
    return media_audio_next(((struct sound *)audio)->file, packet);
}

static void close_sound(struct video_audio *audio)
{
    struct sound *sound = (struct sound *)audio;
    media_audio_close(&sound->file);
    memory_free(sound);
}

/** NULL in *out if the file has no sound. */
static int open_sound(struct video_audio **out, const struct video_config *config,
                      struct error *err)
{
    *out = NULL;
    struct sound *sound = memory_alloc(MEMORY_OTHER, sizeof *sound);
    if (!sound)
        return error_set(err, -ENOMEM, "Not enough memory to write '%s'", config->path);
    int ret = media_audio_open(&sound->file, config->audio_path, config->start_ns,
                               config->duration_ns, err);
    if (ret < 0) {
        memory_free(sound);
        return ret == -ENODATA ? 0 : ret;
    }
    sound->audio = (struct video_audio){media_audio_format(sound->file), next_packet, close_sound};
    *out = &sound->audio;
    return 0;
}

static int open_writer(struct video_writer **out, const struct video_config *config,
                       struct video_audio *audio, struct error *err)
{
    *out = NULL;
    int ret = audio || !config->audio_path ? 0 : open_sound(&audio, config, err);
    return ret < 0 ? ret : video_writer_open(out, config, audio, err);
}

const struct media_module cannyscope_media = {
    .version = MEDIA_MODULE_VERSION,
    .video = &video_source_kind,
    .image = &media_image_source_kind,
    .image_measure = media_image_measure,
    .image_read = media_image_read,
    .encoders = media_encoders,
    .frames_open = media_frames_open,
    .frames_next = media_frames_next,
    .frames_close = media_frames_close,
    .writing = {.check = video_writer_check,
                .check_recording = video_writer_check_recording,
                .open = open_writer,
                .put = video_writer_put,
                .report = video_writer_report,
                .finish = video_writer_finish,
                .abort = video_writer_abort},
};
