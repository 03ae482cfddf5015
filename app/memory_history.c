#include "app/memory_history.h"

#include "processing/clock.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct memory_graph_second nothing = {-1, -1, -1, -1};

/** Appends a second; the oldest goes when there is no room. */
static void append(struct memory_history *history)
{
    if (history->second_count == MEMORY_GRAPH_SECONDS) {
        memmove(history->seconds, history->seconds + 1,
                (MEMORY_GRAPH_SECONDS - 1) * sizeof history->seconds[0]);
        history->second_count--;
    }
    history->seconds[history->second_count++] = nothing;
}

/** Goes on to a second, past those in which nothing was measured. */
static void advance(struct memory_history *history, int64_t second)
{
    int64_t passed = history->second_count > 0 ? second - history->second : 1;
    if (passed > MEMORY_GRAPH_SECONDS)
        passed = MEMORY_GRAPH_SECONDS; // a longer pause leaves nothing of what was before
    for (; passed > 0; passed--)
        append(history);
    history->second = second;
}

static void widen(float *low, float *high, float value)
{
    *low = *high < 0 ? value : fminf(*low, value);
    *high = fmaxf(*high, value);
}

void memory_history_add(struct memory_history *history, int64_t rss_bytes, int64_t own_bytes,
                        int64_t now_ns)
{
    history->now_ns = now_ns;
    advance(history, now_ns / NS_PER_S);
    struct memory_graph_second *last = &history->seconds[history->second_count - 1];
    widen(&last->rss_low, &last->rss_high, (float)((double)rss_bytes / (1 << 20)));
    widen(&last->own_low, &last->own_high, (float)((double)own_bytes / (1 << 20)));
}

void memory_history_mark(struct memory_history *history, int64_t now_ns, char letter,
                         const char *kind, const char *text)
{
    if (history->marker_count == MEMORY_GRAPH_MARKERS) {
        memmove(history->markers, history->markers + 1,
                (MEMORY_GRAPH_MARKERS - 1) * sizeof history->markers[0]);
        history->marker_count--;
    }
    struct memory_graph_marker *marker = &history->markers[history->marker_count++];
    *marker = (struct memory_graph_marker){.time_ns = now_ns, .letter = letter, .kind = kind};
    snprintf(marker->text, sizeof marker->text, "%s", text);
    history->now_ns = now_ns;
}

struct memory_graph memory_history_graph(const struct memory_history *history)
{
    return (struct memory_graph){.seconds = history->seconds,
                                 .second_count = history->second_count,
                                 .markers = history->markers,
                                 .marker_count = history->marker_count,
                                 .now_ns = history->now_ns};
}
