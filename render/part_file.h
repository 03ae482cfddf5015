#pragma once

/**
 * @file
 * A temporary name beside a file's place, under which it is written before rename() gives it its
 * own. All that is left of a killed program has such a name.
 */

#include <stdbool.h>
#include <stddef.h>

/** Room for what part_file_key() says. */
enum { PART_FILE_KEY_BYTES = 256 };

/** What stands for a file's name in its temporary one: the name, or its hash if it is long. */
void part_file_key(const char *name, char key[PART_FILE_KEY_BYTES]);

/**
 * Creates ".KEY.XXXXXX.part" beside `path`, empty, to be written; for KEY see part_file_key().
 *
 * @param part       Filled with its path.
 * @param part_bytes Of it; PATH_MAX is always enough.
 * @return A descriptor of the caller's or a negative errno. Any thread.
 */
int part_file_create(const char *path, char *part, size_t part_bytes);

/** Whether a file's name is such a one. */
bool part_file_is(const char *name);

/** Knows which files a program writes. The owner of the struct adds what it needs behind it. */
struct part_file_owner {
    /** Whether this is the part_file_key() of one of them. */
    bool (*owns)(const struct part_file_owner *owner, const char *key);
};

/**
 * Removes those that were left in a folder. What is being written, by this or another process of
 * this machine, stays: whoever writes has the file locked. Other machines that share the folder may
 * write unseen: not every network file system tells them of locks, and some know none. So what
 * several machines write into is cleared by owner alone, and each name is written by one of them.
 *
 * @param owner Only files of its are removed; NULL for all that are locked by nobody.
 *
 * Any thread.
 */
void part_file_clear(const char *folder, const struct part_file_owner *owner);
