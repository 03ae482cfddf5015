#pragma once

/**
 * @file
 * The live command: one source, watched with or without a window.
 */

#include "app/config.h"
#include "app/log.h"
#include "app/settings.h"

/**
 * Runs until the user or the settings end it. Main thread.
 *
 * @param settings What holds; changed to what the user left behind.
 * @param config   Where that is remembered, if there was a window; may be NULL.
 * @return The process's exit status.
 */
int live_run(struct settings *settings, struct config *config, struct log *log);
