/**
 * @file
 * From red, green and blue to luma and two differences of colour, in integers of 16 fractional
 * bits. With Kr = 0.299 and Kb = 0.114:
 *
 *     Y =  16 + 219/255 * (Kr R + (1 - Kr - Kb) G + Kb B)
 *     U = 128 + 224/255 * (B - Y') / (2 (1 - Kb))         Y' being the sum in the brackets above
 *     V = 128 + 224/255 * (R - Y') / (2 (1 - Kr))
 *
 * Each row of factors below adds up to what it should: black is 16, white 235, any gray has U and
 * V of exactly 128. Where pixels share U and V, those are of the pixels' mean.
 *
 * Source: Recommendation ITU-R BT.601-7, sections 2.5.1 to 2.5.3.
 */
#include "render/canvas_convert.h"

#include <assert.h>

enum { FRACTION_BITS = 16, HALF = 1 << (FRACTION_BITS - 1) };

/** Red, green and blue of a pixel, or of several added up. */
struct color {
    int red, green, blue;
};

static inline struct color color_of(uint32_t pixel)
{
    return (struct color){pixel >> 16 & 0xff, pixel >> 8 & 0xff, pixel & 0xff};
}

static inline struct color sum_of(struct color a, struct color b)
{
    return (struct color){a.red + b.red, a.green + b.green, a.blue + b.blue};
}

/** Y, 16 to 235. */
static inline uint8_t limited_luma(struct color c)
{
    int offset = (16 << FRACTION_BITS) + HALF;
    int sum = 16829 * c.red + 33039 * c.green + 6416 * c.blue;
    return (uint8_t)((sum + offset) >> FRACTION_BITS);
}

/** Y, 0 to 255. */
static inline uint8_t full_luma(struct color c)
{
    int sum = 19595 * c.red + 38470 * c.green + 7471 * c.blue;
    return (uint8_t)((sum + HALF) >> FRACTION_BITS);
}

/** A difference of colour, made of 1 << bits pixels. */
static inline uint8_t chroma(int sum, int bits)
{
    int offset = ((128 << FRACTION_BITS) + HALF) << bits;
    return (uint8_t)((sum + offset) >> (FRACTION_BITS + bits));
}

static inline uint8_t chroma_u(struct color c, int bits)
{
    return chroma(-9714 * c.red - 19071 * c.green + 28785 * c.blue, bits);
}

static inline uint8_t chroma_v(struct color c, int bits)
{
    return chroma(28785 * c.red - 24104 * c.green - 4681 * c.blue, bits);
}

/** A row of the canvas; beyond the last one the last one again. */
static const uint32_t *row_of(const struct canvas *canvas, int y)
{
    int inside = y < canvas->height ? y : canvas->height - 1;
    return (const uint32_t *)(const void *)(canvas->data + inside * canvas->stride);
}

/** Pixel 2 * x and the one right of it. */
static inline void pair_of(const uint32_t *row, int x, int width, struct color pair[2])
{
    pair[0] = color_of(row[2 * x]);
    pair[1] = 2 * x + 1 < width ? color_of(row[2 * x + 1]) : pair[0];
}

/** YUYV or UYVY: luma in byte `luma` of 0 and 1, chroma in the other. */
static void write_packed_row(const uint32_t *restrict row, int width, int pairs, int luma,
                             uint8_t *restrict out)
{
    for (int x = 0; x < pairs; x++) {
        struct color pair[2];
        pair_of(row, x, width, pair);
        struct color both = sum_of(pair[0], pair[1]);
        out[4 * x + luma] = limited_luma(pair[0]);
        out[4 * x + 2 + luma] = limited_luma(pair[1]);
        out[4 * x + 1 - luma] = chroma_u(both, 1);
        out[4 * x + 3 - luma] = chroma_v(both, 1);
    }
}

static void write_luma_row(const uint32_t *restrict row, int width, int columns, bool full,
                           uint8_t *restrict out)
{
    for (int x = 0; x < columns; x++) {
        struct color c = color_of(row[x < width ? x : width - 1]);
        out[x] = full ? full_luma(c) : limited_luma(c);
    }
}

/** U and V of two rows, each `step` bytes from the one before. */
static void write_chroma_row(const uint32_t *restrict above, const uint32_t *restrict below,
                             int width, int pairs, uint8_t *restrict u, uint8_t *restrict v,
                             int step)
{
    for (int x = 0; x < pairs; x++) {
        struct color upper[2], lower[2];
        pair_of(above, x, width, upper);
        pair_of(below, x, width, lower);
        struct color four = sum_of(sum_of(upper[0], upper[1]), sum_of(lower[0], lower[1]));
        u[step * x] = chroma_u(four, 2);
        v[step * x] = chroma_v(four, 2);
    }
}

static void write_rgb_row(const uint32_t *restrict row, int width, int columns, bool red_first,
                          uint8_t *restrict out)
{
    for (int x = 0; x < columns; x++) {
        struct color c = color_of(row[x < width ? x : width - 1]);
        out[3 * x] = (uint8_t)(red_first ? c.red : c.blue);
        out[3 * x + 1] = (uint8_t)c.green;
        out[3 * x + 2] = (uint8_t)(red_first ? c.blue : c.red);
    }
}

static void write_chroma(const struct canvas *canvas, const struct frame_layout *layout,
                         uint8_t *block)
{
    bool together = layout->planes == 2; // U and V take turns
    for (int y = 0; y < layout->rows[1]; y++) {
        uint8_t *u = block + layout->offset[1] + y * layout->stride[1];
        uint8_t *v = together ? u + 1 : block + layout->offset[2] + y * layout->stride[2];
        write_chroma_row(row_of(canvas, 2 * y), row_of(canvas, 2 * y + 1), canvas->width,
                         (layout->width + 1) / 2, u, v, together ? 2 : 1);
    }
}

bool canvas_converts_to(enum pixel_format format)
{
    return format != PIXEL_YUV24 && format < PIXEL_FORMATS;
}

void canvas_convert(const struct canvas *canvas, const struct frame_layout *layout, uint8_t *block)
{
    assert(canvas_converts_to(layout->format));
    int width = canvas->width, columns = layout->width;
    for (int y = 0; y < layout->height; y++) {
        const uint32_t *row = row_of(canvas, y);
        uint8_t *out = block + y * layout->stride[0];
        switch (layout->format) {
        case PIXEL_YUYV:
        case PIXEL_UYVY:
            write_packed_row(row, width, (columns + 1) / 2, layout->format == PIXEL_UYVY, out);
            break;
        case PIXEL_NV12:
        case PIXEL_I420:
        case PIXEL_GRAY8:
            write_luma_row(row, width, columns, layout->format == PIXEL_GRAY8, out);
            break;
        case PIXEL_RGB24:
        case PIXEL_BGR24:
            write_rgb_row(row, width, columns, layout->format == PIXEL_RGB24, out);
            break;
        case PIXEL_YUV24:
        case PIXEL_FORMATS:
            break;
        }
    }
    if (layout->planes > 1)
        write_chroma(canvas, layout, block);
}
