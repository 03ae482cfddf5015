#pragma once

/**
 * @file
 * A session without a window: the same threads, canvases in plain memory, pictures counted.
 */

#include "app/session.h"

/** Runs the session to its end. Returns the exit status, but for signals. */
int live_headless_run(struct session *session, const struct source_config *source);
