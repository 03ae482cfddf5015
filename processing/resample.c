/**
 * @file
 * Bilinear interpolation in integers. A pixel is a small square, and the centres of the squares are
 * what is mapped: pixel x of the new picture lies at (x + 1/2) * from / to - 1/2 of the old one.
 * Its value is mixed of the four pixels around that place, by 8 bits of nearness each way. Beyond
 * the border the border's pixels go on.
 *
 * Source: G. Wolberg, "Digital Image Warping", IEEE Computer Society Press, 1990, chapter 5.
 */
#include "processing/resample.h"

enum { FRACTION_BITS = 8, ONE = 1 << FRACTION_BITS, HALF = 1 << (2 * FRACTION_BITS - 1) };

/** A place between two pixels. */
struct place {
    int before, after; ///< pixels; the same at the border
    int nearness;      ///< to `after`, 0 to ONE
};

static struct place place_of(int i, int to_count, int from_count)
{
    // Twice everything, so that the halves are whole.
    int64_t twice = (2 * (int64_t)i + 1) * from_count - to_count;
    int64_t at = twice < 0 ? 0 : twice * ONE / (2 * (int64_t)to_count);
    int before = (int)(at >> FRACTION_BITS);
    int after = before + 1 < from_count ? before + 1 : before;
    return (struct place){before, after, (int)(at & (ONE - 1))};
}

static int mix(int a, int b, int nearness)
{
    return a * (ONE - nearness) + b * nearness;
}

static void resample_row(int channels, const struct plane *from, const struct plane *to, int y)
{
    struct place down = place_of(y, to->height, from->height);
    const uint8_t *above = from->data + down.before * from->stride;
    const uint8_t *below = from->data + down.after * from->stride;
    uint8_t *row = to->data + y * to->stride;
    for (int x = 0; x < to->width / channels; x++) {
        struct place right = place_of(x, to->width / channels, from->width / channels);
        for (int c = 0; c < channels; c++) {
            int a = channels * right.before + c, b = channels * right.after + c;
            int top = mix(above[a], above[b], right.nearness);
            int bottom = mix(below[a], below[b], right.nearness);
            int sum = mix(top, bottom, down.nearness) + HALF;
            row[channels * x + c] = (uint8_t)(sum >> (2 * FRACTION_BITS));
        }
    }
}

void resample_bilinear(int channels, const struct plane *from, const struct plane *to)
{
    for (int y = 0; y < to->height; y++)
        resample_row(channels, from, to, y);
}
