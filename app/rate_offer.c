#include "app/rate_offer.h"

#include <stdio.h>

void rate_offer_say(const struct session *session, struct notices *notices)
{
    char button[32];
    snprintf(button, sizeof button, "Keep %.4g FPS", session->source.fps);
    if (session->dark && session->desk)
        notices_offer(notices, button, ACTION_KEEP_RATE, session->hint);
    else
        notices_say(notices, true, "%s", session->hint);
}

void rate_offer_accept(const struct session *session, struct notices *notices)
{
    if (!session->desk)
        return;
    camera_desk_borrow(session->desk, CAMERA_SLOWS_IN_THE_DARK, 0);
    notices_say(notices, false,
                "The camera keeps its rate now, with darker pictures, until it is closed");
}
