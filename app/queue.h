#pragma once

/**
 * @file
 * A queue: bounded, first in first out, with back-pressure. When it is full the writer waits, so
 * nothing is ever dropped. For frames of which only the newest matters: app/mailbox.h.
 */

#include "app/channel.h"
#include "app/doorbell.h"

enum { QUEUE_MAX = 64 };

struct queue;

/**
 * @param capacity Loans it holds, 1 to QUEUE_MAX. Fewer than the source can lend.
 * @param reader   Rung when a loan arrives; must outlive the queue.
 * @return 0, -EINVAL or -ENOMEM.
 */
int queue_create(struct queue **out, int capacity, struct doorbell *reader);

/** Gives back what waits. NULL in *queue is fine. */
void queue_destroy(struct queue **queue);

/** The queue as a channel; see app/channel.h for what its functions do. */
struct channel queue_channel(struct queue *queue);
