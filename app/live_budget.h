#pragma once

/**
 * @file
 * --max-memory for a live session: what its parts take, added up before they take it. The source
 * asks first (struct source_gate), and what follows from the size of its frames is counted with it:
 * the pictures that are shown, scratch, the frame that is kept. What can be switched on later asks
 * when it is.
 *
 * What can do with less gets less, and that is said once: slots of a source, memory for pictures
 * that wait to be recorded. The memory experiments have what the others leave.
 *
 * Without --max-memory everything fits that the machine has memory for.
 *
 * Threads: any; a lock inside, which is held while nobody else is called but the lab and the log.
 */

#include "app/lab.h"
#include "app/log.h"
#include "app/settings.h"
#include "capture/source.h"

/** What can be switched on and off. */
enum live_part {
    LIVE_PART_RECORDING,
    LIVE_PART_LOOPBACK, ///< what is written into a virtual camera
    LIVE_PART_PICTURE,  ///< one that is being saved
    LIVE_PART_WINDOW,   ///< a picture of the whole window, which is being saved
    LIVE_PART_MODULE,   ///< the media module; stays
    LIVE_PARTS
};

struct live_budget;

struct live_budget_config {
    const struct settings *settings; ///< must outlive it
    int64_t window_bytes;            ///< of the window's own pixels, at the most; 0 without one
    bool files; ///< frames wait for each other: none is recorded that is not shown
    struct log *log;
};

/**
 * Measures what the process takes.
 *
 * @return 0; -EFBIG with a sentence (the program itself takes more); or -ENOMEM with one.
 */
int live_budget_create(struct live_budget **out, const struct live_budget_config *config,
                       struct error *err);

/** The experiments that have what is left; NULL when they go. */
void live_budget_set_lab(struct live_budget *budget, struct lab *lab);

/** To be given to sources: what they ask. `self` is the budget. */
int live_budget_admit(void *self, struct source_needs *needs, struct error *err);

/**
 * A part is on from now on. What it takes for each pixel is asked for with the source, if there is
 * none yet.
 *
 * @return 0 or -EFBIG with a sentence.
 */
int live_budget_begin(struct live_budget *budget, enum live_part part, struct error *err);

/** It takes nothing any more. */
void live_budget_end(struct live_budget *budget, enum live_part part);

/** For struct recorder_config: how many bytes for pictures that wait, of `wanted`; at least
 * `least`, which was counted when recording began. */
size_t live_budget_queue(void *self, size_t least, size_t wanted);

/** Nobody asks any more. NULL in *budget is fine. */
void live_budget_destroy(struct live_budget **budget);
