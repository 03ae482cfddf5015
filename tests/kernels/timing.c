#include "tests/kernels/timing.h"
#include "processing/clock.h"

#include <stdio.h>
#include <stdlib.h>

enum { RUNS = 21 };

static const struct {
    const char *name;
    struct canny_params params;
} settings[] = {
    {"50/150", {.low = 50, .high = 150, .blur = 5, .aperture = 3}},
    {"0/0", {.low = 0, .high = 0, .blur = 5, .aperture = 3}},
    {"0/400", {.low = 0, .high = 400, .blur = 5, .aperture = 3}},
    {"no blur", {.low = 50, .high = 150, .blur = 0, .aperture = 3}},
    {"blur 7", {.low = 50, .high = 150, .blur = 7, .aperture = 3}},
    {"L2", {.low = 50, .high = 150, .blur = 5, .aperture = 3, .l2 = true}},
    {"aperture 5", {.low = 600, .high = 1800, .blur = 5, .aperture = 5}},
    {"aperture 7", {.low = 8000, .high = 24000, .blur = 5, .aperture = 7}},
};
static const int sizes[][2] = {{640, 480}, {1280, 720}, {1920, 1080}};
static const char *const shapes[] = {"flat", "clouds", "text", "noise"};

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_ms(enum cpu_level level, const struct bench *bench,
                        const struct canny_params *params)
{
    struct canny *scratch;
    double ms[RUNS];
    if (cpu_select(level) < 0 ||
        canny_create(&scratch, bench->frame.width, bench->frame.height, 1) < 0)
        abort();
    for (int i = -2; i < RUNS; i++) { // the first two warm up
        int64_t from = clock_now_ns();
        canny_run(scratch, params, &bench->frame, &bench->edges, NULL);
        if (i >= 0)
            ms[i] = (double)(clock_now_ns() - from) / 1e6;
    }
    canny_destroy(&scratch);
    qsort(ms, RUNS, sizeof *ms, by_value);
    return ms[RUNS / 2];
}

static void print_rows(struct suite *suite, struct kernel_case *c)
{
    for (size_t s = 0; s < sizeof settings / sizeof *settings; s++) {
        printf("%-8s %4dx%-4d %-10s", c->shape->name, c->width, c->height, settings[s].name);
        for (int level = 0; level < CPU_LEVELS; level++)
            if (suite->uses[level])
                printf(" %8.3f",
                       median_ms((enum cpu_level)level, &suite->bench, &settings[s].params));
        printf("\n");
        fflush(stdout);
    }
}

void timing_print(struct suite *suite)
{
    printf("ms a frame, median of %d, one band\n%-29s", RUNS, "");
    for (int level = 0; level < CPU_LEVELS; level++)
        if (suite->uses[level])
            printf(" %8s", cpu_level_name((enum cpu_level)level));
    printf("\n");
    for (int size = 0; size < 3; size++) {
        for (int shape = 0; shape < 4; shape++) {
            // All pictures in one size; the others show how it grows.
            if (size != 1 && shape != 1)
                continue;
            struct kernel_case c = {.shape = shape_find(shapes[shape]),
                                    .width = sizes[size][0],
                                    .height = sizes[size][1],
                                    .params = settings[0].params};
            if (bench_prepare(&suite->bench, &c) < 0)
                abort();
            print_rows(suite, &c);
        }
    }
}
