/**
 * @file
 * The stages of Canny as OpenCV 4 computes them, in integers throughout:
 *
 *     gray       see processing/gray.h
 *     blur       Gaussian, border mirrored without repeating the edge (reflect-101), rounded once
 *     gradient   Sobel, border repeated (replicate); aperture 7 divided by 16, halves to even
 *     magnitude  |dx| + |dy| or dx^2 + dy^2; 0 outside the image
 *     thinning   a pixel stays if it is the maximum across the edge, in one of four directions
 *     hysteresis strong pixels, and weak ones connected to them, 8-connected
 *
 * Source: OpenCV 4.6, modules/imgproc (smooth.dispatch.cpp, deriv.cpp, canny.cpp).
 */
#include "processing/canny_reference.h"
#include "processing/canny_taps.h"
#include "processing/memory.h"

#include <errno.h>
#include <stdlib.h>

struct canny_reference {
    int width, height;
    struct canny_stages stages;
    int32_t *pending; ///< pixels whose neighbours hysteresis has still to look at
    void *block;
};

/** Mirrors an index into 0..count-1 without repeating the edge, as often as it takes. */
static int reflect(int i, int count)
{
    if (count == 1)
        return 0;
    while (i < 0 || i >= count)
        i = i < 0 ? -i : 2 * count - 2 - i;
    return i;
}

static int repeat(int i, int count)
{
    return i < 0 ? 0 : i >= count ? count - 1 : i;
}

static void make_gray(struct canny_reference *r, const struct frame *frame, enum gray_mode mode)
{
    const struct plane *gray = &r->stages.gray;
    for (int y = 0; y < r->height; y++)
        gray_row(frame, mode, y, gray->data + y * gray->stride);
}

static uint8_t blur_pixel(const struct plane *gray, int x, int y, int size)
{
    const struct canny_blur_taps *taps = &canny_blur_taps[canny_taps_index(size)];
    int sum = 0;
    for (int j = 0; j < size; j++) {
        const uint8_t *row = gray->data + reflect(y + j - size / 2, gray->height) * gray->stride;
        int row_sum = 0;
        for (int i = 0; i < size; i++)
            row_sum += taps->weights[i] * row[reflect(x + i - size / 2, gray->width)];
        sum += taps->weights[j] * row_sum;
    }
    int bits = 2 * taps->bits;
    return (uint8_t)((sum + (1 << (bits - 1))) >> bits);
}

static void make_blurred(struct canny_reference *r, int size)
{
    const struct plane *gray = &r->stages.gray, *blurred = &r->stages.blurred;
    for (int y = 0; y < r->height; y++)
        for (int x = 0; x < r->width; x++)
            blurred->data[y * blurred->stride + x] =
                size ? blur_pixel(gray, x, y, size) : gray->data[y * gray->stride + x];
}

static void sobel_pixel(const struct plane *from, int x, int y, int size, int *dx, int *dy)
{
    const struct canny_sobel_taps *taps = &canny_sobel_taps[canny_taps_index(size)];
    *dx = *dy = 0;
    for (int j = 0; j < size; j++) {
        const uint8_t *row = from->data + repeat(y + j - size / 2, from->height) * from->stride;
        for (int i = 0; i < size; i++) {
            int sample = row[repeat(x + i - size / 2, from->width)];
            *dx += taps->smoothing[j] * taps->derivative[i] * sample;
            *dy += taps->derivative[j] * taps->smoothing[i] * sample;
        }
    }
    *dx = canny_round_half_even(*dx, taps->bits);
    *dy = canny_round_half_even(*dy, taps->bits);
}

static void make_gradient(struct canny_reference *r, int size, bool l2)
{
    struct canny_stages *s = &r->stages;
    for (int y = 0; y < r->height; y++) {
        for (int x = 0; x < r->width; x++) {
            int i = y * r->width + x, dx, dy;
            sobel_pixel(&s->blurred, x, y, size, &dx, &dy);
            s->dx[i] = (int16_t)dx;
            s->dy[i] = (int16_t)dy;
            s->magnitude[i] = l2 ? dx * dx + dy * dy : abs(dx) + abs(dy);
        }
    }
}

static int32_t magnitude_at(const struct canny_reference *r, int x, int y)
{
    bool outside = x < 0 || y < 0 || x >= r->width || y >= r->height;
    return outside ? 0 : r->stages.magnitude[y * r->width + x];
}

/**
 * Whether a pixel is the maximum across its edge. The gradient's direction is sorted into four by
 * tan(22.5 degrees) in 15 fractional bits. Of two equal neighbours along a row or a column the
 * one to the right or below wins; along a diagonal neither does.
 */
static bool is_maximum(const struct canny_reference *r, int x, int y)
{
    const int tan_22 = 13573;
    int i = y * r->width + x;
    int dx = r->stages.dx[i], dy = r->stages.dy[i];
    int64_t ax = abs(dx), ay = INT64_C(32768) * abs(dy);
    int32_t m = r->stages.magnitude[i];
    if (ay < ax * tan_22)
        return m > magnitude_at(r, x - 1, y) && m >= magnitude_at(r, x + 1, y);
    if (ay > ax * (tan_22 + 65536))
        return m > magnitude_at(r, x, y - 1) && m >= magnitude_at(r, x, y + 1);
    int side = (dx ^ dy) < 0 ? -1 : 1;
    return m > magnitude_at(r, x - side, y - 1) && m > magnitude_at(r, x + side, y + 1);
}

static void make_thinned(struct canny_reference *r, struct canny_thresholds thresholds)
{
    struct canny_stages *s = &r->stages;
    for (int y = 0; y < r->height; y++) {
        for (int x = 0; x < r->width; x++) {
            int32_t m = s->magnitude[y * r->width + x];
            uint8_t level = CANNY_NONE;
            if (m > thresholds.low && is_maximum(r, x, y))
                level = m > thresholds.high ? CANNY_STRONG : CANNY_WEAK;
            s->thinned.data[y * s->thinned.stride + x] = level;
        }
    }
}

/** Makes every weak neighbour of pixel `i` an edge and puts it on the pending list. */
static int spread(struct canny_reference *r, int32_t i, int pending)
{
    int x0 = i % r->width, y0 = i / r->width;
    for (int y = y0 - 1; y <= y0 + 1; y++) {
        for (int x = x0 - 1; x <= x0 + 1; x++) {
            if (x < 0 || y < 0 || x >= r->width || y >= r->height)
                continue;
            int32_t n = y * r->width + x;
            if (r->stages.thinned.data[n] == CANNY_NONE || r->stages.edges.data[n])
                continue;
            r->stages.edges.data[n] = 255;
            r->pending[pending++] = n;
        }
    }
    return pending;
}

static void make_edges(struct canny_reference *r)
{
    int count = r->width * r->height, pending = 0;
    for (int i = 0; i < count; i++) {
        bool strong = r->stages.thinned.data[i] == CANNY_STRONG;
        r->stages.edges.data[i] = strong ? 255 : 0;
        if (strong)
            r->pending[pending++] = i;
    }
    while (pending > 0) {
        pending--;
        pending = spread(r, r->pending[pending], pending);
    }
}

int canny_reference_run_stage(struct canny_reference *r, enum canny_stage stage,
                              const struct canny_params *params, const struct frame *frame)
{
    if (!canny_params_valid(params) || frame->width != r->width || frame->height != r->height)
        return -EINVAL;
    switch (stage) {
    case CANNY_GRAY:
        make_gray(r, frame, params->gray);
        return 0;
    case CANNY_BLUR:
        make_blurred(r, params->blur);
        return 0;
    case CANNY_GRADIENT:
        make_gradient(r, params->aperture, params->l2);
        return 0;
    case CANNY_NMS:
        make_thinned(r, canny_thresholds_of(params));
        return 0;
    case CANNY_HYSTERESIS:
        make_edges(r);
        return 0;
    default:
        return -EINVAL;
    }
}

int canny_reference_run(struct canny_reference *reference, const struct canny_params *params,
                        const struct frame *frame)
{
    int ret = 0;
    for (int stage = 0; ret == 0 && stage < CANNY_STAGES; stage++)
        ret = canny_reference_run_stage(reference, (enum canny_stage)stage, params, frame);
    return ret;
}

const char *canny_stage_name(enum canny_stage stage)
{
    static const char *const names[CANNY_STAGES] = {
        [CANNY_GRAY] = "gray",
        [CANNY_BLUR] = "blur",
        [CANNY_GRADIENT] = "gradient",
        [CANNY_NMS] = "nms",
        [CANNY_HYSTERESIS] = "hysteresis",
    };
    return names[stage];
}

int canny_reference_create(struct canny_reference **out, int width, int height)
{
    *out = NULL;
    if (!frame_size_is_valid(width, height))
        return -EINVAL;
    struct canny_reference *r = memory_alloc(MEMORY_CANNY, sizeof *r);
    size_t count = (size_t)width * (size_t)height;
    // 4-byte values first, then 2, then 1: each kind stays aligned whatever the size is.
    char *block = memory_alloc(MEMORY_CANNY, count * (4 + 4 + 2 + 2 + 1 + 1 + 1 + 1));
    if (!r || !block) {
        memory_free(r);
        memory_free(block);
        return -ENOMEM;
    }
    r->width = width;
    r->height = height;
    r->block = block;
    r->pending = (int32_t *)(void *)block;
    r->stages.magnitude = (int32_t *)(void *)(block + 4 * count);
    r->stages.dx = (int16_t *)(void *)(block + 8 * count);
    r->stages.dy = (int16_t *)(void *)(block + 10 * count);
    struct plane *planes[] = {&r->stages.gray, &r->stages.blurred, &r->stages.thinned,
                              &r->stages.edges};
    for (size_t i = 0; i < 4; i++)
        *planes[i] = (struct plane){(uint8_t *)block + (12 + i) * count, width, height, width};
    *out = r;
    return 0;
}

const struct canny_stages *canny_reference_stages(const struct canny_reference *reference)
{
    return &reference->stages;
}

void canny_reference_destroy(struct canny_reference **reference)
{
    if (!*reference)
        return;
    memory_free((*reference)->block);
    memory_free(*reference);
    *reference = NULL;
}
