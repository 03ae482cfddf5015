#pragma once

/**
 * @file
 * The video command: a video file to a video file of its edges.
 */

#include "app/log.h"
#include "app/settings.h"

/**
 * Runs the command: results on standard output, progress in the log.
 *
 * @param inputs As typed; it must be one.
 * @return An exit code. Main thread.
 */
int video_run(const struct settings *settings, const char *const *inputs, int input_count,
              struct log *log);
