#pragma once

/**
 * @file
 * What a batch writes: the name of every output, before anything runs.
 *
 * A name is prefix + stem + ending, in the subfolder that its input has below the folder that was
 * named. Where that would be one name for several outputs, upper and lower case being one, or the
 * name of an input, all of them keep the ending of their input: a.jpg and a.png become
 * processed_a.jpg.png and processed_a.png.png. What then still is one name gets -2, -3 and so on
 * in the order of the list. A name too long for the system is shortened with a hash.
 *
 * With `frames` a name stands also for those of batch_frame_path(), however many there will be: who
 * knows is who reads. A name that looks like a frame of another one counts as the same.
 *
 * The plan is made of the whole list, so that several shards with the same list never write the
 * same name. Nothing is written; the output folder is looked at.
 *
 * Threads: one at a time to make it; any to read it.
 */

#include "app/batch_list.h"
#include "app/settings.h"

/** How outputs are named. */
struct batch_naming {
    const char *prefix;
    enum batch_format format;
    int output_fd; ///< the output folder; < 0 if it does not exist yet
    bool sharded;  ///< others with the same list write too, and may read the folders later
    bool frames;   ///< an input may become several outputs, see batch_frame_path()
};

struct batch_plan;

/**
 * Plans all names.
 *
 * @param out    Set on success, NULL on failure; closed with batch_plan_close(). It does not need
 *               the list any more.
 * @param naming Not used after this call.
 * @param err    Filled on failure.
 * @return 0; -EINVAL: the prefix holds a '/', an output would replace its own input or one that
 *         was found in a folder, or would be found as an input by a shard that begins later;
 *         -ENOMEM; or what looking at the output folder gave.
 */
int batch_plan_open(struct batch_plan **out, const struct batch_list *list,
                    const struct batch_naming *naming, struct error *err);

/**
 * The path of an output below the output folder; until batch_plan_close(). It has no component
 * ".." and does not begin with a slash; its folders need not exist.
 *
 * @param index Of the input in the list.
 */
const char *batch_plan_output(const struct batch_plan *plan, size_t index);

/** Frees it, sets *plan to NULL. NULL in *plan is fine. */
void batch_plan_close(struct batch_plan **plan);

/** A part of the list: every `count`th item, from `index` on. */
struct batch_shard {
    unsigned index, count; ///< index < count; 0 of 1 for all
};

/**
 * Reads I/N, I from 0.
 *
 * @param shard Changed only on success.
 * @param err   Filled on failure.
 * @return 0 or -EINVAL.
 */
int batch_shard_parse(const char *text, struct batch_shard *shard, struct error *err);

/** Whether an item, or a problem, is this shard's. */
bool batch_shard_has(struct batch_shard shard, size_t index);
