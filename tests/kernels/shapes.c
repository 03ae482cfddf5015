/**
 * @file
 * Shapes, each an integer function of the place, so that any size can be made.
 *
 * The hard case of hysteresis is a long way: a contour that winds through the whole picture, a
 * candidate everywhere and strong at one end only. Serpentines and spirals are that. Their
 * contrast is FAINT but for the end, where it is STARK; case_for_chain() puts the thresholds
 * between.
 */
#include "tests/kernels/shapes.h"
#include "tests/golden/patterns.h"
#include "tests/kernels/photos.h"

#include <stdlib.h>
#include <string.h>

enum { GROUND = 100, FAINT = 20, STARK = 120 };

static uint8_t flat(const struct shape_place *p)
{
    static const uint8_t values[] = {0, 255, 128, 1, 254, 127};
    return values[p->seed % sizeof values];
}

/** A place in the picture: its corners, the middles of its sides, then any. */
static void anchor(const struct shape_place *p, int *x, int *y)
{
    uint32_t at = p->seed % 12;
    if (at >= 9) {
        *x = (int)(pattern_hash(p->seed, 1, 1) % (uint32_t)p->width);
        *y = (int)(pattern_hash(p->seed, 2, 1) % (uint32_t)p->height);
        return;
    }
    *x = (int)(at % 3) * (p->width - 1) / 2;
    *y = (int)(at / 3) * (p->height - 1) / 2;
}

static uint8_t single(const struct shape_place *p)
{
    int x, y;
    anchor(p, &x, &y);
    bool here = p->x == x && p->y == y, inverted = p->seed / 12 & 1;
    return here != inverted ? 255 : 0;
}

/** Directions as steps of a small grid, all of a half turn and of none twice. */
static const int directions[16][2] = {{1, 0},  {0, 1},  {1, 1},  {1, -1}, {2, 1}, {2, -1},
                                      {1, 2},  {1, -2}, {5, 2},  {5, -2}, {2, 5}, {2, -5},
                                      {12, 5}, {7, 17}, {40, 1}, {1, -40}};

/** The direction of a line through a place: where x, y lies along and across it. */
struct crossing {
    int along, across; ///< in a unit of about 1/`unit` pixels
    int unit;
};

static struct crossing cross(const struct shape_place *p, int x, int y)
{
    const int *d = directions[pattern_hash(p->seed, 3, 1) % 16];
    int dx = p->x - x, dy = p->y - y;
    return (struct crossing){dx * d[0] + dy * d[1], dx * d[1] - dy * d[0],
                             abs(d[0]) > abs(d[1]) ? abs(d[0]) : abs(d[1])};
}

/** Two half planes; often black and white, which in some directions is the largest gradient. */
static uint8_t half(const struct shape_place *p)
{
    int x, y;
    uint32_t hash = pattern_hash(p->seed, 4, 1);
    anchor(p, &x, &y);
    bool right = cross(p, x, y).across >= 0;
    if (hash >> 16 & 1)
        return right ? 255 : 0;
    return (uint8_t)(right ? hash : hash >> 8);
}

static uint8_t line(const struct shape_place *p)
{
    int x, y, thickness = 1 + (int)(pattern_hash(p->seed, 5, 1) % 3);
    anchor(p, &x, &y);
    struct crossing at = cross(p, x, y);
    return 2 * abs(at.across) < thickness * at.unit ? 255 : 40;
}

/**
 * A chain's line, so many pixels from where it is stark. Contrast must fade: beside a sudden one
 * the stronger contour's flank outdoes the weaker contour, and there would be a gap.
 */
static uint8_t fade(int distance, int slope)
{
    int contrast = STARK - slope * distance;
    return (uint8_t)(GROUND + (contrast > FAINT ? contrast : FAINT));
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

/** A faint line, stark in the picture's middle. */
static uint8_t thread(const struct shape_place *p)
{
    int thickness = 4 + (int)(pattern_hash(p->seed, 5, 1) % 3);
    struct crossing at = cross(p, p->width / 2, p->height / 2);
    if (2 * abs(at.across) >= thickness * at.unit)
        return GROUND;
    return fade(abs(at.along) / at.unit, 2 + 200 / least(p->width, p->height));
}

/** Distance between the windings of a serpentine or spiral; half of it is line. */
static int winding(uint32_t seed)
{
    return 12 + 4 * (int)(seed % 3);
}

/** Whether a place lies on the half ring that joins two lanes; `dx` from where they end. */
static bool on_turn(int dx, int dy, int pitch)
{
    int inner = pitch / 4, outer = inner + pitch / 2, square = dx * dx + dy * dy;
    return dx >= 0 && square >= inner * inner && square < outer * outer;
}

/** Lanes to and fro, joined by half rings at their ends: one line from the first to the last. */
static uint8_t serpentine(uint32_t seed, int x, int y, int width, int height)
{
    int pitch = winding(seed), lane = y / pitch, last = (height - pitch) / pitch;
    int right = width - pitch, left = pitch;
    int from_middle = y % pitch - pitch / 2;
    bool lying = from_middle >= -(pitch / 4) && from_middle < pitch / 4;
    if (x >= left && x < right) {
        bool end = lane == (seed / 3 % 2 ? last : 0);
        return !lying ? GROUND : end ? fade(abs(x - width / 2), 2 + STARK / width) : GROUND + FAINT;
    }
    // The turn that begins or ends in this lane at this side.
    bool at_right = x >= right;
    int seam = (lane + (lane % 2 == !at_right)) * pitch;
    bool joins = seam > 0 && seam / pitch <= last;
    bool on = joins && on_turn(at_right ? x - right : left - 1 - x, y - seam, pitch);
    return on ? GROUND + FAINT : GROUND;
}

static uint8_t serpentine_across(const struct shape_place *p)
{
    return serpentine(p->seed, p->x, p->y, p->width, p->height);
}

static uint8_t serpentine_down(const struct shape_place *p)
{
    return serpentine(p->seed, p->y, p->x, p->height, p->width);
}

/** How far round a square a place lies, in 256ths of a turn; `radius` > 0. */
static int square_turn(int dx, int dy, int radius)
{
    if (dx == radius && dy > -radius)
        return (dy + radius) * 32 / radius;
    if (dy == radius)
        return 64 + (radius - dx) * 32 / radius;
    if (dx == -radius)
        return 128 + (radius - dy) * 32 / radius;
    return 192 + (dx + radius) * 32 / radius;
}

/** A spiral that fills a rectangle: stretched along its longer side. */
static uint8_t spiral_in(uint32_t seed, int arms, int x, int y, int width, int height)
{
    const int unit = 16; // parts of a pixel
    int half = least(width, height) / 2 + 1, pitch = winding(seed) * unit;
    int dx = (2 * x - width) * half * unit / width, dy = (2 * y - height) * half * unit / height;
    int radius = abs(dx) > abs(dy) ? abs(dx) : abs(dy);
    if (radius == 0)
        return GROUND + STARK;
    int beyond = radius - pitch * arms * square_turn(dx, dy, radius) / 256 + pitch * arms;
    return beyond % pitch < pitch / 2 ? fade(radius / unit, 2 + 100 / half) : GROUND;
}

/** One spiral, winding out from a strong middle to the picture's edges. */
static uint8_t spiral(const struct shape_place *p)
{
    return spiral_in(p->seed, 1, p->x, p->y, p->width, p->height);
}

/** Two arms in one another. */
static uint8_t spiral_pair(const struct shape_place *p)
{
    return spiral_in(p->seed, 2, p->x, p->y, p->width, p->height);
}

/** A spiral in every square of 96 pixels: their ends touch. */
static uint8_t spirals(const struct shape_place *p)
{
    return spiral_in(p->seed, 1, p->x % 96, p->y % 96, 96, 96);
}

static uint8_t photo(const struct shape_place *p)
{
    const struct plane *plane = photo_at((int)p->seed);
    return plane->data[p->y % plane->height * plane->stride + p->x % plane->width];
}

const struct shape shape_table[] = {
    {"flat", flat, false},
    {"single", single, false},
    {"half", half, false},
    {"line", line, false},
    {"thread", thread, true},
    {"serpentine-across", serpentine_across, true},
    {"serpentine-down", serpentine_down, true},
    {"spiral", spiral, true},
    {"spiral-pair", spiral_pair, true},
    {"spirals", spirals, true},
    {"constant", NULL, false},
    {"noise", NULL, false},
    {"levels", NULL, false},
    {"extremes", NULL, false},
    {"dots", NULL, false},
    {"smooth", NULL, false},
    {"clouds", NULL, false},
    {"ramp", NULL, false},
    {"checker", NULL, false},
    {"rings", NULL, false},
    {"boxes", NULL, false},
    {"fading", NULL, false},
    {"text", NULL, false},
    {"steps", NULL, false},
};

const int shape_count = (int)(sizeof shape_table / sizeof *shape_table);

const struct shape *shape_find(const char *name)
{
    static const struct shape of_photos = {"photo", photo, false};
    for (int i = 0; i < shape_count; i++)
        if (strcmp(shape_table[i].name, name) == 0)
            return &shape_table[i];
    return photo_count() > 0 && strcmp(name, of_photos.name) == 0 ? &of_photos : NULL;
}

uint8_t shape_value(const struct shape *shape, const struct shape_place *place)
{
    if (shape->sample)
        return shape->sample(place);
    return pattern_find(shape->name)->sample(place->seed, (uint32_t)place->x, (uint32_t)place->y);
}
