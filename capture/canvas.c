/**
 * @file
 * A shape is a function that gives the signed distance to its outline, negative inside. Half a
 * pixel on either side of the outline the distance says how much of the pixel is covered, which is
 * what makes edges smooth. Elsewhere it says how far the outline is at least, and so how many
 * pixels of the row can be filled or skipped without asking again: the cost of a shape follows its
 * outline, not its area.
 *
 * Source: J. C. Hart, "Sphere tracing: a geometric method for the antialiased ray tracing of
 * implicit surfaces", The Visual Computer 12:527-545, 1996, doi:10.1007/s003710050084; here the
 * ray is the row.
 */
#include "capture/canvas.h"

#include <math.h>
#include <string.h>

/** Planes with the same grid: Y alone, or U and V. */
struct layer {
    uint8_t *data[2];
    ptrdiff_t stride[2];
    int planes;
    int first;         ///< 0 Y, 1 U
    int width, height; ///< samples
    float per_unit;    ///< samples a design unit
    float unit;        ///< design units a sample
    float x, y;        ///< the design's origin, samples
};

/** One filling of one layer. */
struct job {
    const struct layer *layer;
    const struct shape *shape;
    const struct paint *paint;
    float reach; ///< samples on either side of the outline where coverage changes
    bool smooth; ///< gradients: rounded by the pattern below, or 8 bits would show as steps
    int left, right;
    int value[2]; ///< of each plane, where the colour is the same everywhere
};

struct color color_mix(struct color a, struct color b, float t)
{
    t = smaller(larger(t, 0), 1);
    return (struct color){a.y + (b.y - a.y) * t, a.u + (b.u - a.u) * t, a.v + (b.v - a.v) * t};
}

struct canvas canvas_of(const struct frame_layout *layout, uint8_t *block)
{
    struct canvas canvas = {.width = layout->width, .height = layout->height, .scale = 1};
    for (int p = 0; p < 3; p++) {
        canvas.data[p] = block + layout->offset[p];
        canvas.stride[p] = layout->stride[p];
    }
    return canvas;
}

/** Shares are counted in this many parts where integers will do. */
enum { WHOLE = 4096 };

/**
 * What to add before rounding down, in parts of WHOLE: an ordered pattern (B. E. Bayer, 1973) whose
 * mean is a half. It turns the steps of a slow gradient into a texture too fine and too weak to be
 * seen.
 */
static int rounding(int x, int y)
{
    static const uint8_t pattern[4][4] = {
        {0, 8, 2, 10}, {12, 4, 14, 6}, {3, 11, 1, 9}, {15, 7, 13, 5}};
    return pattern[y & 3][x & 3] * (WHOLE / 16) + WHOLE / 32;
}

/** How much of a sample is covered, `distance` (samples) from the outline, within `reach`. */
static float coverage(const struct job *job, float distance)
{
    float t = distance / job->reach;
    if (t <= -1 || t >= 1)
        return t < 0;
    if (!job->smooth || job->paint->sigma == 0)
        return 0.5F - 0.5F * t;
    // Close to the Gaussian's integral, with the same steepness in the middle.
    return 0.5F - t * (0.9375F - t * t * (0.625F - t * t * 0.1875F));
}

static void fill_shaded(const struct job *job, int x, int y, float cover)
{
    const struct layer *layer = job->layer;
    struct color color = job->paint->shade(job->paint, ((float)x + 0.5F - layer->x) * layer->unit,
                                           ((float)y + 0.5F - layer->y) * layer->unit);
    const float to[3] = {color.y, color.u, color.v};
    float up = (float)rounding(x, y) / WHOLE;
    for (int p = 0; p < layer->planes; p++) {
        uint8_t *sample = layer->data[p] + y * layer->stride[p] + x;
        float value = *sample + (to[layer->first + p] - *sample) * cover + up;
        *sample = (uint8_t)smaller(larger(value, 0), 255);
    }
}

/** Lays one colour over what is there: a row of bytes that a vector unit can take. */
static void veil(uint8_t *samples, int count, int value, int share, int up)
{
    for (int i = 0; i < count; i++)
        samples[i] = (uint8_t)((samples[i] * (WHOLE - share) + value * share + up) / WHOLE);
}

static void fill_flat(const struct job *job, int x, int y, int count, float cover)
{
    const struct layer *layer = job->layer;
    int share = (int)(cover * WHOLE);
    int up = job->smooth && count == 1 ? rounding(x, y) : WHOLE / 2;
    for (int p = 0; p < layer->planes; p++) {
        uint8_t *samples = layer->data[p] + y * layer->stride[p] + x;
        if (share < WHOLE)
            veil(samples, count, job->value[p], share, up);
        else
            memset(samples, job->value[p], (size_t)count);
    }
}

static void fill_run(const struct job *job, int x, int y, int count, float cover)
{
    if (cover <= 0)
        return;
    if (!job->paint->shade)
        fill_flat(job, x, y, count, cover);
    else
        for (int i = 0; i < count; i++)
            fill_shaded(job, x + i, y, cover);
}

static void fill_row(const struct job *job, int y)
{
    const struct layer *layer = job->layer;
    float design_y = ((float)y + 0.5F - layer->y) * layer->unit;
    for (int x = job->left; x < job->right;) {
        float design_x = ((float)x + 0.5F - layer->x) * layer->unit;
        float distance = job->shape->distance(job->shape, design_x, design_y) * layer->per_unit;
        float same = smaller(fabsf(distance) - job->reach, (float)(job->right - x - 1));
        int run = same > 0 ? 1 + (int)same : 1;
        fill_run(job, x, y, run, coverage(job, distance) * job->paint->alpha);
        x += run;
    }
}

/** A place in design units as a sample, no further than the layer goes. */
static int sample_at(float place, int limit)
{
    return (int)smaller(larger(place, 0), (float)limit);
}

static void fill_layer(const struct layer *layer, const struct shape *shape,
                       const struct paint *paint)
{
    // 2.35 sigma: there the polynomial of coverage() is as steep as the Gaussian's integral.
    float sigma = paint->sigma * layer->per_unit;
    struct job job = {.layer = layer, .shape = shape, .paint = paint};
    job.smooth = paint->shade || sigma > 0.3F;
    job.reach = sigma > 0.3F ? larger(2.35F * sigma, 0.5F) : 0.5F;
    const float colors[3] = {paint->color.y, paint->color.u, paint->color.v};
    for (int p = 0; p < layer->planes; p++)
        job.value[p] = (int)(smaller(larger(colors[layer->first + p], 0), 255) + 0.5F);
    float per_unit = layer->per_unit;
    const struct box *box = &shape->box;
    job.left = sample_at(box->left * per_unit + layer->x - job.reach - 1, layer->width);
    job.right = sample_at(box->right * per_unit + layer->x + job.reach + 2, layer->width);
    int top = sample_at(box->top * per_unit + layer->y - job.reach - 1, layer->height);
    int bottom = sample_at(box->bottom * per_unit + layer->y + job.reach + 2, layer->height);
    for (int y = top; y < bottom; y++)
        fill_row(&job, y);
}

static struct layer layer_of(const struct canvas *canvas, int first, int planes, int step)
{
    struct layer layer = {
        .planes = planes,
        .first = first,
        .width = (canvas->width + step - 1) / step,
        .height = (canvas->height + step - 1) / step,
        .per_unit = canvas->scale / (float)step,
        .unit = (float)step / canvas->scale,
        .x = canvas->x / (float)step,
        .y = canvas->y / (float)step,
    };
    for (int p = 0; p < planes; p++) {
        layer.data[p] = canvas->data[first + p];
        layer.stride[p] = canvas->stride[first + p];
    }
    return layer;
}

void canvas_fill(const struct canvas *canvas, const struct shape *shape, const struct paint *paint)
{
    struct layer luma = layer_of(canvas, 0, 1, 1);
    struct layer chroma = layer_of(canvas, 1, 2, 2);
    fill_layer(&luma, shape, paint);
    fill_layer(&chroma, shape, paint);
}
