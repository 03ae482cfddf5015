#include "capture/media_audio.h"

#include "capture/image_reader.h"
#include "capture/media_file.h"
#include "processing/clock.h"
#include "processing/memory.h"

#include <errno.h>

#include <libavutil/common.h>

struct media_audio {
    struct media_file file;
    char *path;
    int64_t start_ns, end_ns; ///< from the file's start
};

static int open_file(struct media_audio *audio, const char *path, struct error *err)
{
    audio->path = memory_copy_string(MEMORY_OTHER, path);
    if (!audio->path)
        return error_set(err, -ENOMEM, "Not enough memory to open '%s'", path);
    struct media_options options = {.sound = true, .max_pixels = IMAGE_MAX_PIXELS};
    int ret = media_file_open(&audio->file, audio->path, &options, err);
    // Where seeking fails the packets before are read over.
    if (ret == 0 && audio->start_ns > 0)
        media_file_seek(&audio->file, audio->start_ns);
    return ret;
}

int media_audio_open(struct media_audio **out, const char *path, int64_t start_ns,
                     int64_t duration_ns, struct error *err)
{
    struct media_audio *audio = *out = memory_alloc(MEMORY_OTHER, sizeof *audio);
    if (!audio)
        return error_set(err, -ENOMEM, "Not enough memory to open '%s'", path);
    audio->start_ns = start_ns;
    audio->end_ns = duration_ns > 0 ? start_ns + duration_ns : INT64_MAX;
    int ret = open_file(audio, path, err);
    if (ret < 0)
        media_audio_close(out);
    return ret;
}

const struct AVCodecParameters *media_audio_format(const struct media_audio *audio)
{
    return audio->file.stream->codecpar;
}

/** From time 0 on, in the stream's ticks. */
static void shift(const struct media_audio *audio, AVPacket *packet)
{
    AVRational base = audio->file.stream->time_base;
    int64_t zero_ns = media_file_zero_ns(&audio->file) + audio->start_ns;
    int64_t zero = av_rescale_q(zero_ns, (AVRational){1, NS_PER_S}, base);
    packet->time_base = base;
    // Files may claim any time.
    if (packet->pts != AV_NOPTS_VALUE)
        packet->pts = av_sat_sub64(packet->pts, zero);
    if (packet->dts != AV_NOPTS_VALUE)
        packet->dts = av_sat_sub64(packet->dts, zero);
}

int media_audio_next(struct media_audio *audio, AVPacket *packet)
{
    for (;;) {
        int ret = media_file_packet(&audio->file, packet);
        if (ret < 0)
            return ret;
        int64_t stamp = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
        int64_t at_ns =
            stamp == AV_NOPTS_VALUE ? audio->start_ns : media_file_time_ns(&audio->file, stamp);
        bool early = audio->start_ns > 0 && at_ns < audio->start_ns;
        if (!early && at_ns < audio->end_ns) {
            shift(audio, packet);
            return 0;
        }
        av_packet_unref(packet);
        if (!early)
            return -ENODATA;
    }
}

void media_audio_close(struct media_audio **audio)
{
    if (!*audio)
        return;
    media_file_close(&(*audio)->file);
    memory_free((*audio)->path);
    memory_free(*audio);
    *audio = NULL;
}
