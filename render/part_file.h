#pragma once

/**
 * @file
 * A temporary name beside a file's place, under which it is written before rename() gives it its
 * own. All that is left of a killed program has such a name.
 */

#include <stdbool.h>
#include <stddef.h>

/**
 * Creates ".NAME.XXXXXX.part" beside `path`, empty, to be written; a long NAME is cut.
 *
 * @param part       Filled with its path.
 * @param part_bytes Of it; PATH_MAX is always enough.
 * @return A descriptor of the caller's or a negative errno. Any thread.
 */
int part_file_create(const char *path, char *part, size_t part_bytes);

/** Whether a file's name is such a one. */
bool part_file_is(const char *name);

/**
 * Removes those that were left in a folder. What is being written, by this or another process,
 * stays: whoever writes has the file locked. Any thread.
 */
void part_file_clear(const char *folder);
