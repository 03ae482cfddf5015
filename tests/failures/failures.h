#pragma once

/**
 * @file
 * Calls that fail by order. The program and the module are linked a second time, with the linker's
 * --wrap for every call of the tables calls*.inc: references out of our objects then go through
 * wrap.h, those inside the libraries do not. $CANNYSCOPE_FAIL says what happens:
 *
 *     NAME:N    the Nth call of NAME fails (counted over all threads)
 *     count:K   nothing fails; the first K calls from each place are told
 *
 * On standard error comes "failures: NAME N PLACE" for what failed or was told, and at the end
 * "failures: left ..." for what the ledger still holds.
 */

#include <stdbool.h>

/** Whether this call fails. Any thread. `caller` is where it comes from. */
bool failures_due(const char *name, const void *caller);
