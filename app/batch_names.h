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
    bool frames;   ///< batch_frame_path() will be asked for names made of this one
};

/** Room for any name that batch_join() makes. */
enum { BATCH_NAME_BYTES = 256 };

/**
 * Joins prefix, stem, "-NUMBER" and ending. If that is longer than a name may be, what is too much
 * of prefix and stem gives way to a hash of all of it; no UTF-8 character is cut. The ending has
 * at most 16 bytes. With `frames` there is room for a frame's number, and for part_file_create() to
 * keep both in sight.
 */
void batch_join(const struct batch_parts *parts, char name[BATCH_NAME_BYTES]);

/**
 * The path of one of the frames of an input that has several: a number goes before the ending,
 * processed_a.png becomes processed_a-0001.png.
 *
 * @param output Planned; its name has an ending.
 * @param number From 1; more than four digits if need be.
 * @return 0 or -ENAMETOOLONG.
 */
int batch_frame_path(const char *output, int number, char *path, size_t path_bytes);

/** The "-0001" in such a name. */
struct batch_frame_tail {
    size_t start, bytes;
};

/** Whether a path, or a name, looks like one of batch_frame_path(); without the tail it is
 * `output`. */
bool batch_frame_tail(const char *path, struct batch_frame_tail *tail);

/**
 * A path as it is compared: upper and lower case are one, since some file systems take them for
 * one. What is no UTF-8 stays as it is. Independent of the user's locale.
 *
 * @return The caller's, to be freed with memory_free(); NULL if there is no memory.
 */
char *batch_fold(const char *path);
