#include "app/lab_page.h"

#include "app/keys.h"

#include <stdio.h>

static double megabytes(int64_t bytes)
{
    return (double)bytes / (1 << 20);
}

/** What it has found besides; returns the bytes written. */
static int format_finding(const struct lab_status *status, enum lab_experiment which, char *text,
                          size_t bytes)
{
    if (which == LAB_TRIM && status->given_back_bytes > 0)
        return snprintf(text, bytes, " Given back the last time: %.1f MB.",
                        megabytes(status->given_back_bytes));
    if (which == LAB_FLOAT32)
        return snprintf(text, bytes, " Pixels that differ: %lld.",
                        (long long)status->differing_pixels);
    return 0;
}

void lab_page_meaning(const struct lab_status *status, enum lab_experiment which, char *text)
{
    const struct lab_info *info = &lab_infos[which];
    const struct lab_state *state = &status->experiments[which];
    int used = snprintf(text, LAB_MEANING_BYTES, "%s (article, %s): %s", info->title, info->section,
                        info->caption);
    if (state->stopped)
        used += snprintf(text + used, LAB_MEANING_BYTES - (size_t)used,
                         " Stopped by the limit of %.0f MB.", megabytes(status->limit_bytes));
    if (!state->on)
        return;
    used +=
        snprintf(text + used, LAB_MEANING_BYTES - (size_t)used, " Peak %.1f MB, %lld allocations.",
                 megabytes(state->numbers.peak_bytes), (long long)state->numbers.allocations);
    format_finding(status, which, text + used, LAB_MEANING_BYTES - (size_t)used);
}

static void format_figure(const struct lab_state *state, const char *section, char *text,
                          size_t bytes)
{
    if (!state->on && state->numbers.bytes == 0)
        snprintf(text, bytes, "%s", section);
    else
        snprintf(text, bytes, "%s%.*f MB", state->stopped ? "! " : "",
                 state->numbers.bytes < 100LL << 20 ? 1 : 0, megabytes(state->numbers.bytes));
}

static void format_total(const struct lab_status *status, char *text, size_t bytes)
{
    if (status->limit_bytes > 0)
        snprintf(text, bytes, "%.1f MB of %.0f MB are held", megabytes(status->held_bytes),
                 megabytes(status->limit_bytes));
    else
        snprintf(text, bytes, "Ways to use memory");
}

static struct panel_button button_of(enum action action, const char *text)
{
    return (struct panel_button){text, keys_of(action)->name, (int)action, false};
}

int lab_page_draw(const struct lab_page *page, struct ui *ui, struct ui_rect area,
                  enum lab_experiment *chosen, enum lab_experiment *changed)
{
    char meanings[LAB_EXPERIMENTS][LAB_MEANING_BYTES], figures[LAB_EXPERIMENTS][32], total[64];
    struct panel_lab_row rows[LAB_EXPERIMENTS];
    struct panel_lab lab = {total, rows, LAB_EXPERIMENTS, (int)*chosen, page->graph};
    const struct panel_button buttons[] = {button_of(ACTION_MEMORY, "Memory"),
                                           {"Close", NULL, ACTION_LAB, false}};
    int row;
    format_total(page->status, total, sizeof total);
    for (int i = 0; i < LAB_EXPERIMENTS; i++) {
        const struct lab_state *state = &page->status->experiments[i];
        const struct lab_info *info = &lab_infos[i];
        lab_page_meaning(page->status, (enum lab_experiment)i, meanings[i]);
        format_figure(state, info->section, figures[i], sizeof figures[i]);
        rows[i] = (struct panel_lab_row){
            .id = info->name,
            .title = info->title,
            .figure = figures[i],
            .meaning = meanings[i],
            .warned = state->stopped,
            .on = state->on,
            .curve = lab_history_band(page->history, (enum lab_experiment)i),
            .beside = (int)info->beside,
        };
    }
    int pressed = panel_draw_lab(ui, area, &lab, &row, buttons, 2);
    *chosen = (enum lab_experiment)lab.chosen;
    *changed = row < 0 ? LAB_EXPERIMENTS : (enum lab_experiment)row;
    return pressed;
}
