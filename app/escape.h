#pragma once

/**
 * @file
 * Names of files as text: they are bytes that somebody else chose, and may be no text at all.
 *
 * Threads: any; nothing is shared.
 */

#include <stddef.h>

/**
 * Bytes of the character that `text` begins with, if it is well-formed UTF-8 and harmless on a
 * terminal; 0 for a control character, a byte that is no UTF-8, and the final zero.
 */
int escape_character(const char *text);

/**
 * A name as text from which the name can be told: control characters and bytes that are no UTF-8
 * become \\xHH, a backslash becomes two, all else stays. Different names give different texts.
 *
 * @return The caller's, to be freed with memory_free(); NULL if there is no memory.
 */
char *escape_name(const char *name);
