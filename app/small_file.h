#pragma once

/**
 * @file
 * Small files as a whole: read into memory, replaced in one step.
 *
 * Threads: any.
 */

#include "processing/error.h"

#include <stddef.h>

/**
 * Reads a regular file. Never waits for a FIFO or a device.
 *
 * @param text Set to the bytes and a zero behind them, NULL on failure; the caller's, freed with
 *             memory_free().
 * @param size Set to the bytes without that zero.
 * @param most Largest size that is read.
 * @return 0, -EFBIG (larger than `most`), -EISDIR, -EINVAL (neither file nor folder), -ENOENT,
 *         -ENOMEM or another negative errno.
 */
int small_file_read(const char *path, size_t most, char **text, size_t *size);

/**
 * Writes a file beside its place under a temporary name, syncs it and renames it, so that the
 * name always means a whole file, the old one or the new one. A link is followed.
 *
 * @param err Filled on failure; nothing is left behind then.
 * @return 0 or a negative errno.
 */
int small_file_replace(const char *path, const char *text, size_t size, struct error *err);
