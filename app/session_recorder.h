#pragma once

/**
 * @file
 * The session's recorder: what of the session's frames it gets, when its file ends and the next
 * begins, who hears of it.
 */

#include "app/session.h"

/**
 * Makes the recorder; starts it with the first frame if the settings name a file.
 *
 * @param queued The frames are a file's and have times of their own: nothing is lost then.
 * @return 0 or a negative errno with a sentence; nothing was written.
 */
int session_recorder_create(struct session *session, bool queued, struct error *err);

/** How the processing loop gives it frames. */
struct frame_recorder session_recorder_hooks(struct session *session);

/** Starts or ends recording. Main thread. */
void session_record(struct session *session, bool on);

/** Ends recording and waits until the file is whole. Main thread. NULL recorders are fine. */
void session_recorder_finish(struct session *session);

/** Whether a recording that was asked for on the command line has failed, so that all is in vain.
 */
bool session_recorder_failed(const struct session *session);

/** Ends the thread. */
void session_recorder_destroy(struct session *session);
