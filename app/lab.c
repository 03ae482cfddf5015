#include "app/lab.h"

#include "app/lab_benches.h"
#include "app/process_memory.h"

#include <errno.h>
#include <string.h>

/** The limit, unless a quarter of what is free is less. */
static const int64_t USUAL_LIMIT = 512LL << 20;

const struct lab_info lab_infos[LAB_EXPERIMENTS] = {
    [LAB_KEEP] =
        {"keep", "Keep every frame", "3.2",
         "Every frame goes into a list and nobody takes it out: memory climbs in a straight "
         "line until the limit.",
         true, LAB_KEEP},
    [LAB_FOLDER] =
        {"folder", "Keep a folder", "3.1",
         "Every image of the folder is read into one list: memory grows with the folder, "
         "not with the work.",
         true, LAB_FOLDER},
    [LAB_BOUNDED] = {"bounded", "Keep the last N", "6.2, 9.2",
                     "A new frame pushes the oldest one out: memory climbs for N frames, then is "
                     "level.",
                     false, LAB_BOUNDED},
    [LAB_RELEASE] =
        {"release", "Release at once", "4.1",
         "Each picture is freed as soon as the next one is made of it: two at a time at "
         "the most, none between frames.",
         false, LAB_SCOPE},
    [LAB_SCOPE] = {"scope", "Release by scope", "4.3",
                   "All pictures of a frame are freed when the function ends: none between frames, "
                   "but a higher peak than releasing at once.",
                   false, LAB_RELEASE},
    [LAB_ALLOCATE] =
        {"allocate", "Allocate anew", "3.3",
         "Each frame gets new memory, and the last one's is freed after: two frames at "
         "the peak, an allocation a frame.",
         false, LAB_REUSE},
    [LAB_REUSE] =
        {"reuse", "Reuse one buffer", "3.3",
         "Each frame goes into the same memory: one frame, one allocation, however long it "
         "runs.",
         false, LAB_ALLOCATE},
    [LAB_EVERY] = {"every", "Release every N", "4.4",
                   "Frames are kept and all freed with every Nth, as by a call of the collector: a "
                   "saw.",
                   false, LAB_EVERY},
    [LAB_TRIM] = {"trim", "Give back (trim)", "4.4",
                  "N frames in small pieces are freed, which malloc keeps; N frames later "
                  "malloc_trim() gives that to the system.",
                  false, LAB_TRIM},
    [LAB_DELETE] = {"delete", "Frees nothing", "4.5",
                    "Deleting a row of an array makes a copy without it, and the whole one stays: "
                    "twice the memory instead of less.",
                    false, LAB_DELETE},
    [LAB_COPIES] = {"copies", "Copy each stage", "8.4",
                    "The frame, its gray and its edges are copied as they are made: three "
                    "allocations a frame that nobody needs.",
                    false, LAB_COPIES},
    [LAB_UINT8] = {"uint8", "8-bit planes", "8.5", "Gray and edges are held in one byte a pixel.",
                   false, LAB_FLOAT32},
    [LAB_FLOAT32] =
        {"float32", "float32 planes", "8.5",
         "The same gray and edges in four bytes a pixel: four times the memory, and not "
         "a pixel differs.",
         false, LAB_UINT8},
};

struct lab {
    struct lab_config config;
    struct lab_limit limit;
    atomic_llong usual, most; ///< the limit is the lesser one
    atomic_uint wanted;       ///< a bit for each that is on
    struct lab_bench benches[LAB_EXPERIMENTS];
};

int lab_create(struct lab **out, const struct lab_config *config)
{
    struct lab *lab = *out = memory_alloc(MEMORY_INTERFACE, sizeof *lab);
    if (!lab)
        return -ENOMEM;
    lab->config = *config;
    atomic_store(&lab->most, INT64_MAX);
    for (int i = 0; i < LAB_EXPERIMENTS; i++)
        lab->benches[i].shelf.limit = &lab->limit;
    return 0;
}

static int64_t limit_now(const struct lab *lab)
{
    if (lab->config.limit_bytes > 0)
        return lab->config.limit_bytes;
    int64_t quarter = process_memory_available() / 4;
    return quarter > 0 && quarter < USUAL_LIMIT ? quarter : USUAL_LIMIT;
}

/** Whoever is the last to do so has seen what the others set. */
static void settle_limit(struct lab *lab)
{
    int64_t usual, most;
    do {
        usual = atomic_load(&lab->usual);
        most = atomic_load(&lab->most);
        atomic_store(&lab->limit.bytes, usual < most ? usual : most);
    } while (usual != atomic_load(&lab->usual) || most != atomic_load(&lab->most));
}

void lab_confine(struct lab *lab, int64_t bytes)
{
    atomic_store(&lab->most, bytes);
    settle_limit(lab);
}

void lab_switch(struct lab *lab, enum lab_experiment which, bool on)
{
    unsigned bit = 1u << which;
    if (on == lab_is_on(lab, which))
        return;
    if (on && atomic_load(&lab->wanted) == 0) {
        atomic_store(&lab->usual, limit_now(lab));
        settle_limit(lab);
    }
    if (on) {
        atomic_fetch_or(&lab->wanted, bit);
        return;
    }
    atomic_fetch_and(&lab->wanted, ~bit);
    atomic_fetch_add(&lab->benches[which].offs, 1);
}

bool lab_is_on(const struct lab *lab, enum lab_experiment which)
{
    return atomic_load(&lab->wanted) >> which & 1;
}

bool lab_is_active(const struct lab *lab)
{
    return atomic_load(&lab->wanted) != 0 || atomic_load(&lab->limit.held_bytes) > 0;
}

void lab_settle(struct lab *lab)
{
    bool freed = false;
    for (int i = 0; i < LAB_EXPERIMENTS; i++) {
        struct lab_bench *bench = &lab->benches[i];
        unsigned offs = atomic_load(&bench->offs);
        if (!lab_runs[i] || offs == bench->seen_offs)
            continue;
        bench->seen_offs = offs;
        lab_bench_clear(bench);
        atomic_store(&bench->stopped, false);
        freed = true;
    }
    if (freed)
        process_memory_give_back();
}

void lab_take(struct lab *lab, const struct lab_frame *seen)
{
    lab_settle(lab);
    for (int i = 0; i < LAB_EXPERIMENTS; i++) {
        struct lab_bench *bench = &lab->benches[i];
        bool on = lab_is_on(lab, (enum lab_experiment)i) && !atomic_load(&bench->stopped);
        if (on && lab_runs[i] && !lab_runs[i](bench, seen, lab->config.frames))
            lab_stop(lab, (enum lab_experiment)i);
    }
}

void lab_read(const struct lab *lab, struct lab_status *status)
{
    for (int i = 0; i < LAB_EXPERIMENTS; i++) {
        const struct lab_bench *bench = &lab->benches[i];
        status->experiments[i] =
            (struct lab_state){lab_is_on(lab, (enum lab_experiment)i), atomic_load(&bench->stopped),
                               lab_shelf_numbers(&bench->shelf)};
    }
    status->held_bytes = atomic_load(&lab->limit.held_bytes);
    status->scratch_bytes = atomic_load(&lab->limit.scratch_bytes);
    status->limit_bytes = atomic_load(&lab->limit.bytes);
    status->given_back_bytes = atomic_load(&lab->benches[LAB_TRIM].given_back_bytes);
    status->differing_pixels = atomic_load(&lab->benches[LAB_FLOAT32].differing_pixels);
}

enum lab_experiment lab_find(const char *name, size_t bytes)
{
    int i = 0;
    while (i < LAB_EXPERIMENTS &&
           (strlen(lab_infos[i].name) != bytes || memcmp(lab_infos[i].name, name, bytes) != 0))
        i++;
    return (enum lab_experiment)i;
}

void lab_destroy(struct lab **lab)
{
    if (!*lab)
        return;
    for (int i = 0; i < LAB_EXPERIMENTS; i++)
        lab_bench_clear(&(*lab)->benches[i]);
    memory_free(*lab);
    *lab = NULL;
}

struct lab_shelf *lab_shelf_of(struct lab *lab, enum lab_experiment which)
{
    return &lab->benches[which].shelf;
}

unsigned lab_offs(const struct lab *lab, enum lab_experiment which)
{
    return atomic_load(&lab->benches[which].offs);
}

void lab_stop(struct lab *lab, enum lab_experiment which)
{
    atomic_store(&lab->benches[which].stopped, true);
    if (lab->config.stopped)
        lab->config.stopped(lab->config.self, which, lab_limit_taken(&lab->limit),
                            atomic_load(&lab->limit.bytes));
}

void lab_release(struct lab *lab, enum lab_experiment which)
{
    lab_shelf_reset(&lab->benches[which].shelf);
    atomic_store(&lab->benches[which].stopped, false);
    process_memory_give_back();
}
