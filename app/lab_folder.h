#pragma once

/**
 * @file
 * The experiment LAB_FOLDER: reads every image of a folder and keeps it, in colour as cv2.imread()
 * gives it. What reading takes counts against the limit too.
 *
 * Files that cannot be read are passed over. The thread begins with the first time that the
 * experiment is switched on.
 *
 * Threads: the main thread.
 */

#include "app/lab.h"

struct lab_folder;

struct lab_folder_config {
    struct lab *lab;    ///< outlives it
    const char *folder; ///< copied
    /** What became of it; a warning if it cannot be read. On the thread that reads. */
    void (*said)(void *self, bool warning, const char *text);
    void *self;
};

/** Returns 0 or a negative errno. */
int lab_folder_create(struct lab_folder **out, const struct lab_folder_config *config);

/** The experiment was switched. Returns 0, or a negative errno: there is no thread for it. */
int lab_folder_switched(struct lab_folder *folder);

/** Ends what it does, and frees what it holds. NULL in *folder is fine. */
void lab_folder_destroy(struct lab_folder **folder);
