/**
 * @file
 * The median says what a frame takes, the tenths at both ends how much that varies; the mean would
 * be moved by the few runs that something else interrupted.
 */
#include "app/bench_measure.h"

#include "app/quantile.h"
#include "app/workers.h"
#include "processing/canny_reference.h"
#include "processing/clock.h"
#include "processing/memory.h"

#include <errno.h>
#include <string.h>

/** Rounds before those that count: caches fill, the processor speeds up. The first one compares. */
enum { WARM_UP = 2, CONTENDERS = CPU_LEVELS * BENCH_THREAD_COUNTS };

_Static_assert(BENCH_ROWS == CONTENDERS + 1 + CANNY_STAGES, "a row for each");

/** A detector at one level with one number of threads. */
struct contender {
    struct canny *canny;
    struct workers *workers; ///< NULL for a single band
    struct band_runner runner;
};

struct bench {
    const struct bench_plan *plan;
    const struct frame *frame;
    size_t frame_bytes, pixels;
    struct bench_results *results;

    struct contender contenders[CONTENDERS]; ///< of the first rows
    int contender_count;
    struct canny_reference *reference; ///< or NULL
    struct plane edges;                ///< written by every contender
    uint8_t *expected;                 ///< the first one's edges; or the reference's own
    uint8_t *copy;
    float *ms; ///< plan->runs for each row, then for memcpy()
};

void bench_plan_all(struct bench_plan *plan)
{
    plan->level_count = 0;
    for (int level = 0; level < CPU_LEVELS; level++)
        if (cpu_has((enum cpu_level)level))
            plan->levels[plan->level_count++] = (enum cpu_level)level;
    plan->threads[0] = 1;
    int processors = workers_processors();
    plan->threads[1] = processors < CANNY_BANDS_MAX ? processors : CANNY_BANDS_MAX;
    plan->thread_counts = plan->threads[1] > 1 ? 2 : 1;
}

struct bench_times bench_times_of(float *ms, int count)
{
    return (struct bench_times){
        .median_ms = quantile(ms, count, 0.5),
        .p10_ms = quantile(ms, count, 0.1),
        .p90_ms = quantile(ms, count, 0.9),
    };
}

static int add_row(struct bench *bench, const char *level, const char *stage, int threads)
{
    int index = bench->results->count++;
    bench->results->rows[index] =
        (struct bench_row){.level = level, .stage = stage, .threads = threads};
    return index;
}

/** Makes the detector of a level; the level is selected for it. */
static int add_contender(struct bench *bench, enum cpu_level level, int threads, struct error *err)
{
    struct contender *contender = &bench->contenders[bench->contender_count++];
    const struct frame *frame = bench->frame;
    int bands = canny_bands_for(frame->width, frame->height, threads);
    add_row(bench, cpu_level_name(level), "whole", threads);
    int ret = cpu_select(level);
    if (ret == 0)
        ret = canny_create(&contender->canny, frame->width, frame->height, bands);
    if (ret < 0)
        return error_set(err, ret, "Cannot measure level %s in %d x %d pixels: %s",
                         cpu_level_name(level), frame->width, frame->height, error_reason(ret));
    if (bands == 1)
        return 0;
    ret = workers_create(&contender->workers, threads, err);
    if (ret == 0)
        contender->runner = workers_runner(contender->workers);
    return ret;
}

static int add_reference(struct bench *bench)
{
    int ret = canny_reference_create(&bench->reference, bench->frame->width, bench->frame->height);
    if (ret < 0)
        return ret;
    add_row(bench, "reference", "whole", 1);
    for (int stage = 0; stage < CANNY_STAGES; stage++)
        add_row(bench, "reference", canny_stage_name((enum canny_stage)stage), 1);
    return 0;
}

/** Everything that is not a contender. */
static int add_buffers(struct bench *bench)
{
    const struct bench_plan *plan = bench->plan;
    const struct frame *frame = bench->frame;
    int ret = plan->stages ? add_reference(bench) : 0;
    size_t series = (size_t)bench->results->count + 1;
    bench->edges = (struct plane){NULL, frame->width, frame->height, frame->width};
    bench->edges.data = memory_alloc(MEMORY_FRAMES, bench->pixels);
    bench->expected = memory_alloc(MEMORY_FRAMES, bench->pixels);
    bench->copy = memory_alloc(MEMORY_FRAMES, bench->frame_bytes);
    bench->ms = memory_alloc(MEMORY_OTHER, series * (size_t)plan->runs * sizeof *bench->ms);
    bool whole = bench->edges.data && bench->expected && bench->copy && bench->ms;
    return ret < 0 || whole ? ret : -ENOMEM;
}

static int prepare(struct bench *bench, struct error *err)
{
    const struct bench_plan *plan = bench->plan;
    int ret = 0;
    for (int l = 0; ret == 0 && l < plan->level_count; l++)
        for (int t = 0; ret == 0 && t < plan->thread_counts; t++)
            ret = add_contender(bench, plan->levels[l], plan->threads[t], err);
    if (ret < 0)
        return ret;
    ret = add_buffers(bench);
    if (ret < 0)
        error_set(err, ret, "Not enough memory to measure pictures of %d x %d pixels",
                  bench->frame->width, bench->frame->height);
    return ret;
}

static void clean_up(struct bench *bench)
{
    for (int i = 0; i < bench->contender_count; i++) {
        workers_destroy(&bench->contenders[i].workers);
        canny_destroy(&bench->contenders[i].canny);
    }
    canny_reference_destroy(&bench->reference);
    memory_free(bench->edges.data);
    memory_free(bench->expected);
    memory_free(bench->copy);
    memory_free(bench->ms);
}

/** Writes a time down, unless the run only warms up. */
static void note(struct bench *bench, int row, int run, int64_t took_ns)
{
    if (run >= 0)
        bench->ms[row * bench->plan->runs + run] = (float)took_ns / (float)NS_PER_MS;
}

static int run_contender(struct bench *bench, int index, int run)
{
    struct contender *contender = &bench->contenders[index];
    const struct band_runner *runner = contender->workers ? &contender->runner : NULL;
    int64_t start_ns = clock_now_ns();
    int ret =
        canny_run(contender->canny, &bench->plan->params, bench->frame, &bench->edges, runner);
    note(bench, index, run, clock_now_ns() - start_ns);
    return ret;
}

static int run_reference(struct bench *bench, int run)
{
    int row = bench->contender_count, ret = 0;
    int64_t start_ns = clock_now_ns(), before_ns = start_ns;
    for (int stage = 0; ret == 0 && stage < CANNY_STAGES; stage++) {
        ret = canny_reference_run_stage(bench->reference, (enum canny_stage)stage,
                                        &bench->plan->params, bench->frame);
        int64_t now_ns = clock_now_ns();
        note(bench, row + 1 + stage, run, now_ns - before_ns);
        before_ns = now_ns;
    }
    note(bench, row, run, before_ns - start_ns);
    return ret;
}

static void run_copy(struct bench *bench, int run)
{
    int64_t start_ns = clock_now_ns();
    memcpy(bench->copy, bench->frame->data[0], bench->frame_bytes);
    note(bench, bench->results->count, run, clock_now_ns() - start_ns);
}

int bench_check_edges(const struct bench_row *row, const uint8_t *edges, const uint8_t *expected,
                      size_t count, struct error *err)
{
    size_t differ = 0;
    for (size_t i = 0; i < count; i++)
        differ += edges[i] != expected[i];
    if (differ == 0)
        return 0;
    return error_set(err, -EBADMSG,
                     "Level %s with %d thread%s finds other edges than it should, in %zu of %zu "
                     "pixels: this is a fault of the program; please report it",
                     row->level, row->threads, row->threads == 1 ? "" : "s", differ, count);
}

/**
 * The first round: everything runs once, and all must find the same edges. The reference's word
 * counts, if it is there, else the first contender's.
 */
static int verify(struct bench *bench, struct error *err)
{
    int ret = bench->reference ? run_reference(bench, -1) : run_contender(bench, 0, -1);
    const uint8_t *right = bench->edges.data;
    if (ret == 0 && bench->reference)
        right = canny_reference_stages(bench->reference)->edges.data;
    memcpy(bench->expected, right, bench->pixels);
    for (int i = 0; ret == 0 && i < bench->contender_count; i++) {
        memset(bench->edges.data, 1, bench->pixels); // so that a pixel left out differs
        ret = run_contender(bench, i, -1);
        if (ret == 0)
            ret = bench_check_edges(&bench->results->rows[i], bench->edges.data, bench->expected,
                                    bench->pixels, err);
    }
    return ret == -EINVAL ? error_set(err, ret, "The detector refuses these parameters") : ret;
}

/** One time each. Nothing can fail that did not when the edges were verified. */
static void run_round(struct bench *bench, int run)
{
    for (int i = 0; i < bench->contender_count; i++)
        run_contender(bench, i, run);
    if (bench->reference)
        run_reference(bench, run);
    run_copy(bench, run);
}

static void add_up(struct bench *bench)
{
    struct bench_results *results = bench->results;
    results->runs = bench->plan->runs;
    for (int i = 0; i <= results->count; i++) {
        struct bench_times times = bench_times_of(bench->ms + i * results->runs, bench->plan->runs);
        if (i < results->count)
            results->rows[i].times = times;
        else
            results->copy = times;
    }
}

int bench_measure(struct bench_results *results, const struct bench_plan *plan,
                  const struct frame *frame, bench_listener *listener, void *self,
                  struct error *err)
{
    *results = (struct bench_results){.count = 0};
    struct bench bench = {
        .plan = plan,
        .frame = frame,
        .frame_bytes = (size_t)frame->stride[0] * (size_t)frame->height,
        .pixels = (size_t)frame->width * (size_t)frame->height,
        .results = results,
    };
    int ret = prepare(&bench, err);
    if (ret == 0)
        ret = verify(&bench, err);
    for (int run = 1 - WARM_UP; ret == 0 && run < plan->runs; run++) {
        if (listener)
            listener(self, run + WARM_UP, plan->runs + WARM_UP);
        run_round(&bench, run);
    }
    if (ret == 0)
        add_up(&bench);
    clean_up(&bench);
    return ret;
}
