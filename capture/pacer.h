#pragma once

/**
 * @file
 * The beat of sources that have none of their own: files and the scene, played at a rate.
 */

#include "capture/loans.h"

/** Zeroed, it starts with the first wait. */
struct pacer {
    int64_t due_ns; ///< when the next frame is to be handed out, CLOCK_MONOTONIC; 0 not yet
};

/**
 * Waits for the next beat and moves it on by `interval_ns`. Whoever comes late by more than
 * a quarter of a second (a frozen picture, a stopped program) starts a new beat instead of being
 * chased through the missed ones.
 *
 * @param interval_ns From this frame to the next; 0 does not wait at all.
 * @return 0, -ETIMEDOUT (the beat is still to come; nothing moved) or -EINTR (loans_wake()).
 */
int pacer_wait(struct pacer *pacer, struct loans *loans, int64_t interval_ns, int timeout_ms);
