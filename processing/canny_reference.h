#pragma once

/**
 * @file
 * Canny stage by stage, one plain function a stage, every stage's plane kept.
 *
 * This is the specification: what canny_run() must give, byte for byte, and what the views of the
 * stages show. It is written to be read and checked, not to be fast.
 */

#include "processing/canny.h"

/** Values of the `thinned` plane. */
enum {
    CANNY_NONE = 0,     ///< no local maximum, or not above the low threshold
    CANNY_WEAK = 128,   ///< a local maximum above the low threshold
    CANNY_STRONG = 255, ///< and above the high one
};

/** The stages, in the order in which they run. */
enum canny_stage {
    CANNY_GRAY,
    CANNY_BLUR,
    CANNY_GRADIENT,   ///< dx, dy and the magnitude
    CANNY_NMS,        ///< non-maximum suppression and the two thresholds
    CANNY_HYSTERESIS, ///< from candidates to edges
    CANNY_STAGES
};

/** "gray", "blur", "gradient", "nms" or "hysteresis". */
const char *canny_stage_name(enum canny_stage stage);

/** What every stage makes of one image; all planes width x height, rows close together. */
struct canny_stages {
    struct plane gray;
    struct plane blurred;
    int16_t *dx, *dy;   ///< right minus left, below minus above
    int32_t *magnitude; ///< L1: |dx| + |dy|; L2: dx^2 + dy^2
    struct plane thinned;
    struct plane edges; ///< 0 or 255
};

struct canny_reference;

/** As canny_create(). */
int canny_reference_create(struct canny_reference **out, int width, int height);

/** As canny_run(), but the result is in the stages. Returns 0 or -EINVAL. */
int canny_reference_run(struct canny_reference *reference, const struct canny_params *params,
                        const struct frame *frame);

/**
 * Runs one stage. Those before it must have run with the same arguments, so all in their order are
 * canny_reference_run().
 */
int canny_reference_run_stage(struct canny_reference *reference, enum canny_stage stage,
                              const struct canny_params *params, const struct frame *frame);

/** The stages of the last run; they belong to the reference. */
const struct canny_stages *canny_reference_stages(const struct canny_reference *reference);

void canny_reference_destroy(struct canny_reference **reference);
