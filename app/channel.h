#pragma once

/**
 * @file
 * How loans get from the capture thread to the processing thread. There are two ways, the mailbox
 * (newest wins) and the queue (nothing is lost); both threads see only this.
 */

#include "capture/source.h"

struct channel {
    /**
     * Capture thread: hands a loan over; the channel owns it from then on.
     *
     * @return false if the channel was shut; the loan was given back to its source.
     */
    bool (*post)(void *self, const struct loan *loan);

    /** Processing thread: the size of the frame that take() would give; false if there is none. */
    bool (*peek)(void *self, int *width, int *height);

    /** Processing thread: takes over the next loan; false if there is none. */
    bool (*take)(void *self, struct loan *loan);

    /**
     * Capture thread, before it closes a source: gives back what waits, if this channel may lose
     * frames. A queue keeps it, and closing waits until the reader has been through it.
     */
    void (*let_go)(void *self);

    /** Any thread: gives back what waits and refuses what comes; a waiting post() returns. */
    void (*shut)(void *self);

    /** Any thread: frames that nobody took. */
    unsigned (*skipped)(void *self);

    void *self;
};
