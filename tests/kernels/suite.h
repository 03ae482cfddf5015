#pragma once

/**
 * @file
 * Runs a case at every level of the CPU and in several cuts into bands, and keeps the score: one
 * point a group of cases and level.
 */

#include "processing/cpu.h"
#include "tests/fakes/ordered_bands.h"
#include "tests/kernels/bench.h"

/** How a picture is cut, and in which order its bands are run. */
struct cut {
    int bands;
    enum band_order order;
};

struct suite {
    // What to do.
    bool quick;             ///< few cases: everything is slow here (emulation, sanitizers)
    bool uses[CPU_LEVELS];  ///< levels to run
    const char *only_group; ///< NULL: all
    uint32_t seed;          ///< of what is drawn

    // The group at hand.
    const char *group;
    int runs[CPU_LEVELS], failures[CPU_LEVELS];
    int64_t started_ns;

    struct bench bench;
    int most_bands; ///< that any runner was ever asked for
    int passed, failed;
};

/** Begins a group. False if it is not to be run. */
bool suite_begin(struct suite *suite, const char *group);

/** Ends it: prints a line a level and counts. */
void suite_end(struct suite *suite);

/** Runs a case at all levels in each of the cuts. */
void suite_check(struct suite *suite, const struct kernel_case *c, const struct cut *cuts,
                 int count);

/** In one band, and in a cut that is drawn. */
void suite_check_drawn(struct suite *suite, const struct kernel_case *c, struct draw *draw);

/**
 * One run on the case that the bench holds, compared; with this scratch, made for its size and the
 * cut's bands.
 */
void suite_run(struct suite *suite, enum cpu_level level, const struct kernel_case *c,
               struct canny *scratch, struct cut cut);

/** The same with scratch made for this run alone, at the level. */
void suite_run_fresh(struct suite *suite, enum cpu_level level, const struct kernel_case *c,
                     struct cut cut);

/** Counts a failure of the group at hand and says what. Only the first few of a level are said. */
void suite_fail(struct suite *suite, enum cpu_level level, const struct kernel_case *c,
                struct cut cut, const char *what);

/** From now on a crash says which case it was. */
void suite_explain_crashes(void);
