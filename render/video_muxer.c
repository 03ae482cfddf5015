/**
 * @file
 * A muxer interleaves streams and writes, at the end, what can only be known then: an AVI's and a
 * Matroska's index, all of an MP4's. Sound is fetched when a picture is written, up to its time,
 * so nothing has to be kept for the interleaving.
 *
 * Matroska collects packets to a cluster and writes that as a whole. A recording's are ended every
 * half second, by a packet of NULL, which libavformat calls flushing. A reader takes what is there
 * cluster by cluster, with or without the index at the end.
 *
 * Source: FFmpeg 5.1, libavformat/avformat.h, matroskaenc.c, avienc.c.
 */
#include "render/video_muxer.h"

#include "processing/clock.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

enum { FINEST_TICKS = 90000 }; ///< a second, at least

static const int64_t cluster_ns = NS_PER_S / 2;

static const AVRational nanoseconds = {1, 1000000000};

static const struct video_container containers[] = {
    {".avi", "avi", true}, {".mp4", "mp4", false}, {".mkv", "matroska", false}};

const struct video_container *video_container_of(const char *path, struct error *err)
{
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(slash ? slash : path, '.');
    for (size_t i = 0; dot && i < sizeof containers / sizeof *containers; i++)
        if (strcasecmp(dot, containers[i].ending) == 0)
            return &containers[i];
    error_set(err, -EINVAL, "Cannot write '%s': name it .avi, .mp4 or .mkv", path);
    return NULL;
}

static int code_of(int ret)
{
    return ret < -4096 ? -EINVAL : ret;
}

static int tell(const struct video_muxer *muxer, int ret, struct error *err)
{
    int failed = video_file_check(&muxer->file, err);
    return failed < 0 ? failed
                      : error_set(err, code_of(ret), "Cannot write %s'%s': %s",
                                  muxer->sound_code ? "the sound of " : "", muxer->file.path,
                                  av_err2str(ret));
}

/** Ticks in which pictures at the nominal rate lie exactly, and any others nearly. */
static AVRational time_base_of(const struct video_muxer_config *config)
{
    if (config->container->steady)
        return av_inv_q(config->rate);
    int ticks = config->rate.num * ((FINEST_TICKS - 1) / config->rate.num + 1);
    return (AVRational){1, ticks};
}

static int add_video(struct video_muxer *muxer, const struct video_muxer_config *config)
{
    AVStream *stream = muxer->video = avformat_new_stream(muxer->format, NULL);
    if (!stream)
        return AVERROR(ENOMEM);
    stream->time_base = time_base_of(config);
    stream->avg_frame_rate = stream->r_frame_rate = config->rate;
    return avcodec_parameters_from_context(stream->codecpar, config->codec);
}

static int add_sound(struct video_muxer *muxer)
{
    const AVCodecParameters *sound = muxer->audio->format;
    AVStream *stream = muxer->sound = avformat_new_stream(muxer->format, NULL);
    if (!stream)
        return AVERROR(ENOMEM);
    stream->time_base = (AVRational){1, sound->sample_rate > 0 ? sound->sample_rate : 90000};
    int ret = avcodec_parameters_copy(stream->codecpar, sound);
    stream->codecpar->codec_tag = 0;
    return ret;
}

static int write_header(struct video_muxer *muxer, const struct video_muxer_config *config)
{
    int ret = avformat_alloc_output_context2(&muxer->format, NULL, config->container->name, NULL);
    if (ret < 0)
        return ret;
    muxer->format->pb = muxer->file.io;
    muxer->format->flags |= AVFMT_FLAG_CUSTOM_IO;
    ret = add_video(muxer, config);
    if (ret == 0 && muxer->audio)
        ret = add_sound(muxer);
    if (ret == 0)
        ret = avformat_write_header(muxer->format, NULL);
    muxer->header = ret >= 0;
    return ret < 0 ? ret : 0;
}

static void end_sound(struct video_muxer *muxer)
{
    if (muxer->audio)
        muxer->audio->close(muxer->audio);
    muxer->audio = NULL;
    muxer->pending = false;
}

/** Of a sound that cannot come along the user hears, in a word. */
static void refuse_sound(struct video_muxer *muxer, const struct video_container *container,
                         char *note, size_t note_bytes)
{
    snprintf(note, note_bytes,
             "There is no sound in it: %s files cannot hold %s as it is; .mkv can",
             container->ending, avcodec_get_name(muxer->audio->format->codec_id));
    end_sound(muxer);
}

static bool holds(const struct video_container *container, enum AVCodecID codec)
{
    const AVOutputFormat *format = av_guess_format(container->name, NULL, NULL);
    return format && avformat_query_codec(format, codec, FF_COMPLIANCE_NORMAL) == 1;
}

static int start_file(struct video_muxer *muxer, const struct video_muxer_config *config,
                      char *note, size_t note_bytes)
{
    if (muxer->audio && !holds(config->container, muxer->audio->format->codec_id))
        refuse_sound(muxer, config->container, note, note_bytes);
    int ret = write_header(muxer, config);
    if (ret == 0 || ret == AVERROR(ENOMEM) || !muxer->audio || muxer->file.failure)
        return ret;
    // What it says it holds it does not always.
    refuse_sound(muxer, config->container, note, note_bytes);
    avformat_free_context(muxer->format);
    muxer->format = NULL;
    muxer->sound = NULL;
    avio_seek(muxer->file.io, 0, SEEK_SET);
    return write_header(muxer, config);
}

int video_muxer_open(struct video_muxer *muxer, const struct video_muxer_config *config,
                     struct video_audio *audio, char *note, size_t note_bytes, struct error *err)
{
    *muxer = (struct video_muxer){.file.fd = -1,
                                  .audio = audio,
                                  .recording = config->recording,
                                  .steady = config->container->steady,
                                  .checked_ns = -NS_PER_S};
    if (!holds(config->container, config->codec->codec_id))
        return error_set(err, -ENOTSUP, "Cannot write '%s': %s files do not hold %s; .mkv does",
                         config->path, config->container->ending,
                         avcodec_get_name(config->codec->codec_id));
    int ret = video_file_create(&muxer->file, config->path, config->recording, err);
    if (ret < 0)
        return ret;
    muxer->packet = av_packet_alloc();
    ret = muxer->packet ? start_file(muxer, config, note, note_bytes) : AVERROR(ENOMEM);
    if (ret == 0)
        video_file_flush(&muxer->file);
    return ret < 0 || muxer->file.failure ? tell(muxer, ret, err) : 0;
}

/** Makes the packet's place in time known. Returns it, nanoseconds. */
static int64_t time_of(const AVPacket *packet)
{
    int64_t at = packet->dts != AV_NOPTS_VALUE ? packet->dts : packet->pts;
    return at == AV_NOPTS_VALUE ? 0 : av_rescale_q(at, packet->time_base, nanoseconds);
}

static bool fetch_sound(struct video_muxer *muxer)
{
    if (muxer->pending || !muxer->audio)
        return muxer->pending;
    int ret = muxer->audio->next(muxer->audio, muxer->packet);
    muxer->pending = ret == 0;
    if (ret == -ENOMEM || ret == -EIO)
        muxer->sound_code = AVERROR(-ret);
    if (!muxer->pending)
        end_sound(muxer);
    return muxer->pending;
}

/** A packet that the container does not want is left out; a full disk shows in the file. */
static void write_packet(struct video_muxer *muxer, AVPacket *packet)
{
    // Before time 0 there is only what a decoder warms up with. To keep it, an AVI would have to
    // shift the pictures, by whole ones.
    if (muxer->steady && time_of(packet) < 0)
        return;
    packet->stream_index = muxer->sound->index;
    packet->pos = -1;
    av_packet_rescale_ts(packet, packet->time_base, muxer->sound->time_base);
    if (av_write_frame(muxer->format, packet) == AVERROR(ENOMEM))
        muxer->sound_code = AVERROR(ENOMEM);
}

/** Returns 0 or what ended the sound too early, an AVERROR. */
static int write_sound(struct video_muxer *muxer, int64_t until_ns)
{
    while (fetch_sound(muxer) && time_of(muxer->packet) < until_ns) {
        write_packet(muxer, muxer->packet);
        av_packet_unref(muxer->packet);
        muxer->pending = false;
    }
    return muxer->sound_code;
}

static int check_room(struct video_muxer *muxer, int64_t pts_ns, struct error *err)
{
    int64_t passed_ns = pts_ns - muxer->checked_ns;
    if (passed_ns < NS_PER_S)
        return 0;
    int64_t more = muxer->file.bytes - muxer->checked_bytes;
    muxer->checked_ns = pts_ns;
    muxer->checked_bytes = muxer->file.bytes;
    return video_file_check_room(&muxer->file, more * NS_PER_MS / (passed_ns / 1000), err);
}

/** Nothing more goes into the file: what was not brought out is lost. Returns an AVERROR. */
static int fail(struct video_muxer *muxer, int ret)
{
    if (!muxer->file.failure)
        muxer->file.failure = code_of(ret);
    return AVERROR(-muxer->file.failure);
}

/** Ends the cluster and brings it out. Returns 0 or what stopped that, an AVERROR. */
static int flush(struct video_muxer *muxer)
{
    int ret = av_write_frame(muxer->format, NULL);
    if (ret >= 0)
        video_file_flush(&muxer->file);
    if (ret < 0 || muxer->file.failure)
        return fail(muxer, ret);
    muxer->whole = muxer->taken;
    return 0;
}

static int flush_cluster(struct video_muxer *muxer, int64_t pts_ns, struct error *err)
{
    if (!muxer->recording || pts_ns - muxer->flushed_ns < cluster_ns)
        return 0;
    int ret = flush(muxer);
    muxer->flushed_ns = pts_ns;
    return ret < 0 ? tell(muxer, ret, err) : check_room(muxer, pts_ns, err);
}

int video_muxer_write(struct video_muxer *muxer, AVPacket *packet, int64_t pts_ns,
                      struct error *err)
{
    int sound = write_sound(muxer, pts_ns);
    int room = flush_cluster(muxer, pts_ns, err);
    packet->stream_index = muxer->video->index;
    int ret = muxer->file.failure ? 0 : av_write_frame(muxer->format, packet);
    av_packet_unref(packet);
    if (ret >= 0 && !muxer->file.failure)
        muxer->taken = (struct video_extent){muxer->taken.pictures + 1, pts_ns};
    ret = ret < 0 ? ret : sound;
    return ret < 0 || muxer->file.failure ? tell(muxer, ret, err) : room;
}

struct video_extent video_muxer_extent(const struct video_muxer *muxer)
{
    return muxer->file.failure ? muxer->whole : muxer->taken;
}

/** Returns 0 or what stopped it, an AVERROR. */
static int write_end(struct video_muxer *muxer, int64_t sound_until_ns)
{
    int sound = write_sound(muxer, sound_until_ns);
    // Then a trailer that finds no room costs no picture.
    int ret = muxer->recording ? flush(muxer) : 0;
    if (ret < 0)
        return ret;
    muxer->header = false;
    ret = av_write_trailer(muxer->format);
    avio_flush(muxer->file.io);
    if (muxer->file.failure)
        return AVERROR(-muxer->file.failure);
    return ret < 0 ? ret : sound;
}

int video_muxer_finish(struct video_muxer *muxer, int64_t sound_until_ns, struct error *err)
{
    // Of what failed before somebody has heard: to cut that to what is whole is a success.
    int ret = muxer->file.failure ? 0 : write_end(muxer, sound_until_ns);
    if ((ret < 0 && !muxer->recording) || video_muxer_extent(muxer).pictures == 0)
        return tell(muxer, ret, err);
    int closed = video_file_finish(&muxer->file, err);
    if (closed < 0)
        muxer->taken = muxer->whole = (struct video_extent){0};
    return closed < 0 || ret >= 0 ? closed : tell(muxer, ret, err);
}

void video_muxer_close(struct video_muxer *muxer)
{
    if (muxer->recording && muxer->header && !muxer->file.failure)
        flush(muxer);
    bool keep = muxer->recording && muxer->whole.pictures > 0;
    end_sound(muxer);
    av_packet_free(&muxer->packet);
    avformat_free_context(muxer->format);
    muxer->format = NULL;
    video_file_abandon(&muxer->file, keep);
}
