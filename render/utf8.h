#pragma once

/**
 * @file
 * UTF-8, read without trust: names of cameras and files may hold any bytes.
 */

#include <stddef.h>
#include <stdint.h>

/** What is shown for bytes that are not UTF-8, and for characters no font has. */
#define UTF8_REPLACEMENT 0xfffdu

/**
 * The next character of a text.
 *
 * @param text Moved behind it; must be before `end`.
 * @param end  Behind the last byte.
 * @return Its code point; UTF8_REPLACEMENT for a byte that begins no character (one is skipped)
 *         and for control characters, which have no look.
 */
uint32_t utf8_next(const char **text, const char *end);

/** Writes a code point's 1 to 4 bytes; returns how many. */
size_t utf8_put(uint32_t code, char bytes[4]);
