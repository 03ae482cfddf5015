#pragma once

/**
 * @file
 * Who has which buffer: up to 32 slots, each lent to one reader at a time.
 *
 * The source's thread lends a slot; any thread gives it back, exactly once, without a lock: a bit
 * set in a mask and a write to an eventfd, which wakes the source's thread from poll(). That
 * thread then collects what came back and may use the memory again.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { LOANS_MAX = 32 };

struct loans {
    int wake_fd;          ///< eventfd, readable when something came back or loans_wake() was called
    atomic_uint out;      ///< bit i: slot i is with a reader
    atomic_uint returned; ///< bit i: slot i came back and was not collected yet
    atomic_int returning; ///< calls of loans_return() under way: they still use this struct
    atomic_bool woken;    ///< loans_wake() was called since loans_take_wake()
};

/** Opens the eventfd. Returns 0 or a negative errno. */
int loans_open(struct loans *loans);

/** Closes it. Fine on a zeroed struct with wake_fd -1 and twice. All loans must be back. */
void loans_close(struct loans *loans);

/** Source's thread: `slot` goes out; it must not be out already. */
void loans_lend(struct loans *loans, int slot);

/** Any thread: `slot` comes back. Twice is a mistake of ours and stops the program. */
void loans_return(struct loans *loans, int slot);

/** Source's thread: bits of the slots that came back since the last call; quiets the eventfd. */
unsigned loans_collect(struct loans *loans);

/** Any thread: makes the source's thread return from its wait soon. */
void loans_wake(struct loans *loans);

/** Source's thread: whether loans_wake() was called since the last call of this. */
bool loans_take_wake(struct loans *loans);

/** Source's thread: blocks until no slot is out and nobody is still giving one back. */
void loans_wait_all(struct loans *loans);

/**
 * Source's thread: sleeps until a moment of CLOCK_MONOTONIC, collecting what comes back.
 *
 * @return 0 (the moment came) or -EINTR (loans_wake() was called).
 */
int loans_sleep_until(struct loans *loans, int64_t until_ns);
