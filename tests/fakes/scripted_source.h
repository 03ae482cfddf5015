#pragma once

/**
 * @file
 * A source that plays a script: what each opening and each acquiring does, a character a step.
 *
 *     f   a frame
 *     g   a frame after one that the driver dropped and one that was skipped
 *     h   a frame, and a hint: "A hint"
 *     d   a damaged frame: counted, -EAGAIN
 *     t   nothing came in time: -ETIMEDOUT, at once
 *     w   blocks until source_wake(), whatever the time-out: -EINTR
 *     x   breaks: -EIO, "The source broke"
 *     s   has another size: -ESTALE, "Another size"
 *     e   the end: -ENODATA
 *     -   instead of all others: opening fails, -ENODEV, "No such source"
 *     !   instead of all others: opening fails, -EACCES, "No permission"
 *     ?   instead of all others: opening fails, -EIO, "No answer"
 *     _   before all others: opening blocks until the test sets `released`
 *     |   not reached by itself: here it goes on after a restart; without one restarting fails
 *
 * The last step of an opening (or before a `|`) is repeated, and so is the last opening.
 *
 * Frames are PIXEL_YUYV, SCRIPT_WIDTH x SCRIPT_HEIGHT, in SCRIPT_SLOTS slots; every byte of a frame
 * is its sequence, which counts on over all openings. Acquiring waits for a free slot.
 */

#include "capture/source.h"

enum { SCRIPT_WIDTH = 32, SCRIPT_HEIGHT = 8, SCRIPT_SLOTS = 4 };

/** A test's script and what became of it. Zeroed but for the first fields. */
struct script {
    // Set by the test.
    const char *const *openings; ///< up to a NULL
    bool live;
    const char *name; ///< of the source; NULL for "Script"

    // Filled by script_begin().
    struct script_kind {
        struct source_kind kind; // must be first
        struct script *script;
    } row;

    // Any thread.
    atomic_int opened, closed; ///< times
    atomic_int restarted;      ///< times, in vain or not
    atomic_int steps;          ///< begun, over all openings
    atomic_int blocked;        ///< times it came to a `w`
    atomic_bool released;      ///< by the test: openings that block go on
    atomic_uint wishes;        ///< at the last step: colour 1, BGR 2, noise times 4

    // The source's thread.
    uint32_t sequence;         ///< of the next frame
    struct source_config last; ///< of the last opening, but for its location
    char location[64];         ///< of that
};

/** Makes the kind that plays the script: for source_open(). The script must outlive the source. */
const struct source_kind *script_begin(struct script *script);
