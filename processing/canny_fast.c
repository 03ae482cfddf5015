/**
 * @file
 * Canny as a stream of rows: each row passes through gray, blur, gradient and suppression while it
 * is in the cache, and leaves two bits a pixel behind: candidate and strong. Hysteresis then runs
 * on those bitmaps. No plane of the picture's size exists but them.
 *
 * Every stage keeps its last few rows in a ring and makes a row when the next stage asks for it,
 * so the borders of every filter are a matter of which row is asked for. Equal to
 * canny_reference.c byte for byte.
 */
#include "processing/canny.h"
#include "processing/canny_taps.h"
#include "processing/hysteresis.h"
#include "processing/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    PAD = 16,       ///< samples on each side of a row; filters reach 3 beyond it
    RING = 8,       ///< rows a ring remembers, a power of two, >= CANNY_TAPS_MAX
    SLOT = RING - 1 ///< mask from row number to place in the ring
};

struct canny {
    int width, height;
    ptrdiff_t row; ///< values from one row of a ring to the next

    // Rings of RING rows; each points at the first pixel of its first row.
    uint8_t *gray;    ///< only the row at hand, mirrored to both sides
    uint8_t *blurred; ///< only the row at hand, repeated to both sides
    uint16_t *smooth; ///< rows blurred horizontally
    int16_t *across;  ///< horizontal derivative of blurred rows
    int16_t *along;   ///< horizontal smoothing of blurred rows
    int16_t *dx, *dy;
    int32_t *magnitude; ///< zero to both sides

    struct bitmap candidates, edges;
    uint8_t *dirty;
    uint64_t *bits;
    void *rows;

    // Of the run at hand.
    const struct frame *frame;
    const struct canny_params *params;
    struct canny_thresholds thresholds;
    int smooth_done, gradient_done, magnitude_done; ///< rows made so far
};

static int reflect(int i, int count)
{
    if (count == 1)
        return 0;
    while (i < 0 || i >= count)
        i = i < 0 ? -i : 2 * count - 2 - i;
    return i;
}

static int clamp(int i, int count)
{
    return i < 0 ? 0 : i >= count ? count - 1 : i;
}

/** Reads a row of gray and mirrors it to both sides. */
static void make_gray_row(struct canny *c, int y)
{
    gray_row(c->frame, c->params->gray, y, c->gray);
    for (int i = 1; i <= 3; i++) {
        c->gray[-i] = c->gray[reflect(-i, c->width)];
        c->gray[c->width - 1 + i] = c->gray[reflect(c->width - 1 + i, c->width)];
    }
}

/** The sum of taps over samples around each place. A constant size lets the compiler unroll. */
static inline void smooth_row(const uint8_t *restrict from, const int *taps, int size, int width,
                              uint16_t *restrict to)
{
    for (int x = 0; x < width; x++) {
        unsigned sum = 0;
        for (int i = 0; i < size; i++)
            sum += (unsigned)taps[i] * from[x + i - size / 2];
        to[x] = (uint16_t)sum;
    }
}

static void make_smooth_row(struct canny *c, int y)
{
    make_gray_row(c, y);
    const int *taps = canny_blur_taps[canny_taps_index(c->params->blur)].weights;
    uint16_t *to = c->smooth + (y & SLOT) * c->row;
    switch (c->params->blur) {
    case 3:
        smooth_row(c->gray, taps, 3, c->width, to);
        break;
    case 5:
        smooth_row(c->gray, taps, 5, c->width, to);
        break;
    default:
        smooth_row(c->gray, taps, 7, c->width, to);
        break;
    }
}

static inline void blur_row(const uint16_t *const *rows, const struct canny_blur_taps *taps,
                            int size, int width, uint8_t *restrict to)
{
    int bits = 2 * taps->bits;
    for (int x = 0; x < width; x++) {
        unsigned sum = 1u << (bits - 1);
        for (int j = 0; j < size; j++)
            sum += (unsigned)taps->weights[j] * rows[j][x];
        to[x] = (uint8_t)(sum >> bits);
    }
}

/** Makes a blurred row and repeats its ends to both sides. */
static void make_blurred_row(struct canny *c, int y)
{
    int size = c->params->blur, half = size / 2;
    if (size == 0) {
        gray_row(c->frame, c->params->gray, y, c->blurred);
    } else {
        while (c->smooth_done <= clamp(y + half, c->height))
            make_smooth_row(c, c->smooth_done++);
        const uint16_t *rows[CANNY_TAPS_MAX];
        for (int j = 0; j < size; j++)
            rows[j] = c->smooth + (reflect(y + j - half, c->height) & SLOT) * c->row;
        const struct canny_blur_taps *taps = &canny_blur_taps[canny_taps_index(size)];
        if (size == 5)
            blur_row(rows, taps, 5, c->width, c->blurred);
        else
            blur_row(rows, taps, size, c->width, c->blurred);
    }
    memset(c->blurred - 3, c->blurred[0], 3);
    memset(c->blurred + c->width, c->blurred[c->width - 1], 3);
}

static inline void sobel_row(const uint8_t *restrict from, const struct canny_sobel_taps *taps,
                             int size, int width, int16_t *restrict across, int16_t *restrict along)
{
    for (int x = 0; x < width; x++) {
        int derivative = 0, smooth = 0;
        for (int i = 0; i < size; i++) {
            derivative += taps->derivative[i] * from[x + i - size / 2];
            smooth += taps->smoothing[i] * from[x + i - size / 2];
        }
        across[x] = (int16_t)derivative;
        along[x] = (int16_t)smooth;
    }
}

/** The horizontal halves of both Sobel filters of one blurred row. */
static void make_sobel_row(struct canny *c, int y)
{
    make_blurred_row(c, y);
    int size = c->params->aperture;
    const struct canny_sobel_taps *taps = &canny_sobel_taps[canny_taps_index(size)];
    int16_t *across = c->across + (y & SLOT) * c->row, *along = c->along + (y & SLOT) * c->row;
    if (size == 3)
        sobel_row(c->blurred, taps, 3, c->width, across, along);
    else
        sobel_row(c->blurred, taps, size, c->width, across, along);
}

static inline void gradient_row(const int16_t *const *across, const int16_t *const *along,
                                const struct canny_sobel_taps *taps, int size, bool l2, int width,
                                int16_t *restrict dx, int16_t *restrict dy,
                                int32_t *restrict magnitude)
{
    for (int x = 0; x < width; x++) {
        int gx = 0, gy = 0;
        for (int j = 0; j < size; j++) {
            gx += taps->smoothing[j] * across[j][x];
            gy += taps->derivative[j] * along[j][x];
        }
        gx = canny_round_half_even(gx, taps->bits);
        gy = canny_round_half_even(gy, taps->bits);
        dx[x] = (int16_t)gx;
        dy[x] = (int16_t)gy;
        magnitude[x] = l2 ? gx * gx + gy * gy : abs(gx) + abs(gy);
    }
}

static void make_magnitude_row(struct canny *c, int y)
{
    int size = c->params->aperture, half = size / 2;
    while (c->gradient_done <= clamp(y + half, c->height))
        make_sobel_row(c, c->gradient_done++);
    const int16_t *across[CANNY_TAPS_MAX], *along[CANNY_TAPS_MAX];
    for (int j = 0; j < size; j++) {
        ptrdiff_t at = (clamp(y + j - half, c->height) & SLOT) * c->row;
        across[j] = c->across + at;
        along[j] = c->along + at;
    }
    ptrdiff_t to = (y & SLOT) * c->row;
    const struct canny_sobel_taps *taps = &canny_sobel_taps[canny_taps_index(size)];
    if (size == 3)
        gradient_row(across, along, &canny_sobel_taps[0], 3, c->params->l2, c->width, c->dx + to,
                     c->dy + to, c->magnitude + to);
    else
        gradient_row(across, along, taps, size, c->params->l2, c->width, c->dx + to, c->dy + to,
                     c->magnitude + to);
}

/** See is_maximum() of canny_reference.c. `m` points at the pixel in the middle of three rows. */
static inline bool is_maximum(const int32_t *above, const int32_t *m, const int32_t *below, int dx,
                              int dy)
{
    const int tan_22 = 13573;
    int ax = abs(dx), ay = abs(dy) * 32768;
    int flat = ax * tan_22;
    if (ay < flat)
        return m[0] > m[-1] && m[0] >= m[1];
    if (ay > flat + ax * 65536)
        return m[0] > above[0] && m[0] >= below[0];
    int side = (dx ^ dy) < 0 ? -1 : 1;
    return m[0] > above[-side] && m[0] > below[side];
}

/** One row of candidates and strong pixels, 64 to a word. */
static void suppress_row(struct canny *c, int y, const int32_t *above, const int32_t *below)
{
    ptrdiff_t at = (y & SLOT) * c->row;
    const int32_t *m = c->magnitude + at;
    const int16_t *dx = c->dx + at, *dy = c->dy + at;
    uint64_t *candidates = bitmap_row(&c->candidates, y), *edges = bitmap_row(&c->edges, y);
    int32_t low = c->thresholds.low, high = c->thresholds.high;
    for (int from = 0; from < c->width; from += 64) {
        int to = c->width - from < 64 ? c->width : from + 64;
        uint64_t candidate = 0, strong = 0;
        for (int x = from; x < to; x++) {
            if (m[x] <= low || !is_maximum(above + x, m + x, below + x, dx[x], dy[x]))
                continue;
            candidate |= UINT64_C(1) << (x - from);
            strong |= (uint64_t)(m[x] > high) << (x - from);
        }
        *candidates++ = candidate;
        *edges++ = strong;
    }
}

static void make_candidates(struct canny *c)
{
    // A row of zeros stands for the rows outside the picture; no ring row has this place's number.
    const int32_t *outside = c->magnitude + RING * c->row;
    for (int y = 0; y < c->height; y++) {
        while (c->magnitude_done <= clamp(y + 1, c->height))
            make_magnitude_row(c, c->magnitude_done++);
        const int32_t *above = y > 0 ? c->magnitude + ((y - 1) & SLOT) * c->row : outside;
        const int32_t *below =
            y + 1 < c->height ? c->magnitude + ((y + 1) & SLOT) * c->row : outside;
        suppress_row(c, y, above, below);
    }
}

int canny_run(struct canny *scratch, const struct canny_params *params, const struct frame *frame,
              const struct plane *edges, const struct band_runner *runner)
{
    (void)runner;
    struct canny *c = scratch;
    if (!canny_params_valid(params) || frame->width != c->width || frame->height != c->height ||
        edges->width != c->width || edges->height != c->height)
        return -EINVAL;
    c->frame = frame;
    c->params = params;
    c->thresholds = canny_thresholds_of(params);
    c->smooth_done = c->gradient_done = c->magnitude_done = 0;
    make_candidates(c);
    hysteresis_run(&c->candidates, &c->edges, c->dirty);
    bitmap_expand(&c->edges, edges);
    c->frame = NULL;
    c->params = NULL;
    return 0;
}

/** Gives every ring its part of one block. Rows are multiples of a cache line apart. */
static int share_rows(struct canny *c)
{
    size_t row = ((size_t)c->width + 2 * PAD + 63) / 64 * 64;
    // Widest values first, so that each part stays aligned.
    size_t bytes = row * ((RING + 1) * 4 + 4 * RING * 2 + RING * 2 + 2);
    char *next = c->rows = memory_alloc(MEMORY_CANNY, bytes);
    if (!next)
        return -ENOMEM;
    c->row = (ptrdiff_t)row;
    c->magnitude = (int32_t *)(void *)next + PAD;
    next += row * (RING + 1) * 4;
    int16_t **signed_rings[] = {&c->dx, &c->dy, &c->across, &c->along};
    for (int i = 0; i < 4; i++, next += row * RING * 2)
        *signed_rings[i] = (int16_t *)(void *)next + PAD;
    c->smooth = (uint16_t *)(void *)next + PAD;
    next += row * RING * 2;
    c->gray = (uint8_t *)next + PAD;
    c->blurred = (uint8_t *)next + row + PAD;
    return 0;
}

static int share_bitmaps(struct canny *c)
{
    size_t words = bitmap_words(c->width, c->height);
    c->bits = memory_alloc(MEMORY_CANNY, 2 * words * sizeof *c->bits);
    c->dirty = memory_alloc(MEMORY_CANNY, (size_t)c->height);
    if (!c->bits || !c->dirty)
        return -ENOMEM;
    c->candidates = bitmap_make(c->bits, c->width, c->height);
    c->edges = bitmap_make(c->bits + words, c->width, c->height);
    return 0;
}

int canny_bands_for(int width, int height, int threads)
{
    (void)width, (void)height, (void)threads;
    return 1;
}

int canny_create(struct canny **out, int width, int height, int bands)
{
    *out = NULL;
    if (bands < 1 || bands > CANNY_BANDS_MAX || width < 1 || height < 1 || width > FRAME_MAX_SIDE ||
        height > FRAME_MAX_SIDE)
        return -EINVAL;
    struct canny *c = memory_alloc(MEMORY_CANNY, sizeof *c);
    if (!c)
        return -ENOMEM;
    c->width = width;
    c->height = height;
    if (share_rows(c) < 0 || share_bitmaps(c) < 0) {
        canny_destroy(&c);
        return -ENOMEM;
    }
    *out = c;
    return 0;
}

void canny_destroy(struct canny **scratch)
{
    if (!*scratch)
        return;
    memory_free((*scratch)->rows);
    memory_free((*scratch)->bits);
    memory_free((*scratch)->dirty);
    memory_free(*scratch);
    *scratch = NULL;
}
