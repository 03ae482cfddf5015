#pragma once

/**
 * @file
 * What is done already, for --resume: a hidden file in the output folder that says of each output
 * from which input and with which settings it was made.
 *
 * `.cannyscope-batch.json` is JSON lines (app/json_lines.h); a shard writes a file of its own,
 * `.cannyscope-batch.I-of-N.json`, since shards may run on machines that share the folder by a
 * network, where appending is not one step. Whoever resumes reads all of them, so that the number
 * of shards may change. Of several lines for one output the last one of a file counts, and of
 * several files the one whose line is the newest.
 *
 * An input whose frames have an output each (batch_frame_path()) has one line, which is written
 * behind the last of them: its output is the name that they are made of, with their number, and its
 * size is that of all together.
 *
 * A line is written when its output has its name and is whole. What is lost with a line is the
 * work: an output without one is made again. Lines that make no sense are counted, nothing else;
 * files grow by a line an output made and are never rewritten.
 *
 * Threads: one at a time for each manifest.
 */

#include "app/batch_list.h"
#include "app/batch_plan.h"

struct batch_manifest;

/**
 * Begins a manifest that knows nothing yet. No file is touched.
 *
 * @param out       Set on success, NULL on failure; closed with batch_manifest_close().
 * @param folder_fd The output folder; borrowed until then.
 * @param settings  All that the outputs' pixels and bytes depend on, as text; copied.
 * @return 0 or -ENOMEM.
 */
int batch_manifest_open(struct batch_manifest **out, int folder_fd, struct batch_shard shard,
                        const char *settings);

/**
 * Reads what is done.
 *
 * @param broken Set to how many lines and files made no sense or could not be read.
 * @return 0, -ENOMEM or what reading the folder gave.
 */
int batch_manifest_load(struct batch_manifest *manifest, size_t *broken);

/**
 * Whether an output need not be made: it was made with the same settings of the same input, which
 * has not changed its size or time since, and it is still there with the size it was given.
 *
 * @param frames Set, if it is, to how many frames have outputs; 0 if `output` itself is there.
 */
bool batch_manifest_is_done(const struct batch_manifest *manifest, const struct batch_item *item,
                            const char *output, int *frames);

/**
 * Notes that an output is done; call it when it has its name. The first call makes the file.
 *
 * @param item   As it was before it was read.
 * @param output Its path below the output folder.
 * @param frames How many frames have outputs that are called after it; 0 for itself.
 * @param err    Filled on failure.
 * @return 0 or a negative errno: the output will be made again by whoever resumes.
 */
int batch_manifest_add(struct batch_manifest *manifest, const struct batch_item *item,
                       const char *output, int frames, struct error *err);

/** Closes the file, frees, sets *manifest to NULL. NULL in *manifest is fine. */
void batch_manifest_close(struct batch_manifest **manifest);
