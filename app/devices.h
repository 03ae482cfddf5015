#pragma once

/**
 * @file
 * The devices command: cameras with their formats, sizes, rates and controls.
 */

#include "app/log.h"
#include "app/settings.h"

/** Prints them to standard output, as a table or as JSON. Returns the exit status. */
int devices_run(const struct settings *settings, struct log *log);
