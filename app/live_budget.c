#include "app/live_budget.h"

#include "app/locks.h"
#include "app/media.h"
#include "app/memory_limit.h"
#include "app/process_memory.h"
#include "app/recorder.h"
#include "app/workers.h"
#include "processing/memory.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

/** Bytes a pixel. */
enum {
    SHOWN = 4,      ///< of a picture that is shown
    HELD = 3,       ///< of the frame that is kept when it is frozen or the camera goes
    REFERENCE = 16, ///< to verify: every stage has its plane
    LOOPBACK = 10,  ///< a picture, one of the device's size, one in its format
    ENCODER = 14,   ///< in and behind an encoder; measured
};

enum {
    OWN_BYTES = 4 << 20,       ///< for code and everything small, once it runs
    BAND_BYTES = 128 << 10,    ///< of the detector's scratch, for each thread
    RECORDING_BYTES = 9 << 20, ///< of an encoder and its file, whatever the size; measured
};

struct live_budget {
    // Set by live_budget_create().
    struct live_budget_config config;
    struct memory_limit limit;
    bool module; ///< the media module is counted as the process's own

    // Guarded by `lock`.
    pthread_mutex_t lock;
    struct lab *lab;
    int64_t width, height; ///< of the source's frames; 0 before the first
    int64_t source_bytes;
    bool on[LIVE_PARTS];
    int64_t queue_bytes; ///< granted for pictures that wait to be recorded; 0 before they come
    bool told_slots, told_queue;
};

/** What is planned: the sizes, and what is on. */
struct plan {
    int64_t pixels;
    int64_t source_bytes, queue_bytes;
    int64_t passing_bytes; ///< while the source is opened or changes
    bool on[LIVE_PARTS];
};

static struct plan plan_now_locked(const struct live_budget *budget)
{
    struct plan plan = {.pixels = budget->width * budget->height,
                        .source_bytes = budget->source_bytes,
                        .queue_bytes = budget->queue_bytes};
    memcpy(plan.on, budget->on, sizeof plan.on);
    return plan;
}

// What the parts take.

/** Of the loops and the front end. A window has two textures. */
static int64_t session_bytes(const struct live_budget *budget, int64_t pixels)
{
    const struct settings *settings = budget->config.settings;
    int64_t each = settings->headless ? SHOWN : 2 * SHOWN + HELD;
    each += settings->verify ? REFERENCE : 0;
    // The edges, and the detector's scratch.
    return pixels * each + pixels + pixels / 2 +
           workers_threads_for(settings->threads) * (int64_t)BAND_BYTES;
}

static int64_t recording_bytes(const struct live_budget *budget, const struct plan *plan)
{
    bool edges = budget->config.settings->record_of == RECORD_EDGES;
    int64_t each = edges ? 1 : SHOWN;
    int64_t hidden = edges || budget->config.files ? 0 : SHOWN;
    int64_t queue = RECORDER_PICTURES_LEAST * each * plan->pixels;
    return RECORDING_BYTES + plan->pixels * (ENCODER + hidden) +
           (queue > plan->queue_bytes ? queue : plan->queue_bytes);
}

static int64_t bytes_of(const struct live_budget *budget, const struct plan *plan)
{
    // While the first source opens there is nothing else of that size.
    int64_t bytes = session_bytes(budget, plan->pixels);
    if (budget->width == 0)
        bytes = bytes > plan->passing_bytes ? bytes : plan->passing_bytes;
    else
        bytes += plan->passing_bytes;
    bytes += plan->source_bytes;
    if (plan->on[LIVE_PART_RECORDING])
        bytes += recording_bytes(budget, plan);
    if (plan->on[LIVE_PART_LOOPBACK])
        bytes += plan->pixels * LOOPBACK;
    if (plan->on[LIVE_PART_PICTURE])
        bytes += plan->pixels * SHOWN;
    if (plan->on[LIVE_PART_WINDOW]) // as it is read, and as it waits
        bytes += 2 * budget->config.window_bytes;
    bool module = plan->on[LIVE_PART_MODULE] || plan->on[LIVE_PART_RECORDING];
    return bytes + (module && !budget->module ? MEDIA_BYTES : 0);
}

// Whether they fit.

/** Without a limit it is what the machine has now, and what is taken already. */
static int64_t room_locked(const struct live_budget *budget, struct memory_limit *limit)
{
    *limit = budget->limit;
    if (limit->limit_mb == 0) {
        struct plan now = plan_now_locked(budget);
        int64_t available = process_memory_available();
        int64_t taken = budget->width > 0 ? bytes_of(budget, &now) : 0;
        *limit = memory_limit_make(0, MEMORY_SHARE_ALL, limit->own_bytes,
                                   available > 0 ? available + taken : 0);
    }
    return memory_limit_room(limit);
}

/** What the experiments hold. */
static int64_t lab_bytes_locked(const struct live_budget *budget)
{
    struct lab_status status;
    if (!budget->lab || !budget->limit.limit_mb)
        return 0;
    lab_read(budget->lab, &status);
    return status.held_bytes + status.scratch_bytes;
}

/** What the others leave is for the experiments. */
static void confine_lab_locked(struct live_budget *budget, const struct plan *plan)
{
    int64_t left = memory_limit_room(&budget->limit) - bytes_of(budget, plan);
    left = plan->pixels ? left : left / 2; // a source will come
    if (budget->lab && budget->limit.limit_mb)
        lab_confine(budget->lab, left > 0 ? left : 0);
}

/** Whether everything fits as planned; if so the experiments get no more than the rest. */
static int settle_locked(struct live_budget *budget, const struct plan *plan,
                         struct memory_need *need, struct error *err)
{
    struct memory_limit limit;
    struct plan now = plan_now_locked(budget);
    room_locked(budget, &limit);
    need->bytes = bytes_of(budget, plan) + lab_bytes_locked(budget);
    int ret = memory_limit_check(&limit, need, err);
    if (ret < 0)
        return ret;
    confine_lab_locked(budget, plan);
    // They may have taken more before they heard of it.
    need->bytes = bytes_of(budget, plan) + lab_bytes_locked(budget);
    ret = memory_limit_check(&limit, need, err);
    if (ret < 0)
        confine_lab_locked(budget, &now);
    return ret;
}

// The source.

/** How many slots fit, as many as are wanted at the most. */
static int fit_slots_locked(const struct live_budget *budget, const struct source_needs *needs,
                            const struct plan *least)
{
    struct memory_limit limit;
    int64_t left = room_locked(budget, &limit) - bytes_of(budget, least) - lab_bytes_locked(budget);
    int64_t more = needs->slot_bytes > 0 && left > 0 ? left / needs->slot_bytes : 0;
    int64_t slots = needs->least_slots + more;
    return slots < needs->slots ? (int)slots : needs->slots;
}

static const char *limit_name(const struct live_budget *budget)
{
    return budget->limit.limit_mb ? "--max-memory" : "the memory that is free";
}

static void tell_slots_locked(struct live_budget *budget, int wanted, int slots)
{
    if (slots >= wanted || budget->told_slots)
        return;
    budget->told_slots = true;
    log_write(budget->config.log, LOG_LEVEL_INFO,
              "To stay within %s the source has %d buffers instead of %d", limit_name(budget),
              slots, wanted);
}

int live_budget_admit(void *self, struct source_needs *needs, struct error *err)
{
    struct live_budget *budget = self;
    char what[120];
    pthread_mutex_lock(&budget->lock);
    struct plan plan = plan_now_locked(budget);
    snprintf(what, sizeof what, "a picture of %d x %d pixels%s", needs->width, needs->height,
             plan.on[LIVE_PART_RECORDING] ? " with its recording" : "");
    struct memory_need need = {.what = what,
                               .remedy = needs->choosable ? "a smaller --size" : NULL};
    plan.pixels = (int64_t)needs->width * needs->height;
    plan.source_bytes = needs->bytes + needs->least_slots * needs->slot_bytes;
    plan.passing_bytes = needs->passing_bytes;
    int ret = settle_locked(budget, &plan, &need, err);
    if (ret == 0) {
        int slots = fit_slots_locked(budget, needs, &plan);
        tell_slots_locked(budget, needs->slots, slots);
        needs->slots = slots;
        budget->width = needs->width;
        budget->height = needs->height;
        budget->source_bytes = plan.source_bytes = needs->bytes + slots * needs->slot_bytes;
        confine_lab_locked(budget, &plan); // until it has passed, too
    }
    pthread_mutex_unlock(&budget->lock);
    return ret;
}

// The parts.

static const char *const part_names[LIVE_PARTS] = {
    [LIVE_PART_RECORDING] = "a recording",
    [LIVE_PART_LOOPBACK] = "the virtual camera",
    [LIVE_PART_PICTURE] = "saving a picture",
    [LIVE_PART_WINDOW] = "saving a picture of the window",
    [LIVE_PART_MODULE] = "reading such files",
};

int live_budget_begin(struct live_budget *budget, enum live_part part, struct error *err)
{
    char what[80];
    int ret = 0;
    struct memory_need need = {.what = what};
    pthread_mutex_lock(&budget->lock);
    if (budget->width > 0)
        snprintf(what, sizeof what, "what is open, with %s,", part_names[part]);
    else
        snprintf(what, sizeof what, "%s", part_names[part]);
    struct plan plan = plan_now_locked(budget);
    plan.on[part] = true;
    if (!budget->on[part])
        ret = settle_locked(budget, &plan, &need, err);
    if (ret == 0)
        budget->on[part] = true;
    pthread_mutex_unlock(&budget->lock);
    return ret;
}

void live_budget_end(struct live_budget *budget, enum live_part part)
{
    pthread_mutex_lock(&budget->lock);
    if (budget->on[part]) {
        // What was loaded stays.
        budget->on[LIVE_PART_MODULE] |= part == LIVE_PART_RECORDING;
        budget->on[part] = part == LIVE_PART_MODULE;
        budget->queue_bytes = part == LIVE_PART_RECORDING ? 0 : budget->queue_bytes;
        struct plan now = plan_now_locked(budget);
        confine_lab_locked(budget, &now);
    }
    pthread_mutex_unlock(&budget->lock);
}

static void tell_queue_locked(struct live_budget *budget, size_t wanted, size_t granted)
{
    if (granted >= wanted || budget->told_queue)
        return;
    budget->told_queue = true;
    log_write(budget->config.log, LOG_LEVEL_INFO,
              "To stay within %s pictures that wait to be recorded have %zu MB instead of %zu",
              limit_name(budget), granted >> 20, wanted >> 20);
}

size_t live_budget_queue(void *self, size_t least, size_t wanted)
{
    struct live_budget *budget = self;
    struct memory_limit limit;
    pthread_mutex_lock(&budget->lock);
    budget->queue_bytes = 0;
    struct plan plan = plan_now_locked(budget);
    int64_t left = room_locked(budget, &limit) - bytes_of(budget, &plan) - lab_bytes_locked(budget);
    size_t more = left > 0 ? (size_t)left : 0;
    size_t granted = wanted <= least + more ? wanted : least + more;
    tell_queue_locked(budget, wanted, granted);
    budget->queue_bytes = plan.queue_bytes = (int64_t)granted;
    confine_lab_locked(budget, &plan);
    pthread_mutex_unlock(&budget->lock);
    return granted;
}

// From beginning to end.

void live_budget_set_lab(struct live_budget *budget, struct lab *lab)
{
    pthread_mutex_lock(&budget->lock);
    budget->lab = lab;
    struct plan now = plan_now_locked(budget);
    confine_lab_locked(budget, &now);
    pthread_mutex_unlock(&budget->lock);
}

int live_budget_create(struct live_budget **out, const struct live_budget_config *config,
                       struct error *err)
{
    const struct memory_need least = {.what = "the program itself", .bytes = 1};
    struct live_budget *budget = *out = memory_alloc(MEMORY_OTHER, sizeof *budget);
    if (!budget)
        return error_set(err, -ENOMEM, "Not enough memory to begin");
    budget->config = *config;
    lock_make(&budget->lock);
    int64_t window = config->window_bytes ? MEMORY_WINDOW_BYTES + config->window_bytes : 0;
    budget->limit =
        memory_limit_now(config->settings->max_memory_mb, MEMORY_SHARE_ALL, OWN_BYTES + window);
    budget->module = media_is_loaded();
    int ret = memory_limit_check(&budget->limit, &least, err);
    if (ret < 0)
        live_budget_destroy(out);
    return ret;
}

void live_budget_destroy(struct live_budget **budget)
{
    if (!*budget)
        return;
    pthread_mutex_destroy(&(*budget)->lock);
    memory_free(*budget);
    *budget = NULL;
}
