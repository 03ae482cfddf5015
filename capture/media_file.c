/**
 * @file
 * FFmpeg splits the work in two. A demuxer (libavformat) cuts the file into packets, each of which
 * belongs to a stream; a decoder (libavcodec) turns packets into frames, though not one by one: it
 * may need several before the first frame comes, and at the end it is asked to hand out what it
 * still keeps. Source: FFmpeg 5.1, the comments of libavformat/avformat.h and libavcodec/avcodec.h.
 *
 * Demuxers that only list other files (playlists, concatenations, manifests) are refused by name,
 * and for the others the callback that would open a further file refuses. The format is guessed
 * from the contents alone: names can make FFmpeg read numbered sequences.
 */
#include "capture/media_file.h"

#include "processing/clock.h"
#include "processing/frame.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    MAX_STREAMS = 32,
    PROBE_BYTES = 5 << 20,
    PROBE_SECONDS = 5, ///< of the file's own time
    OPEN_SECONDS = 15, ///< of ours
    READ_SECONDS = 30, ///< for one packet; slower storage is broken
    WOKEN_MS = 250,    ///< how long a read may still take when we are woken
    MAX_DAMAGED = 100, ///< packets in a row
    WORDS_BYTES = 128,
};

/** Formats that lead to other files, or make pictures of what is none. */
static const char *const refused_formats[] = {
    "concat", "dash", "ffmetadata", "hls", "imf",    "realtext",
    "rtp",    "rtsp", "sdp",        "tty", "vobsub", "webm_dash_manifest"};

static const char protocols[] = "file";

static int errno_of(int code)
{
    switch (code) {
    case AVERROR_EXIT:
        return -EINTR;
    case AVERROR_EOF:
        return -ENODATA;
    case AVERROR_DECODER_NOT_FOUND:
    case AVERROR_DEMUXER_NOT_FOUND:
    case AVERROR_PATCHWELCOME:
        return -ENOTSUP;
    default:
        // Its own codes are four letters as a number; the others are errnos already.
        return code < -4096 ? -EBADMSG : code;
    }
}

static int tell(const struct media_file *file, int code, const char *what, struct error *err)
{
    char words[WORDS_BYTES];
    av_strerror(code, words, sizeof words);
    return error_set(err, errno_of(code), "Cannot %s '%s': %s", what, file->path, words);
}

static void set_deadlines(struct media_file *file, int seconds)
{
    int64_t now = clock_now_ns();
    file->patience_ns = now + WOKEN_MS * NS_PER_MS;
    file->deadline_ns = now + seconds * NS_PER_S;
}

static int is_interrupted(void *opaque)
{
    const struct media_file *file = opaque;
    int64_t now = clock_now_ns();
    if (now > file->deadline_ns)
        return 1;
    return now > file->patience_ns && file->woken && atomic_load(file->woken);
}

static int refuse_to_open(AVFormatContext *format, AVIOContext **io, const char *url, int flags,
                          AVDictionary **options)
{
    (void)format;
    (void)url;
    (void)flags;
    (void)options;
    *io = NULL;
    return AVERROR(EPERM);
}

static int open_io(struct media_file *file, struct error *err)
{
    // The prefix keeps a colon in the name from being taken for a protocol's.
    char url[4096 + sizeof "file:"];
    if (snprintf(url, sizeof url, "file:%s", file->path) >= (int)sizeof url)
        return error_set(err, -ENAMETOOLONG, "Cannot open '%s': the name is too long", file->path);
    AVIOInterruptCB interrupt = {is_interrupted, file};
    AVDictionary *options = NULL;
    int ret = av_dict_set(&options, "protocol_whitelist", protocols, 0);
    if (ret >= 0)
        ret = avio_open2(&file->io, url, AVIO_FLAG_READ, &interrupt, &options);
    av_dict_free(&options);
    return ret < 0 ? tell(file, ret, "open", err) : 0;
}

static int choose_format(struct media_file *file, const AVInputFormat **format, struct error *err)
{
    int ret = av_probe_input_buffer2(file->io, format, "", NULL, 0, PROBE_BYTES);
    if (ret == AVERROR(EIO) || ret == AVERROR(ENOMEM))
        return tell(file, ret, "read", err);
    if (ret < 0)
        return error_set(err, ret == AVERROR_EXIT ? -ETIMEDOUT : -ENOTSUP,
                         "'%s' is no picture or video that can be read", file->path);
    for (size_t i = 0; i < sizeof refused_formats / sizeof *refused_formats; i++)
        if (strcmp((*format)->name, refused_formats[i]) == 0)
            return error_set(err, -EPERM, "'%s' is not played: it only leads to other files (%s)",
                             file->path, (*format)->name);
    return 0;
}

static int tell_header(const struct media_file *file, const AVInputFormat *format, int code,
                       struct error *err)
{
    if (strncmp(format->name, "mov", 3) == 0 && code == AVERROR_INVALIDDATA)
        return error_set(err, -EBADMSG,
                         "'%s' cannot be played: its index is missing, the recording was cut off",
                         file->path);
    return tell(file, code, "read", err);
}

static int open_format(struct media_file *file, struct error *err)
{
    const AVInputFormat *format = NULL;
    int ret = choose_format(file, &format, err);
    if (ret < 0)
        return ret;
    file->format = avformat_alloc_context();
    if (!file->format)
        return tell(file, AVERROR(ENOMEM), "open", err);
    file->format->pb = file->io;
    file->format->io_open = refuse_to_open;
    file->format->interrupt_callback = (AVIOInterruptCB){is_interrupted, file};
    file->format->max_streams = MAX_STREAMS;
    file->format->probesize = PROBE_BYTES;
    file->format->max_analyze_duration = PROBE_SECONDS * (int64_t)AV_TIME_BASE;
    AVDictionary *options = NULL;
    ret = av_dict_set(&options, "protocol_whitelist", protocols, 0);
    if (ret < 0) {
        // Closing is for what was opened.
        avformat_free_context(file->format);
        file->format = NULL;
        return tell(file, ret, "open", err);
    }
    ret = avformat_open_input(&file->format, "", format, &options);
    av_dict_free(&options);
    return ret < 0 ? tell_header(file, format, ret, err) : 0;
}

/**
 * As far as the file's header says how large its frames are, and can be believed: some streams say
 * it again themselves, and the limit of pixels holds for what they say.
 */
static int ask(const struct media_file *file, const struct media_options *options,
               struct error *err)
{
    int ret = 0;
    assert(file->format);
    for (unsigned i = 0; i < file->format->nb_streams && options->admit && ret == 0; i++) {
        const AVCodecParameters *stream = file->format->streams[i]->codecpar;
        if (stream->codec_type == AVMEDIA_TYPE_VIDEO &&
            frame_size_is_valid(stream->width, stream->height))
            ret = options->admit(options->self, stream->width, stream->height, err);
    }
    return ret;
}

/** Guessing decodes a few frames already: with the same limit. */
static int analyze(struct media_file *file, const struct media_options *options, struct error *err)
{
    AVDictionary *limits[MAX_STREAMS] = {0};
    unsigned streams = file->format->nb_streams;
    int ret = 0;
    for (unsigned i = 0; i < streams && i < MAX_STREAMS && ret >= 0; i++)
        ret = av_dict_set_int(&limits[i], "max_pixels", options->max_pixels, 0);
    if (ret >= 0)
        ret = avformat_find_stream_info(file->format, streams <= MAX_STREAMS ? limits : NULL);
    for (unsigned i = 0; i < MAX_STREAMS; i++)
        av_dict_free(&limits[i]);
    return ret < 0 ? tell(file, ret, "read", err) : 0;
}

static void take_stream(struct media_file *file, int index)
{
    for (unsigned i = 0; i < file->format->nb_streams; i++)
        if ((int)i != index)
            file->format->streams[i]->discard = AVDISCARD_ALL;
    file->stream = file->format->streams[index];
}

static int choose_stream(struct media_file *file, const AVCodec **decoder, struct error *err)
{
    int index = av_find_best_stream(file->format, AVMEDIA_TYPE_VIDEO, -1, -1, decoder, 0);
    if (index == AVERROR_DECODER_NOT_FOUND)
        return error_set(err, -ENOTSUP, "'%s' is coded in a way that cannot be decoded here",
                         file->path);
    if (index < 0)
        return error_set(err, -ENOTSUP, "'%s' holds no video", file->path);
    take_stream(file, index);
    return 0;
}

static int choose_sound(struct media_file *file)
{
    int index = av_find_best_stream(file->format, AVMEDIA_TYPE_AUDIO, -1, -1, NULL, 0);
    if (index < 0)
        return -ENODATA;
    take_stream(file, index);
    return 0;
}

static int open_decoder(struct media_file *file, const AVCodec *decoder,
                        const struct media_options *options, struct error *err)
{
    file->codec = avcodec_alloc_context3(decoder);
    file->packet = av_packet_alloc();
    if (!file->codec || !file->packet)
        return tell(file, AVERROR(ENOMEM), "decode", err);
    int ret = avcodec_parameters_to_context(file->codec, file->stream->codecpar);
    if (ret < 0)
        return tell(file, ret, "decode", err);
    file->codec->pkt_timebase = file->stream->time_base;
    file->codec->max_pixels = options->max_pixels;
    file->codec->thread_count = options->single_picture ? 1 : 0;
    file->codec->thread_type =
        options->frame_threads ? FF_THREAD_FRAME | FF_THREAD_SLICE : FF_THREAD_SLICE;
    ret = avcodec_open2(file->codec, decoder, NULL);
    return ret < 0 ? tell(file, ret, "decode", err) : 0;
}

int media_file_open(struct media_file *file, const char *path, const struct media_options *options,
                    struct error *err)
{
    *file = (struct media_file){.path = path, .woken = options->woken};
    // Only app/ prints.
    av_log_set_level(AV_LOG_QUIET);
    set_deadlines(file, OPEN_SECONDS);
    const AVCodec *decoder = NULL;
    int ret = open_io(file, err);
    if (ret == 0)
        ret = open_format(file, err);
    if (ret == 0)
        ret = ask(file, options, err);
    if (ret == 0 && !options->single_picture)
        ret = analyze(file, options, err);
    if (ret == 0 && options->sound)
        return choose_sound(file);
    if (ret == 0)
        ret = choose_stream(file, &decoder, err);
    if (ret == 0)
        ret = open_decoder(file, decoder, options, err);
    return ret;
}

static int take_damage(struct media_file *file, struct error *err)
{
    if (++file->damaged_in_row < MAX_DAMAGED)
        return -EAGAIN;
    return error_set(err, -EBADMSG, "'%s' is damaged: %d packets in a row cannot be decoded",
                     file->path, MAX_DAMAGED);
}

static int take_interrupt(struct media_file *file, struct error *err)
{
    // FFmpeg takes the interruption for the end of the file.
    file->io->eof_reached = 0;
    file->io->error = 0;
    if (clock_now_ns() < file->deadline_ns)
        return -EINTR;
    return error_set(err, -ETIMEDOUT, "Reading '%s' takes too long", file->path);
}

/**
 * What, of an unsuccessful reading, is not the end of the file nor damage to it: a disk that fails,
 * of which FFmpeg makes an end, and no memory. 0 if it is neither.
 */
static int read_failure(const struct media_file *file, int ret)
{
    int code = ret == AVERROR(ENOMEM) ? ret : file->io->error;
    return code == AVERROR_EOF || code == AVERROR_EXIT ? 0 : code;
}

/** Reads packets until the decoder got one, or was told that there are no more. */
static int feed_decoder(struct media_file *file, struct error *err)
{
    for (;;) {
        set_deadlines(file, READ_SECONDS);
        int ret = av_read_frame(file->format, file->packet);
        if (ret == AVERROR_EXIT)
            return take_interrupt(file, err);
        if (ret == AVERROR(EAGAIN))
            continue;
        // Whatever else ends the reading, the decoder may still have frames.
        if (ret < 0)
            file->failure = read_failure(file, ret);
        bool ours = ret < 0 || file->packet->stream_index == file->stream->index;
        if (ours)
            ret = avcodec_send_packet(file->codec, ret < 0 ? NULL : file->packet);
        av_packet_unref(file->packet);
        if (ours && ret == AVERROR(ENOMEM))
            return tell(file, ret, "decode", err);
        if (ours)
            return ret < 0 && ret != AVERROR_EOF ? take_damage(file, err) : 0;
    }
}

static int check_size(const struct media_file *file, const AVFrame *frame, struct error *err)
{
    if (frame_size_is_valid(frame->width, frame->height))
        return 0;
    return error_set(err, -EFBIG, "'%s' has %d x %d pixels, which is more than can be read",
                     file->path, frame->width, frame->height);
}

int media_file_next(struct media_file *file, AVFrame *frame, struct error *err)
{
    for (;;) {
        int ret = avcodec_receive_frame(file->codec, frame);
        if (ret == 0) {
            file->damaged_in_row = 0;
            return check_size(file, frame, err);
        }
        if (ret == AVERROR_EOF)
            return file->failure ? tell(file, file->failure, "read", err) : -ENODATA;
        if (ret == AVERROR(ENOMEM))
            return tell(file, ret, "decode", err);
        ret = ret == AVERROR(EAGAIN) ? feed_decoder(file, err) : take_damage(file, err);
        if (ret < 0)
            return ret;
    }
}

int media_file_packet(struct media_file *file, AVPacket *packet)
{
    for (;;) {
        set_deadlines(file, READ_SECONDS);
        int ret = av_read_frame(file->format, packet);
        if (ret == AVERROR_EXIT)
            return take_interrupt(file, NULL);
        if (ret == AVERROR(EAGAIN))
            continue;
        if (ret < 0)
            return errno_of(read_failure(file, ret) ? read_failure(file, ret) : ret);
        if (packet->stream_index == file->stream->index)
            return 0;
        av_packet_unref(packet);
    }
}

/** Files may claim any time; of two within this (73 years) the distance can be told. */
static int64_t within_reach(int64_t ns)
{
    const int64_t far = INT64_MAX / 4;
    return ns > far ? far : ns < -far ? -far : ns;
}

int64_t media_file_zero_ns(const struct media_file *file)
{
    int64_t start_us = file->format->start_time;
    if (start_us == AV_NOPTS_VALUE)
        return 0;
    return within_reach(av_rescale(start_us, NS_PER_US, 1));
}

int64_t media_file_time_ns(const struct media_file *file, int64_t stamp)
{
    int64_t at_ns = av_rescale_q(stamp, file->stream->time_base, (AVRational){1, NS_PER_S});
    return within_reach(at_ns) - media_file_zero_ns(file);
}

int media_file_seek(struct media_file *file, int64_t at_ns)
{
    // What is made for broadcasting has no index: one lands anywhere, between whole pictures too.
    if (file->format->iformat->flags & AVFMT_TS_DISCONT)
        return -ENOTSUP;
    set_deadlines(file, READ_SECONDS);
    int64_t stamp = av_rescale_q(at_ns + media_file_zero_ns(file), (AVRational){1, NS_PER_S},
                                 file->stream->time_base);
    int ret = av_seek_frame(file->format, file->stream->index, stamp, AVSEEK_FLAG_BACKWARD);
    if (ret < 0)
        return errno_of(ret);
    if (file->codec)
        avcodec_flush_buffers(file->codec);
    return 0;
}

int media_file_rewind(struct media_file *file, struct error *err)
{
    set_deadlines(file, READ_SECONDS);
    int64_t start = file->stream->start_time != AV_NOPTS_VALUE ? file->stream->start_time : 0;
    int ret = av_seek_frame(file->format, file->stream->index, start, AVSEEK_FLAG_BACKWARD);
    if (ret < 0)
        ret = av_seek_frame(file->format, -1, 0, AVSEEK_FLAG_BYTE);
    if (ret < 0)
        return tell(file, ret, "go back to the start of", err);
    avcodec_flush_buffers(file->codec);
    return 0;
}

void media_file_close(struct media_file *file)
{
    avcodec_free_context(&file->codec);
    av_packet_free(&file->packet);
    avformat_close_input(&file->format);
    avio_closep(&file->io);
    *file = (struct media_file){0};
}
