/**
 * @file
 * An encoder of FFmpeg takes a frame and gives a packet, and of a single picture the packet is the
 * file.
 *
 * BMP and TIFF store gray, eight bits a pixel, TIFF packed by runs (PackBits), of which edges
 * mostly consist. WebP knows colours only; without loss it stores equal channels at no cost.
 */
#include "render/media_encoder.h"

#include <errno.h>

#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>

static void keep(void *self, uint8_t *data)
{
    (void)self;
    (void)data;
}

/** A frame that is the plane's own memory. */
static int lend_plane(AVFrame *frame, const struct plane *edges)
{
    size_t bytes = (size_t)edges->stride * (size_t)(edges->height - 1) + (size_t)edges->width;
    frame->buf[0] = av_buffer_create(edges->data, bytes, keep, NULL, AV_BUFFER_FLAG_READONLY);
    frame->data[0] = edges->data;
    frame->linesize[0] = (int)edges->stride;
    return frame->buf[0] ? 0 : AVERROR(ENOMEM);
}

/** A frame of four equal channels. */
static int copy_plane(AVFrame *frame, const struct plane *edges)
{
    int ret = av_frame_get_buffer(frame, 0);
    for (int y = 0; ret == 0 && y < edges->height; y++) {
        const uint8_t *from = edges->data + y * edges->stride;
        uint8_t *to = frame->data[0] + (ptrdiff_t)y * frame->linesize[0];
        for (int x = 0; x < edges->width; x++, to += 4) {
            to[0] = to[1] = to[2] = from[x];
            to[3] = 255;
        }
    }
    return ret;
}

static AVFrame *make_frame(const struct plane *edges, enum AVPixelFormat format)
{
    AVFrame *frame = av_frame_alloc();
    if (!frame)
        return NULL;
    frame->format = format;
    frame->width = edges->width;
    frame->height = edges->height;
    frame->color_range = AVCOL_RANGE_JPEG;
    int ret = format == AV_PIX_FMT_GRAY8 ? lend_plane(frame, edges) : copy_plane(frame, edges);
    if (ret < 0)
        av_frame_free(&frame);
    return frame;
}

static int open_encoder(AVCodecContext **out, enum AVCodecID id, enum AVPixelFormat format,
                        const struct plane *edges)
{
    const AVCodec *codec = avcodec_find_encoder(id);
    *out = codec ? avcodec_alloc_context3(codec) : NULL;
    if (!*out)
        return codec ? AVERROR(ENOMEM) : AVERROR_ENCODER_NOT_FOUND;
    AVCodecContext *encoder = *out;
    encoder->width = edges->width;
    encoder->height = edges->height;
    encoder->pix_fmt = format;
    encoder->time_base = (AVRational){1, 1};
    encoder->thread_count = 1;
    // Only WebP's encoder knows the word; the others lose nothing anyway.
    int ret = av_opt_set_int(encoder, "lossless", 1, AV_OPT_SEARCH_CHILDREN);
    return ret == AVERROR(ENOMEM) ? ret : avcodec_open2(encoder, codec, NULL);
}

static int encode(AVCodecContext *encoder, const AVFrame *frame, AVPacket *packet)
{
    int ret = avcodec_send_frame(encoder, frame);
    if (ret == 0)
        ret = avcodec_send_frame(encoder, NULL);
    return ret == 0 ? avcodec_receive_packet(encoder, packet) : ret;
}

/** FFmpeg's codes as ours. */
static int code_of(int ret)
{
    return ret == AVERROR_ENCODER_NOT_FOUND ? -ENOTSUP : ret == AVERROR(ENOMEM) ? -ENOMEM : -EINVAL;
}

static int write_picture(FILE *file, enum AVCodecID id, enum AVPixelFormat format,
                         const struct plane *edges, const char *path, struct error *err)
{
    AVCodecContext *encoder;
    AVPacket *packet = av_packet_alloc();
    AVFrame *frame = make_frame(edges, format);
    int ret = packet && frame ? 0 : AVERROR(ENOMEM);
    if (ret == 0)
        ret = open_encoder(&encoder, id, format, edges);
    else
        encoder = NULL;
    if (ret == 0)
        ret = encode(encoder, frame, packet);
    if (ret < 0)
        ret = error_set(err, code_of(ret), "Cannot write '%s': FFmpeg's %s encoder: %s", path,
                        avcodec_get_name(id), av_err2str(ret));
    else if (fwrite(packet->data, 1, (size_t)packet->size, file) != (size_t)packet->size)
        ret = -errno;
    avcodec_free_context(&encoder);
    av_frame_free(&frame);
    av_packet_free(&packet);
    return ret;
}

static int write_bmp(FILE *file, const struct plane *edges, const char *path, struct error *err)
{
    return write_picture(file, AV_CODEC_ID_BMP, AV_PIX_FMT_GRAY8, edges, path, err);
}

static int write_tiff(FILE *file, const struct plane *edges, const char *path, struct error *err)
{
    return write_picture(file, AV_CODEC_ID_TIFF, AV_PIX_FMT_GRAY8, edges, path, err);
}

static int write_webp(FILE *file, const struct plane *edges, const char *path, struct error *err)
{
    return write_picture(file, AV_CODEC_ID_WEBP, AV_PIX_FMT_BGRA, edges, path, err);
}

const struct image_encoder media_encoders[] = {{".bmp", 2, write_bmp},
                                               {".tif", 3, write_tiff},
                                               {".tiff", 3, write_tiff},
                                               {".webp", 20, write_webp},
                                               {NULL, 0, NULL}};
