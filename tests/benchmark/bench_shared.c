#include "tests/benchmark/bench_shared.h"
#include "app/workers.h"
#include "processing/canny.h"
#include "processing/cpu.h"
#include "processing/memory.h"

#include <errno.h>
#include <string.h>

struct benchmark {
    struct canny *scratch;
    struct workers *workers; ///< NULL for one thread
    struct band_runner runner;
    struct canny_params params;
    struct frame frame;
    struct plane edges;
};

static int find_level(const char *name)
{
    for (int level = 0; level < CPU_LEVELS; level++)
        if (strcmp(cpu_level_name((enum cpu_level)level), name) == 0)
            return level;
    return -ENOTSUP;
}

int benchmark_has_level(const char *level)
{
    int found = find_level(level);
    return found >= 0 && cpu_has((enum cpu_level)found);
}

static void describe(struct benchmark *b, const struct benchmark_case *c)
{
    b->params = (struct canny_params){.low = c->low,
                                      .high = c->high,
                                      .blur = c->blur,
                                      .aperture = c->aperture,
                                      .l2 = c->l2 != 0,
                                      .gray = c->bgr ? GRAY_BGR : GRAY_LUMA};
    b->frame = (struct frame){.format = c->bgr ? PIXEL_BGR24 : PIXEL_GRAY8,
                              .range = RANGE_FULL,
                              .width = c->width,
                              .height = c->height,
                              .data = {c->data},
                              .stride = {(ptrdiff_t)c->stride}};
    b->edges = (struct plane){c->edges, c->width, c->height, c->width};
}

/** The threads, if any, and the scratch of the level. Returns the bands or a negative errno. */
static int prepare(struct benchmark *b, const struct benchmark_case *c)
{
    int level = find_level(c->level);
    int status = level < 0 ? level : cpu_select((enum cpu_level)level);
    if (status == 0 && c->threads > 1) {
        status = workers_create(&b->workers, c->threads, NULL);
        if (status == 0)
            b->runner = workers_runner(b->workers);
    }
    int bands = canny_bands_for(c->width, c->height, c->threads);
    if (status == 0)
        status = canny_create(&b->scratch, c->width, c->height, bands);
    return status < 0 ? status : bands;
}

int benchmark_create(struct benchmark **out, const struct benchmark_case *c)
{
    struct benchmark *b = *out = memory_alloc(MEMORY_OTHER, sizeof *b);
    if (!b)
        return -ENOMEM;
    describe(b, c);
    int bands = prepare(b, c);
    if (bands < 0)
        benchmark_destroy(out);
    return bands;
}

int benchmark_run(struct benchmark *b)
{
    return canny_run(b->scratch, &b->params, &b->frame, &b->edges, b->workers ? &b->runner : NULL);
}

void benchmark_destroy(struct benchmark **b)
{
    if (!*b)
        return;
    canny_destroy(&(*b)->scratch);
    workers_destroy(&(*b)->workers);
    memory_free(*b);
    *b = NULL;
}
