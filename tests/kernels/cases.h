#pragma once

/**
 * @file
 * A case: everything that the edges of one picture depend on, and how input and output lie in
 * memory, which they must not depend on. It has a form as text, so that a failure can be repeated.
 */

#include "processing/canny.h"
#include "tests/kernels/draw.h"
#include "tests/kernels/shapes.h"

/** How a picture lies between two forbidden pages. */
struct placing {
    bool low;    ///< the first byte lies near the page before; else the last near the one behind
    int shift;   ///< bytes between them, 0 upwards
    int padding; ///< bytes behind each row but the last (of a frame: of its first plane)
};

struct kernel_case {
    const struct shape *shape;
    uint32_t seed; ///< of the shape, and of what lies between the rows
    int width, height;
    enum pixel_format format;
    enum pixel_range range;
    enum pixel_matrix matrix;
    struct canny_params params;
    struct placing in, out;
};

enum { CASE_TEXT_BYTES = 256 };

/** The case as one line, CASE_TEXT_BYTES at most. */
void case_print(const struct kernel_case *c, char *text);

/** Reads such a line. False if it is none. */
bool case_parse(struct kernel_case *c, const char *text);

/** A case of some size, everything else drawn. */
struct kernel_case case_draw(struct draw *draw, int width, int height);

/** Draws how input and output lie in memory. */
void case_draw_placing(struct kernel_case *c, struct draw *draw);

/** Pairs of thresholds worth trying, in the unit of aperture 3. */
extern const double case_thresholds[][2];
extern const int case_threshold_count;

/** Pair `index`, times what aperture and norm multiply gradients by. */
void case_scale_thresholds(struct canny_params *params, int index);

/** Thresholds that lie between faint and stark of a chain (tests/kernels/shapes.c). */
void case_for_chain(struct canny_params *params);
