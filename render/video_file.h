#pragma once

/**
 * @file
 * The file below a container: bytes by FFmpeg's interface, errors by ours.
 *
 * Of the media module only. Threads: one at a time.
 */

#include "processing/error.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include <libavformat/avio.h>

struct video_file {
    char path[PATH_MAX];
    char part[PATH_MAX]; ///< its name while it is written; "" if that is `path`
    int fd;              ///< -1: closed
    AVIOContext *io;
    int failure;       ///< the first negative errno of a write
    int64_t at, bytes; ///< where the next byte goes; the file's size
    int64_t whole;     ///< of them, up to the last video_file_flush()
};

/**
 * Creates the file.
 *
 * @param final Under its own name, which must be free; else under a temporary one.
 * @return 0 or a negative errno with a sentence; then there is nothing to be closed.
 */
int video_file_create(struct video_file *file, const char *path, bool final, struct error *err);

/**
 * Whether a recording could begin there: the name is free, its folder is there and can be written
 * to, and its disk has room.
 *
 * @return 0 or a negative errno with a sentence, -EEXIST if a file has the name.
 */
int video_file_check_new(const char *path, struct error *err);

/** Hands everything to the system. What was written until now will survive a later failure. */
void video_file_flush(struct video_file *file);

/** The first failure of a write as a sentence, or 0. */
int video_file_check(const struct video_file *file, struct error *err);

/**
 * Whether a recording may go on for a while.
 *
 * @return 0 or -ENOSPC with a sentence.
 */
int video_file_check_room(const struct video_file *file, int64_t bytes_per_second,
                          struct error *err);

/**
 * Syncs, closes and gives it its name. Of a file that has it already and that failed, what came
 * after the last flush is cut off.
 *
 * @return 0 or a negative errno with a sentence; a temporary file is gone then.
 */
int video_file_finish(struct video_file *file, struct error *err);

/** Closes and removes; `keep` leaves a file that has its own name, cut as by finish. */
void video_file_abandon(struct video_file *file, bool keep);
