#pragma once

/**
 * @file
 * A TIFF that lies in memory, for libtiff. Of the media module, for media_tiff alone.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <tiffio.h>

/** Zeroed, it is empty. Must stay where it is while the TIFF is open. */
struct tiff_memory {
    uint8_t *data;
    uint64_t bytes;
    uint64_t at; ///< where libtiff reads
};

/**
 * Reads a file and opens it.
 *
 * @param memory Filled, also on failure; freed with tiff_memory_free() after TIFFClose().
 * @param bytes  That are read, at the most.
 * @param path   For libtiff's sentences.
 * @return NULL without memory, or if it is no TIFF: then an error handler of `options` knows why.
 */
TIFF *tiff_memory_open(struct tiff_memory *memory, FILE *file, size_t bytes, const char *path,
                       TIFFOpenOptions *options);

/** Frees the file's bytes. */
void tiff_memory_free(struct tiff_memory *memory);
