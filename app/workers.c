// Threads for bands.
//
// All of a run that the threads fight over is one number, the ticket: the run it belongs to and how
// many of its bands nobody has taken yet. A thread takes a band by counting the ticket down with
// compare-and-exchange. That fails if the run has changed meanwhile, so a thread that was held up
// for long, with an old ticket in its hand, can never take a band of a newer run for one of its
// own; and the caller need not wait for threads that are merely late.
//
// Waiting is by Linux's futex: a thread sleeps on a number if that still is what it was when the
// thread looked, which the kernel checks, so no wake-up is lost between looking and sleeping. Who
// sleeps says so first and then looks again; who posts, posts first and then looks for sleepers.
// With sequentially consistent atomics, which are C's default, at least one sees the other. (E. W.
// Dijkstra, "Cooperating sequential processes", 1965, about Dekker's algorithm; U. Drepper,
// "Futexes are tricky", 2011.) Nobody pays for a system call while all are awake.

#include "app/workers.h"

#include "processing/clock.h"
#include "processing/memory.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    DEFAULT_THREADS = 4, ///< at most, unless the user asks for more
    PAUSES = 16,         ///< between two looks at the clock; some 0.1 to 1 us
};

/** How long somebody who has nothing to do stays awake: about what waking up would cost. */
#define SPIN_NS (20 * NS_PER_US)

/** A band's work; see struct band_runner. */
typedef void band_function(void *work, int index);

struct workers {
    // Set by workers_create().
    int threads; ///< with the calling one
    int started; ///< of `thread`
    bool spins;  ///< there is a processor for each

    // The run at hand. Written by its caller before the ticket; constant while bands are left.
    _Atomic(band_function *) band;
    _Atomic(void *) work;
    atomic_int count;

    _Atomic uint64_t ticket; ///< number of the run << 32 | bands that nobody has taken yet
    atomic_uint unfinished;  ///< bands; the caller sleeps on it
    atomic_bool caller_sleeps;

    atomic_uint posts;   ///< runs so far, and the end; workers sleep on it
    atomic_int sleepers; ///< workers that sleep or are about to
    atomic_bool ending;

    pthread_t thread[];
};

/** Tells the processor that this is a loop of waiting: it yields to its other thread. */
static inline void pause_briefly(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield" ::: "memory");
#endif
}

static void sleep_on(atomic_uint *number, unsigned expected)
{
    syscall(SYS_futex, number, FUTEX_WAIT_PRIVATE, expected, NULL, NULL, 0);
}

static void wake(atomic_uint *number, int threads)
{
    syscall(SYS_futex, number, FUTEX_WAKE_PRIVATE, threads, NULL, NULL, 0);
}

static unsigned bands_left(uint64_t ticket)
{
    return (unsigned)(ticket & UINT32_MAX);
}

/** Whether a worker has something to do. */
static bool is_posted(const struct workers *w)
{
    return bands_left(atomic_load(&w->ticket)) || atomic_load(&w->ending);
}

static bool is_finished(const struct workers *w)
{
    return atomic_load(&w->unfinished) == 0;
}

/** Waits a little without giving the processor away. Returns whether the condition holds now. */
static bool spin(const struct workers *w, bool (*condition)(const struct workers *))
{
    if (!w->spins)
        return condition(w);
    int64_t until_ns = clock_now_ns() + SPIN_NS;
    do {
        for (int i = 0; i < PAUSES; i++) {
            if (condition(w))
                return true;
            pause_briefly();
        }
    } while (clock_now_ns() < until_ns);
    return false;
}

static void finish_band(struct workers *w)
{
    bool last = atomic_fetch_sub(&w->unfinished, 1) == 1;
    if (last && atomic_load(&w->caller_sleeps))
        wake(&w->unfinished, 1);
}

/** Takes bands and runs them until none is left to take. */
static void run_bands(struct workers *w)
{
    uint64_t ticket = atomic_load(&w->ticket);
    while (bands_left(ticket)) {
        // If another run is posted while this is read, the exchange fails and it is read again.
        band_function *band = atomic_load(&w->band);
        void *work = atomic_load(&w->work);
        int index = atomic_load(&w->count) - (int)bands_left(ticket);
        if (!atomic_compare_exchange_weak(&w->ticket, &ticket, ticket - 1))
            continue;
        band(work, index);
        finish_band(w);
        ticket = atomic_load(&w->ticket);
    }
}

static void sleep_until_posted(struct workers *w)
{
    atomic_fetch_add(&w->sleepers, 1);
    for (;;) {
        unsigned posts = atomic_load(&w->posts);
        if (is_posted(w))
            break;
        sleep_on(&w->posts, posts);
    }
    atomic_fetch_sub(&w->sleepers, 1);
}

static void *work_on(void *self)
{
    struct workers *w = self;
    while (!atomic_load(&w->ending)) {
        run_bands(w);
        if (!spin(w, is_posted))
            sleep_until_posted(w);
    }
    return NULL;
}

/** Lets the workers see a run and wakes as many as it can use, beside the caller. */
static void post(struct workers *w, int count, band_function *band, void *work)
{
    atomic_store(&w->band, band);
    atomic_store(&w->work, work);
    atomic_store(&w->count, count);
    atomic_store(&w->unfinished, (unsigned)count);
    uint64_t run = (atomic_load(&w->ticket) >> 32) + 1;
    atomic_store(&w->ticket, run << 32 | (unsigned)count);
    atomic_fetch_add(&w->posts, 1);
    if (atomic_load(&w->sleepers))
        wake(&w->posts, count - 1);
}

static void sleep_until_finished(struct workers *w)
{
    unsigned unfinished;
    atomic_store(&w->caller_sleeps, true);
    while ((unfinished = atomic_load(&w->unfinished)))
        sleep_on(&w->unfinished, unfinished);
    atomic_store(&w->caller_sleeps, false);
}

static void run(void *context, int count, band_function *band, void *work)
{
    struct workers *w = context;
    if (count == 1 || w->threads == 1) {
        for (int i = 0; i < count; i++)
            band(work, i);
    } else if (count > 1) {
        post(w, count, band, work);
        run_bands(w);
        if (!spin(w, is_finished))
            sleep_until_finished(w);
    }
}

int workers_processors(void)
{
    cpu_set_t set;
    // It fails where there may be more processors than a cpu_set_t holds.
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return CPU_COUNT(&set);
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online < 1 ? 1 : (int)online;
}

int workers_threads_for(int asked)
{
    int processors = workers_processors();
    if (asked > 0)
        return asked;
    return processors < DEFAULT_THREADS ? processors : DEFAULT_THREADS;
}

static int start(struct workers *w)
{
    pthread_t *thread = &w->thread[w->started];
    int ret = -pthread_create(thread, NULL, work_on, w);
    if (ret < 0)
        return ret;
    w->started++;
    pthread_setname_np(*thread, "worker");
    return 0;
}

int workers_create(struct workers **out, int threads, struct error *err)
{
    *out = NULL;
    if (threads < 1 || threads > CANNY_BANDS_MAX)
        return error_set(err, -EINVAL, "The edges are found by 1 to %d threads, not by %d",
                         CANNY_BANDS_MAX, threads);
    size_t bytes = sizeof(struct workers) + (size_t)(threads - 1) * sizeof(pthread_t);
    struct workers *w = memory_alloc(MEMORY_OTHER, bytes);
    int ret = w ? 0 : -ENOMEM;
    if (w) {
        w->threads = threads;
        w->spins = threads <= workers_processors();
    }
    for (int i = 1; ret == 0 && i < threads; i++)
        ret = start(w);
    if (ret < 0) {
        workers_destroy(&w);
        return error_set(err, ret, "Cannot start %d threads to find edges: %s", threads - 1,
                         error_reason(ret));
    }
    *out = w;
    return 0;
}

struct band_runner workers_runner(struct workers *workers)
{
    return (struct band_runner){.run = run, .context = workers};
}

void workers_destroy(struct workers **workers)
{
    struct workers *w = *workers;
    if (!w)
        return;
    atomic_store(&w->ending, true);
    atomic_fetch_add(&w->posts, 1);
    wake(&w->posts, INT_MAX);
    for (int i = 0; i < w->started; i++)
        pthread_join(w->thread[i], NULL);
    memory_free(w);
    *workers = NULL;
}
