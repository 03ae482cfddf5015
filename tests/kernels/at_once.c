/**
 * @file
 * Several detectors at once, each with its own scratch and its own thread, over one frame: what
 * one does must be nothing to the others.
 */
#include "tests/kernels/groups.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { DETECTORS = 4, ROUNDS = 20 };

struct detector {
    pthread_t thread;
    const struct bench *bench;
    const struct canny_params *params;
    struct canny *scratch;
    uint8_t *edges;
    int wrong;
};

static void *detect(void *self)
{
    struct detector *d = self;
    const struct plane *expected = &d->bench->expected;
    struct plane edges = {d->edges, expected->width, expected->height, expected->width};
    size_t bytes = (size_t)expected->width * (size_t)expected->height;
    for (int round = 0; round < ROUNDS; round++) {
        memset(d->edges, round, bytes);
        d->wrong += canny_run(d->scratch, d->params, &d->bench->frame, &edges, NULL) != 0 ||
                    memcmp(d->edges, expected->data, bytes) != 0;
    }
    return NULL;
}

static void start(struct suite *suite, const struct kernel_case *c, struct detector *d)
{
    struct bench *bench = &suite->bench;
    *d = (struct detector){.bench = bench, .params = &c->params};
    d->edges = malloc((size_t)c->width * (size_t)c->height);
    if (!d->edges || canny_create(&d->scratch, c->width, c->height, 3) < 0 ||
        pthread_create(&d->thread, NULL, detect, d) != 0)
        abort();
}

static void check(struct suite *suite, enum cpu_level level, const struct kernel_case *c)
{
    struct detector detectors[DETECTORS];
    for (int i = 0; i < DETECTORS; i++)
        start(suite, c, &detectors[i]);
    for (int i = 0; i < DETECTORS; i++) {
        struct detector *d = &detectors[i];
        pthread_join(d->thread, NULL);
        canny_destroy(&d->scratch);
        free(d->edges);
        suite->runs[level] += ROUNDS;
        if (d->wrong)
            suite_fail(suite, level, c, (struct cut){3, BANDS_ALONE},
                       "differs with others running at the same time");
    }
}

void group_at_once(struct suite *suite)
{
    struct draw draw = {suite->seed + 13, 0};
    for (int n = 0; n < (suite->quick ? 2 : 12); n++) {
        struct kernel_case c = case_draw(&draw, 100 + draw_below(&draw, 200), 40);
        cpu_select(CPU_C);
        if (bench_prepare(&suite->bench, &c) < 0)
            abort();
        for (int level = 0; level < CPU_LEVELS; level++)
            if (suite->uses[level] && cpu_select((enum cpu_level)level) == 0)
                check(suite, (enum cpu_level)level, &c);
    }
}
