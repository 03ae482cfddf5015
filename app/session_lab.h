#pragma once

/**
 * @file
 * The session's memory experiments: which frames they get, who hears of them, and which folder
 * there is to be kept.
 *
 * Threads: the main thread, but for what app/lab.h allows.
 */

#include "app/session.h"

/**
 * Makes them, and switches on what the settings name.
 *
 * @return 0 or a negative errno with a sentence.
 */
int session_lab_create(struct session *session, struct error *err);

/** Whether --lab names experiments that there are. 0 or -EINVAL with a sentence. */
int session_lab_check(const char *names, struct error *err);

/** How the processing loop gives them frames. */
struct frame_observer session_lab_hooks(struct session *session);

/** Switches one on or off. What cannot be done is said. */
void session_lab_switch(struct session *session, enum lab_experiment which, bool on);

/** Says once what they may hold: under --max-memory what the others leave. To be called again. */
void session_lab_tell_limit(struct session *session);

/** Ends the thread and frees everything. The loops have ended. */
void session_lab_destroy(struct session *session);
