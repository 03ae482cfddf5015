#pragma once

/**
 * @file
 * Resident memory stage by stage: which step of a run makes the process grow, in the columns of
 * Python's memory_profiler. There a row is a line of a function; here it is a stage that every
 * file or frame passes, such as "read".
 *
 * When a stage has ended, resident memory is read. What it differs from the reading before, by
 * whichever stage, is the stage's increment, so that all increments together are what the process
 * grew by: nothing is counted twice, nothing is left out. Where several threads work at once, what
 * one of them takes may be booked to the stage that another ends first; with one worker it is
 * exact.
 *
 * Source: memory_profiler 0.61 (show_results, CodeMap.trace).
 *
 * Threads: stage_profile_mark() and stage_profile_read() by any; nothing is locked. A mark costs a
 * read of /proc/self/statm, a few microseconds.
 */

#include <stddef.h>
#include <stdint.h>

/** Stages of a run, with the row for its beginning. */
enum { STAGE_PROFILE_ROWS = 8 };

/** One row. */
struct stage_memory {
    const char *contents;    ///< what the stage does, constant
    int64_t usage_bytes;     ///< resident when it ended, at the most; 0 if it never did
    int64_t increment_bytes; ///< by which resident memory changed, all times together
    int64_t occurrences;     ///< times it ended
};

/** Change it by the functions below alone. */
struct stage_profile {
    struct stage_memory rows[STAGE_PROFILE_ROWS]; ///< [0]: the beginning
    int count;                                    ///< of rows
    int64_t last_bytes;                           ///< the reading before
};

/**
 * Begins: row 0 is what the process holds by now.
 *
 * @param contents Of the stages, which get the rows from 1 on; at most STAGE_PROFILE_ROWS - 1.
 */
void stage_profile_begin(struct stage_profile *profile, const char *const *contents, int count);

/** A stage has ended. @param stage From 0 on, its row less 1. NULL for `profile` does nothing. */
void stage_profile_mark(struct stage_profile *profile, int stage);

/** A row as it is by now. */
struct stage_memory stage_profile_read(const struct stage_profile *profile, int row);

/** The heading, as memory_profiler prints it; without a newline. */
void stage_profile_format_heading(char *text, size_t text_bytes);

/** A row below it; @param number What stands under "Line #". */
void stage_profile_format_row(int number, const struct stage_memory *row, char *text,
                              size_t text_bytes);
