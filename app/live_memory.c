#include "app/live_memory.h"

#include "app/lab_page.h"
#include "app/memory_errands.h"
#include "app/session_lab.h"
#include "processing/clock.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>

enum { SAMPLES_A_SECOND = LAB_HISTORY_A_SECOND, LAB_GRAPH_S = 60 };

struct live_memory {
    struct session *session;
    struct notices *notices;
    struct memory_errands *errands;
    struct memory_page page;
    struct lab_history lab_history;
    enum lab_experiment chosen;  ///< what the page of experiments is about
    struct memory_export export; ///< filled for the errand that writes it
    int64_t sampled_ns;
    int line; ///< of the differences, the next for the log; less than 0 for none

    // What was there when looked at last.
    enum view view;
    bool recording, lost;
    unsigned experiments, stopped; ///< a bit for each that is on, and that the limit stopped

    // Any thread.
    atomic_llong pss_bytes;
};

static void wake(const struct live_memory *memory)
{
    const struct back_buffer_waker *waker = &memory->session->waker;
    if (waker->wake)
        waker->wake(waker->self);
}

static void on_measured(void *self, int64_t pss_bytes)
{
    struct live_memory *memory = self;
    atomic_store(&memory->pss_bytes, pss_bytes);
    if (pss_bytes < 0)
        notices_say(memory->notices, true,
                    "PSS is not known: /proc/self/smaps_rollup cannot be "
                    "read");
    wake(memory);
}

static void on_saved(void *self, int ret, const char *path, const struct error *err)
{
    struct live_memory *memory = self;
    if (ret == 0)
        notices_say(memory->notices, false, "Saved %s", path);
    else
        notices_say(memory->notices, true, "%s", err->text);
    log_write(memory->session->log, ret == 0 ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR, "%s%s",
              ret == 0 ? "Saved " : "", ret == 0 ? path : err->text);
    wake(memory);
}

int live_memory_create(struct live_memory **out, struct session *session, struct notices *notices)
{
    struct live_memory *memory = *out = memory_alloc(MEMORY_INTERFACE, sizeof *memory);
    if (!memory)
        return -ENOMEM;
    memory_touch(&memory->page.history, sizeof memory->page.history);
    memory_touch(&memory->lab_history, sizeof memory->lab_history);
    memory->session = session;
    memory->notices = notices;
    memory->line = -1;
    memory->view = session->settings->view;
    struct memory_errands_config config = {on_measured, on_saved, memory};
    int ret = memory_errands_create(&memory->errands, &config);
    if (ret < 0)
        live_memory_destroy(out);
    return ret;
}

void live_memory_mark(struct live_memory *memory, char letter, const char *kind, const char *text)
{
    memory_history_mark(&memory->page.history, clock_now_ns(), letter, kind, text);
}

static void follow_view(struct live_memory *memory)
{
    enum view view = memory->session->values.view;
    char text[48];
    if (view == memory->view)
        return;
    memory->view = view;
    for (int i = 0; i < view_count; i++)
        if (view_table[i].view == view) {
            snprintf(text, sizeof text, "the view became %s", view_table[i].name);
            live_memory_mark(memory, 'V', "view", text);
        }
}

static void follow_source(struct live_memory *memory)
{
    enum capture_state state = memory->session->state;
    bool lost = memory->lost ? state != CAPTURE_STREAMING : state == CAPTURE_WAITING;
    if (lost == memory->lost)
        return;
    memory->lost = lost;
    live_memory_mark(memory, 'C', "camera", lost ? "the camera was lost" : "frames came again");
}

static void follow_recording(struct live_memory *memory)
{
    bool recording = recorder_is_on(memory->session->recorder);
    if (recording == memory->recording)
        return;
    memory->recording = recording;
    live_memory_mark(memory, 'R', "recording", recording ? "recording began" : "recording ended");
}

static void follow_lab(struct live_memory *memory)
{
    struct lab_status status;
    if (!memory->session->lab)
        return;
    lab_read(memory->session->lab, &status);
    for (int i = 0; i < LAB_EXPERIMENTS; i++) {
        const struct lab_state *state = &status.experiments[i];
        unsigned bit = 1u << i;
        char text[64];
        const char *what = state->on != !!(memory->experiments & bit)   ? (state->on ? "on" : "off")
                           : state->stopped && !(memory->stopped & bit) ? "stopped"
                                                                        : NULL;
        memory->experiments = state->on ? memory->experiments | bit : memory->experiments & ~bit;
        memory->stopped = state->stopped ? memory->stopped | bit : memory->stopped & ~bit;
        if (!what)
            continue;
        if (state->on && !state->stopped)
            memory->chosen = (enum lab_experiment)i;
        snprintf(text, sizeof text, "%.48s: %s", lab_infos[i].title, what);
        live_memory_mark(memory, 'E', "experiment", text);
    }
}

/** The numbers of the process are those that the statistics have just measured. */
static void sample(struct live_memory *memory, int64_t now)
{
    const struct overlay_numbers *numbers = &stats_get_report(memory->session->stats)->numbers;
    struct process_memory process = {.rss_bytes = numbers->rss_bytes,
                                     .peak_rss_bytes = numbers->peak_rss_bytes,
                                     .heap_bytes = numbers->heap_bytes,
                                     .heap_free_bytes = numbers->heap_free_bytes};
    struct memory_ledger ledger = memory_ledger_now();
    memory->sampled_ns = now;
    memory->page.pss_bytes = atomic_load(&memory->pss_bytes);
    if (memory->session->lab)
        lab_history_add(&memory->lab_history, memory->session->lab);
    struct memory_requests requests = {numbers->allocations_per_frame,
                                       numbers->library_allocations_per_frame};
    memory_page_sample(&memory->page, &process, &ledger, requests, now);
}

/** One line at a time: the log prints no more than some lines a second. */
static void tell(struct live_memory *memory)
{
    char text[SNAPSHOT_LINE_BYTES];
    if (memory->line < 0)
        return;
    if (memory_page_line(&memory->page, memory->line, text)) {
        log_write(memory->session->log, LOG_LEVEL_INFO, "%s", text);
        memory->line++;
    } else {
        memory->line = -1;
    }
}

bool live_memory_update(struct live_memory *memory)
{
    follow_view(memory);
    follow_source(memory);
    follow_recording(memory);
    follow_lab(memory);
    int64_t now = clock_now_ns();
    if (memory->sampled_ns && now - memory->sampled_ns < NS_PER_S / SAMPLES_A_SECOND)
        return atomic_load(&memory->pss_bytes) != memory->page.pss_bytes;
    sample(memory, now);
    tell(memory);
    return true;
}

void live_memory_snapshot(struct live_memory *memory)
{
    memory_page_snapshot(&memory->page, clock_now_ns());
    memory->line = -1;
    live_memory_mark(memory, 'S', "snapshot", "a ledger snapshot was taken");
    struct memory_sum held = snapshots_held(&memory->page.taken);
    char text[32];
    snapshots_format_bytes((double)held.live_bytes, false, text, sizeof text);
    notices_say(memory->notices, false,
                "Ledger snapshot taken: %s in %lld allocations; F6 shows what changes", text,
                (long long)held.live_count);
}

bool live_memory_compare(struct live_memory *memory)
{
    if (!memory_page_compare(&memory->page, clock_now_ns())) {
        notices_say(memory->notices, true,
                    "There is no ledger snapshot to compare with: F5 takes "
                    "one");
        return false;
    }
    memory->line = 0;
    return true;
}

static void complain(struct live_memory *memory, const char *what, int ret)
{
    if (ret == -EBUSY)
        notices_say(memory->notices, true, "Another snapshot is still being saved");
    else if (ret < 0)
        notices_say(memory->notices, true, "%s: %s", what, error_reason(ret));
}

/** Does what the page's own buttons ask for. Returns what is left for others. */
static enum action serve(struct live_memory *memory, int action)
{
    if (action == MEMORY_PAGE_MEASURE)
        complain(memory, "PSS is not measured", memory_errands_measure(memory->errands));
    else if (action == MEMORY_PAGE_SAVE && memory_page_export(&memory->page, &memory->export))
        complain(memory, "The snapshot is not saved",
                 memory_errands_save(memory->errands, &memory->export));
    return action < ACTIONS ? (enum action)action : ACTION_NONE;
}

enum action live_memory_draw(struct live_memory *memory, struct ui *ui, struct ui_rect area)
{
    memory->page.pss_bytes = atomic_load(&memory->pss_bytes);
    return serve(memory, memory_page_draw(&memory->page, ui, area));
}

enum action live_memory_draw_lab(struct live_memory *memory, struct ui *ui, struct ui_rect area)
{
    struct lab_status status;
    enum lab_experiment changed;
    struct lab_page page = {&status, &memory->lab_history,
                            memory_history_graph(&memory->page.history)};
    page.graph.span_s = LAB_GRAPH_S;
    lab_read(memory->session->lab, &status);
    int action = lab_page_draw(&page, ui, area, &memory->chosen, &changed);
    if (changed < LAB_EXPERIMENTS)
        session_lab_switch(memory->session, changed, !status.experiments[changed].on);
    return (enum action)action;
}

enum action live_memory_draw_differences(struct live_memory *memory, struct ui *ui)
{
    return serve(memory, memory_page_draw_differences(&memory->page, ui));
}

void live_memory_destroy(struct live_memory **out)
{
    struct live_memory *memory = *out;
    if (!memory)
        return;
    while (memory->line >= 0)
        tell(memory);
    memory_errands_destroy(&memory->errands);
    memory_free(memory);
    *out = NULL;
}
