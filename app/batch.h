#pragma once

/**
 * @file
 * The batch command: the edges of folders and files of pictures.
 */

#include "app/log.h"
#include "app/settings.h"

/**
 * Runs the command: results on standard output, progress in the log.
 *
 * @param inputs As typed: files and folders, or reports to be merged.
 * @return An exit code. Main thread.
 */
int batch_run(const struct settings *settings, const char *const *inputs, int input_count,
              struct log *log);
