#include "tests/kernels/groups.h"
#include "processing/clock.h"
#include "tests/kernels/photos.h"

#include <stdio.h>

#define COUNT(ARRAY) ((int)(sizeof(ARRAY) / sizeof *(ARRAY)))

static const struct canny_params plain = {.low = 20, .high = 60, .blur = 5, .aperture = 3};

/** Every shape, several of each, with little, middling and all candidates. */
static void group_shapes(struct suite *suite)
{
    static const int sizes[][2] = {{70, 40}, {131, 67}, {330, 50}};
    struct draw draw = {suite->seed + 1, 0};
    for (int shape = 0; shape < shape_count; shape++) {
        for (uint32_t seed = 0; seed < (suite->quick ? 8 : 36); seed++) {
            const int *size = sizes[suite->quick ? 0 : seed % 3];
            struct kernel_case c = case_draw(&draw, size[0], size[1]);
            c.shape = &shape_table[shape];
            c.seed = seed;
            c.format = PIXEL_GRAY8;
            c.range = RANGE_FULL;
            suite_check_drawn(suite, &c, &draw);
        }
    }
}

/** Every width up to two words and every low height, then others. */
static void group_widths(struct suite *suite)
{
    struct draw draw = {suite->seed + 2, 0};
    for (int width = 1; width <= 130; width++) {
        for (int n = 0; n < (suite->quick ? 8 : 48); n++) {
            int height = suite->quick ? 1 + draw_below(&draw, 14)
                         : n < 12     ? 1 + n
                                      : 1 + draw_below(&draw, 40);
            struct kernel_case c = case_draw(&draw, width, height);
            suite_check_drawn(suite, &c, &draw);
        }
    }
}

/** Around the edges of blocks, words and tiles, wherever these may be. */
static void group_wide(struct suite *suite)
{
    static const int edges[] = {192, 256,  320,  384,  448,  512,  576,  640, 704,
                                960, 1024, 1280, 1536, 1920, 1984, 2048, 2200};
    struct draw draw = {suite->seed + 3, 0};
    for (int i = 0; i < COUNT(edges); i++) {
        for (int beside = -2; beside <= 2; beside++) {
            for (int n = 0; n < (suite->quick ? 1 : 9); n++) {
                int height = 1 + draw_below(&draw, suite->quick ? 12 : 40);
                struct kernel_case c = case_draw(&draw, edges[i] + beside, height);
                suite_check_drawn(suite, &c, &draw);
            }
        }
    }
}

/** All blurs x apertures x norms x thresholds. */
static void group_params(struct suite *suite)
{
    static const char *const shapes[] = {"noise", "extremes", "smooth", "text", "boxes", "steps"};
    struct draw draw = {suite->seed + 4, 0};
    int runs = suite->quick ? 1 : 4;
    for (int all = 0; all < 4 * 3 * 2 * case_threshold_count * runs; all++) {
        struct kernel_case c = case_draw(&draw, suite->quick ? 67 : 131, suite->quick ? 12 : 25);
        int i = all / runs;
        c.shape = shape_find(shapes[draw_below(&draw, COUNT(shapes))]);
        c.params.blur = (const int[]){0, 3, 5, 7}[i % 4];
        c.params.aperture = 3 + 2 * (i / 4 % 3);
        c.params.l2 = i / 12 % 2;
        case_scale_thresholds(&c.params, i / 24);
        suite_check_drawn(suite, &c, &draw);
    }
}

/** Steps from black to white in all directions: the largest gradients, and thresholds near them. */
static void group_steep(struct suite *suite)
{
    static const char *const shapes[] = {"half", "half", "line", "extremes"};
    struct draw draw = {suite->seed + 14, 0};
    for (int n = 0; n < (suite->quick ? 300 : 2400); n++) {
        struct kernel_case c = case_draw(&draw, 40 + draw_below(&draw, 30), 20);
        c.shape = shape_find(shapes[draw_below(&draw, COUNT(shapes))]);
        c.seed = (uint32_t)n;
        c.format = PIXEL_GRAY8;
        c.params.blur = 0;
        c.params.aperture = 3 + 2 * (n % 3);
        c.params.l2 = n / 3 % 2;
        double largest = canny_largest_magnitude(&c.params);
        c.params.low = largest * draw_below(&draw, 100) / 100;
        c.params.high = largest * (60 + draw_below(&draw, 41)) / 100;
        suite_check_drawn(suite, &c, &draw);
    }
}

/** All formats, ranges and grays, around the widths where a kernel's last block is cut. */
static void group_formats(struct suite *suite)
{
    static const int widths[] = {1,   2,   3,   5,   15,  16,  17,  31,  32,  33,  47,  48,
                                 49,  62,  63,  64,  65,  66,  95,  96,  97,  127, 128, 129,
                                 191, 192, 193, 255, 256, 257, 511, 512, 513, 600, 1025};
    struct draw draw = {suite->seed + 5, 0};
    for (int kind = 0; kind < PIXEL_FORMATS * 8; kind++) {
        for (int w = 0; w < COUNT(widths) * (suite->quick ? 1 : 2); w++) {
            if (suite->quick && (w + kind) % 3 != 0)
                continue;
            struct kernel_case c =
                case_draw(&draw, widths[w % COUNT(widths)], 1 + draw_below(&draw, 7));
            c.format = (enum pixel_format)(kind / 8);
            c.range = kind & 1 ? RANGE_LIMITED : RANGE_FULL;
            c.matrix = kind & 2 ? MATRIX_BT709 : MATRIX_BT601;
            c.params.gray = kind & 4 ? GRAY_BGR : GRAY_LUMA;
            if (draw_one_in(&draw, 2)) {
                // One colour, so no edges; but any wrong gray would be one.
                c.shape = shape_find("constant");
                c.params.low = c.params.high = 0;
            }
            suite_check_drawn(suite, &c, &draw);
        }
    }
}

/** Every alignment of input and output against either forbidden page. */
static void group_placing(struct suite *suite)
{
    struct draw draw = {suite->seed + 6, 0};
    for (int i = 0; i < 4 * 66; i++) {
        for (int n = 0; n < (suite->quick ? 2 : 16); n++) {
            struct kernel_case c = case_draw(&draw, 1 + draw_below(&draw, 200), 3);
            c.in = (struct placing){i & 1, i / 4, draw_below(&draw, 67)};
            c.out = (struct placing){i >> 1 & 1, draw_below(&draw, 66), i / 4 % 33};
            suite_check_drawn(suite, &c, &draw);
        }
    }
}

/** Many bands and few rows, all orders. */
static void group_bands(struct suite *suite)
{
    static const int heights[] = {1,  2,  3,  4,  5,  6,  7,  8,  9,  10,  11,
                                  12, 13, 16, 17, 24, 33, 63, 64, 65, 100, 131};
    static const int bands[] = {1, 2, 3, 5, 8, 13, 64};
    struct draw draw = {suite->seed + 7, 0};
    for (int h = 0; h < COUNT(heights); h++) {
        for (int n = 0; n < (suite->quick ? 2 : 12); n++) {
            struct cut cuts[3 * COUNT(bands)];
            for (int i = 0; i < COUNT(cuts); i++)
                cuts[i] = (struct cut){bands[i / 3], (enum band_order)(BANDS_FORWARD + i % 3)};
            int most = suite->quick ? 70 : 300;
            struct kernel_case c = case_draw(&draw, 1 + draw_below(&draw, most), heights[h]);
            suite_check(suite, &c, cuts, COUNT(cuts));
        }
    }
}

static void check_chains(struct suite *suite, const struct shape *shape, struct draw *draw)
{
    static const int sizes[][2] = {{128, 200}, {200, 129}, {577, 120}, {64, 64},
                                   {65, 65},   {97, 400},  {1100, 70}, {700, 300}};
    static const struct cut cuts[] = {{1, BANDS_ALONE},    {2, BANDS_FORWARD},
                                      {3, BANDS_REVERSE},  {7, BANDS_REVERSE},
                                      {8, BANDS_SHUFFLED}, {64, BANDS_SHUFFLED}};
    struct chain_count count = {0};
    struct kernel_case c;
    for (int n = 0; n < (suite->quick ? 3 : 24); n++) {
        const int *size = sizes[n % COUNT(sizes)];
        c = case_draw(draw, size[0], size[1]);
        c.shape = shape;
        c.seed = (uint32_t)n;
        c.format = PIXEL_GRAY8;
        c.range = RANGE_FULL;
        c.params.blur = n & 1 ? 3 : 0;
        case_for_chain(&c.params);
        suite_check(suite, &c, cuts, COUNT(cuts));
        chain_add(&count, suite->bench.stages);
    }
    for (int level = 0; level < CPU_LEVELS; level++)
        if (suite->uses[level] && !chain_long(&count))
            suite_fail(suite, (enum cpu_level)level, &c, cuts[0], "such pictures are no chains");
}

/** Contours that wind through words, tiles and bands and are strong at one end alone. */
static void group_chains(struct suite *suite)
{
    struct draw draw = {suite->seed + 8, 0};
    for (int shape = 0; shape < shape_count; shape++)
        if (shape_table[shape].chain)
            check_chains(suite, &shape_table[shape], &draw);
}

/** As long as pictures can be. */
static void group_longest(struct suite *suite)
{
    static const int sizes[][2] = {{FRAME_MAX_SIDE, 1},     {1, FRAME_MAX_SIDE},
                                   {FRAME_MAX_SIDE, 3},     {3, FRAME_MAX_SIDE},
                                   {FRAME_MAX_SIDE - 1, 2}, {2, FRAME_MAX_SIDE - 1}};
    struct draw draw = {suite->seed + 9, 0};
    for (int i = 0; i < (suite->quick ? 2 : COUNT(sizes)); i++) {
        for (int n = 0; n < (suite->quick ? 1 : 4); n++) {
            struct kernel_case c = case_draw(&draw, sizes[i][0], sizes[i][1]);
            suite_check_drawn(suite, &c, &draw);
        }
    }
}

/** One scratch for many pictures and parameters: nothing of the last one may be left. */
static void reuse_scratch(struct suite *suite, enum cpu_level level, int width, int height,
                          struct cut cut)
{
    struct draw draw = {suite->seed + 10 + (uint32_t)width, 0};
    struct canny *scratch;
    struct kernel_case c = case_draw(&draw, width, height);
    if (cpu_select(level) < 0 || canny_create(&scratch, width, height, cut.bands) < 0) {
        suite_fail(suite, level, &c, cut, "canny_create() refuses");
        return;
    }
    for (int n = 0; n < (suite->quick ? 24 : 60); n++) {
        c = case_draw(&draw, width, height);
        if (n % 3 == 0)
            c.shape = shape_find("flat"); // after one full of edges
        cpu_select(CPU_C);
        bench_prepare(&suite->bench, &c);
        cpu_select(level);
        suite_run(suite, level, &c, scratch, cut);
    }
    canny_destroy(&scratch);
}

static void group_reuse(struct suite *suite)
{
    static const int sizes[][2] = {{97, 41}, {640, 20}, {5, 70}};
    static const struct cut cuts[] = {{1, BANDS_ALONE}, {4, BANDS_SHUFFLED}, {9, BANDS_REVERSE}};
    for (int level = 0; level < CPU_LEVELS; level++)
        for (int i = 0; suite->uses[level] && i < 3; i++)
            reuse_scratch(suite, (enum cpu_level)level, sizes[i][0], sizes[i][1], cuts[i]);
}

/** Bands on several threads, on pictures that are full of seams. */
static void group_threads(struct suite *suite)
{
    static const struct cut cuts[] = {
        {2, BANDS_THREADED}, {3, BANDS_THREADED}, {8, BANDS_THREADED}, {64, BANDS_THREADED}};
    struct draw draw = {suite->seed + 11, 0};
    for (int n = 0; n < (suite->quick ? 24 : 80); n++) {
        int width = 1 + draw_below(&draw, 700), height = 1 + draw_below(&draw, 160);
        struct kernel_case c = case_draw(&draw, width, suite->quick ? 1 + height / 4 : height);
        suite_check(suite, &c, cuts, COUNT(cuts));
    }
}

/** Real images, whole, with thresholds that people use. */
static void group_photos(struct suite *suite)
{
    static const int pairs[] = {3, 2, 1, 0}; // of case_thresholds
    static const struct cut cuts[] = {{1, BANDS_ALONE}, {5, BANDS_REVERSE}, {8, BANDS_THREADED}};
    struct draw draw = {suite->seed + 12, 0};
    for (int n = 0; n < (suite->quick ? 2 : 4) * photo_count(); n++) {
        const struct plane *photo = photo_at(n);
        bool cropped = suite->quick;
        struct kernel_case c = {.shape = shape_find("photo"),
                                .seed = (uint32_t)(n % photo_count()),
                                .width = cropped ? 200 : photo->width,
                                .height = cropped ? 100 : photo->height,
                                .params = plain};
        int turn = n / photo_count();
        c.params.blur = (const int[]){5, 3, 7, 0}[turn];
        c.params.aperture = (const int[]){3, 3, 5, 7}[turn];
        c.params.l2 = turn == 1;
        case_scale_thresholds(&c.params, pairs[turn]);
        case_draw_placing(&c, &draw);
        suite_check(suite, &c, cuts, COUNT(cuts));
    }
}

/** That canny_run() cut anything at all, if it says that cutting is worth while. */
static void check_cutting(struct suite *suite)
{
    if (suite->only_group)
        return;
    bool cuts = canny_bands_for(1920, 1080, 8) > 1;
    bool good = !cuts || suite->most_bands > 1;
    suite->passed += good;
    suite->failed += !good;
    printf("%s bands: at most %d were run at once\n", good ? "ok   " : "FAIL ", suite->most_bands);
}

static const struct {
    const char *name;
    void (*run)(struct suite *suite);
} groups[] = {
    {"shapes", group_shapes},   {"widths", group_widths}, {"wide", group_wide},
    {"params", group_params},   {"steep", group_steep},   {"formats", group_formats},
    {"placing", group_placing}, {"bands", group_bands},   {"chains", group_chains},
    {"longest", group_longest}, {"reuse", group_reuse},   {"threads", group_threads},
    {"at-once", group_at_once},
};

static void run_group(struct suite *suite, const char *name, void (*run)(struct suite *suite))
{
    if (!suite_begin(suite, name))
        return;
    run(suite);
    suite_end(suite);
}

void groups_run(struct suite *suite)
{
    for (int i = 0; i < COUNT(groups); i++)
        run_group(suite, groups[i].name, groups[i].run);
    if (photo_count() > 0)
        run_group(suite, "photos", group_photos);
    check_cutting(suite);
}

static void draw_size(struct draw *draw, int *width, int *height)
{
    static const int most[][2] = {{8, 8}, {140, 40}, {140, 40}, {700, 100}, {2200, 20}, {20, 1000}};
    const int *m = most[draw_below(draw, COUNT(most))];
    *width = 1 + draw_below(draw, m[0]);
    *height = 1 + draw_below(draw, m[1]);
}

void groups_run_random(struct suite *suite, double seconds)
{
    int64_t end = clock_now_ns() + (int64_t)(seconds * NS_PER_S);
    struct draw draw = {suite->seed, 0};
    if (!suite_begin(suite, "random"))
        return;
    while (clock_now_ns() < end) {
        int width, height;
        draw_size(&draw, &width, &height);
        struct kernel_case c = case_draw(&draw, width, height);
        struct cut cuts[] = {{1, BANDS_ALONE},
                             {1 + draw_below(&draw, CANNY_BANDS_MAX), BANDS_ALONE}};
        cuts[1].order = (enum band_order)draw_below(&draw, BAND_ORDERS);
        suite_check(suite, &c, cuts, COUNT(cuts));
    }
    suite_end(suite);
}

void groups_run_case(struct suite *suite, const struct kernel_case *c)
{
    if (!suite_begin(suite, "case"))
        return;
    for (int bands = 1; bands <= CANNY_BANDS_MAX; bands++) {
        struct cut cuts[BAND_ORDERS];
        for (int order = 0; order < BAND_ORDERS; order++)
            cuts[order] = (struct cut){bands, (enum band_order)order};
        suite_check(suite, c, cuts, BAND_ORDERS);
    }
    suite_end(suite);
}
