#pragma once

/**
 * @file
 * The processing thread: takes the newest loan, finds its edges, paints the view into the canvas
 * that was lent to it, and gives the loan back as soon as its samples have been read.
 *
 * It has the bands of a frame run by a pool of its own (app/workers.h), in which it takes part.
 *
 * While the picture is frozen it keeps a copy of one frame and paints that again whenever the
 * controls change. It does the same while the source is gone, with the copy of a frame that it
 * made in the last quarter of a second before.
 *
 * Without a canvas a frame waits, unless it is to be recorded: then it is painted into memory of
 * the loop's own, or not at all where its edges are enough.
 */

#include "app/back_buffer.h"
#include "app/channel.h"
#include "app/controls.h"
#include "app/log.h"
#include "app/stage_profile.h"
#include "render/video_writer.h"

/** Takes over a copy of a picture that the user wants saved. Called on the processing thread. */
struct snapshot_taker {
    void (*take)(void *self, const struct canvas *canvas, enum view view);
    void *self;
};

/** Sees every picture that was painted, at once. Called on the processing thread. */
struct picture_sink {
    void (*take)(void *self, const struct canvas *canvas);
    void *self;
};

/** What is recorded of a frame. */
enum recorded {
    RECORDED_NOTHING,
    RECORDED_PICTURE, ///< the view, as painted
    RECORDED_EDGES,   ///< the edges alone, 0 or 255, whatever the view is
};

/** Sees every frame, also those that no canvas was lent for. Called on the processing thread. */
struct frame_recorder {
    enum recorded (*wants)(void *self);
    /** May wait. `pixel_bytes` is 4 of a picture, 1 of edges. */
    void (*take)(void *self, const struct video_picture *seen, int pixel_bytes,
                 const struct picture *picture);
    void *self;
};

/** Sees every new frame while its samples are there. Called on the processing thread. */
struct frame_observer {
    /** Whenever the thread is woken. */
    void (*settle)(void *self);
    /** `edges` is NULL where nobody looked for them. */
    void (*take)(void *self, const struct frame *frame, const struct plane *edges,
                 const struct canny_params *params);
    void *self;
};

struct processing_config {
    struct channel channel;
    struct back_buffer *back_buffer;
    struct controls *controls;
    struct doorbell *bell;          ///< rung by the channel, the back buffer and the controls
    struct snapshot_taker snapshot; ///< `take` may be NULL
    struct picture_sink sink;       ///< `take` may be NULL
    struct frame_recorder recorder; ///< `wants` may be NULL
    struct frame_observer observer; ///< both may be NULL
    bool shows_all;                 ///< no frame is taken without a canvas, not even to be recorded
    void (*held)(void *self, bool held); ///< the frozen frame is kept, or needed no more
    void *self;
    bool keeps_last; ///< see processing_loop_keep_last()
    bool verify;     ///< compare every frame's edges with the reference
    int threads;     ///< that find the edges of one frame, as the user asked; see app/workers.h
    struct log *log; ///< told how edges are found; NULL is fine
    struct stage_profile *stages; ///< told when one of enum live_stage has ended; or NULL
};

/** What is done to a frame. */
enum live_stage { LIVE_STAGE_ACQUIRE, LIVE_STAGE_EDGES, LIVE_STAGE_PAINT };

struct processing_loop;

/** Starts the thread and its pool. Everything in `config` must outlive the loop. 0 or a negative
 * errno. */
int processing_loop_start(struct processing_loop **out, const struct processing_config *config);

/** Says whether the source is gone, so that no frame can be expected. Any thread. */
void processing_loop_set_gone(struct processing_loop *loop, bool gone);

/** Says whether to copy a frame now and then, for when the source is gone. Any thread. */
void processing_loop_keep_last(struct processing_loop *loop, bool keep);

/** Asks it to end soon. Any thread. */
void processing_loop_stop(struct processing_loop *loop);

/** Waits until its thread has ended; whoever still knows the loop may use it until the join. */
void processing_loop_wait(struct processing_loop *loop);

/** Waits for its end and frees it. NULL in *loop is fine. */
void processing_loop_join(struct processing_loop **loop);
