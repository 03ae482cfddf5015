/*
 * A V4L2 format is a fourcc plus numbers that the driver fills in: bytesperline is the stride of
 * the first plane (the others follow from it), sizeimage what one buffer must hold. For compressed
 * formats sizeimage is only an upper bound and bytesused says how long each picture is. Colour is
 * described by colorspace, ycbcr_enc and quantization, where "default" means a rule: limited range
 * for YUV unless the colorspace is JPEG's, full range for everything else.
 *
 * Source: Linux media documentation, "Image Formats" and "Colorspaces",
 * https://docs.kernel.org/userspace-api/media/v4l/pixfmt.html
 */
#include "capture/camera_formats.h"

#include <errno.h>
#include <linux/videodev2.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

/** In order of preference among modes that are equal otherwise. */
static const struct camera_format_row rows[] = {
    {V4L2_PIX_FMT_YUYV, PIXEL_YUYV, false},   {V4L2_PIX_FMT_UYVY, PIXEL_UYVY, false},
    {V4L2_PIX_FMT_NV12, PIXEL_NV12, false},   {V4L2_PIX_FMT_YUV420, PIXEL_I420, false},
    {V4L2_PIX_FMT_GREY, PIXEL_GRAY8, false},  {V4L2_PIX_FMT_RGB24, PIXEL_RGB24, false},
    {V4L2_PIX_FMT_BGR24, PIXEL_BGR24, false}, {V4L2_PIX_FMT_MJPEG, PIXEL_GRAY8, true},
    {V4L2_PIX_FMT_JPEG, PIXEL_GRAY8, true},
};

enum { ROWS = sizeof rows / sizeof rows[0] };

/** What people type for formats that V4L2 calls otherwise. */
static const struct {
    const char *name;
    uint32_t fourcc;
} aliases[] = {
    {"MJPEG", V4L2_PIX_FMT_MJPEG}, {"I420", V4L2_PIX_FMT_YUV420}, {"YUY2", V4L2_PIX_FMT_YUYV},
    {"RGB24", V4L2_PIX_FMT_RGB24}, {"BGR24", V4L2_PIX_FMT_BGR24}, {"GRAY", V4L2_PIX_FMT_GREY},
    {"GRAY8", V4L2_PIX_FMT_GREY},  {"Y800", V4L2_PIX_FMT_GREY},
};

int camera_format_rank(uint32_t fourcc)
{
    int i = 0;
    while (i < ROWS && rows[i].fourcc != fourcc)
        i++;
    return i;
}

const struct camera_format_row *camera_format_find(uint32_t fourcc)
{
    int i = camera_format_rank(fourcc);
    return i < ROWS ? &rows[i] : NULL;
}

struct fourcc_text camera_fourcc_text(uint32_t fourcc)
{
    struct fourcc_text name = {0};
    if (!fourcc)
        return name;
    for (int i = 0; i < 4; i++) {
        char c = (char)(fourcc >> 8 * i & 0x7f);
        name.text[i] = c >= ' ' && c < 0x7f ? c : '?';
    }
    for (int i = 3; i > 0 && name.text[i] == ' '; i--)
        name.text[i] = '\0';
    return name;
}

static uint32_t pack_letters(const char *text, size_t length)
{
    char c[4] = {' ', ' ', ' ', ' '};
    memcpy(c, text, length);
    return v4l2_fourcc((unsigned char)c[0], (unsigned char)c[1], (unsigned char)c[2],
                       (unsigned char)c[3]);
}

uint32_t camera_fourcc_parse(const char *text)
{
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++)
        if (strcasecmp(text, aliases[i].name) == 0)
            return aliases[i].fourcc;
    for (int i = 0; i < ROWS; i++)
        if (strcasecmp(text, camera_fourcc_text(rows[i].fourcc).text) == 0)
            return rows[i].fourcc;
    size_t length = strlen(text);
    if (length < 1 || length > 4)
        return 0;
    for (size_t i = 0; i < length; i++)
        if (text[i] < ' ' || text[i] >= 0x7f)
            return 0;
    return pack_letters(text, length);
}

static bool is_yuv(enum pixel_format format)
{
    return format == PIXEL_YUYV || format == PIXEL_UYVY || format == PIXEL_NV12 ||
           format == PIXEL_I420;
}

enum pixel_range camera_format_range(const struct v4l2_pix_format *pix)
{
    const struct camera_format_row *row = camera_format_find(pix->pixelformat);
    if (!row || row->jpeg)
        return RANGE_FULL;
    if (pix->quantization == V4L2_QUANTIZATION_LIM_RANGE)
        return RANGE_LIMITED;
    if (pix->quantization == V4L2_QUANTIZATION_FULL_RANGE)
        return RANGE_FULL;
    bool limited = is_yuv(row->format) && pix->colorspace != V4L2_COLORSPACE_JPEG;
    return limited ? RANGE_LIMITED : RANGE_FULL;
}

enum pixel_matrix camera_format_matrix(const struct v4l2_pix_format *pix)
{
    const struct camera_format_row *row = camera_format_find(pix->pixelformat);
    if (row && row->jpeg)
        return MATRIX_BT601;
    uint32_t encoding = pix->ycbcr_enc;
    if (encoding == V4L2_YCBCR_ENC_DEFAULT)
        encoding = V4L2_MAP_YCBCR_ENC_DEFAULT(pix->colorspace);
    bool is_601 = encoding == V4L2_YCBCR_ENC_601 || encoding == V4L2_YCBCR_ENC_XV601;
    return is_601 ? MATRIX_BT601 : MATRIX_BT709;
}

/** Larger strides and buffers are taken for a driver's mistake. */
enum { STRIDE_MAX = 1 << 20, SIZEIMAGE_MAX = 1 << 30 };

/** Whether the planes of such a frame fit in sizeimage; counts without overflow on any machine. */
static bool planes_fit(const struct frame_layout *layout, size_t sizeimage)
{
    size_t total = 0;
    for (int p = 0; p < layout->planes; p++) {
        size_t plane;
        if (__builtin_mul_overflow((size_t)layout->stride[p], (size_t)layout->rows[p], &plane) ||
            __builtin_add_overflow(total, plane, &total))
            return false;
    }
    return total <= sizeimage;
}

int camera_format_check(const struct v4l2_pix_format *pix, struct frame_layout *layout,
                        struct error *err)
{
    const struct camera_format_row *row = camera_format_find(pix->pixelformat);
    struct fourcc_text name = camera_fourcc_text(pix->pixelformat);
    if (!row)
        return error_set(err, -EINVAL, "the format %s is not one this program reads", name.text);
    if (pix->width > FRAME_MAX_SIDE || pix->height > FRAME_MAX_SIDE ||
        !frame_size_is_valid((int)pix->width, (int)pix->height))
        return error_set(err, -EINVAL, "it claims pictures of %ux%u pixels", pix->width,
                         pix->height);
    int width = (int)pix->width, height = (int)pix->height;
    if (pix->sizeimage < 1 || pix->sizeimage > SIZEIMAGE_MAX)
        return error_set(err, -EINVAL, "it claims buffers of %u bytes for %dx%d %s", pix->sizeimage,
                         width, height, name.text);
    if (row->jpeg) {
        *layout = (struct frame_layout){.format = row->format, .width = width, .height = height};
        return 0;
    }
    bool sane = pix->bytesperline <= STRIDE_MAX;
    *layout = frame_layout_make(row->format, width, height, sane ? (int)pix->bytesperline : 0);
    if (!sane || !layout->bytes)
        return error_set(err, -EINVAL, "it claims rows of %u bytes for %d pixels of %s",
                         pix->bytesperline, width, name.text);
    if (!planes_fit(layout, pix->sizeimage))
        return error_set(err, -EINVAL, "%dx%d %s does not fit in its buffers of %u bytes", width,
                         height, name.text, pix->sizeimage);
    return 0;
}

/** Bytes up to the last sample: padding after the last row need not have been written. */
static size_t bytes_with_samples(const struct frame_layout *layout)
{
    int last = layout->planes - 1;
    return layout->bytes - (size_t)layout->stride[last] + (size_t)layout->row_bytes[last];
}

/** A JPEG's headers alone take more. */
enum { JPEG_BYTES_MIN = 125 };

bool camera_frame_whole(const struct frame_layout *layout, const uint8_t *data, size_t bytesused,
                        size_t length)
{
    if (bytesused > length)
        return false;
    if (layout->bytes)
        return bytesused >= bytes_with_samples(layout);
    return bytesused >= JPEG_BYTES_MIN && data[0] == 0xff && data[1] == 0xd8;
}
