#pragma once

/**
 * @file
 * Messages for people: the one place that writes to standard error, but for the bar of
 * app/progress.h.
 *
 * Every message is one line, "cannyscope: ...", safe for a terminal whatever bytes it quotes. A
 * message that repeats is folded: it is printed, then counted, and at most every five seconds
 * said again with "(repeated N times)". There are never more than ten lines in any second; what
 * had to be held back is counted and the count is said later.
 *
 * Threads: any, at any time between log_open() and log_close(); a lock inside.
 */

#include "processing/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/** How grave a message is. */
enum log_level {
    LOG_LEVEL_ERROR,   ///< something asked for did not happen
    LOG_LEVEL_WARNING, ///< something happened otherwise than asked
    LOG_LEVEL_INFO,    ///< what a user wants to know
    LOG_LEVEL_DEBUG,   ///< only with -v
};

struct log_config {
    FILE *stream;                  ///< must outlive the log
    enum log_level level;          ///< graver ones and this are printed
    int64_t (*now_ns)(void *self); ///< a clock that never goes back; NULL for clock_now_ns()
    void *self;                    ///< for now_ns
};

struct log;

/**
 * Makes a log.
 *
 * @param out    The log on success, NULL on failure; closed with log_close().
 * @param config Read during the call only, but for what it points to.
 * @return 0 or -ENOMEM.
 */
int log_open(struct log **out, const struct log_config *config);

/** Changes which messages are printed. NULL is fine. */
void log_set_level(struct log *log, enum log_level level);

/**
 * Prints a message, or counts it.
 *
 * @param log    NULL is fine and prints nothing.
 * @param format As printf's; no newline at the end.
 */
void log_write(struct log *log, enum log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Says what was held back, as soon as it may be said. Call it now and then. NULL is fine. */
void log_tick(struct log *log);

/** Says all that was held back, frees the log, sets *log to NULL. NULL in *log is fine. */
void log_close(struct log **log);

/**
 * Copies text so that a terminal shows it and obeys nothing: control characters and bytes that
 * are no UTF-8 become \\xHH. Cut at a whole character where `bytes` are too few.
 *
 * @param bytes Room at `escaped`, with the final zero; at least 1.
 */
void log_escape(const char *text, char *escaped, size_t bytes);
