#pragma once

/**
 * @file
 * How a thread waits for several things at once: they all ring its doorbell.
 *
 * The waiting thread takes a ticket, looks at everything it cares about, and if there is nothing
 * to do waits with the ticket. A ring after the ticket was taken makes that wait return at once,
 * so no ring is lost between looking and waiting.
 */

struct doorbell;

/** Returns 0 or -ENOMEM. */
int doorbell_create(struct doorbell **out);
void doorbell_destroy(struct doorbell **bell);

/** Any thread. */
void doorbell_ring(struct doorbell *bell);

/** The waiting thread: to be taken before looking. */
unsigned doorbell_ticket(struct doorbell *bell);

/** The waiting thread: returns after a ring since the ticket, or after timeout_ms (< 0 never). */
void doorbell_wait(struct doorbell *bell, unsigned ticket, int timeout_ms);
