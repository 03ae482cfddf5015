#pragma once

/**
 * @file
 * What takes too long for a frame and is asked for by hand: reading PSS, for which the kernel walks
 * through all of the process's pages, and writing a file. A thread of its own does both, begun when
 * it is first needed.
 *
 * Threads: one, which owns them; what it is told comes on the errands' own.
 */

#include "app/memory_export.h"

struct memory_errands;

/** Told when something is done. Called on the errands' thread. */
struct memory_errands_config {
    /** @param pss_bytes Less than 0 if the system does not say. */
    void (*measured)(void *self, int64_t pss_bytes);
    /** A file was written (`ret` 0) or not. */
    void (*saved)(void *self, int ret, const char *path, const struct error *err);
    void *self;
};

/** Returns 0 or -ENOMEM. */
int memory_errands_create(struct memory_errands **out, const struct memory_errands_config *config);

/** Reads PSS by and by. Returns 0 (also if it is being read) or a negative errno. */
int memory_errands_measure(struct memory_errands *errands);

/**
 * Copies this and writes it by and by.
 *
 * @return 0; -EBUSY while another is being written; or a negative errno.
 */
int memory_errands_save(struct memory_errands *errands, const struct memory_export *what);

/** Finishes what is in hand, ends the thread. NULL in *errands is fine. */
void memory_errands_destroy(struct memory_errands **errands);
