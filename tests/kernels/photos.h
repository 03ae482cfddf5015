#pragma once

/**
 * @file
 * Real images, as PGM files: the simplest format there is, so that the kernels' test needs no
 * library. The shape "photo" with seed N is the Nth of them, repeated in all directions.
 */

#include "processing/frame.h"

enum { PHOTOS_MAX = 16 };

/**
 * Reads one more file: binary PGM (P5) of 8 bits.
 *
 * @return 0 or a negative errno; -EINVAL if it is no such file, -ENOSPC after PHOTOS_MAX of them.
 */
int photo_add(const char *path);

int photo_count(void);

/** A photo added before. */
const struct plane *photo_at(int number);

/** Frees them all. */
void photos_free(void);
