#pragma once

/**
 * @file
 * Several reports made one: those of the shards of a batch, and of shards that ran again.
 *
 * There is one line for each input, sorted by input. A later line replaces an earlier one, later
 * being in the order of the files and then of their lines; but "skipped" does not replace "ok" or
 * "damaged", since it says that those still hold, without their numbers.
 *
 * Threads: one at a time for each merge.
 */

#include "app/batch_report.h"

#include <stddef.h>
#include <stdio.h>

struct batch_merge;

/**
 * Begins with no line.
 *
 * @param out Set on success, NULL on failure; closed with batch_merge_close().
 * @return 0 or -ENOMEM.
 */
int batch_merge_open(struct batch_merge **out);

/**
 * Reads a report. A line that is none is passed over and remembered as broken.
 *
 * @param file A pipe will do.
 * @param err  Filled on failure.
 * @return 0, -ENOMEM or what opening or reading the file gave; what was read so far is there then.
 */
int batch_merge_add(struct batch_merge *merge, const char *file, struct error *err);

/**
 * Writes all lines, sorted.
 *
 * @return 0 or a negative errno.
 */
int batch_merge_write(const struct batch_merge *merge, FILE *to);

/** How many lines have this status. */
size_t batch_merge_count(const struct batch_merge *merge, enum batch_status status);

/** How many lines were broken. */
size_t batch_merge_broken_count(const struct batch_merge *merge);

/** "FILE:LINE: what is wrong" of a broken line; NULL for all but the first hundred. */
const char *batch_merge_broken(const struct batch_merge *merge, size_t index);

/** Frees it, sets *merge to NULL. NULL in *merge is fine. */
void batch_merge_close(struct batch_merge **merge);
