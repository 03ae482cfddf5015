#include "tests/fakes/ordered_bands.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { THREADS = 4 };

/** One run(), as its threads share it. */
struct shared_run {
    pthread_barrier_t start;
    atomic_int next; ///< the band that nobody has taken yet
    int count;
    void (*band)(void *work, int index);
    void *work;
};

static void run_forward(int count, void (*band)(void *work, int index), void *work)
{
    for (int i = 0; i < count; i++)
        band(work, i);
}

static void run_reverse(int count, void (*band)(void *work, int index), void *work)
{
    for (int i = count - 1; i >= 0; i--)
        band(work, i);
}

/** R. Durstenfeld, "Algorithm 235: Random permutation", CACM 7(7), 1964. */
static void run_shuffled(uint32_t *seed, int count, void (*band)(void *work, int index), void *work)
{
    int order[CANNY_BANDS_MAX];
    for (int i = 0; i < count; i++)
        order[i] = i;
    for (int i = count - 1; i > 0; i--) {
        *seed = *seed * 1664525U + 1013904223U;
        int other = (int)((*seed >> 8) % ((uint32_t)i + 1)), kept = order[i];
        order[i] = order[other];
        order[other] = kept;
    }
    for (int i = 0; i < count; i++)
        band(work, order[i]);
}

static void *take_bands(void *run)
{
    struct shared_run *r = run;
    pthread_barrier_wait(&r->start);
    for (int i; (i = atomic_fetch_add(&r->next, 1)) < r->count;)
        r->band(r->work, i);
    return NULL;
}

static void run_threaded(int count, void (*band)(void *work, int index), void *work)
{
    struct shared_run run = {.count = count, .band = band, .work = work};
    pthread_t threads[THREADS - 1];
    pthread_barrier_init(&run.start, NULL, THREADS);
    for (int i = 0; i < THREADS - 1; i++)
        if (pthread_create(&threads[i], NULL, take_bands, &run) != 0)
            abort();
    take_bands(&run);
    for (int i = 0; i < THREADS - 1; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&run.start);
}

static void run(void *context, int count, void (*band)(void *work, int index), void *work)
{
    struct ordered_bands *self = context;
    if (count < 1 || count > CANNY_BANDS_MAX)
        abort();
    self->runs++;
    self->most = count > self->most ? count : self->most;
    if (self->order == BANDS_REVERSE)
        run_reverse(count, band, work);
    else if (self->order == BANDS_SHUFFLED)
        run_shuffled(&self->seed, count, band, work);
    else if (self->order == BANDS_THREADED)
        run_threaded(count, band, work);
    else
        run_forward(count, band, work);
}

const struct band_runner *ordered_bands_runner(struct ordered_bands *self)
{
    self->runner = (struct band_runner){run, self};
    return self->order == BANDS_ALONE ? NULL : &self->runner;
}

const char *band_order_name(enum band_order order)
{
    static const char *const names[BAND_ORDERS] = {"alone", "forward", "reverse", "shuffled",
                                                   "threaded"};
    return names[order];
}
