#pragma once

/**
 * @file
 * What was measured, for people as a table, for programs as a list of JSON objects.
 *
 * The table is printed picture by picture, as they are finished; the list at the end, whole.
 */

#include "app/bench_measure.h"

#include <stdio.h>

/** What the results of one picture are about. */
struct bench_subject {
    const char *image; ///< the file as it was given, or "scene"
    int width, height; ///< pixels
    bool bgr;          ///< measured from BGR24, not from gray
    struct canny_params params;
};

struct bench_report;

/**
 * Begins a report.
 *
 * @param out  Set to NULL on failure; destroyed with bench_report_destroy().
 * @param to   Where it is printed; must outlive it.
 * @param json The list, not the table.
 * @return 0 or -ENOMEM.
 */
int bench_report_create(struct bench_report **out, FILE *to, bool json);

/**
 * Prints what all tables have in common, before the first: the machine and the parameters. Nothing
 * for the list. Returns 0 or what writing gave.
 */
int bench_report_begin(struct bench_report *report, const struct bench_subject *subject, int runs);

/** Adds a picture's results. Returns 0, -ENOMEM or what writing gave. */
int bench_report_add(struct bench_report *report, const struct bench_subject *subject,
                     const struct bench_results *results);

/** Prints the list, if it is one. Returns as bench_report_add(). */
int bench_report_end(struct bench_report *report);

/** Frees it. NULL in *report is fine. */
void bench_report_destroy(struct bench_report **report);
