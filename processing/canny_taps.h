#pragma once

/**
 * @file
 * The filters of Canny as rows of integers: Gaussian weights and Sobel's derivative and smoothing.
 */

enum { CANNY_TAPS_MAX = 7 };

/** Gaussian weights of a blur of `size` 3, 5 or 7; they sum to 1 << bits. */
struct canny_blur_taps {
    int weights[CANNY_TAPS_MAX];
    int bits;
};

static const struct canny_blur_taps canny_blur_taps[] = {
    {{1, 2, 1}, 2},
    {{1, 4, 6, 4, 1}, 4},
    {{2, 7, 14, 18, 14, 7, 2}, 6},
};

/** Sobel's filters of an aperture of 3, 5 or 7; gradients are divided by 1 << bits. */
struct canny_sobel_taps {
    int derivative[CANNY_TAPS_MAX];
    int smoothing[CANNY_TAPS_MAX];
    int bits;
};

static const struct canny_sobel_taps canny_sobel_taps[] = {
    {{-1, 0, 1}, {1, 2, 1}, 0},
    {{-1, -2, 0, 2, 1}, {1, 4, 6, 4, 1}, 0},
    {{-1, -4, -5, 0, 5, 4, 1}, {1, 6, 15, 20, 15, 6, 1}, 4},
};

/** Row of the two tables for a size of 3, 5 or 7. */
static inline int canny_taps_index(int size)
{
    return size / 2 - 1;
}

/** x / 2^bits rounded to the nearest integer, halves to the even one. */
static inline int canny_round_half_even(int x, int bits)
{
    if (bits == 0)
        return x;
    int floor = x >> bits, rest = x - floor * (1 << bits), half = 1 << (bits - 1);
    return floor + (rest > half || (rest == half && (floor & 1)));
}
