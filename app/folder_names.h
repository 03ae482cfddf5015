#pragma once

/**
 * @file
 * The names in a folder, sorted, so that the same folder is always gone through in the same order.
 *
 * Threads: one at a time for each struct.
 */

#include "app/growing.h"

#include <dirent.h>

/** Zeroed it is empty. */
struct folder_names {
    struct text_pool texts;
    char **names;
    size_t count, room;
};

/**
 * Adds all names but "." and "..".
 *
 * @return 0 or a negative errno; those are there then that could be read.
 */
int folder_names_read(struct folder_names *names, DIR *folder);

/** Frees them; it is empty then. */
void folder_names_free(struct folder_names *names);
