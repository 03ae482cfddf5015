#pragma once

/**
 * @file
 * What memory was used for over the last five minutes, second by second, and what happened
 * meanwhile: all that render/memory_graph.h draws, in a fixed amount of memory.
 *
 * Threads: one.
 */

#include "render/memory_graph.h"

/** Change it by the functions below alone. Zeroed, it is empty. */
struct memory_history {
    struct memory_graph_second seconds[MEMORY_GRAPH_SECONDS]; ///< oldest first
    int second_count;
    int64_t second; ///< number of the last one, on the caller's clock
    struct memory_graph_marker markers[MEMORY_GRAPH_MARKERS]; ///< oldest first
    int marker_count;
    int64_t now_ns; ///< of the last sample or marker
};

/**
 * A measurement. Seconds in which there was none are gaps.
 *
 * @param own_bytes What the ledger holds, noted memory too.
 * @param now_ns    Never less than before.
 */
void memory_history_add(struct memory_history *history, int64_t rss_bytes, int64_t own_bytes,
                        int64_t now_ns);

/**
 * Something happened. Of more than MEMORY_GRAPH_MARKERS the oldest are forgotten.
 *
 * @param letter The same for all of a kind.
 * @param kind   A word for the legend, constant, e.g. "snapshot".
 * @param text   What it was, e.g. "snapshot taken"; cut if it is longer than there is room.
 */
void memory_history_mark(struct memory_history *history, int64_t now_ns, char letter,
                         const char *kind, const char *text);

/** As it is drawn; points into the history. */
struct memory_graph memory_history_graph(const struct memory_history *history);
