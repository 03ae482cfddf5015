#pragma once

/**
 * @file
 * The canvas that is being painted while another is shown, and whose turn it is with it.
 *
 *     main thread             processing thread
 *     lend       ---------->  take
 *     collect    <----------  hand_back (painted: it is shown next; or not)
 *
 * The memory belongs to whoever lends it (a locked texture, or plain memory without a window).
 * Between take and hand_back nobody else touches it. recall() gets it back for good reason: the
 * renderer was reset, the size changes, the program ends.
 */

#include "processing/views.h"

/** A painted picture and how it came about. */
struct picture {
    enum view view;
    int width, height;
    uint32_t sequence;   ///< of the frame
    int64_t received_ns; ///< when the source handed the frame out, CLOCK_MONOTONIC
    int64_t time_ns;     ///< the frame's own time
    bool stamped;        ///< `time_ns` is when the camera took it
    int64_t canny_ns;    ///< time spent on edges; 0 if none were looked for
    int64_t view_ns;     ///< time spent painting
    bool repainted;      ///< the frozen frame again, with other settings
    unsigned mismatches; ///< pixels unlike the reference's; only counted when asked to verify
};

struct back_buffer;
struct doorbell;

/** Called by the processing thread when the main thread has something to do. */
struct back_buffer_waker {
    void (*wake)(void *self);
    void *self;
};

/**
 * @param painter Rung when a canvas is lent; must outlive the buffer.
 * @param waker   Called when one was painted or another size is wanted.
 * @return 0 or -ENOMEM.
 */
int back_buffer_create(struct back_buffer **out, struct doorbell *painter,
                       struct back_buffer_waker waker);
void back_buffer_destroy(struct back_buffer **buffer);

/** Main thread: lends a canvas. None may be lent already. */
void back_buffer_lend(struct back_buffer *buffer, const struct canvas *canvas);

/** Main thread: whether a canvas is lent, painted or not. */
bool back_buffer_is_lent(struct back_buffer *buffer);

/** Main thread: gets a painted canvas back; false if there is none. */
bool back_buffer_collect(struct back_buffer *buffer, struct picture *picture);

/**
 * Main thread: gets the canvas back in any state; waits while it is being painted.
 *
 * @return true if it came back painted; `picture` is filled then.
 */
bool back_buffer_recall(struct back_buffer *buffer, struct picture *picture);

/** Main thread: the size that frames have; false before the first one. */
bool back_buffer_wanted(struct back_buffer *buffer, int *width, int *height);

/** Processing thread: takes a lent canvas of this size; if there is none, says it is wanted. */
bool back_buffer_take(struct back_buffer *buffer, int width, int height, struct canvas *canvas);

/** Processing thread: gives it back, painted if `picture` is not NULL. */
void back_buffer_hand_back(struct back_buffer *buffer, const struct picture *picture);
