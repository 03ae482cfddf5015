#pragma once

/**
 * @file
 * What the capture thread tells about itself: one thread writes, all others read whole copies, and
 * are told when there is something to read.
 *
 * Threads: the capture thread only, but for those at the end.
 */

#include "app/reopening.h"
#include "capture/source.h"

enum { CAPTURE_HINT_BYTES = 400 };

enum capture_state {
    CAPTURE_OPENING, ///< nothing came yet
    CAPTURE_STREAMING,
    CAPTURE_WAITING, ///< the source broke; it is restarted or opened again
    CAPTURE_ENDED,   ///< a file's end
    CAPTURE_FAILED,  ///< given up; `error` says why
};

/** Plain values. */
struct capture_status {
    enum capture_state state;
    struct source_info info; ///< of the source that is or was open last
    unsigned openings;       ///< successful ones, so that one can see that it was opened again
    char device[256];        ///< of a camera: the node that it was opened by, or a link to it
    const struct source_kind *kind; ///< of that source; NULL before the first opening
    char chosen[256];               ///< its location as it was chosen, cut where it is longer
    bool camera;                    ///< it is one
    unsigned returns;               ///< switches that failed: it went back
    unsigned settled;               ///< number of the last switch that was carried out or failed
    struct error error;             ///< of the last failure
    char hint[CAPTURE_HINT_BYTES];  ///< the last thing to know about a stream that goes on
    unsigned hints;                 ///< how many there were
    bool dark;         ///< the hint is about a rate that the camera lowered in the dark
    char waiting[640]; ///< while it waits: for what, a sentence for the user
    unsigned acquired; ///< frames
    unsigned dropped_driver, dropped_skipped, damaged;
    unsigned reconnects;   ///< times it came back
    int64_t decode_ns;     ///< of the last frame
    int64_t last_frame_ns; ///< CLOCK_MONOTONIC; 0 before the first
};

struct capture_board;

/**
 * @param changed Called on the capture thread, without the lock.
 * @return 0 or a negative errno.
 */
int capture_board_create(struct capture_board **out, void (*changed)(void *self), void *self);

/** Takes NULL in *board; sets it to NULL. */
void capture_board_destroy(struct capture_board **board);

/** Says so where it is another than before. From waiting to streaming it has come back. */
void capture_board_set_state(struct capture_board *board, enum capture_state state);

/** The last failure. Not said. */
void capture_board_set_error(struct capture_board *board, const struct error *err);

/** It waits from now on, or for something else than before. */
void capture_board_set_waiting(struct capture_board *board, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/**
 * Lets the others see a source that was opened.
 *
 * @param aim      What was looked for.
 * @param location Where it was found.
 */
void capture_board_show(struct capture_board *board, struct source *source,
                        const struct reopening_aim *aim, const char *location);

/** Lets them see it no more; to be called before it is closed. The counters go on from here. */
void capture_board_hide(struct capture_board *board);

/** Takes over what the source counted. `frame`: one came just now. */
void capture_board_count(struct capture_board *board, const struct source *source, bool frame);

/** Says something to know about a stream that goes on. `dark`: as in the status. */
void capture_board_say_hint(struct capture_board *board, const char *text, bool dark);

/** The switch of this number was carried out. */
void capture_board_settle(struct capture_board *board, unsigned number);

/** It failed: what the status says of the source is what it said before. */
void capture_board_return(struct capture_board *board, unsigned number,
                          const struct source_kind *kind, const struct reopening_aim *aim,
                          const struct source_info *info, const char *device);

// Any thread.

/** All of it, as it is now. */
struct capture_status capture_board_status(struct capture_board *board);

/** The state alone, without a copy of the rest. */
enum capture_state capture_board_state(struct capture_board *board);

/** Wakes the source, if one is to be seen. */
void capture_board_wake(struct capture_board *board);
