#pragma once

/**
 * @file
 * How a stream has been doing of late: what its user should be told, and whether it can go on.
 * A diary of counts and moments; what is done about it is decided in camera.c.
 *
 * Moments are CLOCK_MONOTONIC, nanoseconds, and handed in. Threads: the source's thread.
 */

#include <stdbool.h>
#include <stdint.h>

/** What there is to say. */
enum camera_finding {
    CAMERA_FINE,
    CAMERA_DAMAGED, ///< more than a fifth of the frames of five seconds were damaged
    CAMERA_SLOW,    ///< for three seconds, evenly, less than 70 percent of the granted rate came
    CAMERA_FRAGILE, ///< it was restarted three times within a minute
    CAMERA_UNDECODABLE, ///< for camera_health_may_tell() only
    CAMERA_FINDINGS
};

/** The diary. Zeroed, it is empty. */
struct camera_health {
    double fps; ///< granted; 0 if unknown
    struct {
        int64_t since_ns;
        unsigned frames, damaged;
    } damage;
    struct {
        int64_t since_ns, last_ns, longest_ns; ///< last frame; longest time between two
        unsigned frames, lost;
    } rate;
    double slow_fps;                  ///< what came in the last three seconds, if too slow; else 0
    int64_t restarts_ns[3];           ///< the last ones, the newest first
    int64_t told_ns[CAMERA_FINDINGS]; ///< 0: never
    int64_t asleep_ns;                ///< how long the machine has slept since it was started
};

/** A stream begins, or begins again: what was counted is forgotten, what was told is not. */
void camera_health_begin(struct camera_health *health, double fps, int64_t now_ns);

/** A frame came out of the driver. `lost`: those before it that did not. */
void camera_health_frame(struct camera_health *health, unsigned lost, int64_t now_ns);

/** It, or the newest of several, was damaged. */
void camera_health_damage(struct camera_health *health);

/** The stream was restarted. */
void camera_health_restarted(struct camera_health *health, int64_t now_ns);

/** Whether this was not told within a minute; it counts as told now. */
bool camera_health_may_tell(struct camera_health *health, enum camera_finding finding,
                            int64_t now_ns);

/** What is to be said now; the same not again within a minute. */
enum camera_finding camera_health_look(struct camera_health *health, int64_t now_ns);

/**
 * Whether the machine has slept since the last call: CLOCK_BOOTTIME goes on then, CLOCK_MONOTONIC
 * does not.
 *
 * @param boottime_ns CLOCK_BOOTTIME.
 */
bool camera_health_slept(struct camera_health *health, int64_t boottime_ns, int64_t now_ns);
