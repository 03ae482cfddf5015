#pragma once

/**
 * @file
 * Arrays that grow while a driver's answers of unknown number are read.
 */

#include <stddef.h>

/**
 * Makes room for one item more; the array doubles whenever `count` is a power of two.
 *
 * @param array      From earlier calls, or NULL with `count` 0. May move; freed with memory_free().
 * @param count      Items in it.
 * @param item_bytes Of one item, the same at each call.
 * @return 0, or -ENOMEM with the array as it was.
 */
int camera_array_grow(void **array, int count, size_t item_bytes);
