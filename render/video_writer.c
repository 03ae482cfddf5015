/**
 * @file
 * What a picture's time becomes.
 *
 * A container with times gets the picture's own. A container with a rate has beats: a picture
 * belongs on the beat that is nearest to its time, but one that is less than a beat off just takes
 * the next, so that a trembling camera does not make pictures come double. This is what ffmpeg
 * calls a constant frame rate (-vsync cfr).
 *
 * The encoder counts pictures; their times wait here until it gives their packets back.
 */
#include "render/video_writer.h"

#include "processing/clock.h"
#include "processing/memory.h"
#include "render/video_encoder.h"
#include "render/video_muxer.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
    MOST_DELAYED = 256,   ///< pictures inside the encoder
    FINEST_RATE = 0xffff, ///< MPEG-4 counts time in 16 bits
};

static const double fallback_fps = 25, max_fps = 1000, min_fps = 0.01;
static const double beat_slack = 0.9;

struct video_writer {
    struct video_config config; ///< its strings are not kept
    const struct video_container *container;
    AVRational rate;
    struct video_encoder encoder;
    struct video_muxer muxer;
    AVPacket *packet;
    int64_t times_ns[MOST_DELAYED]; ///< of the pictures inside the encoder, by their numbers
    int64_t sent;                   ///< pictures that the encoder got
    int64_t last_ns;                ///< time of the last picture; -1 before the first
    int64_t last_ticks;             ///< of the last packet
    struct video_report report;
};

int video_writer_check(const char *path, struct error *err)
{
    return video_container_of(path, err) ? 0 : -EINVAL;
}

/** The only container whose beginning can be read without its end. */
static int check_ending(const char *path, struct error *err)
{
    const struct video_container *container = video_container_of(path, NULL);
    if (container && strcmp(container->name, "matroska") == 0)
        return 0;
    return error_set(err, -EINVAL, "Cannot record to '%s': recordings are Matroska, name it .mkv",
                     path);
}

int video_writer_check_recording(const char *path, struct error *err)
{
    int ret = check_ending(path, err);
    return ret < 0 ? ret : video_file_check_new(path, err);
}

static AVRational rate_of(double fps)
{
    bool sensible = fps >= min_fps && fps <= max_fps;
    return av_d2q(sensible ? fps : fallback_fps, FINEST_RATE);
}

static enum video_codec choose_codec(const struct video_writer *writer)
{
    if (writer->config.codec != VIDEO_AUTOMATIC)
        return writer->config.codec;
    bool avi = writer->container->steady;
    return !avi && video_encoder_find(VIDEO_H264) ? VIDEO_H264 : VIDEO_MPEG4;
}

static int open_encoder(struct video_writer *writer, struct error *err)
{
    const struct video_config *config = &writer->config;
    enum video_codec codec = choose_codec(writer);
    bool avi = writer->container->steady;
    struct video_encoder_config asked = {
        .codec = codec,
        .pixels = config->pixels,
        .width = config->width,
        .height = config->height,
        .rate = writer->rate,
        .no_delay = config->recording,
        .header_apart = !avi,
        .tag = avi && codec == VIDEO_MPEG4 ? MKTAG('X', 'V', 'I', 'D') : 0,
        .threads = config->threads,
    };
    return video_encoder_open(&writer->encoder, &asked, err);
}

static int check_config(struct video_writer *writer, struct error *err)
{
    const struct video_config *config = &writer->config;
    writer->container = video_container_of(config->path, err);
    if (!writer->container)
        return -EINVAL;
    int ret = config->recording ? video_writer_check_recording(config->path, err) : 0;
    if (ret < 0)
        return ret;
    if (config->width < 1 || config->height < 1)
        return error_set(err, -EINVAL, "Cannot write '%s': there is no picture in %d x %d pixels",
                         config->path, config->width, config->height);
    return 0;
}

static void describe(struct video_writer *writer)
{
    const AVCodecContext *context = writer->encoder.context;
    struct video_report *report = &writer->report;
    snprintf(report->codec, sizeof report->codec, "%s", avcodec_get_name(context->codec_id));
    report->width = context->width;
    report->height = context->height;
    report->padded =
        context->width != writer->config.width || context->height != writer->config.height;
    report->sound = writer->muxer.sound != NULL;
}

static int open_all(struct video_writer *writer, struct video_audio *audio, struct error *err)
{
    int ret = check_config(writer, err);
    if (ret == 0 && !(writer->packet = av_packet_alloc()))
        ret = error_set(err, -ENOMEM, "Not enough memory to write '%s'", writer->config.path);
    if (ret == 0)
        ret = open_encoder(writer, err);
    if (ret < 0) {
        if (audio)
            audio->close(audio);
        return ret;
    }
    struct video_muxer_config config = {.path = writer->config.path,
                                        .container = writer->container,
                                        .codec = writer->encoder.context,
                                        .rate = writer->rate,
                                        .recording = writer->config.recording};
    return video_muxer_open(&writer->muxer, &config, audio, writer->report.note,
                            sizeof writer->report.note, err);
}

static void release(struct video_writer **writer)
{
    video_muxer_close(&(*writer)->muxer);
    video_encoder_close(&(*writer)->encoder);
    av_packet_free(&(*writer)->packet);
    memory_free(*writer);
    *writer = NULL;
}

int video_writer_open(struct video_writer **out, const struct video_config *config,
                      struct video_audio *audio, struct error *err)
{
    // Only app/ prints.
    av_log_set_level(AV_LOG_QUIET);
    struct video_writer *writer = *out = memory_alloc(MEMORY_OTHER, sizeof *writer);
    if (!writer) {
        if (audio)
            audio->close(audio);
        return error_set(err, -ENOMEM, "Not enough memory to write '%s'", config->path);
    }
    writer->config = *config;
    writer->muxer.file.fd = -1;
    writer->rate = rate_of(config->fps);
    writer->last_ns = -1;
    writer->last_ticks = -1;
    int ret = open_all(writer, audio, err);
    if (ret < 0) {
        release(out);
        return ret;
    }
    writer->config.path = writer->config.audio_path = NULL;
    describe(writer);
    return 0;
}

static int64_t interval_ns(const struct video_writer *writer)
{
    return av_rescale(NS_PER_S, writer->rate.den, writer->rate.num);
}

static int tell_encoder(const struct video_writer *writer, int ret, struct error *err)
{
    return error_set(err, ret == AVERROR(ENOMEM) ? -ENOMEM : -EIO, "The encoder of '%s' failed: %s",
                     writer->muxer.file.path, av_err2str(ret));
}

/** The encoder's packets into the file. */
static int drain(struct video_writer *writer, struct error *err)
{
    AVPacket *packet = writer->packet;
    AVRational base = writer->muxer.video->time_base;
    int code = 0;
    for (int ret;
         (ret = avcodec_receive_packet(writer->encoder.context, packet)) != AVERROR(EAGAIN);) {
        if (ret == AVERROR_EOF)
            break;
        if (ret < 0)
            return tell_encoder(writer, ret, err);
        int64_t number = packet->pts;
        int64_t time_ns = writer->times_ns[number % MOST_DELAYED];
        int64_t ticks = writer->container->steady
                            ? number
                            : av_rescale_q(time_ns, (AVRational){1, (int)NS_PER_S}, base);
        writer->last_ticks = ticks > writer->last_ticks ? ticks : writer->last_ticks + 1;
        packet->pts = packet->dts = writer->last_ticks;
        packet->duration = av_rescale_q(1, av_inv_q(writer->rate), base);
        ret = video_muxer_write(&writer->muxer, packet, time_ns, err);
        code = code ? code : ret;
    }
    return code;
}

/** The encoder takes the picture that was filled in last. */
static int encode(struct video_writer *writer, int64_t pts_ns, struct error *err)
{
    AVFrame *frame = writer->encoder.frame;
    frame->pts = writer->sent;
    writer->times_ns[writer->sent % MOST_DELAYED] = pts_ns;
    writer->sent++;
    int ret = avcodec_send_frame(writer->encoder.context, frame);
    if (ret < 0)
        return tell_encoder(writer, ret, err);
    return drain(writer, err);
}

static int fill(struct video_writer *writer, const struct video_picture *picture, struct error *err)
{
    int ret = video_encoder_fill(&writer->encoder, picture);
    return ret < 0 ? error_set(err, ret, "Cannot convert a picture for '%s': %s",
                               writer->muxer.file.path, error_reason(ret))
                   : 0;
}

static int64_t beat_ns(const struct video_writer *writer, int64_t beat)
{
    return av_rescale(beat, NS_PER_S * writer->rate.den, writer->rate.num);
}

/** The picture before once more, until its successor's beat. */
static int repeat(struct video_writer *writer, int64_t times, struct error *err)
{
    int ret = 0;
    for (; times > 0 && ret == 0; times--) {
        writer->report.repeated++;
        ret = encode(writer, beat_ns(writer, writer->sent), err);
    }
    return ret;
}

static int put_on_beat(struct video_writer *writer, const struct video_picture *picture,
                       int64_t pts_ns, struct error *err)
{
    bool first = !writer->sent;
    double late = (double)pts_ns / NS_PER_S * av_q2d(writer->rate) - (double)writer->sent;
    int64_t missing = late > beat_slack ? llround(late) : 0;
    int ret = first ? fill(writer, picture, err) : 0;
    if (ret == 0)
        ret = repeat(writer, missing, err);
    if (ret == 0 && !first)
        ret = fill(writer, picture, err);
    if (ret < 0)
        return ret;
    if (late < -beat_slack && !first) {
        writer->report.left_out++;
        return 0;
    }
    return encode(writer, beat_ns(writer, writer->sent), err);
}

static int64_t correct(struct video_writer *writer, int64_t pts_ns)
{
    if (pts_ns > writer->last_ns)
        return pts_ns;
    int64_t step_ns = interval_ns(writer);
    writer->report.corrected++;
    return writer->last_ns + (step_ns < NS_PER_MS ? step_ns : NS_PER_MS);
}

int video_writer_put(struct video_writer *writer, const struct video_picture *picture,
                     int64_t pts_ns, struct error *err)
{
    const struct video_config *config = &writer->config;
    if (picture->width != config->width || picture->height != config->height)
        return error_set(
            err, -ESTALE,
            "The pictures are %d x %d now; one video file holds one size, here %d x %d",
            picture->width, picture->height, config->width, config->height);
    pts_ns = writer->last_ns = correct(writer, pts_ns);
    if (writer->container->steady)
        return put_on_beat(writer, picture, pts_ns, err);
    int ret = fill(writer, picture, err);
    return ret < 0 ? ret : encode(writer, pts_ns, err);
}

void video_writer_report(const struct video_writer *writer, struct video_report *report)
{
    *report = writer->report;
    struct video_extent extent = video_muxer_extent(&writer->muxer);
    report->pictures = extent.pictures;
    report->bytes = writer->muxer.file.bytes;
    if (extent.pictures > 0)
        report->duration_ns = writer->container->steady ? beat_ns(writer, extent.pictures)
                                                        : extent.last_ns + interval_ns(writer);
}

/** Room that ran short is no reason to lose what is still in the encoder. */
static int end_encoder(struct video_writer *writer, struct error *err)
{
    int ret = avcodec_send_frame(writer->encoder.context, NULL);
    ret = ret < 0 && ret != AVERROR_EOF ? tell_encoder(writer, ret, err) : drain(writer, err);
    return ret == -ENOSPC ? 0 : ret;
}

static int finish(struct video_writer *writer, bool to_end, struct error *err)
{
    const char *path = writer->muxer.file.path;
    if (!writer->sent)
        return error_set(err, -ENODATA, "There was no picture to write to '%s'", path);
    bool recording = writer->config.recording, failed = writer->muxer.file.failure < 0;
    int ended = failed ? 0 : end_encoder(writer, err);
    if (ended < 0 && !recording)
        return ended;
    // Why not, if it failed, who put the pictures knows.
    if (video_muxer_extent(&writer->muxer).pictures == 0 && (!failed || recording))
        return ended < 0 ? ended : error_set(err, -ENODATA, "No picture came to be in '%s'", path);
    struct video_report report;
    video_writer_report(writer, &report);
    int ret = video_muxer_finish(&writer->muxer, to_end ? INT64_MAX : report.duration_ns,
                                 ended < 0 ? NULL : err);
    return ended < 0 ? ended : ret;
}

int video_writer_finish(struct video_writer **writer, bool to_end, struct video_report *report,
                        struct error *err)
{
    int ret = finish(*writer, to_end, err);
    if (report)
        video_writer_report(*writer, report);
    release(writer);
    return ret;
}

void video_writer_abort(struct video_writer **writer)
{
    if (*writer)
        release(writer);
}
