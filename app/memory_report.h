#pragma once

/**
 * @file
 * What the memory of the process is used for: what our ledger says, what the allocator says and
 * what the system says, beside each other, each number with a sentence for people.
 *
 *     RSS = code and libraries + stacks + heap in use + freed, kept + driver buffers
 *     heap in use = our allocations + other heap
 *
 * are about right and never exact: memory that was given out but never written to is not resident.
 *
 * Sources: proc(5), mallinfo(3), getrusage(2), processing/memory.h.
 *
 * Threads: any; plain functions, a struct belongs to whoever has it.
 */

#include "app/process_memory.h"
#include "app/snapshots.h"
#include "app/stage_profile.h"

#include <stdbool.h>
#include <stdio.h>

struct cJSON;

/** Plain data. */
struct memory_report {
    struct ledger_snapshot ledger;
    struct process_memory process;
    int64_t library_allocations; ///< less than 0 if they are not counted
};

/** A number about the process. */
struct memory_figure {
    const char *name, *key; ///< for people, and in JSON
    const char *meaning;    ///< one sentence
    int64_t amount;         ///< bytes, or how often; less than 0 if it is not known
    bool often;
};

enum { MEMORY_FIGURES = 10 };

/** Fills *report. */
void memory_report_take(struct memory_report *report);

/** The numbers about the process, in the order in which they are shown. */
void memory_report_figures(const struct memory_report *report,
                           struct memory_figure figures[MEMORY_FIGURES]);

/** What is counted under an owner, in one sentence; MEMORY_OWNERS for all together. */
const char *memory_owner_meaning(enum memory_owner owner);

/** Prints the tables. @param stages NULL if there are none. */
void memory_report_print(FILE *out, const struct memory_report *report,
                         const struct stage_profile *stages);

/**
 * The same as an object, with every call site.
 *
 * @return The caller's, to be deleted with cJSON_Delete(); NULL without memory.
 */
struct cJSON *memory_report_to_json(const struct memory_report *report,
                                    const struct stage_profile *stages);

/** Prints what each number in the tables means: `cannyscope help memory`. */
void memory_report_explain(FILE *out);
