/**
 * @file
 * The largest picture there is, every pixel compared. The reference would need 4 GB for it, so the
 * picture is made of regions with flat margins: no filter reaches over a margin, and no contour
 * crosses it, so the edges of a region are the same alone and in the whole.
 *
 *     +------------------+   one region as wide as the picture on top, with a serpentine whose
 * lanes |                  |   are that long
 *     +----+----+--------+
 *     |    |    |  ...   |   strips below it, nearly as high as the picture: a chain in one of them
 *     |    |    |        |   winds through every band
 */
#include "tests/kernels/groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SIDE = 16384,  ///< its square is FRAME_MAX_PIXELS
    REGION = 1024, ///< rows of the top region, width of a strip
    MARGIN = 16,   ///< filters reach 7 pixels
    GROUND = 100,  ///< what shapes are drawn on (tests/kernels/shapes.c)
    KINDS = 4,     ///< of strips
    NEEDED_MB = 1400,
};

struct rectangle {
    int x, y, width, height;
};

static struct rectangle strip(int i)
{
    return (struct rectangle){i * REGION, REGION, REGION, SIDE - REGION};
}

static const struct rectangle top = {0, 0, SIDE, REGION};

static struct plane part(const struct plane *whole, struct rectangle r)
{
    return (struct plane){whole->data + r.y * whole->stride + r.x, r.width, r.height,
                          whole->stride};
}

static void draw_region(const struct plane *picture, struct rectangle r, const char *shape,
                        uint32_t seed)
{
    const struct shape *s = shape_find(shape);
    struct plane region = part(picture, r);
    int width = r.width - 2 * MARGIN, height = r.height - 2 * MARGIN;
    for (int y = 0; y < r.height; y++)
        memset(region.data + y * region.stride, GROUND, (size_t)r.width);
    for (int y = 0; y < height; y++) {
        uint8_t *row = region.data + (y + MARGIN) * region.stride + MARGIN;
        for (int x = 0; x < width; x++)
            row[x] = shape_value(s, &(struct shape_place){seed, x, y, width, height});
    }
}

static void draw_picture(const struct plane *picture)
{
    static const char *const kinds[KINDS] = {"serpentine-down", "text", "spirals", "line"};
    draw_region(picture, top, "serpentine-across", 3);
    for (int i = 0; i < SIDE / REGION; i++)
        draw_region(picture, strip(i), kinds[i % KINDS], (uint32_t)(i % KINDS));
}

static void copy_plane(const struct plane *to, const struct plane *from)
{
    for (int y = 0; y < from->height; y++)
        memcpy(to->data + y * to->stride, from->data + y * from->stride, (size_t)from->width);
}

/** The reference's edges of a region, into their place of the whole. */
static bool expect_region(const struct bench *bench, const struct plane *picture,
                          struct rectangle r, const struct canny_params *params)
{
    struct canny_reference *reference;
    struct plane input = part(picture, r), to = part(&bench->expected, r);
    struct frame frame = {
        .width = r.width, .height = r.height, .data = {input.data}, .stride = {input.stride}};
    if (canny_reference_create(&reference, r.width, r.height) < 0)
        return false;
    bool good = canny_reference_run(reference, params, &frame) == 0;
    const struct canny_stages *stages = canny_reference_stages(reference);
    if (good)
        copy_plane(&to, &stages->edges);
    // Kind 0 and the top are what the whole is for.
    struct chain_count count = {0};
    chain_add(&count, stages);
    good = good && (r.x > 0 || chain_long(&count));
    canny_reference_destroy(&reference);
    return good;
}

static bool expect_all(const struct bench *bench, const struct plane *picture,
                       const struct canny_params *params)
{
    for (int i = 0; i < KINDS; i++)
        if (!expect_region(bench, picture, strip(i), params))
            return false;
    for (int i = KINDS; i < SIDE / REGION; i++) {
        struct plane to = part(&bench->expected, strip(i));
        struct plane from = part(&bench->expected, strip(i % KINDS));
        copy_plane(&to, &from);
    }
    return expect_region(bench, picture, top, params);
}

static bool enough_memory(void)
{
    char line[128];
    long kb = 0;
    FILE *file = fopen("/proc/meminfo", "r");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "MemAvailable: %ld kB", &kb) == 1)
            break;
    if (file)
        fclose(file);
    return kb / 1024 >= NEEDED_MB;
}

static void run_levels(struct suite *suite, const struct kernel_case *c)
{
    static const struct cut cuts[] = {{1, BANDS_ALONE}, {64, BANDS_REVERSE}, {8, BANDS_THREADED}};
    for (int level = 0; level < CPU_LEVELS; level++)
        for (int i = 0; suite->uses[level] && i < 3; i++)
            suite_run_fresh(suite, (enum cpu_level)level, c, cuts[i]);
}

static void run_large(struct suite *suite)
{
    struct bench *bench = &suite->bench;
    struct kernel_case c = {.shape = shape_find("flat"), .width = SIDE, .height = SIDE};
    c.params = (struct canny_params){.blur = 3, .aperture = 3};
    case_for_chain(&c.params);
    bench_reserve(bench, &c);
    struct plane picture = {bench->planes[0], SIDE, SIDE, SIDE};
    struct guarded expected = guarded_make((size_t)SIDE * SIDE);
    bench->expected = (struct plane){expected.data, SIDE, SIDE, SIDE};
    draw_picture(&picture);
    if (expect_all(bench, &picture, &c.params))
        run_levels(suite, &c);
    else
        printf("FAIL  the reference refuses, or finds no long chains\n");
    guarded_free(&expected);
}

void groups_run_large(struct suite *suite)
{
    if (!suite_begin(suite, "large"))
        return;
    if (enough_memory())
        run_large(suite);
    else
        printf("FAIL  less than %d MB free\n", NEEDED_MB);
    suite_end(suite);
}
