#pragma once

/**
 * @file
 * A session in a window: events become actions, actions become controls, painted canvases become
 * the picture, numbers become the overlay.
 */

#include "app/session.h"

/**
 * Runs the session to its end. Main thread.
 *
 * @param settings Changed to what the user left behind.
 * @return The exit status, but for signals.
 */
int live_window_run(struct session *session, const struct source_config *source,
                    struct settings *settings);
