#pragma once

/**
 * @file
 * Loading the media module when a video or a picture other than JPEG and PNG is opened.
 */

#include "app/media_module.h"
#include "processing/error.h"

/** Bytes that loading it takes, about, with the libraries that it needs; measured. */
enum { MEDIA_BYTES = 25 << 20 };

/** Whether it is loaded already, so that media_load() takes nothing. Any thread. */
bool media_is_loaded(void);

/**
 * Whether there is room for it, before it is loaded.
 *
 * @param limit_mb --max-memory.
 * @param path     What it is needed for.
 * @return 0 or -EFBIG with a sentence.
 */
int media_admit(int limit_mb, const char *path, struct error *err);

/**
 * Loads the module, or finds it loaded. It stays until the program ends.
 *
 * Looked for in the program's own folder (where it is built), in the folder above (for the tests),
 * in lib/cannyscope beside bin/ and in LIBDIR (where it is installed).
 *
 * @param err Filled on failure: where it was looked for, or why it cannot be used.
 * @return The module's root, or NULL.
 *
 * Any thread. The first call takes some 50 ms.
 */
const struct media_module *media_load(struct error *err);
