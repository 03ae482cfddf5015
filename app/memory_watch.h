#pragma once

/**
 * @file
 * What --memory-report and --memory-diff need during a run and print at its end. A command begins
 * to watch before its work, says when the first file or frame is done, hands the stages to whoever
 * passes them, and lets it be told when the work is done.
 *
 * Differences count from the first file or frame on: by then everything that is made once has been
 * made, and what still grows, grows with every one.
 *
 * Threads: one begins and tells; memory_watch_warm() and marks by any meanwhile.
 */

#include "app/log.h"
#include "app/memory_report.h"
#include "app/settings.h"

#include <stdatomic.h>

/** Some 60 KB. Zeroed, it watches nothing. */
struct memory_watch {
    bool report, diff, json;
    struct stage_profile stages;
    struct ledger_snapshot begun, warm;
    atomic_int warmth; ///< of `warm`: see app/memory_watch.c
};

/**
 * Begins, if the settings ask for anything.
 *
 * @param contents Of the stages; see stage_profile_begin().
 */
void memory_watch_begin(struct memory_watch *watch, const struct settings *settings,
                        const char *const *contents, int count);

/** The stages to be marked; NULL if nobody wants to know. */
struct stage_profile *memory_watch_stages(struct memory_watch *watch);

/** A file or frame is done. The first call counts; the others cost nothing. */
void memory_watch_warm(struct memory_watch *watch);

/**
 * Prints on standard output what was asked for: tables, or with --json a line for each.
 *
 * @return 0, or -ENOMEM when something is missing there; the log says so.
 */
int memory_watch_tell(const struct memory_watch *watch, struct log *log);
