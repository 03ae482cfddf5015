#pragma once

/**
 * @file
 * A JSON object in a file, and settings in it: what config.json and the files of the cameras have
 * in common. What is read is checked before it is trusted, what is broken is put aside, what is
 * written appears whole or not at all.
 *
 * Threads: any; plain functions.
 */

#include "app/paths.h"
#include "app/settings.h"

struct cJSON;

/** Largest file that is read or written, bytes. */
#define JSON_FILE_MAX_BYTES 65536

/**
 * Reads an object.
 *
 * @param root Set to it, freed with cJSON_Delete(); NULL on failure.
 * @param why  Filled when the file is broken, e.g. "line 3: not JSON", and only then.
 * @return 0; -EINVAL (broken); or why it cannot be read, e.g. -ENOENT, which may be -EINVAL too.
 */
int json_file_read(const char *path, struct cJSON **root, struct error *why);

/**
 * Renames a broken file to NAME.bad, NAME.bad-2 and so on.
 *
 * @param bad Set to its new name; "" if it had to stay.
 */
void json_file_put_aside(const char *path, struct path *bad);

/**
 * Writes an object: beside its place under a temporary name, synced, renamed. Makes missing
 * folders. A link is followed.
 *
 * @return 0 or a negative errno with a sentence; the old file is whole then.
 */
int json_file_write(const char *path, const struct cJSON *root, struct error *err);

/**
 * Takes one value over into the settings.
 *
 * @param key For the sentence.
 * @return 0 or a negative errno with a sentence that says what it should have been.
 */
int json_take_setting(const struct setting *row, const char *key, const struct cJSON *item,
                      struct settings *settings, struct error *err);

/**
 * Puts the row's value in the place of the one that the object has; removes one that is unset.
 *
 * @return 0 or -ENOMEM.
 */
int json_put_setting(struct cJSON *root, const char *key, const struct setting *row,
                     const struct settings *settings);

/**
 * Puts a value in the place of all that have the key.
 *
 * @param value cJSON's, taken over, also on failure; NULL for none.
 * @return 0 or -ENOMEM.
 */
int json_put(struct cJSON *root, const char *key, struct cJSON *value);
