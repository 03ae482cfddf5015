#pragma once

/**
 * @file
 * Whether a GIF is all there.
 *
 * Threads: any; nothing is shared.
 */

#include <stdbool.h>

/** Follows the blocks of a GIF file up to its end; false if that is missing, or nothing can be
 * read. */
bool gif_is_whole(const char *path);
