#pragma once

/**
 * @file
 * The part of the batch command that makes several reports one (app/batch_merge.h).
 */

#include "app/log.h"

/** Prints the reports as one on standard output. Returns an exit code. Main thread. */
int batch_reports_run(const char *const *files, int count, struct log *log);
