#include "app/memory_report.h"

#include "app/json_make.h"
#include "app/library_allocations.h"

#include <cjson/cJSON.h>

/** A word of the tables. */
struct word {
    const char *name, *meaning;
};

static const struct word columns[] = {
    {"Live", "This much is held now."},
    {"Peak", "Never more than this was held at once."},
    {"Total", "This much was asked for since the start, given back or not."},
    {"Blocks", "So many allocations are held now."},
    {"Asked for", "So many allocations were made since the start."},
};

static const struct word stage_columns[] = {
    {"Mem usage", "RSS was this high when the stage had ended, at the most."},
    {"Increment", "RSS grew by this much in the stage, all times together."},
    {"Occurrences", "The stage was passed so often."},
};

static const struct word change_words[] = {
    {"size", "This line of code holds this much now (and more than then)."},
    {"count", "So many allocations of it are held now (and more than then)."},
    {"average", "An allocation that it holds has this size."},
};

void memory_report_take(struct memory_report *report)
{
    snapshots_take(&report->ledger);
    report->process = process_memory_now();
    report->library_allocations = library_allocations();
}

void memory_report_figures(const struct memory_report *report,
                           struct memory_figure figures[MEMORY_FIGURES])
{
    const struct memory_sum *ours = &report->ledger.allocated;
    const struct process_memory *process = &report->process;
    int64_t other = process->heap_bytes - ours->live_bytes;
    const struct memory_figure list[MEMORY_FIGURES] = {
        {"our allocations", "allocated_bytes",
         "The program's own code has this from malloc, headers included.", ours->live_bytes, false},
        {"their peak", "allocated_peak_bytes", "It never held more than this at once.",
         ours->peak_bytes, false},
        {"we asked", "allocations", "The program's own code asked malloc for memory so often.",
         ours->total_count, true},
        {"libraries asked", "library_allocations",
         "SDL, FFmpeg and the other libraries asked malloc so often.", report->library_allocations,
         true},
        {"RSS", "rss_bytes", "This much of the process, libraries too, is in memory now.",
         process->rss_bytes, false},
        {"peak RSS", "peak_rss_bytes", "RSS was never higher than this.", process->peak_rss_bytes,
         false},
        {"heap in use", "heap_bytes", "malloc has given out this much, to the libraries too.",
         process->heap_bytes, false},
        {"other heap", "other_heap_bytes", "This part of the heap in use is held by the libraries.",
         other > 0 ? other : 0, false},
        {"freed, kept", "heap_free_bytes",
         "This much was freed, but malloc keeps it for later requests.", process->heap_free_bytes,
         false},
        {"driver buffers", "driver_bytes", "This much of the camera driver's memory is mapped in.",
         report->ledger.noted_bytes[MEMORY_CAMERA], false},
    };
    for (int i = 0; i < MEMORY_FIGURES; i++)
        figures[i] = list[i];
}

const char *memory_owner_meaning(enum memory_owner owner)
{
    static const char *const meanings[MEMORY_OWNERS + 1] = {
        [MEMORY_CAMERA] = "The camera driver's buffers and its modes are counted here.",
        [MEMORY_FRAMES] = "Frames that were decoded, copied or drawn are counted here.",
        [MEMORY_RECORDING] = "Pictures that wait to be recorded are counted here.",
        [MEMORY_CANNY] = "What finding edges needs beside a frame is counted here.",
        [MEMORY_TEXTURES] = "Pictures and letters that the renderer keeps are counted here.",
        [MEMORY_INTERFACE] = "Fonts, widgets and statistics are counted here.",
        [MEMORY_LAB] = "What the memory experiments hold is counted here.",
        [MEMORY_OTHER] = "Names, lists, settings and reports are counted here.",
        [MEMORY_OWNERS] = "This is all of these together.",
    };
    return meanings[owner] ? meanings[owner] : "";
}

// As tables.

static void print_owner(FILE *out, enum memory_owner owner, const struct memory_sum *sum)
{
    char live[32], peak[32], total[32];
    snapshots_format_bytes((double)sum->live_bytes, false, live, sizeof live);
    snapshots_format_bytes((double)sum->peak_bytes, false, peak, sizeof peak);
    snapshots_format_bytes((double)sum->total_bytes, false, total, sizeof total);
    fprintf(out, "%-15s %10s %10s %10s %8lld %10lld\n", memory_owner_name(owner), live, peak, total,
            (long long)sum->live_count, (long long)sum->total_count);
}

static void print_owners(FILE *out, const struct ledger_snapshot *ledger)
{
    fprintf(out, "[ Memory by owner ]\n%-15s %10s %10s %10s %8s %10s\n", "Owner", columns[0].name,
            columns[1].name, columns[2].name, columns[3].name, columns[4].name);
    for (int owner = 0; owner <= MEMORY_OWNERS; owner++)
        print_owner(out, (enum memory_owner)owner, &ledger->owners[owner]);
}

static void print_figures(FILE *out, const struct memory_report *report)
{
    struct memory_figure figures[MEMORY_FIGURES];
    memory_report_figures(report, figures);
    fprintf(out, "\n[ Memory of the process ]\n");
    for (int i = 0; i < MEMORY_FIGURES; i++) {
        char text[32] = "-";
        if (figures[i].often && figures[i].amount >= 0)
            snprintf(text, sizeof text, "%lld", (long long)figures[i].amount);
        else if (figures[i].amount >= 0)
            snapshots_format_bytes((double)figures[i].amount, false, text, sizeof text);
        fprintf(out, "%-15s %10s  %s\n", figures[i].name, text, figures[i].meaning);
    }
}

static void print_stages(FILE *out, const struct stage_profile *stages)
{
    char line[256];
    stage_profile_format_heading(line, sizeof line);
    int width = fprintf(out, "\n[ Memory by stage ]\n%s\n", line) - 22;
    for (int i = 0; i < width; i++)
        fputc('=', out);
    fputc('\n', out);
    for (int row = 0; row < stages->count; row++) {
        struct stage_memory stage = stage_profile_read(stages, row);
        stage_profile_format_row(row + 1, &stage, line, sizeof line);
        fprintf(out, "%s\n", line);
    }
}

void memory_report_print(FILE *out, const struct memory_report *report,
                         const struct stage_profile *stages)
{
    print_owners(out, &report->ledger);
    print_figures(out, report);
    if (stages)
        print_stages(out, stages);
}

// As JSON.

static void add_figures(struct json_maker *maker, cJSON *root, const struct memory_report *report)
{
    struct memory_figure figures[MEMORY_FIGURES];
    memory_report_figures(report, figures);
    for (int i = 0; i < MEMORY_FIGURES; i++)
        if (figures[i].amount >= 0)
            json_make_number(maker, root, figures[i].key, (double)figures[i].amount);
}

static void add_stage(struct json_maker *maker, cJSON *list, int line,
                      const struct stage_memory *stage)
{
    cJSON *object = json_make_object(maker);
    json_make_number(maker, object, "line", line);
    json_make_number(maker, object, "usage_bytes", (double)stage->usage_bytes);
    json_make_number(maker, object, "increment_bytes", (double)stage->increment_bytes);
    json_make_number(maker, object, "occurrences", (double)stage->occurrences);
    json_make_text(maker, object, "contents", stage->contents);
    json_make_element(maker, list, object);
}

static void add_stages(struct json_maker *maker, cJSON *root, const struct stage_profile *stages)
{
    cJSON *list = json_make_array(maker);
    for (int row = 0; row < stages->count; row++) {
        struct stage_memory stage = stage_profile_read(stages, row);
        add_stage(maker, list, row + 1, &stage);
    }
    json_make_member(maker, root, "stages", list);
}

cJSON *memory_report_to_json(const struct memory_report *report, const struct stage_profile *stages)
{
    cJSON *root = snapshots_to_json(&report->ledger);
    struct json_maker maker = {.failed = !root};
    add_figures(&maker, root, report);
    if (stages)
        add_stages(&maker, root, stages);
    return json_make_end(&maker, root);
}

// What it all means.

static void explain(FILE *out, const char *name, const char *meaning)
{
    fprintf(out, "  %-15s %s\n", name, meaning);
}

static void explain_words(FILE *out, const char *heading, const struct word *words, size_t count)
{
    fprintf(out, "\n%s\n", heading);
    for (size_t i = 0; i < count; i++)
        explain(out, words[i].name, words[i].meaning);
}

#define COUNT(LIST) (sizeof(LIST) / sizeof(LIST)[0])

void memory_report_explain(FILE *out)
{
    static const struct memory_report nothing;
    struct memory_figure figures[MEMORY_FIGURES];
    memory_report_figures(&nothing, figures);
    fprintf(out, "What --memory-report and --memory-diff print when the work is done.\n");
    fprintf(out, "\nBy owner:\n");
    for (int owner = 0; owner <= MEMORY_OWNERS; owner++)
        explain(out, memory_owner_name((enum memory_owner)owner),
                memory_owner_meaning((enum memory_owner)owner));
    explain_words(out, "Columns of it:", columns, COUNT(columns));
    fprintf(out, "\nOf the process:\n");
    for (int i = 0; i < MEMORY_FIGURES; i++)
        explain(out, figures[i].name, figures[i].meaning);
    explain_words(out, "By stage, as memory_profiler does for Python:", stage_columns,
                  COUNT(stage_columns));
    explain_words(out, "Differences, as Python's tracemalloc does, since the first file or frame:",
                  change_words, COUNT(change_words));
}
