/**
 * @file
 * A glyph is drawn in a cell 6 units high with the top left corner at 0, 0. A stroke goes from one
 * point to another and turns by so many degrees on its way: 0 is a straight line, 180 a half
 * circle, positive clockwise. The distance to a glyph is the distance to the nearest of its
 * strokes, so a pen of any width is a subtraction.
 */
#include "capture/strokes.h"

#include <math.h>
#include <stddef.h>

enum { MAX_STROKES = 8 };

static const float cell_height = 6, gap = 1.9F;

struct stroke {
    float ax, ay, bx, by; ///< from a to b, cell units
    float turn;           ///< degrees
};

static const struct glyph {
    char letter;
    float width; ///< cell units
    int count;
    struct stroke strokes[MAX_STROKES];
} glyphs[] = {
    {'A', 4.2F, 3, {{0, 6, 2.1F, 0, 0}, {2.1F, 0, 4.2F, 6, 0}, {0.75F, 4, 3.45F, 4, 0}}},
    {'B',
     3.8F,
     6,
     {{0, 0, 0, 6, 0},
      {0, 0, 2.3F, 0, 0},
      {2.3F, 0, 2.3F, 3, 180},
      {0, 3, 2.3F, 3, 0},
      {2.3F, 3, 2.3F, 6, 180},
      {2.3F, 6, 0, 6, 0}}},
    {'C', 3.7F, 3, {{0, 2, 3.732F, 1, 150}, {0, 2, 0, 4, 0}, {0, 4, 3.732F, 5, -150}}},
    {'E', 3.4F, 4, {{0, 0, 0, 6, 0}, {0, 0, 3.4F, 0, 0}, {0, 3, 2.9F, 3, 0}, {0, 6, 3.4F, 6, 0}}},
    {'L', 3.2F, 2, {{0, 0, 0, 6, 0}, {0, 6, 3.2F, 6, 0}}},
    {'N', 4, 3, {{0, 6, 0, 0, 0}, {0, 0, 4, 6, 0}, {4, 6, 4, 0, 0}}},
    {'O', 4, 4, {{0, 2, 4, 2, 180}, {4, 2, 4, 4, 0}, {4, 4, 0, 4, 180}, {0, 4, 0, 2, 0}}},
    {'P',
     3.9F,
     4,
     {{0, 6, 0, 0, 0}, {0, 0, 2.3F, 0, 0}, {2.3F, 0, 2.3F, 3.2F, 180}, {2.3F, 3.2F, 0, 3.2F, 0}}},
    {'R',
     3.9F,
     5,
     {{0, 6, 0, 0, 0},
      {0, 0, 2.3F, 0, 0},
      {2.3F, 0, 2.3F, 3.2F, 180},
      {2.3F, 3.2F, 0, 3.2F, 0},
      {2, 3.2F, 3.9F, 6, 0}}},
    {'S',
     3.8F,
     7,
     {{3.4F, 0.75F, 2.1F, 0, -60},
      {2.1F, 0, 1.5F, 0, 0},
      {1.5F, 0, 1.5F, 3, -180},
      {1.5F, 3, 2.3F, 3, 0},
      {2.3F, 3, 2.3F, 6, 180},
      {2.3F, 6, 1.6F, 6, 0},
      {1.6F, 6, 0.3F, 5.25F, 60}}},
    {'T', 3.8F, 2, {{0, 0, 3.8F, 0, 0}, {1.9F, 0, 1.9F, 6, 0}}},
    {'U', 4, 3, {{0, 0, 0, 4, 0}, {0, 4, 4, 4, -180}, {4, 4, 4, 0, 0}}},
    {'Y', 4, 3, {{0, 0, 2, 3, 0}, {4, 0, 2, 3, 0}, {2, 3, 2, 6, 0}}},
    {'0', 4, 4, {{0, 2, 4, 2, 180}, {4, 2, 4, 4, 0}, {4, 4, 0, 4, 180}, {0, 4, 0, 2, 0}}},
    {'1', 4, 2, {{0.8F, 1.4F, 2.4F, 0, 0}, {2.4F, 0, 2.4F, 6, 0}}},
    {'2', 4, 3, {{0, 2, 3.414F, 3.414F, 225}, {3.414F, 3.414F, 0.2F, 6, 0}, {0.2F, 6, 4, 6, 0}}},
    {'3', 4, 2, {{0.6F, 0.8F, 1.9F, 3, 240}, {1.9F, 3, 0.6F, 5.2F, 240}}},
    {'4', 4, 3, {{3, 6, 3, 0, 0}, {3, 0, 0, 4.3F, 0}, {0, 4.3F, 4, 4.3F, 0}}},
    {'5',
     4,
     3,
     {{3.6F, 0, 0.7F, 0, 0}, {0.7F, 0, 0.486F, 2.586F, 0}, {0.486F, 2.586F, 0.168F, 5, 285}}},
    {'6', 4, 3, {{0, 4, 4, 4, 180}, {4, 4, 0, 4, 180}, {0, 4, 3, 0, 74}}},
    {'7', 4, 2, {{0, 0, 4, 0, 0}, {4, 0, 1.4F, 6, 0}}},
    {'8',
     4,
     4,
     {{2, 0, 2, 2.8F, 180}, {2, 2.8F, 2, 0, 180}, {2, 2.8F, 2, 6, 180}, {2, 6, 2, 2.8F, 180}}},
    {'9', 4, 3, {{4, 2, 0, 2, 180}, {0, 2, 4, 2, 180}, {4, 2, 1, 6, 74}}},
    {':', 0, 2, {{0, 1.9F, 0, 1.9F, 0}, {0, 4.6F, 0, 4.6F, 0}}},
    {'.', 0, 1, {{0, 6, 0, 6, 0}}},
    {' ', 2, 0, {{0, 0, 0, 0, 0}}},
};

/** A stroke in its place in the design. */
struct placed {
    float ax, ay, bx, by;
    float cx, cy, radius; ///< of an arc; radius 0 for a line
    float mx, my;         ///< unit vector from the centre to the arc's middle
    float cosine;         ///< of half the angle it covers
};

struct placed_glyph {
    struct placed strokes[MAX_STROKES];
    int count;
};

static const struct glyph *glyph_of(char letter)
{
    const size_t count = sizeof glyphs / sizeof *glyphs;
    for (size_t i = 0; i < count; i++)
        if (glyphs[i].letter == letter)
            return &glyphs[i];
    return &glyphs[count - 1];
}

/** Finds the arc's circle from its ends and its turn. */
static void bend(struct placed *p, float turn)
{
    float half = turn * 3.14159265F / 360; // half the turn, radians
    float ux = p->bx - p->ax, uy = p->by - p->ay;
    float chord = sqrtf(ux * ux + uy * uy);
    float right_x = -uy / chord, right_y = ux / chord;
    float off = chord / 2 / tanf(half);
    float side = turn > 0 ? -1.0F : 1.0F;
    p->cx = (p->ax + p->bx) / 2 + right_x * off;
    p->cy = (p->ay + p->by) / 2 + right_y * off;
    p->radius = chord / 2 / sinf(fabsf(half));
    p->mx = right_x * side;
    p->my = right_y * side;
    p->cosine = cosf(half);
}

static struct placed place(const struct stroke *stroke, float x, float y, float unit)
{
    struct placed placed = {x + stroke->ax * unit,
                            y + stroke->ay * unit,
                            x + stroke->bx * unit,
                            y + stroke->by * unit,
                            0,
                            0,
                            0,
                            0,
                            0,
                            0};
    if (stroke->turn != 0)
        bend(&placed, stroke->turn);
    return placed;
}

static float length(float x, float y)
{
    return sqrtf(x * x + y * y);
}

static float distance_to_line(const struct placed *p, float x, float y)
{
    float ux = p->bx - p->ax, uy = p->by - p->ay, dx = x - p->ax, dy = y - p->ay;
    float squared = ux * ux + uy * uy;
    float t = squared > 0 ? smaller(larger((dx * ux + dy * uy) / squared, 0), 1) : 0;
    return length(dx - ux * t, dy - uy * t);
}

static float distance_to_arc(const struct placed *p, float x, float y)
{
    float dx = x - p->cx, dy = y - p->cy;
    float from_centre = length(dx, dy);
    if (dx * p->mx + dy * p->my >= from_centre * p->cosine)
        return fabsf(from_centre - p->radius);
    return smaller(length(x - p->ax, y - p->ay), length(x - p->bx, y - p->by));
}

static float glyph_distance(const struct shape *shape, float x, float y)
{
    const struct placed_glyph *glyph = shape->more;
    float nearest = 1e9F;
    for (int i = 0; i < glyph->count; i++) {
        const struct placed *p = &glyph->strokes[i];
        float d = p->radius > 0 ? distance_to_arc(p, x, y) : distance_to_line(p, x, y);
        nearest = smaller(nearest, d);
    }
    return nearest - shape->size[0];
}

static void draw_glyph(const struct canvas *canvas, const struct glyph *glyph,
                       const struct lettering *at, const struct paint *paint)
{
    float unit = at->height / cell_height;
    struct placed_glyph placed = {.count = glyph->count};
    for (int i = 0; i < glyph->count; i++)
        placed.strokes[i] = place(&glyph->strokes[i], at->x, at->y, unit);
    struct shape shape = {
        .distance = glyph_distance,
        .box = {at->x - at->half, at->y - at->half, at->x + glyph->width * unit + at->half,
                at->y + at->height + at->half},
        .size = {at->half},
        .more = &placed,
    };
    canvas_fill(canvas, &shape, paint);
}

void strokes_text(const struct canvas *canvas, const struct lettering *lettering, const char *text,
                  const struct paint *paint)
{
    struct lettering at = *lettering;
    for (; *text; text++) {
        const struct glyph *glyph = glyph_of(*text);
        draw_glyph(canvas, glyph, &at, paint);
        at.x += (glyph->width + gap) * at.height / cell_height;
    }
}

float strokes_width(const char *text)
{
    float width = 0;
    for (const char *c = text; *c; c++)
        width += glyph_of(*c)->width + (c > text ? gap : 0);
    return width / cell_height;
}
