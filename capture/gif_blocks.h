#pragma once

/**
 * @file
 * Whether a GIF is all there.
 *
 * Threads: any; nothing is shared.
 */

#include <stdbool.h>

/**
 * Follows the blocks of a GIF file up to its end.
 *
 * @param whole Set on success: the end is there.
 * @return 0, or a negative errno if it cannot be read.
 */
int gif_check(const char *path, bool *whole);
