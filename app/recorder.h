#pragma once

/**
 * @file
 * Records pictures into video files (app/recording_file.h), on a thread of its own, so that nobody
 * waits for an encoder. Between whoever gives pictures and that thread they wait in a block of
 * memory of a size that is settled when the recording begins (app/picture_ring.h).
 *
 * Where time does not wait, a picture that does not fit is lost, and counted. Where it does (a file
 * without a window), whoever gives it waits instead.
 *
 * A picture that stands still, because it is frozen, is written again five times a second: so it
 * lasts in the file as long as it did on the display, whatever ends the recording.
 */

#include "app/recording_file.h"
#include "processing/clock.h"

struct recorder;

/** Pictures for which the block has room, however large they are. */
enum { RECORDER_PICTURES_LEAST = 4 };

struct recorder_config {
    struct recording_file_config file; ///< `said` is called on the recorder's thread
    bool waits;                        ///< see above
    /** How much of `wanted` bytes the block may have, `least` at least; with locks held. NULL:
     * all. */
    size_t (*room)(void *room_self, size_t least, size_t wanted);
    void *room_self;
    void (*changed)(void *self); ///< it went off by itself; on its thread. NULL is fine.
    void *self;
};

/** Plain values. */
struct recorder_status {
    bool on;             ///< pictures are taken
    bool failed;         ///< the last recording ended otherwise than by recorder_stop(), or badly
    unsigned files;      ///< begun
    unsigned written;    ///< pictures that came and were written, in all of them
    unsigned lost;       ///< pictures that came and found no room, here or on the disk, in all
    unsigned lost_now;   ///< of these, since the last recorder_start()
    int64_t duration_ns; ///< of the file under way
    int64_t bytes;       ///< of it
    int64_t queue_bytes; ///< of the memory for pictures that wait
};

/** Starts the thread. Returns 0 or a negative errno. */
int recorder_create(struct recorder **out, const struct recorder_config *config);

/** Begins: the next picture is the first. If it is on, nothing happens. Any thread. */
void recorder_start(struct recorder *recorder);

/** Ends by and by: what waits is written, then the file made whole. Any thread; never blocks. */
void recorder_stop(struct recorder *recorder);

/** The source broke off: the next picture goes into another file. Any thread. */
void recorder_split(struct recorder *recorder);

/** Whether the last picture stands still from now on, or not any more. Any thread. */
void recorder_stand(struct recorder *recorder, bool standing);

/** Whether pictures are taken. Any thread. */
bool recorder_is_on(struct recorder *recorder);

/** Whether there is something that is not in a whole file yet. Any thread. */
bool recorder_is_busy(struct recorder *recorder);

/** Waits until that is not so. Call recorder_stop() before. */
void recorder_wait(struct recorder *recorder);

/**
 * Copies a picture to be recorded, if it is on.
 *
 * @param picture     Of `pixel_bytes` 1: edges, 0 or 255; 4: as in a canvas (processing/views.h).
 * @param time_ns     From when on it is to be seen; on the clock of clock_now_ns() if it may stand.
 *
 * Always the same thread. May wait, if config.waits.
 */
void recorder_take(struct recorder *recorder, const struct video_picture *picture, int pixel_bytes,
                   int64_t time_ns);

/** The status now. Any thread. */
struct recorder_status recorder_status(struct recorder *recorder);

/** Stops, waits, ends the thread. NULL in *recorder is fine. */
void recorder_destroy(struct recorder **recorder);
