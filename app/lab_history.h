#pragma once

/**
 * @file
 * What each memory experiment held over the last minute, a quarter of a second at a time, in a
 * fixed amount of memory.
 *
 * Threads: one, the only one to call it.
 */

#include "app/lab.h"
#include "render/band.h"

enum { LAB_HISTORY_SAMPLES = 240, LAB_HISTORY_A_SECOND = 4 };

/** Change it by lab_history_add() alone. Zeroed, it is empty. */
struct lab_history {
    struct band_span spans[LAB_EXPERIMENTS][LAB_HISTORY_SAMPLES]; ///< MB, oldest first
    int count;                                                    ///< the same for all
};

/** Takes what was held since the call before. To be called LAB_HISTORY_A_SECOND times a second. */
void lab_history_add(struct lab_history *history, struct lab *lab);

/**
 * The curve of an experiment. Those that are to be compared with each other have one scale.
 *
 * @return Its spans are the history's; count 0 if it held nothing all the time.
 */
struct band lab_history_band(const struct lab_history *history, enum lab_experiment which);
