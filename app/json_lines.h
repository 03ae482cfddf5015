#pragma once

/**
 * @file
 * Files of JSON objects, one a line, that several processes append to and any of them may die.
 *
 * A line goes out in one write() at the end of the file, so that lines of several processes on one
 * machine never mix, and what a process wrote before it was killed stays. A line that was cut off
 * (a full disk, a power failure) costs itself alone: whoever writes next begins a new line, and
 * reading goes on behind it. Network file systems do not promise to append: there each machine
 * needs a file of its own.
 *
 * Threads: one at a time for each reader and writer.
 */

#include <stdbool.h>
#include <stddef.h>

struct cJSON;

/** Longest line that is read, bytes: room for two names of 4096 bytes, all of them escaped. */
enum { JSON_LINE_BYTES = 65536 };

struct json_lines;

/**
 * Begins to read.
 *
 * @param out Set on success, NULL on failure; closed with json_lines_close().
 * @param fd  Open for reading; belongs to the reader from now on, also when this fails.
 * @return 0 or a negative errno.
 */
int json_lines_open(struct json_lines **out, int fd);

/**
 * Reads a line; empty ones are passed over.
 *
 * @param object Set to the line's object, the caller's, to be deleted with cJSON_Delete(); NULL
 *               unless 1 is returned.
 * @param why    Set to a few constant words when the line is no good.
 * @return 1; 0 at the end; -EBADMSG (this line is too long, not harmless UTF-8 or not a JSON
 *         object: go on with the next one); or what reading the file gave.
 */
int json_lines_next(struct json_lines *lines, struct cJSON **object, const char **why);

/** Number of the line last read, from 1. */
long json_lines_number(const struct json_lines *lines);

/** The line last read, without its newline; until the next call. */
const char *json_lines_text(const struct json_lines *lines);

/** Closes the file, frees, sets *lines to NULL. NULL in *lines is fine. */
void json_lines_close(struct json_lines **lines);

/** A file that is appended to. The descriptor belongs to whoever opened it. */
struct json_appender {
    int fd;    ///< open for reading and writing, with O_APPEND
    bool torn; ///< the file ends in the middle of a line
};

/** Looks how the file ends, and notes the descriptor. */
void json_appender_start(struct json_appender *appender, int fd);

/**
 * Appends a line.
 *
 * @return 0, -ENOMEM or what writing gave; reading passes over what then may stand there.
 */
int json_append(struct json_appender *appender, const struct cJSON *object);
