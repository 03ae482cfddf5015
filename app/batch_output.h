#pragma once

/**
 * @file
 * The folder that a batch writes into, and the room there is on its disk.
 *
 * Threads: one at a time.
 */

#include "app/batch_tally.h"
#include "app/log.h"
#include "app/paths.h"
#include "processing/error.h"

/** Open it with batch_output_open(). */
struct batch_output {
    const char *folder;    ///< as the user wrote it; the caller's
    int fd;                ///< -1 if there is none, which only a dry run allows
    struct path last;      ///< the folder that was made last
    int64_t written_bytes; ///< of all outputs
    bool full;             ///< nothing more can be written, whatever is tried next
};

/**
 * Opens the folder.
 *
 * @param dry Nothing is made: it may be missing.
 * @return 0 or a negative errno with a sentence; to be closed in both cases.
 */
int batch_output_open(struct batch_output *output, const char *folder, bool dry, struct error *err);

/** "FOLDER/NAME", the caller's, its folder made, or the log told; NULL without memory. */
char *batch_output_make_path(struct batch_output *output, const char *name, struct log *log);

/** The output `name` has come to be. */
void batch_output_add(struct batch_output *output, const char *name);

/** What writing came to, 0 or a negative errno. Returns whether there is no more room. */
bool batch_output_check(struct batch_output *output, int code);

/** Says how much room is missing, by what the outputs so far took. */
void batch_output_tell_full(const struct batch_output *output, struct log *log,
                            const struct batch_counts *counts);

void batch_output_close(struct batch_output *output);
