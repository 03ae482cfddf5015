#pragma once

/**
 * @file
 * Where files live: settings, state, pictures, videos, the program's own assets.
 *
 * Threads: any, while nobody changes the environment.
 *
 * Source: XDG Base Directory Specification 0.8; xdg-user-dirs' user-dirs.dirs(5).
 */

#include "processing/error.h"

#include <stddef.h>
#include <sys/types.h>
#include <time.h>

/** The name of a file or folder, absolute unless said otherwise. */
struct path {
    char text[4096];
};

/**
 * Joins a path by a format.
 *
 * @param path Set to "" on failure.
 * @return 0 or -ENAMETOOLONG.
 */
int path_set(struct path *path, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** The folder that a file is in: all before the last slash; "." if there is none. */
void path_folder(struct path *folder, const char *file);

/**
 * The program's folder for settings: $XDG_CONFIG_HOME/cannyscope or ~/.config/cannyscope. A
 * relative XDG path is ignored. The folder need not exist.
 *
 * @return 0, -ENOENT (no home: nothing can be kept) or -ENAMETOOLONG; `path` is then "".
 */
int paths_config(struct path *path);

/** As paths_config(): $XDG_STATE_HOME/cannyscope or ~/.local/state/cannyscope. */
int paths_state(struct path *path);

/** As paths_config(): cannyscope/ in the folder the user keeps pictures in, or ~/Pictures. */
int paths_pictures(struct path *path);

/** As paths_config(): cannyscope/ in the folder the user keeps videos in, or ~/Videos. */
int paths_videos(struct path *path);

/** The folder of the running program's file. Returns 0 or a negative errno. */
int paths_executable_folder(struct path *path);

/**
 * The folder with the fonts: $CANNYSCOPE_ASSETS; else `assets` two folders above the program's
 * (a build tree) or in it; else share/cannyscope beside the program's bin/; else DATADIR.
 *
 * @return 0 or -ENOENT, with a sentence that names the places.
 */
int paths_assets(struct path *path, struct error *err);

/**
 * Makes a folder and those above it.
 *
 * @param mode Of those that are new, less the umask: 0700 for settings, 0777 for pictures.
 * @return 0 (also if it exists) or a negative errno.
 */
int paths_make_folder(const char *folder, mode_t mode);

/**
 * Makes a name like cannyscope-2026-11-22-153012.png; with a number other than 1 that stands before
 * the ending, as in cannyscope-2026-11-22-153012-2.png. Looks at no file.
 *
 * @param when In local time.
 * @return 0 or -ENAMETOOLONG.
 */
int paths_dated_name(struct path *path, const char *folder, time_t when, int number,
                     const char *ending);

/**
 * Takes a name that no file has, like cannyscope-2026-11-22-153012.png, or with -2, -3 and so on
 * before the ending. An empty file is left there so that nobody else takes the name: replace it,
 * or remove it when nothing comes of it.
 *
 * @param path   Set on success.
 * @param folder Made if it is missing.
 * @param when   For the name, in local time.
 * @param ending e.g. ".png".
 * @return 0 or a negative errno.
 */
int paths_take_name(struct path *path, const char *folder, time_t when, const char *ending,
                    struct error *err);
