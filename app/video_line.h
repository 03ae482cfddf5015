#pragma once

/**
 * @file
 * The assembly line of the video command: three threads that decode, find edges and hand the edges
 * on, in order, with a belt (app/belt.h) between each two. Nothing is dropped; the slowest sets
 * the pace, the others wait.
 *
 *     decoding --raw loans--> finding edges --edge planes--> handing on (encoding)
 *                                   ^------free planes----------'
 *
 * The planes are made when the first frame has come and go round from then on.
 *
 * Threads: the one that starts a line waits for it and joins it; video_line_stop() and
 * video_line_look() may be called by any.
 */

#include "app/stage_profile.h"
#include "capture/source.h"
#include "processing/canny.h"

struct video_line_config {
    struct source *source; ///< open, of a file; used by the line until it is joined
    struct canny_params canny;
    int frames; ///< on each belt, at the most; as many planes are made

    /**
     * Takes the edges of the next frame.
     *
     * @param edges   To be read during the call only.
     * @param time_ns When the frame is to be shown, from the beginning.
     * @return 0 or a negative errno with a sentence: the line ends.
     */
    int (*put)(void *self, const struct plane *edges, int64_t time_ns, struct error *err);

    /** Something the user should know about the file, on the decoding thread; or NULL. */
    void (*hint)(void *self, const char *text);

    void *self; ///< for both

    struct stage_profile *stages; ///< told when one of enum video_stage has ended; or NULL
};

/** What is done to a frame. */
enum video_stage { VIDEO_STAGE_DECODE, VIDEO_STAGE_EDGES, VIDEO_STAGE_ENCODE };

/** How far it is. Plain values. */
struct video_line_state {
    int64_t frames;      ///< that `put` took
    int64_t time_ns;     ///< of the last of them
    int64_t damaged;     ///< packets that could not be decoded
    bool over;           ///< all threads are through
    int code;            ///< 0, or why it ended before the file did
    struct error reason; ///< of that
};

struct video_line;

/**
 * Starts the threads.
 *
 * @return 0 or a negative errno, and *out NULL.
 */
int video_line_start(struct video_line **out, const struct video_line_config *config);

/** Waits until it is over, but no longer than this. */
struct video_line_state video_line_wait(struct video_line *line, int timeout_ms);

struct video_line_state video_line_look(struct video_line *line);

/** No more frames are decoded; those that are on the belts go on to their end. */
void video_line_stop(struct video_line *line);

/** Stops, waits, frees. NULL in *line is fine. */
void video_line_join(struct video_line **line);
