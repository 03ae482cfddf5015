#pragma once

/**
 * @file
 * Which pictures a batch is about: from files and folders that the user named to a list.
 *
 * - A file that the user names is taken whatever it is called; whether it can be read shows later.
 * - Of a folder those files are taken whose names end like a picture's, in any case, and those
 *   that are pictures by their first bytes. Files are taken through links; links to folders only
 *   with `follow`. Our own unfinished files are never taken.
 * - Each file is taken once, however its folder is spelled, and each folder is searched once: a
 *   loop of links ends there.
 * - Order: as named; inside a folder by the bytes of the names. It is the same for every shard.
 * - What cannot be taken is a problem, and the search goes on.
 *
 * Names are bytes: nothing is assumed of them but that they end with a zero. Files may change
 * between this and their being read.
 *
 * Threads: one at a time for each list.
 */

#include "capture/image_reader.h"
#include "processing/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** How folders are searched. */
struct batch_scan {
    bool recursive; ///< also in their subfolders
    bool follow;    ///< also through links to folders
    int output_fd;  ///< a folder that is not searched where it lies in another; < 0 for none
};

/** Which folder a file is in, however that is spelled. */
struct batch_folder {
    dev_t dev;
    ino_t ino;
};

/** A picture to process. The list's, constant. */
struct batch_item {
    const char *path;           ///< to open it by
    const char *relative;       ///< its path below the folder that was named: the end of `path`
    const char *name;           ///< its last component: the end of `relative`
    struct batch_folder folder; ///< where `name` is
    int64_t bytes;
    int64_t mtime_ns; ///< since 1970
    dev_t dev;        ///< of the file itself, with ino, behind a link
    ino_t ino;
    bool named;           ///< by the user, not found in a folder
    enum image_kind kind; ///< by its content; IMAGE_OTHER, unseen, if batch_ending() knows the name
};

/** Something that could not be taken: an input that failed. The list's, constant. */
struct batch_problem {
    const char *path;
    const char *text; ///< a sentence for the user, with the path
};

struct batch_list;

/**
 * Begins an empty list.
 *
 * @param out  Set on success, NULL on failure; closed with batch_list_close().
 * @param scan Copied; the descriptor is not used after this call.
 * @return 0 or a negative errno.
 */
int batch_list_open(struct batch_list **out, const struct batch_scan *scan);

/**
 * Adds a file, or what a folder holds. What goes wrong becomes a problem.
 *
 * @return 0; -EDEADLK: it is the output folder itself, whose outputs would be the next run's
 * inputs; or -ENOMEM. After either the list is not whole.
 */
int batch_list_add(struct batch_list *list, const char *input);

/**
 * Adds what a file lists: names of files and folders, each ended by a newline or, if
 * `null_separated`, by a zero byte; relative to the working directory. Empty ones are passed over.
 *
 * @param file "-" for standard input.
 * @param err  Filled on failure.
 * @return 0; -EINVAL (zero bytes where newlines should separate, or the output folder itself is
 *         named), -ENOMEM or what opening or
 *         reading `file` gave: then the list is not whole.
 */
int batch_list_add_from(struct batch_list *list, const char *file, bool null_separated,
                        struct error *err);

/** How many pictures there are. */
size_t batch_list_count(const struct batch_list *list);

/** One of them; until batch_list_close(). */
const struct batch_item *batch_list_item(const struct batch_list *list, size_t index);

/** Whether a folder was searched: what is written into it would be found by who searches later. */
bool batch_list_searched(const struct batch_list *list, struct batch_folder folder);

/** How many problems there are. */
size_t batch_list_problem_count(const struct batch_list *list);

/** One of them; until batch_list_close(). */
const struct batch_problem *batch_list_problem(const struct batch_list *list, size_t index);

/** Frees it, sets *list to NULL. NULL in *list is fine. */
void batch_list_close(struct batch_list **list);
