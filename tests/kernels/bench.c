#include "tests/kernels/bench.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    UNTOUCHED = 0xa5, ///< around the output, and in it before a run
    WATCHED = 128,    ///< bytes before and behind the output
    FEWEST = 1 << 16, ///< bytes a region has
};

/** Where `bytes` lie in a region that is made larger if need be. */
static uint8_t *region_place(struct region *region, const struct placing *placing, size_t bytes)
{
    size_t shift = (size_t)placing->shift, needed = bytes + shift;
    if (region->bytes < needed) {
        if (region->bytes)
            guarded_free(&region->pages);
        region->bytes = (needed + FEWEST - 1) / FEWEST * FEWEST; // whole pages
        region->pages = guarded_make(region->bytes);
    }
    return region->pages.data + (placing->low ? shift : region->bytes - needed);
}

static size_t bytes_of(ptrdiff_t stride, int rows, int row_bytes)
{
    return (size_t)stride * (size_t)(rows - 1) + (size_t)row_bytes;
}

static void fill_noise(uint8_t *bytes, size_t count, uint32_t seed)
{
    for (size_t i = 0; i < count; i++)
        bytes[i] = sample_byte(seed, (uint32_t)i);
}

/** Where samples of a component lie, and by how many pixels they are apart. */
static struct sample_place component_place(enum pixel_format format, int component, int *across,
                                           int *down)
{
    bool halved = component > 0 && (format == PIXEL_NV12 || format == PIXEL_I420);
    bool paired = component > 0 && (format == PIXEL_YUYV || format == PIXEL_UYVY);
    *across = halved || paired ? 2 : 1;
    *down = halved ? 2 : 1;
    if (format == PIXEL_RGB24 || format == PIXEL_BGR24)
        return (struct sample_place){0, component, 3};
    return sample_place_of(format, component);
}

/**
 * Luma and chroma or the three colours, each the shape with a seed of its own. Those of a chain
 * have the same: else no contour of the gray would be long.
 */
static void draw_component(const struct bench *bench, const struct kernel_case *c, int component)
{
    int across, down;
    struct sample_place at = component_place(c->format, component, &across, &down);
    struct shape_place place = {c->seed, 0, 0, c->width, c->height};
    if (!c->shape->chain)
        place.seed += (uint32_t)component;
    for (; place.y < c->height; place.y += down) {
        uint8_t *sample =
            bench->planes[at.plane] + place.y / down * bench->frame.stride[at.plane] + at.first;
        for (place.x = 0; place.x < c->width; place.x += across, sample += at.step)
            *sample = shape_value(c->shape, &place);
    }
}

static void draw_frame(const struct bench *bench, const struct kernel_case *c)
{
    int components = pixel_format_has_color(c->format) ? 3 : 1;
    for (int i = 0; i < components; i++)
        draw_component(bench, c, i);
}

void bench_reserve(struct bench *bench, const struct kernel_case *c)
{
    struct frame_layout layout = frame_layout_make(c->format, c->width, c->height, 0);
    layout = frame_layout_make(c->format, c->width, c->height, layout.stride[0] + c->in.padding);
    bench->frame = (struct frame){.range = c->range, .matrix = c->matrix};
    frame_place(&bench->frame, &layout, NULL);
    for (int p = 0; p < layout.planes; p++) {
        size_t bytes = bytes_of(layout.stride[p], layout.rows[p], layout.row_bytes[p]);
        bench->planes[p] = region_place(&bench->inputs[p], &c->in, bytes);
        bench->frame.data[p] = bench->planes[p];
        fill_noise(bench->planes[p], bytes, c->seed + (uint32_t)p);
    }
    ptrdiff_t stride = c->width + c->out.padding;
    uint8_t *edges = region_place(&bench->output, &c->out, bytes_of(stride, c->height, c->width));
    bench->edges = (struct plane){edges, c->width, c->height, stride};
}

static int run_reference(struct bench *bench, const struct kernel_case *c)
{
    if (bench->width != c->width || bench->height != c->height || !bench->reference) {
        canny_reference_destroy(&bench->reference);
        int status = canny_reference_create(&bench->reference, c->width, c->height);
        if (status < 0)
            return status;
        bench->width = c->width;
        bench->height = c->height;
    }
    int status = canny_reference_run(bench->reference, &c->params, &bench->frame);
    bench->stages = canny_reference_stages(bench->reference);
    bench->expected = bench->stages->edges;
    return status;
}

int bench_prepare(struct bench *bench, const struct kernel_case *c)
{
    if (c->width > FRAME_MAX_SIDE || c->height > FRAME_MAX_SIDE)
        return -EINVAL;
    bench_reserve(bench, c);
    draw_frame(bench, c);
    return run_reference(bench, c);
}

/** First and one past the last byte of the output that are watched, within its region. */
static void watched(const struct bench *bench, uint8_t **first, uint8_t **end)
{
    const struct plane *e = &bench->edges;
    uint8_t *begin = bench->output.pages.data, *behind = begin + bench->output.bytes;
    uint8_t *last = e->data + bytes_of(e->stride, e->height, e->width);
    *first = e->data - begin < WATCHED ? begin : e->data - WATCHED;
    *end = behind - last < WATCHED ? behind : last + WATCHED;
}

void bench_clear_output(struct bench *bench)
{
    uint8_t *first, *end;
    watched(bench, &first, &end);
    memset(first, UNTOUCHED, (size_t)(end - first));
}

static bool untouched(const uint8_t *from, const uint8_t *to)
{
    for (; from < to; from++)
        if (*from != UNTOUCHED)
            return false;
    return true;
}

static bool surroundings_right(const struct bench *bench, char *text, size_t bytes)
{
    const struct plane *e = &bench->edges;
    uint8_t *first, *end, *row = e->data;
    watched(bench, &first, &end);
    bool right = untouched(first, e->data);
    for (int y = 0; right && y < e->height; y++, row += e->stride) {
        right = untouched(row + e->width, y + 1 < e->height ? row + e->stride : end);
        if (!right)
            snprintf(text, bytes, "bytes behind row %d were written", y);
    }
    if (!untouched(first, e->data))
        snprintf(text, bytes, "bytes before the first row were written");
    return right;
}

static int count_unequal(const uint8_t *a, const uint8_t *b, int count, int *first)
{
    int unequal = 0;
    for (int x = count - 1; x >= 0; x--) {
        if (a[x] != b[x]) {
            unequal++;
            *first = x;
        }
    }
    return unequal;
}

bool bench_compare(const struct bench *bench, char *text, size_t bytes)
{
    const struct plane *e = &bench->edges, *r = &bench->expected;
    int unequal = 0, first_x = 0, first_y = -1;
    for (int y = 0; y < e->height; y++) {
        const uint8_t *found = e->data + y * e->stride, *expected = r->data + y * r->stride;
        if (memcmp(found, expected, (size_t)e->width) == 0)
            continue;
        int first = 0;
        unequal += count_unequal(found, expected, e->width, &first);
        if (first_y < 0) {
            first_x = first;
            first_y = y;
        }
    }
    if (unequal == 0)
        return surroundings_right(bench, text, bytes);
    snprintf(text, bytes, "%d pixels differ, the first at x %d y %d: %d instead of %d", unequal,
             first_x, first_y, e->data[first_y * e->stride + first_x],
             r->data[first_y * r->stride + first_x]);
    return false;
}

void chain_add(struct chain_count *count, const struct canny_stages *stages)
{
    const struct plane *thinned = &stages->thinned;
    for (int i = 0; i < thinned->width * thinned->height; i++) {
        bool weak = thinned->data[i] == CANNY_WEAK;
        count->weak += weak;
        count->strong += thinned->data[i] == CANNY_STRONG;
        count->found += weak && stages->edges.data[i];
    }
}

bool chain_long(const struct chain_count *count)
{
    return count->strong > 0 && count->found > 2 * count->strong && 2 * count->found > count->weak;
}

void bench_free(struct bench *bench)
{
    for (int p = 0; p < 3; p++)
        if (bench->inputs[p].bytes)
            guarded_free(&bench->inputs[p].pages);
    if (bench->output.bytes)
        guarded_free(&bench->output.pages);
    canny_reference_destroy(&bench->reference);
    *bench = (struct bench){0};
}
