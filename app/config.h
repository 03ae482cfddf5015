#pragma once

/**
 * @file
 * The settings file: what the program remembers from one run to the next, as JSON.
 *
 * It holds those rows of the table of settings that have a key. What else stands in the file,
 * perhaps written by a newer version, is kept and written back. A file that cannot be understood
 * is never deleted: it is renamed to NAME.bad (NAME.bad-2 and so on if there is one) and the
 * defaults hold. A file that cannot even be read is left alone and never written over.
 *
 * Threads: one at a time.
 */

#include "app/settings.h"

struct config;

/**
 * Reads the settings file. Whatever happens, `settings` hold whole: either all that the file
 * says, or what they were before.
 *
 * @param out      Set even when the file is broken, NULL only when out of memory; closed with
 *                 config_close().
 * @param path     The file; it need not exist. NULL or "" for none: nothing is remembered then.
 * @param settings Changed only on success.
 * @param err      Filled on failure, to be shown as a warning: the line of a syntax error or the
 *                 key of a bad value, and where the broken file is now.
 * @return 0 (also without a file), -EINVAL (broken), -ENOMEM or another negative errno.
 */
int config_open(struct config **out, const char *path, struct settings *settings,
                struct error *err);

/**
 * Writes the remembered settings, and all that else stood in the file: beside it under a
 * temporary name, synced, renamed. Makes missing folders. A link is followed.
 *
 * @param config NULL and one without a file are fine: nothing is written.
 * @return 0 or a negative errno; the old file is whole then.
 */
int config_save(struct config *config, const struct settings *settings, struct error *err);

/** The file, whether it exists or not; "" if nothing is remembered. NULL is fine. */
const char *config_file(const struct config *config);

/** Frees it, sets *config to NULL. NULL in *config is fine. */
void config_close(struct config **config);
