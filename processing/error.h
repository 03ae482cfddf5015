#pragma once

/**
 * @file
 * Why something failed, in one sentence for the user.
 *
 * Functions that can fail return 0 or a negative errno, which is for programs. Where a person will
 * read the reason they also take a `struct error *` and write into it: what happened, on which
 * file or device, what to do. It may always be NULL. Nothing below app/ prints.
 */

/** One sentence, UTF-8, without a full stop or newline at its end. */
struct error {
    char text[512];
};

/**
 * Writes the sentence and returns `code`, so that a failing function can end in one line.
 *
 * @param err    Filled; NULL is fine. A sentence that is too long is cut.
 * @param code   Negative errno.
 * @param format As printf's.
 * @return `code`.
 */
int error_set(struct error *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** The system's words for a negative errno, e.g. "No such file or directory". Any thread. */
const char *error_reason(int code);
