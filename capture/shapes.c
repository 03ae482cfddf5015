/**
 * @file
 * Distances to simple shapes. The trick that recurs: fold the plane onto one side or one tooth by
 * its symmetry, and measure there.
 *
 * Source: I. Quilez, "2D distance functions", https://iquilezles.org/articles/distfunctions2d/,
 * for the idea of the box; the others follow from elementary geometry.
 */
#include "capture/shapes.h"

#include <math.h>

static const float far_away = 1e9F;
static const float pi = 3.14159265F;

static struct box box_around(float x, float y, float half_width, float half_height)
{
    return (struct box){x - half_width, y - half_height, x + half_width, y + half_height};
}

static float length(float x, float y)
{
    return sqrtf(x * x + y * y);
}

static float everything(const struct shape *shape, float x, float y)
{
    (void)shape, (void)x, (void)y;
    return -far_away;
}

struct shape shape_everything(void)
{
    return (struct shape){.distance = everything, .box = box_around(0, 0, far_away, far_away)};
}

static float disc(const struct shape *shape, float x, float y)
{
    return length(x - shape->x, y - shape->y) - shape->size[0];
}

struct shape shape_disc(float x, float y, float radius)
{
    return (struct shape){.distance = disc,
                          .box = box_around(x, y, radius, radius),
                          .x = x,
                          .y = y,
                          .size = {radius}};
}

static float ring(const struct shape *shape, float x, float y)
{
    return fabsf(length(x - shape->x, y - shape->y) - shape->size[0]) - shape->size[1];
}

struct shape shape_ring(float x, float y, float radius, float half)
{
    struct shape shape = shape_disc(x, y, radius + half);
    shape.distance = ring;
    shape.size[0] = radius;
    shape.size[1] = half;
    return shape;
}

/** Distance to a corner of the quadrant below and to the left of it. */
static float corner_distance(float right, float above)
{
    return length(larger(right, 0), larger(above, 0)) + smaller(larger(right, above), 0);
}

static float box(const struct shape *shape, float x, float y)
{
    const float *size = shape->size;
    return corner_distance(fabsf(x - shape->x) - size[0] + size[2],
                           fabsf(y - shape->y) - size[1] + size[2]) -
           size[2];
}

struct shape shape_box(float x, float y, float half_width, float half_height, float corner)
{
    return (struct shape){.distance = box,
                          .box = box_around(x, y, half_width, half_height),
                          .x = x,
                          .y = y,
                          .size = {half_width, half_height, corner}};
}

/**
 * atan2f() to 1e-5 radians, several times as fast. The polynomial is number 4.4.49 of
 * M. Abramowitz, I. Stegun, "Handbook of Mathematical Functions", 1964.
 */
static float angle_of(float dx, float dy)
{
    float ax = fabsf(dx), ay = fabsf(dy);
    float t = smaller(ax, ay) / larger(larger(ax, ay), 1e-9F);
    float t2 = t * t;
    float angle = t * (0.999866F +
                       t2 * (-0.3302995F + t2 * (0.180141F + t2 * (-0.085133F + t2 * 0.0208351F))));
    angle = ay > ax ? pi / 2 - angle : angle;
    angle = dx < 0 ? pi - angle : angle;
    return dy < 0 ? -angle : angle;
}

/** A point as seen from the middle of one of equal sectors. */
struct folded {
    float along, across; ///< the sector's middle; `across` is never negative
};

/** Turns a point into the shape's first sector. `radius` is its distance from the centre. */
static struct folded fold(const struct shape *shape, float dx, float dy, float radius)
{
    float turns = (angle_of(dx, dy) - shape->angle) * shape->per_sector;
    // Rounded by way of an int: turns are few, and floorf() is a call on older processors.
    float angle = fabsf(turns - (float)(int)(turns + (turns < 0 ? -0.5F : 0.5F)));
    angle /= shape->per_sector;
    // No more than pi / 5 is left, for which a few terms of the series are exact enough.
    float a2 = angle * angle;
    float cosine = 1 - a2 * (1 / 2.0F - a2 * (1 / 24.0F - a2 / 720));
    float sine = angle * (1 - a2 * (1 / 6.0F - a2 * (1 / 120.0F - a2 / 5040)));
    return (struct folded){radius * cosine, radius * sine};
}

static float polygon(const struct shape *shape, float x, float y)
{
    float dx = x - shape->x, dy = y - shape->y;
    struct folded p = fold(shape, dx, dy, length(dx, dy));
    return corner_distance(p.along - shape->size[0], p.across - shape->size[1]) - shape->size[2];
}

struct shape shape_polygon(float x, float y, float radius, int sides, float corner, float angle)
{
    struct shape shape = shape_disc(x, y, radius);
    float half_sector = pi / (float)sides;
    shape.distance = polygon;
    shape.per_sector = (float)sides / (2 * pi);
    shape.angle = angle;
    shape.size[0] = radius * cosf(half_sector) - corner;
    shape.size[1] = shape.size[0] * tanf(half_sector);
    shape.size[2] = corner;
    return shape;
}

static float gear(const struct shape *shape, float x, float y)
{
    const float *size = shape->size; // hole, root, tip, half a tooth's width at the root
    float dx = x - shape->x, dy = y - shape->y;
    float radius = length(dx, dy);
    float wheel = larger(radius - size[1], size[0] - radius);
    // Far enough from the teeth they need no looking at.
    if (radius > size[2] + 2 || wheel < -(size[2] - size[1]))
        return radius > size[2] ? radius - size[2] : wheel;
    struct folded p = fold(shape, dx, dy, radius);
    // A flank leans inwards: by 0.3 of what it rises; 0.958 makes that a distance.
    float flank = (p.across - size[3] + 0.3F * (p.along - size[1])) * 0.958F;
    float tooth = larger(larger(radius - size[2], flank), 0.9F * size[1] - p.along);
    return larger(smaller(wheel, tooth), size[0] - radius);
}

struct shape shape_gear(float x, float y, const float radii[3], int teeth, float angle)
{
    struct shape shape = shape_disc(x, y, radii[2]);
    shape.distance = gear;
    shape.per_sector = (float)teeth / (2 * pi);
    shape.angle = angle;
    shape.size[0] = radii[0];
    shape.size[1] = radii[1];
    shape.size[2] = radii[2];
    shape.size[3] = radii[1] * pi / (float)teeth * 0.62F;
    return shape;
}

static float orbit(const struct shape *shape, float x, float y)
{
    float dx = x - shape->x, dy = y - shape->y;
    float a = shape->size[0], b = shape->size[1];
    float u = (dx * shape->cosine + dy * shape->sine) / a;
    float v = (dy * shape->cosine - dx * shape->sine) / b;
    float f = length(u, v);
    // Along the flat sides much too short. By its slope f tells more, though too much where the
    // outline bends away: how much is bounded by the sharpest bend, whose radius is b * b / a.
    float bound = fabsf(f - 1) * b;
    float guess = fabsf(f - 1) * f / larger(length(u / a, v / b), 1e-9F);
    float bend = b * b / a;
    return larger(bound, guess * bend / (bend + guess)) - shape->size[2];
}

struct shape shape_orbit(float x, float y, float long_radius, float short_radius, float half,
                         float angle)
{
    struct shape shape = shape_disc(x, y, long_radius + half);
    shape.distance = orbit;
    shape.cosine = cosf(angle);
    shape.sine = sinf(angle);
    shape.size[0] = long_radius;
    shape.size[1] = short_radius;
    shape.size[2] = half;
    return shape;
}

static float hills(const struct shape *shape, float x, float y)
{
    const float *size = shape->size; // height, crests a unit as an angle, phase, slope's correction
    float t = x * size[1] + size[2];
    float crest = shape->y - size[0] * (0.7F * cosf(t) + 0.3F * cosf(2.3F * t + 1));
    return (crest - y) * size[3];
}

struct shape shape_hills(float y, float height, float spacing, float phase)
{
    float turn = 2 * pi / spacing;
    float steepest = height * turn * 1.4F;
    return (struct shape){.distance = hills,
                          .box = {-far_away, y - height, far_away, far_away},
                          .y = y,
                          .size = {height, turn, phase, 1 / length(1, steepest)}};
}
