/**
 * @file
 * Sensor noise is nearly Gaussian: the sum of many small accidents. A table holds the sums of four
 * even random numbers (Irwin and Hall's distribution), which is close enough to the eye and to an
 * edge detector. Every row of a frame takes a stretch of the table from a place of its own, so
 * neither rows nor frames repeat visibly, and a sample costs an addition and two comparisons.
 *
 * Source of the mixing function: C. Wellons, "Prospecting for Hash Functions", 2018,
 * https://nullprogram.com/blog/2018/07/31/ (lowbias32, public domain).
 */
#include "capture/noise.h"

/** An even mixture of the bits of `n`: random numbers by counting. */
static uint32_t mix(uint32_t n)
{
    n = (n ^ n >> 16) * 0x7feb352dU;
    n = (n ^ n >> 15) * 0x846ca68bU;
    return n ^ n >> 16;
}

static void fill_unit(struct noise *noise)
{
    for (uint32_t i = 0; i < NOISE_SAMPLES; i++) {
        // Four bytes, each with a standard deviation of 73.9: 147.8 for the sum.
        uint32_t bits = mix(i + 1);
        int sum = (int)((bits & 255) + (bits >> 8 & 255) + (bits >> 16 & 255) + (bits >> 24));
        noise->unit[i] = (int8_t)((sum - 510) * 32 / 148);
    }
}

static void scale(struct noise *noise, int amplitude)
{
    if (noise->amplitude == 0)
        fill_unit(noise);
    for (uint32_t i = 0; i < NOISE_SAMPLES; i++) {
        // 0.4 / 32 = 1 / 80; the low bits are dithered away, or weak noise would be none at all.
        int exact = noise->unit[i] * amplitude + (int)(mix(~i) % 80);
        int level = exact >= 0 ? exact / 80 : -((79 - exact) / 80);
        level = level < -127 ? -127 : level > 127 ? 127 : level;
        noise->scaled[i] = noise->scaled[i + NOISE_SAMPLES] = (int8_t)level;
    }
    noise->amplitude = amplitude;
}

static void add_run(uint8_t *restrict row, const int8_t *restrict noise, int count)
{
    for (int i = 0; i < count; i++) {
        int value = row[i] + noise[i];
        value = value < 0 ? 0 : value;
        row[i] = (uint8_t)(value > 255 ? 255 : value);
    }
}

void noise_add(struct noise *noise, const struct plane *plane, int amplitude, uint32_t seed)
{
    if (amplitude <= 0)
        return;
    if (amplitude != noise->amplitude)
        scale(noise, amplitude);
    for (int y = 0; y < plane->height; y++) {
        // No side is longer than the table, and the table is there twice.
        uint32_t start = mix(mix(seed + 1) + (uint32_t)y) % NOISE_SAMPLES;
        add_run(plane->data + y * plane->stride, noise->scaled + start, plane->width);
    }
}

_Static_assert(FRAME_MAX_SIDE <= NOISE_SAMPLES, "a row must fit into the table's second half");
