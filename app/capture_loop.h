#pragma once

/**
 * @file
 * The capture thread: opens the source, posts its loans, and keeps at it when the source breaks.
 *
 * A live source that is silent for a second (five frames if that is longer) or fails is restarted,
 * which is quick; if that does not help it is closed for good and opened again, a camera wherever
 * it is by then (app/reopening.h).
 *
 * It can be told to go over to another source, or to another mode of the same camera. What cannot
 * be had is not waited for: it goes back to what was open before, and a hint says why.
 */

#include "app/capture_board.h"
#include "app/channel.h"
#include "app/controls.h"

/** A source, and how it is to be kept. */
struct capture_target {
    const struct source_kind *kind;
    struct source_config source;
    bool camera;        ///< it may come back elsewhere
    bool exit_on_error; ///< give up when it breaks; else wait for it to come back
};

struct capture_config {
    struct capture_target target; ///< copied, its location too
    int silence_ms;               ///< before a live source is restarted; 0 for a second or more
    int timeout_ms;               ///< without a frame before a live source is given up; 0 never
    bool patient; ///< also wait for what is busy, forbidden or silent from the start
    struct channel channel;
    struct controls *controls;
    struct doorbell *bell;       ///< rung by `controls`
    void (*changed)(void *self); ///< called on the capture thread when the state changes
    void *self;
};

struct capture_loop;

/** Starts the thread. Everything in `config` must outlive the loop. 0 or a negative errno. */
int capture_loop_start(struct capture_loop **out, const struct capture_config *config);

/** The status now. Any thread. */
struct capture_status capture_loop_status(struct capture_loop *loop);

/** Its state alone, without a copy of the rest. Any thread. */
enum capture_state capture_loop_state(struct capture_loop *loop);

/** While true no frame is acquired from a source whose time waits (a file). Any thread. */
void capture_loop_hold(struct capture_loop *loop, bool hold);

/**
 * Goes over to another source, or to the same camera in another mode: closes what is open, opens
 * that. When that fails or sends nothing, what worked before is opened again, and a hint says why.
 * Counters go on. Of several calls only the last counts. No effect after the loop's end.
 *
 * @param target Copied, its location too.
 * @return The number of this switch, from 1 on: status.settled has it when it is done. Any thread.
 */
unsigned capture_loop_switch(struct capture_loop *loop, const struct capture_target *target);

/** Asks the thread to end soon: the source is woken. Any thread, but not after the join. */
void capture_loop_stop(struct capture_loop *loop);

/** Waits for its end and frees it. NULL in *loop is fine. The channel must be shut before. */
void capture_loop_join(struct capture_loop **loop);
