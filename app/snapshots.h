#pragma once

/**
 * @file
 * Snapshots of the ledger, and what changed between two of them, line of code by line of code.
 *
 * That is how a leak is found that no tool calls one, because the memory is still in use: two
 * snapshots of a program that should stand still, and the call sites that grew meanwhile. What is
 * compared, how it is ordered and how it is written is Python's tracemalloc, byte for byte.
 *
 * A snapshot is plain data, without pointers to anything that goes away, and taking or comparing
 * allocates nothing, so that it does not show itself. Each number in it is exact; while other
 * threads allocate, they are not all of one instant.
 *
 * Source: Lib/tracemalloc.py of Python 3.11 (_format_size, StatisticDiff).
 *
 * Threads: any. Nothing is locked; a struct belongs to whoever has it.
 */

#include "processing/memory.h"

#include <stdbool.h>

enum {
    SNAPSHOT_SITES = 512,  ///< call sites there is room for; the program has some 130
    SNAPSHOT_LARGEST = 10, ///< differences that people are shown
    SNAPSHOT_LINE_BYTES = 256,
};

struct cJSON;

/** A call site as it was. Sites of one line are one. */
struct snapshot_site {
    const char *file; ///< constant; "" for all the sites that there was no room for
    int line;
    enum memory_owner owner;
    struct memory_sum sum; ///< peak_bytes: of several sites in one line, added up
};

/** The ledger as it was; some 30 KB. */
struct ledger_snapshot {
    struct memory_sum owners[MEMORY_OWNERS + 1]; ///< [MEMORY_OWNERS]: all together
    struct memory_sum allocated;                 ///< see memory_sum_allocated()
    int64_t noted_bytes[MEMORY_OWNERS];
    int count;
    struct snapshot_site sites[SNAPSHOT_SITES]; ///< by file and line
};

/** What changed at a call site. */
struct snapshot_change {
    const char *file;
    int line;
    int64_t bytes, bytes_change; ///< live in the later snapshot, and how much more than before
    int64_t count, count_change;
};

/** Fills *snapshot. */
void snapshots_take(struct ledger_snapshot *snapshot);

/** What all call sites together held, live; without what was noted. */
struct memory_sum snapshots_held(const struct ledger_snapshot *snapshot);

/**
 * Finds the call sites that changed most: by bytes, up or down, then by those that are live, then
 * by count. Sites that held nothing both times are left out.
 *
 * @param largest Filled, largest first.
 * @param most    Elements it has; SNAPSHOT_LARGEST for people, 2 * SNAPSHOT_SITES for all.
 * @return How many were filled.
 */
int snapshots_compare(const struct ledger_snapshot *before, const struct ledger_snapshot *after,
                      struct snapshot_change *largest, int most);

/** Writes e.g. "1025 B" or "102 KiB", of `sign` "+102 KiB" too. */
void snapshots_format_bytes(double bytes, bool sign, char *text, size_t text_bytes);

/**
 * Writes e.g.
 * "app/growing.c:12: size=102 KiB (+102 KiB), count=102 (+102), average=1025 B"; cut to
 * SNAPSHOT_LINE_BYTES if it does not fit into as many.
 */
void snapshots_format_change(const struct snapshot_change *change, char *text, size_t text_bytes);

/**
 * A snapshot as an object: "owners", "allocated" and "sites".
 *
 * @return The caller's, to be deleted with cJSON_Delete(); NULL without memory.
 */
struct cJSON *snapshots_to_json(const struct ledger_snapshot *snapshot);

/** Differences as a list, in their order; as snapshots_to_json(). */
struct cJSON *snapshots_changes_to_json(const struct snapshot_change *changes, int count);
