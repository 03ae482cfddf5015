/**
 * @file
 * A zone plate is a wave whose frequency grows evenly with the distance from its middle, in every
 * direction: a test picture that holds all frequencies and all directions once. What a filter does
 * to them is seen at a glance, and where the wave is finer than the pixels, circles appear that are
 * not there. A star holds all directions at every frequency; Canny's non-maximum suppression knows
 * only four of them, and the star shows where they change over.
 *
 * Source: M. Weston, "A set of time varying television test patterns", BBC Research Department
 * Report 1980/9; the wave is cos(pi r^2 / (R w)), whose wavelength at radius R is w.
 */
#include "capture/ripple.h"

#include "processing/memory.h"

#include <errno.h>
#include <math.h>

static const float pi = 3.14159265F;

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

/** The pixels around the disc, cut off where the picture ends. */
static void frame_in(struct ripple *ripple, const struct canvas *canvas,
                     const struct ripple_plan *plan)
{
    float scale = canvas->scale, reach = plan->radius * scale;
    float x = canvas->x + plan->x * scale, y = canvas->y + plan->y * scale;
    ripple->left = clamp((int)floorf(x - reach), 0, canvas->width);
    ripple->top = clamp((int)floorf(y - reach), 0, canvas->height);
    ripple->width = clamp((int)ceilf(x + reach), 0, canvas->width) - ripple->left;
    ripple->height = clamp((int)ceilf(y + reach), 0, canvas->height) - ripple->top;
}

/** Radians into the cycle, `dx`, `dy` design units from the middle. */
static float phase_at(const struct ripple_plan *plan, float dx, float dy)
{
    if (plan->spokes)
        return atan2f(dy, dx) * (float)plan->spokes;
    return pi * (dx * dx + dy * dy) / (plan->radius * plan->shortest);
}

/** How much of the wave is seen, 1 as it is; more makes its flanks steep. */
static float gain_at(const struct ripple_plan *plan, float distance, float scale)
{
    float from_rim = (plan->radius - distance) * scale; // pixels
    float rim = smaller(larger(from_rim / 3, 0), 1);
    if (!plan->spokes)
        return rim;
    // So steep that black turns to white within a pixel or so, and none where spokes are thinner.
    float wavelength = 2 * pi * distance * scale / (float)plan->spokes; // pixels
    return rim * larger(wavelength / (1.3F * pi), 0) * smaller(wavelength / 4, 1);
}

static void work_out(struct ripple *ripple, const struct canvas *canvas,
                     const struct ripple_plan *plan)
{
    float scale = canvas->scale;
    for (int y = 0; y < ripple->height; y++) {
        size_t row = (size_t)y * (size_t)ripple->width;
        float dy = ((float)(ripple->top + y) + 0.5F - canvas->y) / scale - plan->y;
        for (int x = 0; x < ripple->width; x++) {
            float dx = ((float)(ripple->left + x) + 0.5F - canvas->x) / scale - plan->x;
            float gain = gain_at(plan, sqrtf(dx * dx + dy * dy), scale);
            float cycles = phase_at(plan, dx, dy) / (2 * pi);
            ripple->phase[row + (size_t)x] = (uint8_t)((int)floorf(cycles * 256) & 255);
            ripple->gain[row + (size_t)x] = (uint8_t)smaller(gain * 16, 255);
        }
    }
}

int ripple_open(struct ripple *ripple, const struct canvas *canvas, const struct ripple_plan *plan)
{
    *ripple = (struct ripple){.depth = plan->depth};
    frame_in(ripple, canvas, plan);
    size_t pixels = (size_t)ripple->width * (size_t)ripple->height;
    if (pixels == 0)
        return 0;
    for (int i = 0; i < 256; i++)
        ripple->wave[i] = (int8_t)lrintf(cosf((float)i * pi / 128) * (float)plan->depth);
    ripple->phase = memory_alloc(MEMORY_FRAMES, pixels);
    ripple->gain = memory_alloc(MEMORY_FRAMES, pixels);
    if (!ripple->phase || !ripple->gain)
        return -ENOMEM;
    work_out(ripple, canvas, plan);
    return 0;
}

void ripple_draw(const struct ripple *ripple, const struct canvas *canvas, uint8_t shift)
{
    const uint8_t *phase = ripple->phase, *gain = ripple->gain;
    for (int y = 0; y < ripple->height; y++) {
        uint8_t *luma = canvas->data[0] + (ripple->top + y) * canvas->stride[0] + ripple->left;
        for (int x = 0; x < ripple->width; x++) {
            int wave = ripple->wave[(uint8_t)(phase[x] - shift)] * gain[x] / 16;
            wave = clamp(wave, -ripple->depth, ripple->depth);
            luma[x] = (uint8_t)clamp(luma[x] + wave, 0, 255);
        }
        phase += ripple->width;
        gain += ripple->width;
    }
}

void ripple_close(struct ripple *ripple)
{
    memory_free(ripple->phase);
    memory_free(ripple->gain);
    ripple->phase = ripple->gain = NULL;
    ripple->width = ripple->height = 0;
}
