/**
 * @file
 * Distances to shapes and what is painted by them. What canvas_fill() builds on is tested first:
 * as far as the distance says, the side of the outline does not change.
 */
#include "capture/canvas.h"
#include "capture/strokes.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { SIDE = 64, SAMPLES = SIDE * SIDE * 3 / 2 };

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 8;
}

static float random_between(uint32_t *seed, float low, float high)
{
    return low + (high - low) * (float)next_random(seed) / (float)(1 << 24);
}

static void check_never_too_far(const struct shape *shape)
{
    uint32_t seed = 1;
    for (int i = 0; i < 20000; i++) {
        float x = random_between(&seed, -100, 100), y = random_between(&seed, -100, 100);
        float turn = random_between(&seed, 0, 6.2831853F);
        float distance = shape->distance(shape, x, y);
        float step = fabsf(distance) - 0.01F;
        if (step <= 0)
            continue;
        float there = shape->distance(shape, x + step * cosf(turn), y + step * sinf(turn));
        if ((distance < 0) != (there < 0.001F) && fabsf(there) > 0.001F)
            fail_msg("%g at %g, %g, yet %g that far towards %g", (double)distance, (double)x,
                     (double)y, (double)there, (double)turn);
    }
}

static void test_distances_are_never_too_long(void **state)
{
    (void)state;
    static const float radii[3] = {30, 50, 62};
    const struct shape shapes[] = {
        shape_everything(),
        shape_disc(10, -20, 40),
        shape_ring(-5, 5, 50, 6),
        shape_box(3, 4, 50, 20, 8),
        shape_polygon(0, 0, 60, 5, 6, 0.4F),
        shape_polygon(7, 0, 60, 9, 2, -1.4F),
        shape_gear(0, 0, radii, 16, 0.2F),
        shape_gear(-9, 3, radii, 7, 4.2F),
        shape_orbit(0, 0, 80, 25, 1, -0.17F),
        shape_hills(10, 20, 70, 0.6F),
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        check_never_too_far(&shapes[i]);
}

static void test_known_distances(void **state)
{
    (void)state;
    static const float radii[3] = {30, 50, 62};
    const struct {
        struct shape shape;
        float x, y, distance;
    } cases[] = {
        {shape_disc(10, 0, 5), 10, 8, 3},
        {shape_disc(10, 0, 5), 10, 0, -5},
        {shape_ring(0, 0, 20, 2), 0, -25, 3},
        {shape_box(0, 0, 10, 5, 0), 14, 8, 5},
        {shape_box(0, 0, 10, 5, 3), 0, 9, 4},
        {shape_polygon(0, 0, 20, 6, 0.001F, 0), 20, 0, 20 - 17.3205F},
        {shape_polygon(0, 0, 20, 6, 0.001F, 1.5707963F), 0, 20, 20 - 17.3205F},
        {shape_gear(0, 0, radii, 8, 0), 65, 0, 3},
        {shape_gear(0, 0, radii, 8, 0), 61, 0, -1},
        {shape_gear(0, 0, radii, 8, 0), 28, 0, 2},
        {shape_orbit(0, 0, 80, 40, 1, 0), 81.5F, 0, 0.5F},
        {shape_orbit(0, 0, 80, 40, 1, 0), 0, -42, 1},
        {shape_hills(10, 0, 1, 0), 5, 14, -4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        float found = cases[i].shape.distance(&cases[i].shape, cases[i].x, cases[i].y);
        if (fabsf(found - cases[i].distance) > 0.15F)
            fail_msg("case %zu: %g instead of %g", i, (double)found, (double)cases[i].distance);
    }
}

struct picture {
    struct frame_layout layout;
    uint8_t block[SAMPLES];
    struct canvas canvas;
};

static void clear(struct picture *picture)
{
    picture->layout = frame_layout_make(PIXEL_I420, SIDE, SIDE, 0);
    memset(picture->block, 0, sizeof picture->block);
    picture->canvas = canvas_of(&picture->layout, picture->block);
}

/** All luma together, in whole pixels of 200. */
static double covered(const struct picture *picture)
{
    double sum = 0;
    for (int i = 0; i < SIDE * SIDE; i++)
        sum += picture->block[i];
    return sum / 200;
}

static const struct paint light = {.color = {200, 90, 160}, .alpha = 1};

static void test_area_is_kept(void **state)
{
    (void)state;
    // Wherever a disc lies between the pixels, and however soft: its area does not change, but that
    // a softened outline is wider outside than inside, by at most sigma squared to radius squared.
    static const float sigmas[] = {0, 0.5F, 1, 3};
    for (size_t i = 0; i < sizeof sigmas / sizeof *sigmas; i++)
        for (int shift = 0; shift < 8; shift++) {
            struct picture picture;
            clear(&picture);
            struct paint paint = light;
            paint.sigma = sigmas[i];
            struct shape disc = shape_disc(31 + (float)shift / 8, 32.3F, 15);
            canvas_fill(&picture.canvas, &disc, &paint);
            double area = 3.14159265 * 15 * 15;
            double widened = (double)(sigmas[i] * sigmas[i]) / (15 * 15);
            assert_true(fabs(covered(&picture) / area - 1) < 0.005 + widened);
        }
}

static void test_edges_are_smooth(void **state)
{
    (void)state;
    struct picture picture;
    clear(&picture);
    struct shape box = shape_box(20.25F, 32, 10, 100, 0);
    canvas_fill(&picture.canvas, &box, &light);
    // From 10.25 to 30.25: pixel 10 is covered by three quarters, pixel 30 by one.
    const uint8_t *row = picture.block + 20 * SIDE;
    assert_int_equal(row[9], 0);
    assert_in_range(row[10], 149, 151);
    assert_int_equal(row[11], 200);
    assert_int_equal(row[29], 200);
    assert_in_range(row[30], 49, 51);
    assert_int_equal(row[31], 0);
}

static void test_chroma_lies_under_luma(void **state)
{
    (void)state;
    struct picture picture;
    clear(&picture);
    struct shape box = shape_box(24, 32, 8, 16, 0);
    canvas_fill(&picture.canvas, &box, &light);
    const uint8_t *u = picture.block + picture.layout.offset[1] + 10 * (SIDE / 2);
    const uint8_t *v = picture.block + picture.layout.offset[2] + 10 * (SIDE / 2);
    assert_int_equal(u[7], 0);
    assert_int_equal(u[8], 90);
    assert_int_equal(v[15], 160);
    assert_int_equal(v[16], 0);
}

static void test_blur_is_as_wide_as_said(void **state)
{
    (void)state;
    struct picture picture;
    clear(&picture);
    struct paint paint = light;
    paint.sigma = 4;
    struct shape box = shape_box(-68, 32, 100, 1000, 0); // its right side at 32
    canvas_fill(&picture.canvas, &box, &paint);
    // One sigma from the outline a Gaussian blur leaves 84 % and 16 %.
    const uint8_t *row = picture.block + 32 * SIDE;
    assert_in_range((row[27] + row[28]) / 2, 168 - 5, 168 + 5);
    assert_in_range((row[35] + row[36]) / 2, 32 - 5, 32 + 5);
}

static void test_alpha_mixes(void **state)
{
    (void)state;
    struct picture picture;
    clear(&picture);
    struct paint paint = light;
    paint.alpha = 0.25F;
    struct shape all = shape_everything();
    canvas_fill(&picture.canvas, &all, &paint);
    assert_int_equal(picture.block[0], 50);
    canvas_fill(&picture.canvas, &all, &paint);
    assert_in_range(picture.block[SIDE * SIDE - 1], 87, 88);
}

static void test_outside_nothing_is_written(void **state)
{
    (void)state;
    // The address sanitizer looks for what the eye cannot.
    struct picture picture;
    clear(&picture);
    const struct shape shapes[] = {shape_disc(-40, 30, 20), shape_disc(30, 1e7F, 20),
                                   shape_disc(-1e9F, -1e9F, 3)};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        canvas_fill(&picture.canvas, &shapes[i], &light);
    assert_true(covered(&picture) == 0);
    struct shape corner = shape_disc(0, SIDE, 20);
    canvas_fill(&picture.canvas, &corner, &light);
    assert_true(fabs(covered(&picture) - 314.159) < 3);
}

static void test_text_is_as_wide_as_said(void **state)
{
    (void)state;
    static const char *const texts[] = {"CANNYSCOPE", "CONTRAST", "BLUR", "0123456789", "12:34.56"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct picture picture;
        clear(&picture);
        struct lettering at = {.x = 2, .y = 20, .half = 0.5F};
        at.height = 56 / strokes_width(texts[i]);
        strokes_text(&picture.canvas, &at, texts[i], &light);
        int last = 0;
        for (int y = 0; y < SIDE; y++)
            for (int x = 0; x < SIDE; x++)
                last = picture.block[y * SIDE + x] > 20 && x > last ? x : last;
        assert_in_range(last, 55, 59);
    }
}

static void test_glyphs_differ(void **state)
{
    (void)state;
    static const char letters[] = "ABCELNOPRSTUY123456789:. ";
    enum { COUNT = sizeof letters - 1 };
    static struct picture pictures[COUNT];
    for (int i = 0; i < COUNT; i++) {
        clear(&pictures[i]);
        struct lettering at = {.x = 10, .y = 8, .height = 48, .half = 3};
        strokes_text(&pictures[i].canvas, &at, (char[]){letters[i], 0}, &light);
        for (int j = 0; j < i; j++)
            if (memcmp(pictures[i].block, pictures[j].block, SAMPLES) == 0)
                fail_msg("'%c' looks like '%c'", letters[i], letters[j]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distances_are_never_too_long),
        cmocka_unit_test(test_known_distances),
        cmocka_unit_test(test_area_is_kept),
        cmocka_unit_test(test_edges_are_smooth),
        cmocka_unit_test(test_chroma_lies_under_luma),
        cmocka_unit_test(test_blur_is_as_wide_as_said),
        cmocka_unit_test(test_alpha_mixes),
        cmocka_unit_test(test_outside_nothing_is_written),
        cmocka_unit_test(test_text_is_as_wide_as_said),
        cmocka_unit_test(test_glyphs_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
