#pragma once

/**
 * @file
 * A temporary name beside a file's place, under which it is written before rename() gives it its
 * own. All that is left of a killed program has such a name.
 */

#include <stddef.h>

/**
 * Creates ".NAME.XXXXXX.part" beside `path`, empty, to be written; a long NAME is cut.
 *
 * @param part       Filled with its path.
 * @param part_bytes Of it; PATH_MAX is always enough.
 * @return A descriptor of the caller's or a negative errno. Any thread.
 */
int part_file_create(const char *path, char *part, size_t part_bytes);
