#pragma once

/**
 * @file
 * How a thread that sleeps in poll() is woken by others: an eventfd, a counter in the kernel that
 * is readable while it is not 0. However often it is rung, one quieting takes all of it; rung while
 * nobody sleeps, the next poll() returns at once. Threads that wait for no descriptor take a
 * doorbell (app/doorbell.h).
 *
 * Threads: any, but for create and destroy.
 */

/** Opens one into *fd, or sets it to -1. Returns 0 or a negative errno. */
int wakeup_create(int *fd);

/** Makes it readable. Never blocks. */
void wakeup_ring(int fd);

/** Makes it unreadable until it is rung again. Never blocks. */
void wakeup_quiet(int fd);

/** Takes -1 in *fd; sets it to -1. */
void wakeup_destroy(int *fd);
