#pragma once

/**
 * @file
 * Painting shapes with smooth edges into the three planes of an I420 picture.
 *
 * Shapes live in design units; a canvas says where these lie in its picture, so that one drawing
 * fits every size. Luma and chroma are painted directly, full range, BT.601; each plane on its own
 * grid, so that colours do not bleed by half a pixel.
 *
 * Threads: one per picture. Nothing allocates.
 */

#include "capture/shapes.h"
#include "processing/frame.h"

/** Luma and chroma, 0 to 255; 128 is no colour. */
struct color {
    float y, u, v;
};

/** The colour that a screen shows for R, G, B of 0 to 255. A constant where these are. */
#define COLOR_RGB(R, G, B)                                                                         \
    {                                                                                              \
        .y = 0.299F * (R) + 0.587F * (G) + 0.114F * (B),                                           \
        .u = 128.0F + -0.168736F * (R) + -0.331264F * (G) + 0.5F * (B),                            \
        .v = 128.0F + 0.5F * (R) + -0.418688F * (G) + -0.081312F * (B),                            \
    }

/** From `a` to `b` as `t` goes from 0 to 1; not beyond. */
struct color color_mix(struct color a, struct color b, float t);

/** A picture in memory and where design units lie in it. */
struct canvas {
    uint8_t *data[3];    ///< Y, U, V; U and V at half width and height, rounded up
    ptrdiff_t stride[3]; ///< bytes a row
    int width, height;   ///< pixels
    float scale;         ///< pixels a design unit
    float x, y;          ///< where the design's origin lies, pixels
};

/** How a shape is filled. */
struct paint {
    struct color color; ///< where `shade` is NULL
    float alpha;        ///< 0 leaves the picture, 1 covers it
    float sigma;        ///< design units: the edge as a Gaussian blur would leave it; 0 is sharp

    /** The colour at a point in design units, or NULL. */
    struct color (*shade)(const struct paint *paint, float x, float y);
    const void *more; ///< for `shade`
};

/** A picture of `layout` (I420) in `block`, the design 1:1 at its corner. */
struct canvas canvas_of(const struct frame_layout *layout, uint8_t *block);

/** Fills a shape. */
void canvas_fill(const struct canvas *canvas, const struct shape *shape, const struct paint *paint);
