#pragma once

/**
 * @file
 * What a killed run left beside the outputs that it did not finish (render/part_file.h).
 *
 * Other shards may be writing into the same folders, on machines whose locks cannot be seen. So
 * only what belongs to this shard's outputs is removed: nobody else writes those.
 *
 * Threads: one at a time, before anything is written.
 */

#include "app/batch_plan.h"

/**
 * Removes what was left of a shard's outputs.
 *
 * @param output The output folder.
 * @param count  Of the planned names.
 * @return 0 or -ENOMEM: something may still be there, which harms nobody.
 */
int batch_leftovers_clear(const char *output, const struct batch_plan *plan, size_t count,
                          struct batch_shard shard);
