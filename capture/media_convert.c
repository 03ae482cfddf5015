/**
 * @file
 * FFmpeg knows some 200 ways of laying out a picture; eight of them are ours. Of the rest those
 * whose first plane is 8-bit luma can still be lent as gray, which is all that edges need. What is
 * left goes through libswscale, to the nearest of ours: gray, I420 or BGR24.
 *
 * The range is in the frame, or in the format (FFmpeg's YUVJ formats are full range), or unknown,
 * and then limited, as video is. The matrix likewise; unknown, it goes by the height, as players
 * do: BT.709 (HDTV) from 720 rows up.
 */
#include "capture/media_convert.h"

#include <errno.h>

#include <libavutil/pixdesc.h>

enum { HD_ROWS = 720 };

static const struct {
    enum AVPixelFormat theirs;
    enum pixel_format ours;
} direct_formats[] = {
    {AV_PIX_FMT_YUV420P, PIXEL_I420}, {AV_PIX_FMT_YUVJ420P, PIXEL_I420},
    {AV_PIX_FMT_NV12, PIXEL_NV12},    {AV_PIX_FMT_YUYV422, PIXEL_YUYV},
    {AV_PIX_FMT_UYVY422, PIXEL_UYVY}, {AV_PIX_FMT_GRAY8, PIXEL_GRAY8},
    {AV_PIX_FMT_RGB24, PIXEL_RGB24},  {AV_PIX_FMT_BGR24, PIXEL_BGR24},
};

static bool find_direct(const AVFrame *from, enum pixel_format *format)
{
    for (size_t i = 0; i < sizeof direct_formats / sizeof *direct_formats; i++)
        if (direct_formats[i].theirs == from->format) {
            *format = direct_formats[i].ours;
            return true;
        }
    return false;
}

/** Raw video is sometimes stored bottom row first, which FFmpeg turns by negative strides. */
static bool runs_downwards(const AVFrame *from)
{
    for (int p = 0; p < 3 && from->data[p]; p++)
        if (from->linesize[p] < 0)
            return false;
    return true;
}

static bool is_rgb(const AVPixFmtDescriptor *layout)
{
    return layout->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL);
}

static bool is_gray(const AVPixFmtDescriptor *layout)
{
    return layout->nb_components < 3 && !is_rgb(layout);
}

/** Whether the first plane can be lent as gray. */
static bool has_luma_plane(const AVPixFmtDescriptor *layout)
{
    const uint64_t unreadable = AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_HWACCEL;
    const AVComponentDescriptor *luma = &layout->comp[0];
    return !is_rgb(layout) && !(layout->flags & unreadable) && luma->plane == 0 &&
           luma->step == 1 && luma->offset == 0 && luma->shift == 0 && luma->depth == 8;
}

static enum pixel_format nearest(const AVPixFmtDescriptor *layout)
{
    return is_rgb(layout) ? PIXEL_BGR24 : is_gray(layout) ? PIXEL_GRAY8 : PIXEL_I420;
}

struct media_target media_target_of(const AVFrame *from, bool color, bool bgr)
{
    const AVPixFmtDescriptor *layout = av_pix_fmt_desc_get(from->format);
    bool is_yuv = !is_rgb(layout) && !is_gray(layout);
    bool lends = runs_downwards(from);
    enum pixel_format format;
    if (bgr && is_yuv)
        return (struct media_target){PIXEL_BGR24, false};
    if (lends && find_direct(from, &format))
        return (struct media_target){format, true};
    if (lends && !color && has_luma_plane(layout))
        return (struct media_target){PIXEL_GRAY8, true};
    return (struct media_target){nearest(layout), false};
}

/** FFmpeg's old names for full-range YUV. */
static bool is_full_by_name(const AVFrame *from)
{
    switch (from->format) {
    case AV_PIX_FMT_YUVJ411P:
    case AV_PIX_FMT_YUVJ420P:
    case AV_PIX_FMT_YUVJ422P:
    case AV_PIX_FMT_YUVJ440P:
    case AV_PIX_FMT_YUVJ444P:
        return true;
    default:
        return false;
    }
}

static enum pixel_range range_of(const AVFrame *from)
{
    const AVPixFmtDescriptor *layout = av_pix_fmt_desc_get(from->format);
    if (is_rgb(layout) || is_full_by_name(from) || from->color_range == AVCOL_RANGE_JPEG)
        return RANGE_FULL;
    bool unknown = from->color_range == AVCOL_RANGE_UNSPECIFIED;
    return is_gray(layout) && unknown ? RANGE_FULL : RANGE_LIMITED;
}

static enum pixel_matrix matrix_of(const AVFrame *from)
{
    switch (from->colorspace) {
    case AVCOL_SPC_FCC:
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
        return MATRIX_BT601;
    case AVCOL_SPC_UNSPECIFIED:
    case AVCOL_SPC_RESERVED:
        return from->height >= HD_ROWS ? MATRIX_BT709 : MATRIX_BT601;
    default:
        return MATRIX_BT709;
    }
}

void media_describe(struct frame *to, const AVFrame *from)
{
    to->range = to->format == PIXEL_BGR24 ? RANGE_FULL : range_of(from);
    to->matrix = matrix_of(from);
}

void media_lend(struct frame *to, enum pixel_format format, const AVFrame *from)
{
    int planes = format == PIXEL_I420 ? 3 : format == PIXEL_NV12 ? 2 : 1;
    *to = (struct frame){.format = format, .width = from->width, .height = from->height};
    for (int p = 0; p < planes; p++) {
        to->data[p] = from->data[p];
        to->stride[p] = from->linesize[p];
    }
    media_describe(to, from);
}

/** The range must stay what it is, and libswscale goes by the names of the formats. */
static enum AVPixelFormat scaler_format(enum pixel_format format, const AVFrame *from)
{
    switch (format) {
    case PIXEL_GRAY8:
        return AV_PIX_FMT_GRAY8;
    case PIXEL_BGR24:
        return AV_PIX_FMT_BGR24;
    default:
        return is_full_by_name(from) ? AV_PIX_FMT_YUVJ420P : AV_PIX_FMT_YUV420P;
    }
}

int media_convert(struct SwsContext **scaler, const AVFrame *from, int width, int height,
                  const struct frame_layout *layout, uint8_t *block)
{
    *scaler =
        sws_getCachedContext(*scaler, width, height, from->format, width, height,
                             scaler_format(layout->format, from), SWS_BICUBIC, NULL, NULL, NULL);
    if (!*scaler)
        return -ENOTSUP;
    uint8_t *data[4] = {NULL};
    int stride[4] = {0};
    for (int p = 0; p < layout->planes; p++) {
        data[p] = block + layout->offset[p];
        stride[p] = (int)layout->stride[p];
    }
    int rows = sws_scale(*scaler, (const uint8_t *const *)from->data, from->linesize, 0, height,
                         data, stride);
    return rows == height ? 0 : rows == AVERROR(ENOMEM) ? -ENOMEM : -ENOTSUP;
}
