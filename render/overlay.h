#pragma once

/**
 * @file
 * The overlay: live numbers over the picture, to be read from the last row of a classroom.
 *
 * It scales with the picture, on a dark ground, with tabular digits so that nothing jumps, and
 * never says anything by colour alone.
 */

#include "render/ui.h"

enum overlay_mode {
    OVERLAY_OFF,
    OVERLAY_SHORT,
    OVERLAY_FULL,
};

enum {
    OVERLAY_HISTORY = 240, ///< samples of the graph: 60 s, 4 a second
    OVERLAY_OWNERS = 8,
};

/** Bytes of one owner of memory. */
struct overlay_owner {
    const char *name;
    int64_t bytes;
};

/** Everything the overlay shows, measured by the caller. Negative means not known. */
struct overlay_numbers {
    // The short overlay.
    double fps;        ///< shown, average over 1 s
    double camera_fps; ///< delivered by the source
    unsigned dropped_driver, dropped_skipped, damaged;
    double age_p50_ms, age_p99_ms; ///< of the picture when it is shown, since it was received
    double canny_ms;               ///< median of the last second
    int64_t rss_bytes;             ///< resident memory of the process

    // The full one adds these.
    double stamp_age_p50_ms, stamp_age_p99_ms; ///< the same since the camera took it
    double decode_ms, view_ms, draw_ms;        ///< other stages of a frame, as canny_ms
    double minimum_fps, low_fps;               ///< slowest of the last minute: frame, 1 % of frames
    int64_t heap_bytes, heap_free_bytes;       ///< in use; freed but kept by the allocator
    int64_t peak_rss_bytes;
    double allocations_per_frame;         ///< ours
    double library_allocations_per_frame; ///< those of the libraries
    struct overlay_owner owners[OVERLAY_OWNERS];
    int owner_count;
    const float *fps_history; ///< oldest first; NULL for none
    const float *rss_history_mb;
    int history_count;
};

/** Draws into the top left corner of `area`, which is where the picture is. */
void overlay_draw(struct ui *ui, struct ui_rect area, enum overlay_mode mode,
                  const struct overlay_numbers *numbers);
