/**
 * @file
 * Whoever reads along a row writes along a column, one row's length apart, which no cache likes;
 * so it is done in squares that fit.
 */
#include "capture/media_rotate.h"

#include <string.h>

enum { SQUARE = 32 };

/** A walk through the source in the order of the target. */
struct walk {
    const uint8_t *from;   ///< what becomes the target's first sample
    ptrdiff_t right, down; ///< bytes in the source, from one sample of the target to the next
    int bytes;             ///< of a sample
};

bool media_rotates(enum pixel_format format)
{
    return format != PIXEL_YUYV && format != PIXEL_UYVY;
}

static struct walk walk_of(const uint8_t *from, ptrdiff_t stride, int width, int height, int bytes,
                           int turns)
{
    ptrdiff_t last_row = stride * (height - 1), last = (ptrdiff_t)bytes * (width - 1);
    switch (turns) {
    case 1:
        return (struct walk){from + last_row, -stride, bytes, bytes};
    case 2:
        return (struct walk){from + last_row + last, -bytes, -stride, bytes};
    default:
        return (struct walk){from + last, stride, -bytes, bytes};
    }
}

static inline void turn_square(const struct walk *walk, const uint8_t *from, uint8_t *to,
                               ptrdiff_t stride, int width, int height, size_t bytes)
{
    for (int y = 0; y < height; y++, from += walk->down, to += stride)
        for (int x = 0; x < width; x++)
            memcpy(to + (size_t)x * bytes, from + x * walk->right, bytes);
}

static void turn_plane(const struct walk *walk, uint8_t *to, ptrdiff_t stride, int width,
                       int height)
{
    for (int y = 0; y < height; y += SQUARE)
        for (int x = 0; x < width; x += SQUARE) {
            const uint8_t *from = walk->from + x * walk->right + y * walk->down;
            uint8_t *out = to + (ptrdiff_t)x * walk->bytes + y * stride;
            int wide = width - x < SQUARE ? width - x : SQUARE;
            int high = height - y < SQUARE ? height - y : SQUARE;
            // Constants let the compiler move whole samples.
            if (walk->bytes == 1)
                turn_square(walk, from, out, stride, wide, high, 1);
            else if (walk->bytes == 2)
                turn_square(walk, from, out, stride, wide, high, 2);
            else
                turn_square(walk, from, out, stride, wide, high, 3);
        }
}

void media_rotate(const struct frame *from, int turns, const struct frame_layout *to,
                  uint8_t *block)
{
    for (int p = 0; p < to->planes; p++) {
        int bytes = p == 1 && to->format == PIXEL_NV12 ? 2
                    : p == 0                           ? pixel_format_bytes(to->format)
                                                       : 1;
        int width = to->row_bytes[p] / bytes, height = to->rows[p];
        bool upright = turns == 2;
        struct walk walk = walk_of(from->data[p], from->stride[p], upright ? width : height,
                                   upright ? height : width, bytes, turns);
        turn_plane(&walk, block + to->offset[p], to->stride[p], width, height);
    }
}
