#pragma once

/**
 * @file
 * Frames for tests: any format and size, filled with repeatable noise, every plane ending right
 * before a page that must not be touched, so that reading past a row's samples is a crash.
 */

#include "processing/frame.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/** Whole pages between two forbidden ones; `data` ends where the one behind begins. */
struct guarded {
    uint8_t *data;
    void *map;
    size_t map_bytes;
};

/** A frame in guarded memory of its own. */
struct sample {
    struct frame frame;
    struct guarded planes[3];
};

/** A well mixed byte of a seed and an index. */
static inline uint8_t sample_byte(uint32_t seed, uint32_t index)
{
    uint32_t h = seed * 0x9e3779b1U + index * 0x85ebca77U;
    h = (h ^ h >> 16) * 0x7feb352dU;
    h = (h ^ h >> 15) * 0x846ca68bU;
    return (uint8_t)(h >> 8);
}

/** `bytes` > 0, zeroed. Ends the program when there is no memory. */
static inline struct guarded guarded_make(size_t bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t used = (bytes + page - 1) / page * page;
    size_t all = used + 2 * page;
    uint8_t *map = mmap(NULL, all, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED || mprotect(map + page, used, PROT_READ | PROT_WRITE) != 0)
        abort();
    return (struct guarded){map + page + used - bytes, map, all};
}

static inline void guarded_free(struct guarded *guarded)
{
    munmap(guarded->map, guarded->map_bytes);
    *guarded = (struct guarded){NULL, NULL, 0};
}

/**
 * A frame full of noise; `padding` bytes follow each row of the first plane but the last.
 * Freed by sample_free().
 */
static inline struct sample sample_make(enum pixel_format format, int width, int height,
                                        int padding, uint32_t seed)
{
    struct sample sample = {.frame = {.range = RANGE_FULL, .matrix = MATRIX_BT601}};
    struct frame_layout layout = frame_layout_make(format, width, height, 0);
    layout = frame_layout_make(format, width, height, layout.stride[0] + padding);
    if (layout.bytes == 0)
        abort();
    frame_place(&sample.frame, &layout, NULL);
    for (int p = 0; p < layout.planes; p++) {
        size_t bytes = (size_t)layout.stride[p] * (size_t)(layout.rows[p] - 1);
        bytes += (size_t)layout.row_bytes[p];
        sample.planes[p] = guarded_make(bytes);
        for (size_t i = 0; i < bytes; i++)
            sample.planes[p].data[i] = sample_byte(seed + (uint32_t)p, (uint32_t)i);
        sample.frame.data[p] = sample.planes[p].data;
    }
    return sample;
}

static inline void sample_free(struct sample *sample)
{
    for (int p = 0; p < 3; p++)
        if (sample->planes[p].map)
            guarded_free(&sample->planes[p]);
}

/** Where a format keeps one component: the samples of a row are `step` bytes apart. */
struct sample_place {
    int plane, first, step;
};

/** Luma (0), U (1) and V (2) of the YUV formats; GRAY8 has luma alone. */
static inline struct sample_place sample_place_of(enum pixel_format format, int component)
{
    static const struct sample_place places[PIXEL_FORMATS][3] = {
        [PIXEL_GRAY8] = {{0, 0, 1}},
        [PIXEL_YUYV] = {{0, 0, 2}, {0, 1, 4}, {0, 3, 4}},
        [PIXEL_UYVY] = {{0, 1, 2}, {0, 0, 4}, {0, 2, 4}},
        [PIXEL_NV12] = {{0, 0, 1}, {1, 0, 2}, {1, 1, 2}},
        [PIXEL_I420] = {{0, 0, 1}, {1, 0, 1}, {2, 0, 1}},
        [PIXEL_YUV24] = {{0, 0, 3}, {0, 1, 3}, {0, 2, 3}},
    };
    return places[format][component];
}

/** Address of a component of the pixel at x, y; chroma is shared as the format says. */
static inline uint8_t *sample_at(const struct sample *sample, int component, int x, int y)
{
    enum pixel_format format = sample->frame.format;
    struct sample_place place = sample_place_of(format, component);
    bool chroma = component > 0;
    int column = chroma && format != PIXEL_YUV24 ? x / 2 : x;
    int row = place.plane > 0 ? y / 2 : y;
    return sample->planes[place.plane].data + row * sample->frame.stride[place.plane] +
           place.first + column * place.step;
}
