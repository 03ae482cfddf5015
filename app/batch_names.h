#pragma once

/**
 * @file
 * What names of files say to a batch, and the parts that names of outputs are made of.
 *
 * Threads: any; nothing is shared.
 */

#include <stdbool.h>
#include <stddef.h>

/**
 * The ending of a picture's name, from its dot on: .jpg, .jpeg, .png, .bmp, .tif, .tiff or .webp in
 * any case. NULL if the name ends otherwise or is nothing but an ending.
 */
const char *batch_ending(const char *name);

/** What an output's name is made of. */
struct batch_parts {
    const char *prefix;
    const char *stem;
    size_t stem_bytes; ///< of the stem
    const char *ending;
    size_t number; ///< tells apart what else would be equal; 0 for none
};

/** Room for any name that batch_join() makes. */
enum { BATCH_NAME_BYTES = 256 };

/**
 * Joins prefix, stem, "-NUMBER" and ending. If that is longer than a name may be, what is too much
 * of prefix and stem gives way to a hash of all of it; no UTF-8 character is cut. The ending has
 * at most 16 bytes.
 */
void batch_join(const struct batch_parts *parts, char name[BATCH_NAME_BYTES]);

/**
 * A path as it is compared: upper and lower case are one, since some file systems take them for
 * one. What is no UTF-8 stays as it is. Independent of the user's locale.
 *
 * @return The caller's, to be freed with memory_free(); NULL if there is no memory.
 */
char *batch_fold(const char *path);
