#pragma once

/**
 * @file
 * In the dark a camera may expose longer than its rate allows, and deliver fewer frames. The user
 * is told so, and offered to keep the rate: for as long as the camera is open, its switch for that
 * is off (camera_desk_borrow()).
 *
 * Threads: the main thread.
 */

#include "app/notices.h"
#include "app/session.h"

/** Says the session's hint, with the offer if it is about this. */
void rate_offer_say(const struct session *session, struct notices *notices);

/** The user took the offer. */
void rate_offer_accept(const struct session *session, struct notices *notices);
