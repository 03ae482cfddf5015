#include "app/memory_page.h"

#include "app/keys.h"
#include "app/memory_report.h"
#include "processing/clock.h"

#include <stdio.h>
#include <string.h>

/** The parts of the bar that have an owner in the ledger, in the bar's order. */
static const struct {
    enum memory_owner owner;
    const char *name;
} owned[] = {
    {MEMORY_CAMERA, "camera buffers"},     {MEMORY_FRAMES, "frames"},
    {MEMORY_CANNY, "Canny scratch"},       {MEMORY_TEXTURES, "textures"},
    {MEMORY_RECORDING, "recording queue"}, {MEMORY_LAB, "experiments"},
};

enum { OWNED = sizeof owned / sizeof owned[0] };

_Static_assert(OWNED + 2 == PANEL_MEMORY_PARTS, "two more are the rest of the heap");

struct memory_ledger memory_ledger_now(void)
{
    struct memory_ledger ledger = {.driver_bytes = memory_noted_bytes(MEMORY_CAMERA)};
    for (int owner = 0; owner < MEMORY_OWNERS; owner++)
        ledger.held_bytes[owner] = memory_sum_of((enum memory_owner)owner).live_bytes;
    return ledger;
}

int64_t memory_page_parts(const struct process_memory *process, const struct memory_ledger *ledger,
                          struct panel_figure parts[PANEL_MEMORY_PARTS])
{
    int64_t sum = 0;
    for (int i = 0; i < OWNED; i++) {
        parts[i] = (struct panel_figure){.name = owned[i].name,
                                         .meaning = memory_owner_meaning(owned[i].owner),
                                         .bytes = ledger->held_bytes[owned[i].owner]};
        sum += parts[i].bytes;
    }
    // Textures are noted, and in the heap all the same: SDL keeps a copy of each.
    int64_t other = process->heap_bytes - (sum - ledger->driver_bytes);
    parts[OWNED] = (struct panel_figure){
        .name = "other heap",
        .meaning = "The libraries and the rest of the program hold this much.",
        .bytes = other > 0 ? other : 0};
    parts[OWNED + 1] = (struct panel_figure){
        .name = "freed, kept",
        .meaning = "This much was freed, but malloc keeps it for later requests.",
        .bytes = process->heap_free_bytes};
    return sum + parts[OWNED].bytes + parts[OWNED + 1].bytes;
}

void memory_page_sample(struct memory_page *page, const struct process_memory *process,
                        const struct memory_ledger *ledger, struct memory_requests requests,
                        int64_t now_ns)
{
    int64_t own = 0;
    for (int owner = 0; owner < MEMORY_OWNERS; owner++)
        own += ledger->held_bytes[owner];
    page->process = *process;
    page->ledger = *ledger;
    page->requests = requests;
    memory_history_add(&page->history, process->rss_bytes, own, now_ns);
}

// Snapshots.

void memory_page_snapshot(struct memory_page *page, int64_t now_ns)
{
    snapshots_take(&page->taken);
    page->taken_ns = now_ns;
    page->later_ns = 0;
    page->change_count = 0;
}

bool memory_page_compare(struct memory_page *page, int64_t now_ns)
{
    if (page->taken_ns == 0)
        return false;
    snapshots_take(&page->later);
    page->later_ns = now_ns;
    page->change_count =
        snapshots_compare(&page->taken, &page->later, page->changes, SNAPSHOT_LARGEST);
    return true;
}

bool memory_page_line(const struct memory_page *page, int line, char *text)
{
    if (page->later_ns == 0 || line > page->change_count)
        return false;
    if (line == 0)
        snprintf(text, SNAPSHOT_LINE_BYTES, "[ Top %d differences ]", SNAPSHOT_LARGEST);
    else
        snapshots_format_change(&page->changes[line - 1], text, SNAPSHOT_LINE_BYTES);
    return true;
}

static double seconds_between(const struct memory_page *page)
{
    return (double)(page->later_ns - page->taken_ns) / NS_PER_S;
}

bool memory_page_export(const struct memory_page *page, struct memory_export *what)
{
    if (page->taken_ns == 0)
        return false;
    what->snapshot = page->taken;
    what->compared = page->later_ns != 0;
    if (what->compared) {
        what->later = page->later;
        what->seconds = seconds_between(page);
    }
    return true;
}

// Drawing.

static struct panel_button button_of(enum action action, const char *text)
{
    const struct key_binding *key = keys_of(action);
    return (struct panel_button){.text = text, .key = key->name, .action = (int)action};
}

/** "Save" is there as soon as there is something to save. */
static int make_buttons(const struct memory_page *page, struct panel_button *buttons)
{
    int count = 0;
    buttons[count++] = button_of(ACTION_LEDGER_SNAPSHOT, "Snapshot");
    buttons[count++] = (struct panel_button){.text = "Read PSS", .action = MEMORY_PAGE_MEASURE};
    buttons[count++] = button_of(ACTION_LEDGER_DIFFERENCE, "Difference");
    if (page->taken_ns)
        buttons[count++] = (struct panel_button){.text = "Save", .action = MEMORY_PAGE_SAVE};
    buttons[count++] = button_of(ACTION_MEMORY, "Close");
    return count;
}

int memory_page_draw(const struct memory_page *page, struct ui *ui, struct ui_rect area)
{
    struct panel_button buttons[5];
    struct panel_memory memory = {
        .rss = {"RSS", "This much of the process, libraries too, is in memory now.",
                page->process.rss_bytes},
        .peak = {"peak", "RSS was never higher than this.", page->process.peak_rss_bytes},
        .pss = {"PSS", "RSS, but a page that n processes share counts as one nth.",
                page->pss_bytes > 0 ? page->pss_bytes : -1},
        .allocations = {"allocations a frame",
                        "Our code asks for memory so often in a frame: never, once it runs.",
                        page->requests.ours},
        .library_allocations = {"libraries",
                                "SDL and the other libraries ask for memory so often in a frame.",
                                page->requests.libraries},
        .graph = memory_history_graph(&page->history),
    };
    memory.whole = (struct panel_figure){
        .name = "all parts",
        .meaning = "What memory is used for, part by part; RSS has code and stacks too.",
        .bytes = memory_page_parts(&page->process, &page->ledger, memory.parts)};
    return panel_draw_memory(ui, area, &memory, buttons, make_buttons(page, buttons));
}

/** Says what is compared, and how long it lasted. */
static void format_note(const struct memory_page *page, char *note, size_t bytes)
{
    int64_t change =
        snapshots_held(&page->later).live_bytes - snapshots_held(&page->taken).live_bytes;
    char text[32];
    snapshots_format_bytes((double)change, true, text, sizeof text);
    snprintf(note, bytes, "%s since the snapshot, which was taken %.0f s before", text,
             seconds_between(page));
}

int memory_page_draw_differences(const struct memory_page *page, struct ui *ui)
{
    char lines[SNAPSHOT_LARGEST + 1][SNAPSHOT_LINE_BYTES], note[128];
    struct panel_difference shown[SNAPSHOT_LARGEST] = {{0}};
    for (int i = 0; i <= page->change_count; i++) {
        if (!memory_page_line(page, i, lines[i]))
            return 0;
        char *change = i > 0 ? strstr(lines[i], " size=") : NULL;
        if (!change)
            continue;
        *change = '\0';
        shown[i - 1] = (struct panel_difference){lines[i], change + 1};
    }
    const struct panel_button buttons[] = {
        {.text = "Save", .action = MEMORY_PAGE_SAVE},
        button_of(ACTION_LEDGER_DIFFERENCE, "Again"),
        {.text = "Close", .key = "Esc", .action = ACTION_ESCAPE},
    };
    format_note(page, note, sizeof note);
    return panel_draw_differences(ui, lines[0], note, shown, page->change_count, buttons, 3);
}
