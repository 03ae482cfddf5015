#pragma once

/**
 * @file
 * How far a batch is: what became of its files, and which of its groups of files are through. A
 * group is --batch-size files of the list; files of the next one are under way before the last of
 * this one is done.
 *
 * Threads: any; a lock inside.
 */

#include "app/log.h"

struct batch_tally;

/**
 * Names of files that failed, as many as fit into a line: the log holds lines back where many fail
 * at once. Zeroed, it is empty.
 */
struct batch_failures {
    char names[1024];
    int count, named;
};

/** Adds a file. One thread at a time. */
void batch_failures_add(struct batch_failures *failures, const char *path);

/** Logs them, if there are any. */
void batch_failures_tell(const struct batch_failures *failures, struct log *log);

/** What became of the files so far. Plain values. */
struct batch_counts {
    int all;     ///< to be done
    int done;    ///< of these, well
    int failed;  ///< of these
    double ms;   ///< since the start
    int groups;  ///< that there are
    int through; ///< of these
};

/**
 * Begins now.
 *
 * @param out   Set to NULL on failure; destroyed with batch_tally_destroy().
 * @param files To be done.
 * @param group Files in each group but the last.
 * @param log   Told when a group is through.
 * @return 0 or -ENOMEM.
 */
int batch_tally_create(struct batch_tally **out, int files, int group, struct log *log);

/** Counts the file of this index, once. */
void batch_tally_add(struct batch_tally *tally, int index, bool done);

struct batch_counts batch_tally_counts(struct batch_tally *tally);

/** How far it is, e.g. "412 of 1000, 210 a second, 3 s left"; cut to `bytes`. */
void batch_tally_describe(const struct batch_counts *counts, char *text, size_t bytes);

/** NULL in *tally is fine; sets it to NULL. */
void batch_tally_destroy(struct batch_tally **tally);
