#pragma once

/**
 * @file
 * The bench command: how long finding the edges of a frame takes on this machine.
 */

#include "app/log.h"
#include "app/settings.h"

/** Measures and prints the results to standard output. Returns the exit status. */
int bench_run(const struct settings *settings, struct log *log);
