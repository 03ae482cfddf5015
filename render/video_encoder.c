/**
 * @file
 * Encoders want luma and chroma, luma at 16 to 235 ("limited range"), and even sizes, because
 * chroma is stored at half the width and height.
 *
 * Edges are the hardest picture there is for them: only full steps, which come back with ripples
 * on both sides. They are therefore written as 0 and 255, outside of the range: what ripples there
 * is clipped by whoever shows it. With MPEG-4's quantiser at 5 this takes a fifth less than what
 * cv2.VideoWriter (whose rate is so high that the quantiser is 2) writes, and comes back with a
 * PSNR of 65 dB instead of 47 (vtest.avi). libx264's fastest preset gives them back exactly.
 *
 * No picture refers to a later one, so that none has to wait; every twelfth stands alone in
 * MPEG-4, as OpenCV has it, and one a second in H.264, so that seeking is quick.
 */
#include "render/video_encoder.h"

#include "processing/memory.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>

enum {
    ALIGNMENT = 64,      ///< bytes, of rows
    HD_ROWS = 720,       ///< from here the matrix is BT.709, as players take it
    SMALLEST_GROUP = 12, ///< pictures
    MOST_THREADS = 4,
};

/** How a codec is set up. */
struct recipe {
    const char *encoder;            ///< FFmpeg's name for it
    enum AVPixelFormat gray, color; ///< what it is given
    int quantiser_edges, quantiser; ///< 0: it has none
    const char *options[3][2];      ///< of the encoder
};

static const struct recipe recipes[] = {
    [VIDEO_MPEG4] = {"mpeg4", AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV420P, 5, 3, {{NULL}}},
    [VIDEO_H264] = {"libx264",
                    AV_PIX_FMT_YUV420P,
                    AV_PIX_FMT_YUV420P,
                    0,
                    0,
                    {{"preset", "ultrafast"}, {"crf", "18"}}},
    [VIDEO_MJPEG] = {"mjpeg", AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUVJ420P, 3, 3, {{NULL}}},
    [VIDEO_FFV1] =
        {"ffv1", AV_PIX_FMT_GRAY8, AV_PIX_FMT_0RGB32, 0, 0, {{"level", "3"}, {"slicecrc", "1"}}},
};

const AVCodec *video_encoder_find(enum video_codec codec)
{
    return avcodec_find_encoder_by_name(recipes[codec].encoder);
}

static int evened(int size)
{
    return size + (size & 1);
}

static int choose_threads(const struct video_encoder_config *config)
{
    if (config->threads > 0)
        return config->threads;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores < 1 ? 1 : cores > MOST_THREADS ? MOST_THREADS : (int)cores;
}

static void set_colors(AVCodecContext *context, const struct video_encoder_config *config)
{
    bool gray = config->pixels != VIDEO_COLOR;
    context->pix_fmt = gray ? recipes[config->codec].gray : recipes[config->codec].color;
    bool full = context->pix_fmt != AV_PIX_FMT_YUV420P;
    context->color_range = full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    bool hd = context->height >= HD_ROWS && context->pix_fmt == AV_PIX_FMT_YUV420P;
    context->colorspace = context->pix_fmt == AV_PIX_FMT_0RGB32 ? AVCOL_SPC_RGB
                          : hd                                  ? AVCOL_SPC_BT709
                                                                : AVCOL_SPC_SMPTE170M;
}

static int choose_group(const struct video_encoder_config *config)
{
    int second = (int)(av_q2d(config->rate) + 0.5);
    if (config->codec == VIDEO_H264 && second > SMALLEST_GROUP)
        return second;
    return config->codec == VIDEO_FFV1 ? 1 : SMALLEST_GROUP;
}

static void set_rate(AVCodecContext *context, const struct video_encoder_config *config)
{
    const struct recipe *recipe = &recipes[config->codec];
    bool edges = config->pixels == VIDEO_EDGES;
    int quantiser = edges ? recipe->quantiser_edges : recipe->quantiser;
    context->framerate = config->rate;
    context->time_base = av_inv_q(config->rate);
    context->max_b_frames = 0;
    context->gop_size = choose_group(config);
    if (quantiser) {
        context->flags |= AV_CODEC_FLAG_QSCALE;
        context->global_quality = quantiser * FF_QP2LAMBDA;
    }
}

/** Encoders differ in what they can be told; one that lacks it does without. */
static int set_options(AVCodecContext *context, const struct video_encoder_config *config)
{
    const char *const(*options)[2] = recipes[config->codec].options;
    int ret = 0;
    for (int i = 0; i < 3 && options[i][0] && ret != AVERROR(ENOMEM); i++)
        ret = av_opt_set(context, options[i][0], options[i][1], AV_OPT_SEARCH_CHILDREN);
    if (config->no_delay && ret != AVERROR(ENOMEM))
        ret = av_opt_set(context, "tune", "zerolatency", AV_OPT_SEARCH_CHILDREN);
    return ret == AVERROR(ENOMEM) ? ret : 0;
}

static void set_threads(AVCodecContext *context, const struct video_encoder_config *config)
{
    if (config->no_delay || config->codec != VIDEO_H264)
        context->thread_type = FF_THREAD_SLICE;
    context->thread_count = choose_threads(config);
}

static int open_context(struct video_encoder *encoder, const AVCodec *codec,
                        const struct video_encoder_config *config)
{
    AVCodecContext *context = encoder->context = avcodec_alloc_context3(codec);
    if (!context)
        return AVERROR(ENOMEM);
    bool exact = config->codec == VIDEO_FFV1;
    context->width = exact ? config->width : evened(config->width);
    context->height = exact ? config->height : evened(config->height);
    context->codec_tag = config->tag;
    if (config->header_apart)
        context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    set_colors(context, config);
    set_rate(context, config);
    set_threads(context, config);
    int ret = set_options(context, config);
    return ret < 0 ? ret : avcodec_open2(context, codec, NULL);
}

static void free_picture(void *opaque, uint8_t *data)
{
    (void)opaque;
    memory_free(data);
}

/** Chroma in the middle means no colour, and is never written again where there is none. */
static AVBufferRef *allocate_picture(void *opaque, size_t bytes)
{
    (void)opaque;
    uint8_t *data = memory_alloc(MEMORY_FRAMES, bytes);
    if (!data)
        return NULL;
    memset(data, 128, bytes);
    AVBufferRef *buffer = av_buffer_create(data, bytes, free_picture, NULL, 0);
    if (!buffer)
        memory_free(data);
    return buffer;
}

static int make_scaler(struct video_encoder *encoder)
{
    const AVCodecContext *to = encoder->context;
    if (encoder->pixels != VIDEO_COLOR || to->pix_fmt == AV_PIX_FMT_0RGB32)
        return 0;
    encoder->scaler =
        sws_getContext(encoder->width, encoder->height, AV_PIX_FMT_0RGB32, encoder->width,
                       encoder->height, to->pix_fmt, SWS_BILINEAR, NULL, NULL, NULL);
    if (!encoder->scaler)
        return AVERROR(ENOSYS);
    const int *matrix = sws_getCoefficients(to->colorspace);
    bool full = to->color_range == AVCOL_RANGE_JPEG;
    sws_setColorspaceDetails(encoder->scaler, matrix, 1, matrix, full, 0, 1 << 16, 1 << 16);
    return 0;
}

static int allocate(struct video_encoder *encoder)
{
    const AVCodecContext *context = encoder->context;
    int bytes =
        av_image_get_buffer_size(context->pix_fmt, context->width, context->height, ALIGNMENT);
    if (bytes < 0)
        return bytes;
    // Encoders and libswscale look a little beyond the end.
    encoder->pool = av_buffer_pool_init2((size_t)bytes + ALIGNMENT, NULL, allocate_picture, NULL);
    encoder->frame = av_frame_alloc();
    return encoder->pool && encoder->frame ? make_scaler(encoder) : AVERROR(ENOMEM);
}

int video_encoder_open(struct video_encoder *encoder, const struct video_encoder_config *config,
                       struct error *err)
{
    *encoder = (struct video_encoder){
        .pixels = config->pixels, .width = config->width, .height = config->height};
    const AVCodec *codec = video_encoder_find(config->codec);
    if (!codec)
        return error_set(err, -ENOTSUP, "FFmpeg has no %s encoder here; choose another codec",
                         recipes[config->codec].encoder);
    int ret = open_context(encoder, codec, config);
    if (ret == 0)
        ret = allocate(encoder);
    if (ret < 0)
        return error_set(err, ret == AVERROR(ENOMEM) ? -ENOMEM : -ENOTSUP,
                         "FFmpeg's %s encoder does not take pictures of %d x %d: %s", codec->name,
                         config->width, config->height, av_err2str(ret));
    return 0;
}

static void limit_row(const uint8_t *restrict from, int width, uint8_t *restrict to)
{
    for (int x = 0; x < width; x++)
        to[x] = (uint8_t)(16 + ((from[x] * 56284u + 32768u) >> 16));
}

static void copy_rows(struct video_encoder *encoder, const struct video_picture *picture)
{
    AVFrame *frame = encoder->frame;
    bool limited = encoder->pixels == VIDEO_GRAY && frame->color_range == AVCOL_RANGE_MPEG;
    size_t bytes = (size_t)picture->width * (encoder->pixels == VIDEO_COLOR ? 4 : 1);
    for (int y = 0; y < picture->height; y++) {
        const uint8_t *from = picture->data + y * picture->stride;
        uint8_t *to = frame->data[0] + (ptrdiff_t)y * frame->linesize[0];
        if (limited)
            limit_row(from, picture->width, to);
        else
            memcpy(to, from, bytes);
    }
}

/** Repeats what is at the right and at the bottom: black would be an edge of its own. */
static void pad(struct video_encoder *encoder)
{
    AVFrame *frame = encoder->frame;
    ptrdiff_t stride = frame->linesize[0];
    if (frame->width > encoder->width)
        for (uint8_t *at = frame->data[0] + encoder->width, *end = at + stride * encoder->height;
             at != end; at += stride)
            at[0] = at[-1];
    if (frame->height > encoder->height) {
        uint8_t *last = frame->data[0] + stride * encoder->height;
        memcpy(last, last - stride, (size_t)frame->width);
    }
}

/** Encoders may still be reading the picture before. */
static int take_buffer(struct video_encoder *encoder)
{
    const AVCodecContext *context = encoder->context;
    AVFrame *frame = encoder->frame;
    av_frame_unref(frame);
    frame->buf[0] = av_buffer_pool_get(encoder->pool);
    if (!frame->buf[0])
        return -ENOMEM;
    frame->format = context->pix_fmt;
    frame->width = context->width;
    frame->height = context->height;
    frame->color_range = context->color_range;
    frame->colorspace = context->colorspace;
    if (context->flags & AV_CODEC_FLAG_QSCALE)
        frame->quality = context->global_quality;
    int ret = av_image_fill_arrays(frame->data, frame->linesize, frame->buf[0]->data,
                                   context->pix_fmt, context->width, context->height, ALIGNMENT);
    return ret < 0 ? -ENOTSUP : 0;
}

int video_encoder_fill(struct video_encoder *encoder, const struct video_picture *picture)
{
    int ret = take_buffer(encoder);
    if (ret < 0)
        return ret;
    const AVFrame *frame = encoder->frame;
    if (encoder->scaler) {
        const uint8_t *from[4] = {picture->data};
        const int stride[4] = {(int)picture->stride};
        if (sws_scale(encoder->scaler, from, stride, 0, picture->height, frame->data,
                      frame->linesize) != picture->height)
            return -ENOTSUP;
    } else {
        copy_rows(encoder, picture);
    }
    pad(encoder);
    return 0;
}

void video_encoder_close(struct video_encoder *encoder)
{
    // The encoder first: it may still hold pictures of the pool.
    avcodec_free_context(&encoder->context);
    av_frame_free(&encoder->frame);
    av_buffer_pool_uninit(&encoder->pool);
    sws_freeContext(encoder->scaler);
    *encoder = (struct video_encoder){0};
}
