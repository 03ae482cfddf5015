#pragma once

/**
 * @file
 * The report of a batch: a line of JSON for each input (app/json_lines.h), appended as soon as its
 * fate is known.
 *
 *     {"input":"a.jpg","output":"out/processed_a.jpg","status":"ok","error":null,
 *      "ms":3.2,"pixels":786432}
 *
 * An input of which several frames were written has one line too. Its output is that of the first
 * frame, NAME-0001.png, and at the end stands "frames":N, the number up to which there are outputs.
 *
 * Names are bytes, JSON is text: control characters and bytes that are no UTF-8 stand there as
 * \\xHH and a backslash as two (app/escape.h), which JSON's own backslashes are put before.
 *
 * Threads: one at a time for each report.
 */

#include "processing/error.h"

#include <stdbool.h>
#include <stdint.h>

/** What became of an input. */
enum batch_status {
    BATCH_OK,
    BATCH_FAILED,  ///< there is no output
    BATCH_SKIPPED, ///< done by an earlier run
    BATCH_DAMAGED, ///< there is an output, of what could be read
    BATCH_STATUSES
};

/** The status as the report says it: "ok", "failed", "skipped" or "damaged". */
const char *batch_status_name(enum batch_status status);

/** Reads what batch_status_name() says; false, and nothing changed, for anything else. */
bool batch_status_parse(const char *name, enum batch_status *status);

/** A line. */
struct batch_result {
    const char *input;
    const char *output; ///< NULL if there is none
    enum batch_status status;
    const char *error; ///< a sentence; NULL if there is none
    double ms;         ///< from opening the input to its output's having a name
    int64_t pixels;    ///< of the input, all its frames; 0 if it could not be read so far
    int frames;        ///< that have an output each, `output` being the first one; 0 for one output
};

struct batch_report;

/**
 * Opens a file to append to.
 *
 * @param out Set on success, NULL on failure; closed with batch_report_close().
 * @param err Filled on failure.
 * @return 0 or a negative errno.
 */
int batch_report_open(struct batch_report **out, const char *path, struct error *err);

/**
 * Appends a line.
 *
 * @param err Filled on failure.
 * @return 0 or a negative errno; the next line may be tried all the same.
 */
int batch_report_add(struct batch_report *report, const struct batch_result *result,
                     struct error *err);

/** Closes the file, frees, sets *report to NULL. NULL in *report is fine. */
void batch_report_close(struct batch_report **report);
