#pragma once

/**
 * @file
 * The session's part in going over to another source: what is asked of it, and what is open then.
 * For the session itself; others use session_switch().
 */

#include "app/session.h"

/** How a source is to be kept, whatever is asked of it. */
struct capture_target session_target_of(const struct session *session,
                                        const struct source_choice *choice,
                                        const struct source_config *source);

/** The choice becomes what is open. */
void session_follow_switch(struct session *session, const struct capture_status *status);
