#pragma once

/**
 * @file
 * Which formats, sizes and rates a camera offers, and which of them to take.
 *
 * Reading asks the driver through a descriptor, on the thread that has it. Choosing is a pure
 * function of what was read and what is wished; any thread.
 */

#include "capture/v4l2_io.h"

#include <stdbool.h>
#include <stdint.h>

/** Seconds from one frame to the next, as a fraction. 0/0: unknown. */
struct camera_interval {
    uint32_t num, den;
};

/** Rates of one size: from the shortest interval to the longest; the same if it is one rate. */
struct camera_rate {
    struct camera_interval shortest, longest;
};

/** A size of a format. Its rates are modes->rates[first_rate] and on; none if unknown. */
struct camera_size {
    int width, height; ///< pixels
    int first_rate, rates;
};

/** Sizes between limits, in steps: pixels. */
struct camera_size_range {
    int min_width, max_width, step_width;
    int min_height, max_height, step_height;
};

/**
 * A format that the camera offers. Its sizes are modes->sizes[first_size] and on; where the driver
 * gives limits instead of a list they are usual sizes between these limits.
 */
struct camera_format {
    uint32_t fourcc;
    char description[32]; ///< the driver's words
    bool native;          ///< read without anybody's help
    bool emulated;        ///< made by libv4l2, not by the camera
    bool ranged;          ///< `range` means something
    struct camera_size_range range;
    int first_size, sizes;
};

/** All of them. Zeroed, it is empty. */
struct camera_modes {
    struct camera_format *formats;
    struct camera_size *sizes;
    struct camera_rate *rates;
    int format_count, size_count, rate_count;
};

/** What the user asks for. */
struct camera_wish {
    uint32_t fourcc;   ///< 0 for our choice
    int width, height; ///< pixels; 0 for our choice
    double fps;        ///< frames a second; 0 the fastest, < 0 for our choice
};

/** What to ask the driver for. */
struct camera_mode {
    uint32_t fourcc;
    int width, height;               ///< pixels
    struct camera_interval interval; ///< 0/0: the rates are unknown
};

/** Of which formats camera_modes_read() asks the sizes; the formats themselves it lists all. */
enum camera_modes_extent {
    CAMERA_MODES_ALL,
    CAMERA_MODES_NATIVE,
};

/** Frames a second; 0 if unknown or beyond 1 to 1000 and thus not to be believed. */
double camera_interval_fps(struct camera_interval interval);

/**
 * Asks a device for all it offers.
 *
 * @param modes Zeroed by the caller; freed with camera_modes_free(), also after a failure.
 * @param wish  Its size is tried where the driver gives limits instead of a list; NULL for none.
 * @return 0 (a driver that lists nothing gives empty modes), -ENODEV or -ENOMEM.
 */
int camera_modes_read(struct camera_modes *modes, const struct v4l2_io *io, int fd,
                      enum camera_modes_extent extent, const struct camera_wish *wish);

/**
 * Copies them.
 *
 * @param copy Zeroed or an older copy, which is freed; freed with camera_modes_free().
 * @return 0 or -ENOMEM; the copy is empty then.
 */
int camera_modes_copy(struct camera_modes *copy, const struct camera_modes *modes);

/** The format of this fourcc, or NULL. */
const struct camera_format *camera_modes_find(const struct camera_modes *modes, uint32_t fourcc);

/**
 * Chooses among the native formats (the wished one alone, if it is offered):
 *
 * 1. the wished size or the nearest to it; without a wish at least 640x480, if offered;
 * 2. the wished rate or the nearest; without a wish the highest in whole frames a second, where
 *    60 and more count as 60 (and the lowest of these is taken);
 * 3. the largest size up to 1280x720, else the smallest above;
 * 4. raw before MJPEG, in the order of camera_format_rank().
 *
 * @param mode Filled on success.
 * @return 0 or -ENOENT: there is no native format, or none with a size.
 */
int camera_modes_choose(const struct camera_modes *modes, const struct camera_wish *wish,
                        struct camera_mode *mode);

/**
 * The mode to try when the bus has no bandwidth for this one: the same as MJPEG, if it is raw; else
 * the next smaller size; else the next lower rate.
 *
 * @param mode Replaced on success.
 * @return 0 or -ENOENT: there is none that takes less.
 */
int camera_modes_cheaper(const struct camera_modes *modes, struct camera_mode *mode);

/** Frees what is in it and empties it. */
void camera_modes_free(struct camera_modes *modes);
