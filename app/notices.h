#pragma once

/**
 * @file
 * Sentences across the picture: one at a time, for a few seconds. Any thread may say one.
 */

#include <stdbool.h>
#include <stddef.h>

struct notices;

/** Returns 0 or -ENOMEM. */
int notices_create(struct notices **out);
void notices_destroy(struct notices **notices);

/** What was said is of no interest any more. */
void notices_clear(struct notices *notices);

/** Replaces the sentence. `warning` ones are drawn in another colour. Any thread. */
void notices_say(struct notices *notices, bool warning, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/**
 * The sentence that is to be shown now.
 *
 * @param text Room for `bytes`; set to "" if there is none.
 * @return Whether there is one.
 */
bool notices_now(struct notices *notices, char *text, size_t bytes, bool *warning);
