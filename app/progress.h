#pragma once

/**
 * @file
 * How far a long run is, for whoever waits: a bar on a terminal, now and then a plain line
 * elsewhere. A run of less than two seconds is silent.
 *
 * The bar is a line that is drawn over itself and erased at the end, so it must not be on screen
 * while anything else is printed there: progress_hide() first.
 *
 * Threads: any, between progress_create() and progress_destroy(); a lock inside.
 */

#include "app/log.h"

struct progress_config {
    FILE *terminal;                ///< where the bar is drawn; NULL for plain lines
    struct log *log;               ///< takes plain lines, as LOG_LEVEL_INFO
    int64_t (*now_ns)(void *self); ///< a clock that never goes back; NULL for clock_now_ns()
    void *self;                    ///< for now_ns
};

struct progress;

/**
 * Begins; the two seconds run from here.
 *
 * @param out    Set to NULL on failure; destroyed with progress_destroy().
 * @param config Read during the call only, but for what it points to.
 * @return 0 or -ENOMEM.
 */
int progress_create(struct progress **out, const struct progress_config *config);

/**
 * Says where the run is. May be called as often as one likes: the bar is drawn ten times a second
 * at most, a line is written every five seconds.
 *
 * @param share Of the whole run, 0 to 1; < 0 if that is not known: then there is no bar.
 * @param what  What is under way, a few words of plain ASCII.
 */
void progress_show(struct progress *progress, double share, const char *what);

/** Takes the bar off the screen; the next progress_show() brings it back. */
void progress_hide(struct progress *progress);

/** Takes the bar off the screen for good. */
void progress_stop(struct progress *progress);

/** Takes the bar off the screen and frees. NULL in *progress is fine. */
void progress_destroy(struct progress **progress);
