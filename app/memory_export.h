#pragma once

/**
 * @file
 * A snapshot of the ledger, and what changed since, in a file: a JSON object with "snapshot" and,
 * where two were compared, "later", "seconds" (between them) and "differences" (every call site
 * that changed or holds something, largest first).
 *
 * It goes where state goes: $XDG_STATE_HOME/cannyscope/memory/cannyscope-DATE.json, never over a
 * file that exists.
 *
 * Threads: any; plain functions.
 */

#include "app/paths.h"
#include "app/snapshots.h"

/** What is written. Some 60 KB. */
struct memory_export {
    struct ledger_snapshot snapshot, later;
    bool compared; ///< `later` is of any meaning
    double seconds;
};

struct cJSON;

/**
 * As an object.
 *
 * @return The caller's, to be deleted with cJSON_Delete(); NULL without memory.
 */
struct cJSON *memory_export_to_json(const struct memory_export *what);

/**
 * Writes it into a new file.
 *
 * @param path Set to its name on success.
 * @return 0 or a negative errno with a sentence; nothing is left behind then.
 */
int memory_export_write(const struct memory_export *what, struct path *path, struct error *err);
