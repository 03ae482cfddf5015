#pragma once

/**
 * @file
 * The memory page: what is shown of the process's memory, how it went, and what changed in the
 * ledger between a snapshot and a later look. Made from plain readings; draws with
 * render/panel_memory.h.
 *
 * Nothing in here allocates, so that the page does not show itself.
 *
 * Threads: the main thread only.
 */

#include "app/memory_export.h"
#include "app/memory_history.h"
#include "app/process_memory.h"
#include "render/panel_memory.h"

/** What the ledger says beside the system, at one moment. */
struct memory_ledger {
    int64_t held_bytes[MEMORY_OWNERS]; ///< allocated and noted
    int64_t driver_bytes;              ///< noted for MEMORY_CAMERA: mapped, not in the heap
};

/** How often memory is asked for in a frame; less than 0 if it is not known. */
struct memory_requests {
    double ours, libraries;
};

/** Zeroed, it is empty. Some 70 KB. */
struct memory_page {
    struct memory_history history;
    struct process_memory process;
    struct memory_ledger ledger;
    struct memory_requests requests;
    int64_t pss_bytes; ///< 0 before it was asked for; less than 0 if not to be had

    struct ledger_snapshot taken, later;
    int64_t taken_ns, later_ns; ///< 0 before the first
    struct snapshot_change changes[SNAPSHOT_LARGEST];
    int change_count;
};

/** What its own buttons ask for, beside the actions of app/keys.h. */
enum { MEMORY_PAGE_MEASURE = 1000, MEMORY_PAGE_SAVE };

/** The ledger now. */
struct memory_ledger memory_ledger_now(void);

/**
 * The parts of the bar. Together they are the heap in use, what the allocator keeps and the
 * driver's buffers: all that the program has of the system beside its code and stacks.
 *
 * @return Their sum.
 */
int64_t memory_page_parts(const struct process_memory *process, const struct memory_ledger *ledger,
                          struct panel_figure parts[PANEL_MEMORY_PARTS]);

/** Takes a reading: the numbers that are shown, and the next point of the curves. */
void memory_page_sample(struct memory_page *page, const struct process_memory *process,
                        const struct memory_ledger *ledger, struct memory_requests requests,
                        int64_t now_ns);

/** Takes the snapshot that is compared with from now on. */
void memory_page_snapshot(struct memory_page *page, int64_t now_ns);

/** Compares with it what is there now. False if there is no snapshot. */
bool memory_page_compare(struct memory_page *page, int64_t now_ns);

/**
 * A line of the differences: the heading, then the largest.
 *
 * @param text Of SNAPSHOT_LINE_BYTES.
 * @return Whether there is such a line.
 */
bool memory_page_line(const struct memory_page *page, int line, char *text);

/** What is to be written into a file. False if there is nothing. */
bool memory_page_export(const struct memory_page *page, struct memory_export *what);

/** Draws the page. Returns an action of app/keys.h or one of its own, or 0. */
int memory_page_draw(const struct memory_page *page, struct ui *ui, struct ui_rect area);

/** Draws the card of differences. As memory_page_draw(). */
int memory_page_draw_differences(const struct memory_page *page, struct ui *ui);
