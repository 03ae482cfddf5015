#pragma once

/**
 * @file
 * A mailbox: one writer leaves loans, one reader takes the newest.
 *
 * A loan that nobody took is replaced, given back to its source at once and counted as skipped.
 * Nothing is copied, nobody waits for the other. Where nothing may be dropped: app/queue.h.
 */

#include "app/channel.h"
#include "app/doorbell.h"

struct mailbox;

/**
 * @param reader Rung when a loan arrives; must outlive the mailbox.
 * @return 0 or -ENOMEM.
 */
int mailbox_create(struct mailbox **out, struct doorbell *reader);

/** Gives back what waits. NULL in *mailbox is fine. */
void mailbox_destroy(struct mailbox **mailbox);

/** The mailbox as a channel; see app/channel.h for what its functions do. */
struct channel mailbox_channel(struct mailbox *mailbox);
