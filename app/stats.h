#pragma once

/**
 * @file
 * Statistics of a live session: what the overlay shows, what --stats writes, what is printed at
 * the end. The loops measure; this adds up. Main thread only.
 */

#include "app/back_buffer.h"
#include "app/capture_loop.h"
#include "app/lab.h"
#include "app/loopback.h"
#include "app/recorder.h"
#include "render/overlay.h"

/** Everything known about the session. Plain values; the histories belong to the stats. */
struct stats_report {
    double time_s;                   ///< since the start
    unsigned pictures;               ///< shown or processed; repainted ones do not count
    unsigned mismatched;             ///< pictures unlike the reference; see struct picture
    struct capture_status capture;   ///< as last sampled
    struct loopback_status loopback; ///< of the virtual camera; zeros if there is none
    struct recorder_status recorder; ///< of what is recorded
    struct lab_status lab;           ///< of the memory experiments
    int64_t frame_bytes;             ///< our frames and the driver's buffers
    int64_t allocations;             ///< ours, since the start
    int64_t library_allocations;     ///< those of the libraries; less than 0 if not known
    struct overlay_numbers numbers;  ///< what the overlay shows
};

struct stats;

/** Returns 0 or -ENOMEM. */
int stats_create(struct stats **out);
void stats_destroy(struct stats **stats);

/**
 * A picture was shown (or, without a window, processed).
 *
 * @param shown_ns When, CLOCK_MONOTONIC.
 * @param draw_ns  Time the main thread spent on drawing and presenting; 0 without a window.
 */
void stats_add_picture(struct stats *stats, const struct picture *picture, int64_t shown_ns,
                       int64_t draw_ns);

/** The picture stands still because the user wants it so: the pause is no slow frame. */
void stats_pause(struct stats *stats);

/**
 * Looks at memory and at the capture thread's counters. To be called often; does something four
 * times a second.
 *
 * @param skipped Frames that the channel dropped.
 * @param force   Measure now in any case: for the last report.
 * @return true when it did, and the overlay should be drawn again.
 */
bool stats_sample(struct stats *stats, const struct capture_status *status, unsigned skipped,
                  bool force);

/** What the virtual camera has done by now. */
void stats_set_loopback(struct stats *stats, const struct loopback_status *loopback);

/** What the recorder has done by now. */
void stats_set_recorder(struct stats *stats, const struct recorder_status *recorder);

/** What the memory experiments hold by now. */
void stats_set_lab(struct stats *stats, const struct lab *lab);

/** The report as of the last stats_add_picture() and stats_sample(). */
const struct stats_report *stats_get_report(const struct stats *stats);
