#pragma once

/**
 * @file
 * The report as text: lines of JSON for --stats, memory_profiler's format for its plots, the
 * closing sentence. Main thread only.
 */

#include "app/stats.h"

/**
 * One JSON object without a newline, flat, with the fields of --stats.
 *
 * @return 0 or -ENOMEM.
 */
int stats_format_json(const struct stats_report *report, const struct control_values *values,
                      char *text, size_t bytes);

/** The closing sentence: frames, time, rate, drops, peak memory. */
void stats_format_summary(const struct stats_report *report, char *text, size_t bytes);

struct stats_file;

/**
 * Opens a file to append to: JSON lines, or memory_profiler's format if its name ends in .dat.
 *
 * @return 0 or a negative errno with a sentence.
 */
int stats_file_open(struct stats_file **out, const char *path, struct error *err);

/**
 * Writes a line if a second has passed since the last one, or if `last`.
 *
 * @return 0, or a negative errno with a sentence the first time writing fails; later calls then do
 *         nothing.
 */
int stats_file_write(struct stats_file *file, const struct stats_report *report,
                     const struct control_values *values, bool last, struct error *err);

/** Whether writing failed; what was to be in the file is not. False of NULL. */
bool stats_file_has_failed(const struct stats_file *file);

/** NULL in *file is fine. */
void stats_file_close(struct stats_file **file);
