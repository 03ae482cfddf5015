#pragma once

/**
 * @file
 * Shapes as signed distances: how far a point is from the outline, negative inside.
 *
 * All lengths are in design units, x to the right, y down; angles in radians, clockwise on screen.
 * A distance never exceeds the true one, so one may always go that far without meeting the outline.
 */

/** The smaller of two; unlike fminf() an instruction, for NaN need not be looked after. */
static inline float smaller(float a, float b)
{
    return a < b ? a : b;
}

/** The larger of two. */
static inline float larger(float a, float b)
{
    return a > b ? a : b;
}

/** A rectangle. */
struct box {
    float left, top, right, bottom;
};

/** Plain data; made by the functions below, copied freely. */
struct shape {
    /** The distance at a point. */
    float (*distance)(const struct shape *shape, float x, float y);
    struct box box; ///< contains all of the shape
    float x, y;     ///< its centre
    float size[4];  ///< what its kind needs
    float angle;    ///< turned by this
    float cosine, sine;
    float per_sector; ///< sides or teeth a radian
    const void *more; ///< what a kind of another file needs; must outlive the shape
};

/** The whole plane. */
struct shape shape_everything(void);

/** A disc. */
struct shape shape_disc(float x, float y, float radius);

/** A circular line, `half` its radius to either side. */
struct shape shape_ring(float x, float y, float radius, float half);

/** An upright rectangle with rounded corners, by its centre and half its sides. */
struct shape shape_box(float x, float y, float half_width, float half_height, float corner);

/** A regular polygon of five sides or more with rounded corners; `radius` would reach the sharp
 * ones. */
struct shape shape_polygon(float x, float y, float radius, int sides, float corner, float angle);

/** A toothed wheel, five teeth or more, with a round hole: radii of the hole, between the teeth and
 * at their tips. */
struct shape shape_gear(float x, float y, const float radii[3], int teeth, float angle);

/** An elliptic line, half its width `half`, its long half axis turned by `angle`. */
struct shape shape_orbit(float x, float y, float long_radius, float short_radius, float half,
                         float angle);

/** All below a rolling line around `y`, as high as `height`, `spacing` from crest to crest. */
struct shape shape_hills(float y, float height, float spacing, float phase);
