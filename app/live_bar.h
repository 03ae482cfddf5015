#pragma once

/**
 * @file
 * Which buttons the window shows, which of them are on, and what the bar says of the source.
 *
 * Threads: the main thread only.
 */

#include "app/actions.h"
#include "app/session.h"

enum { LIVE_BUTTONS = 32 };

/** Makes the panel's buttons. Returns how many there are; no more than LIVE_BUTTONS. */
int live_bar_buttons(const struct session *session, const struct live_state *state,
                     struct panel_button *buttons);

/** The same for the bar, which shows what fits: what is worth most comes first, help last. */
int live_bar_keys(const struct session *session, const struct live_state *state,
                  struct panel_button *keys);

/** While it records, says so in the corner of `area`. Returns what is left of it. */
struct ui_rect live_bar_recording(const struct session *session, struct ui *ui,
                                  struct ui_rect area);

/** E.g. "Logitech C920, 1280x720 MJPG 30 FPS". */
void live_bar_source(const struct capture_status *status, char *text, size_t bytes);
