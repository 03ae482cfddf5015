#pragma once

/**
 * @file
 * Calls that fail by order. The program and the module are linked a second time, with the linker's
 * --wrap for every call of the tables calls*.inc: references out of our objects then go through
 * wrap.h, those inside the libraries do not. $CANNYSCOPE_FAIL says what happens:
 *
 *     NAME:N    the Nth call of NAME fails (counted over all threads)
 *     NAME:N:M  the next ones of its kind too, M in a row
 *     count:K   nothing fails; the first K calls of each kind from each place are told
 *
 * On standard error comes "failures: NAME N PLACE" for what failed or was told, behind the place
 * the kind if it has one, and at the end "failures: left ..." for what the ledger still holds.
 */

#include <stdbool.h>

/**
 * Whether this call fails. Any thread.
 *
 * @param caller Where it comes from.
 * @param kind   Which of the calls that are made there: an ioctl's request; else 0.
 */
bool failures_due(const char *name, const void *caller, long kind);
