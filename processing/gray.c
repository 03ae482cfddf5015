/**
 * @file
 * Colour and luma arithmetic, all in integers.
 *
 * The YUV to BGR weights have 20 fractional bits. Those of limited-range BT.601 are OpenCV's own
 * rounding of 1.164, 1.596, 0.813, 0.391 and 2.018, so that colour comes out bit for bit as
 * cv2.cvtColor(COLOR_YUV2BGR_...) gives it; the others follow from ITU-R BT.601 and BT.709.
 */
#include "processing/gray.h"

#include <string.h>

enum { FRACTION_BITS = 20, CHUNK = 512 /* pixels, even */ };

struct yuv_weights {
    int floor;                              ///< value of black
    int y, v_red, v_green, u_green, u_blue; ///< FRACTION_BITS fractional bits
};

static const struct yuv_weights weights[2][2] = {
    [RANGE_LIMITED] = {[MATRIX_BT601] = {16, 1220542, 1673527, -852492, -409993, 2116026},
                       [MATRIX_BT709] = {16, 1220945, 1879825, -558796, -223607, 2215014}},
    [RANGE_FULL] = {[MATRIX_BT601] = {0, 1048576, 1470104, -748826, -360853, 1858077},
                    [MATRIX_BT709] = {0, 1048576, 1651297, -490864, -196424, 1945737}},
};

static inline uint8_t clamp_byte(int value)
{
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/** Limited range to full: 16 becomes 0, 235 becomes 255. */
static inline uint8_t expand(int value)
{
    return clamp_byte(((value - 16) * 298 + 128) >> 8);
}

static void expand_row(uint8_t *samples, int count)
{
    for (int i = 0; i < count; i++)
        samples[i] = expand(samples[i]);
}

static inline uint8_t weigh_bgr(int blue, int green, int red)
{
    return (uint8_t)((3735 * blue + 19235 * green + 9798 * red + 16384) >> 15);
}

/** One or two pixels that share their chroma. */
static inline void put_yuv(uint8_t *bgr, const struct yuv_weights *w, const int *luma, int pixels,
                           int u, int v)
{
    u -= 128;
    v -= 128;
    const int half = 1 << (FRACTION_BITS - 1);
    int red = half + w->v_red * v;
    int green = half + w->v_green * v + w->u_green * u;
    int blue = half + w->u_blue * u;
    for (int i = 0; i < pixels; i++) {
        int y = luma[i] > w->floor ? (luma[i] - w->floor) * w->y : 0;
        bgr[3 * i + 0] = clamp_byte((y + blue) >> FRACTION_BITS);
        bgr[3 * i + 1] = clamp_byte((y + green) >> FRACTION_BITS);
        bgr[3 * i + 2] = clamp_byte((y + red) >> FRACTION_BITS);
    }
}

/** Rows of 4:2:2 in one plane: `y` and `u` say where in the 4 bytes luma and chroma begin. */
static void color_packed(const uint8_t *row, int y, int u, const struct yuv_weights *w, int count,
                         uint8_t *bgr)
{
    for (int x = 0; x < count; x += 2, row += 4)
        put_yuv(bgr + 3 * x, w, (const int[]){row[y], row[y + 2]}, x + 1 < count ? 2 : 1, row[u],
                row[u + 2]);
}

/** Rows with chroma in planes of half the width, `step` bytes from sample to sample. */
static void color_planar(const uint8_t *luma, const uint8_t *u, const uint8_t *v, int step,
                         const struct yuv_weights *w, int count, uint8_t *bgr)
{
    for (int x = 0; x < count; x += 2, u += step, v += step) {
        int pixels = x + 1 < count ? 2 : 1;
        put_yuv(bgr + 3 * x, w, (const int[]){luma[x], luma[x + pixels - 1]}, pixels, *u, *v);
    }
}

static void color_gray(const uint8_t *gray, int count, uint8_t *bgr)
{
    for (int x = 0; x < count; x++)
        bgr[3 * x] = bgr[3 * x + 1] = bgr[3 * x + 2] = gray[x];
}

static void color_swap(const uint8_t *rgb, int count, uint8_t *bgr)
{
    for (int x = 0; x < count; x++) {
        bgr[3 * x] = rgb[3 * x + 2];
        bgr[3 * x + 1] = rgb[3 * x + 1];
        bgr[3 * x + 2] = rgb[3 * x];
    }
}

/** The row of a chroma plane that belongs to row `y` of the picture. */
static const uint8_t *chroma_row(const struct frame *frame, int plane, int y)
{
    return frame->data[plane] + (y / 2) * frame->stride[plane];
}

/** `count` pixels from `from` (even) on. */
static void color_span(const struct frame *frame, int y, int from, int count, uint8_t *bgr)
{
    const struct yuv_weights *w = &weights[frame->range][frame->matrix];
    const uint8_t *row = frame->data[0] + y * frame->stride[0], *u, *v;
    switch (frame->format) {
    case PIXEL_YUYV:
        color_packed(row + 2 * from, 0, 1, w, count, bgr);
        return;
    case PIXEL_UYVY:
        color_packed(row + 2 * from, 1, 0, w, count, bgr);
        return;
    case PIXEL_NV12:
        u = chroma_row(frame, 1, y) + from;
        color_planar(row + from, u, u + 1, 2, w, count, bgr);
        return;
    case PIXEL_I420:
        u = chroma_row(frame, 1, y) + from / 2;
        v = chroma_row(frame, 2, y) + from / 2;
        color_planar(row + from, u, v, 1, w, count, bgr);
        return;
    case PIXEL_YUV24:
        for (int x = 0; x < count; x++) {
            const uint8_t *yuv = row + 3 * (from + x);
            put_yuv(bgr + 3 * x, w, (const int[]){yuv[0]}, 1, yuv[1], yuv[2]);
        }
        return;
    case PIXEL_RGB24:
        color_swap(row + 3 * from, count, bgr);
        break;
    case PIXEL_BGR24:
        memcpy(bgr, row + 3 * from, 3 * (size_t)count);
        break;
    case PIXEL_GRAY8:
    case PIXEL_FORMATS:
        color_gray(row + from, count, bgr);
        break;
    }
    if (frame->range == RANGE_LIMITED)
        expand_row(bgr, 3 * count);
}

void color_row(const struct frame *frame, int y, uint8_t *bgr)
{
    color_span(frame, y, 0, frame->width, bgr);
}

static void gray_from_color(const struct frame *frame, int y, int x, int count, uint8_t *gray)
{
    uint8_t bgr[3 * CHUNK];
    for (int from = 0; from < count; from += CHUNK) {
        int part = count - from < CHUNK ? count - from : CHUNK;
        color_span(frame, y, x + from, part, bgr);
        for (int i = 0; i < part; i++)
            gray[from + i] = weigh_bgr(bgr[3 * i], bgr[3 * i + 1], bgr[3 * i + 2]);
    }
}

/** Every `step`th byte. A constant step at the call lets the compiler vectorise the loop. */
static inline void pick(const uint8_t *bytes, int step, int count, uint8_t *gray)
{
    for (int x = 0; x < count; x++)
        gray[x] = bytes[x * step];
}

static void gray_from_luma(const struct frame *frame, int y, int x, int count, uint8_t *gray)
{
    const uint8_t *row = frame->data[0] + y * frame->stride[0];
    switch (frame->format) {
    case PIXEL_YUYV:
        pick(row + 2 * (ptrdiff_t)x, 2, count, gray);
        break;
    case PIXEL_UYVY:
        pick(row + 2 * (ptrdiff_t)x + 1, 2, count, gray);
        break;
    case PIXEL_YUV24:
        pick(row + 3 * (ptrdiff_t)x, 3, count, gray);
        break;
    default:
        memcpy(gray, row + x, (size_t)count);
        break;
    }
    if (frame->range == RANGE_LIMITED)
        expand_row(gray, count);
}

void gray_span(const struct frame *frame, enum gray_mode mode, int y, int x, int count,
               uint8_t *gray)
{
    bool rgb = frame->format == PIXEL_RGB24 || frame->format == PIXEL_BGR24;
    bool has_color = pixel_format_has_color(frame->format);
    if (rgb || (mode == GRAY_BGR && has_color))
        gray_from_color(frame, y, x, count, gray);
    else
        gray_from_luma(frame, y, x, count, gray);
}

void gray_row(const struct frame *frame, enum gray_mode mode, int y, uint8_t *gray)
{
    gray_span(frame, mode, y, 0, frame->width, gray);
}
