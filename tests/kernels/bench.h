#pragma once

/**
 * @file
 * Where a case is laid out: its frame between forbidden pages, what the reference makes of it,
 * and an output plane whose bytes around the picture are watched.
 */

#include "processing/canny_reference.h"
#include "tests/kernels/cases.h"
#include "tests/unit/samples.h"

/** Pages that are kept from case to case. */
struct region {
    struct guarded pages;
    size_t bytes;
};

/** Zeroed to begin with; one case at a time. */
struct bench {
    struct region inputs[3], output;
    uint8_t *planes[3];    ///< those of the frame, to be drawn into
    struct frame frame;    ///< of the case
    struct plane edges;    ///< where canny_run() writes
    struct plane expected; ///< the reference's edges
    const struct canny_stages *stages;
    struct canny_reference *reference;
    int width, height; ///< that the reference was made for
};

/** Lays frame and output out as the case says, the frame full of noise, also behind its rows. */
void bench_reserve(struct bench *bench, const struct kernel_case *c);

/** Makes the frame, runs the reference. Returns 0, -EINVAL or -ENOMEM. */
int bench_prepare(struct bench *bench, const struct kernel_case *c);

/** Makes the output ready for a run: every byte of it and around it is one that no edge has. */
void bench_clear_output(struct bench *bench);

/**
 * Compares the output with the reference's and looks at the bytes around it.
 *
 * @param text What differs, in a sentence. `bytes` of room.
 * @return Whether all is right.
 */
bool bench_compare(const struct bench *bench, char *text, size_t bytes);

/** Pixels of a picture: strong ones, weak ones, and those of the weak that became edges. */
struct chain_count {
    int strong, weak, found;
};

/** Adds a picture's pixels. */
void chain_add(struct chain_count *count, const struct canny_stages *stages);

/** Whether there was work for hysteresis: most weak pixels are edges, and few were strong. */
bool chain_long(const struct chain_count *count);

void bench_free(struct bench *bench);
