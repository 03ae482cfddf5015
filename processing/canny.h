#pragma once

/**
 * @file
 * Canny edge detector: one frame in, one edge plane out.
 *
 *     gray -> blur (Gaussian) -> gradient (Sobel) -> non-maximum suppression
 *          -> double threshold -> hysteresis -> edges
 *
 * Source: J. Canny, "A Computational Approach to Edge Detection", IEEE TPAMI 8(6):679-698, 1986,
 * doi:10.1109/TPAMI.1986.4767851; in the integer form that OpenCV gives it, so that thresholds
 * tuned here mean the same there: GaussianBlur(gray, (blur, blur), 0), then Canny().
 *
 * The result depends on the arguments of canny_run() and on nothing else.
 */

#include "processing/frame.h"
#include "processing/gray.h"

/** What the user may tune. Plain data; copy it freely. */
struct canny_params {
    double low;          ///< gradient magnitude; above it an edge if connected to a strong one
    double high;         ///< gradient magnitude; above it a strong edge; swapped with low if less
    int blur;            ///< Gaussian kernel size in pixels: 0 (none), 3, 5 or 7
    int aperture;        ///< Sobel size in pixels: 3, 5 or 7
    bool l2;             ///< magnitude: false |gx| + |gy|, true sqrt(gx^2 + gy^2)
    enum gray_mode gray; ///< how colour becomes gray
};

/** low 50, high 150, blur 5, aperture 3, L1, luma. */
extern const struct canny_params canny_default_params;

/** Whether every field is one that canny_run() takes. Thresholds may be any number but NaN. */
bool canny_params_valid(const struct canny_params *params);

/** Whether two sets of parameters are the same. */
bool canny_params_equal(const struct canny_params *a, const struct canny_params *b);

/** The thresholds in the integers that magnitudes are compared with: an edge has m > low. */
struct canny_thresholds {
    int32_t low, high;
};

/**
 * What OpenCV makes of the two thresholds: divided by 16 for aperture 7, swapped into order,
 * squared for L2 (capped at 32767 first), floored, never below 0. Where OpenCV's conversion
 * overflows (2^31 and more) they are clamped instead: nothing passes.
 */
struct canny_thresholds canny_thresholds_of(const struct canny_params *params);

/** Largest magnitude (in the unit of low and high) that the aperture and norm can give. */
double canny_largest_magnitude(const struct canny_params *params);

/** Most bands that an image is cut into. */
enum { CANNY_BANDS_MAX = 64 };

/**
 * Scratch memory for one image size. It carries nothing from one image to the next, so one is
 * enough per thread, and a batch worker can keep its own.
 */
struct canny;

/**
 * How the bands of one image come to run at once. The detector knows no threads: whoever has some
 * gives it one of these.
 */
struct band_runner {
    /** Calls band(work, i) once for each i in 0..count-1, in any order, and returns after all. */
    void (*run)(void *context, int count, void (*band)(void *work, int index), void *work);
    void *context; ///< handed to run()
};

/**
 * How many bands are worth their while for an image and so many threads: 1 for small images,
 * where handing work over takes longer than it saves.
 */
int canny_bands_for(int width, int height, int threads);

/**
 * Allocates scratch memory for images of exactly width x height pixels, with the kernels of the
 * CPU level that is selected now (processing/cpu.h).
 *
 * @param out    Set to the new scratch on success, to NULL on failure. The caller owns it and
 *               frees it with canny_destroy().
 * @param width  Pixels; see frame_size_is_valid().
 * @param height Rows.
 * @param bands  Horizontal bands to cut the image into, 1 to CANNY_BANDS_MAX; more than there are
 *               rows become as many as there are. The edges do not depend on it.
 * @return 0, -EINVAL (an argument out of range) or -ENOMEM.
 */
int canny_create(struct canny **out, int width, int height, int bands);

/**
 * Finds the edges of one frame. Every pixel of `edges` is written: 255 or 0.
 *
 * @param scratch Made by canny_create() for this frame's size.
 * @param params  Read during the call only.
 * @param frame   Input in any pixel format, borrowed for the call.
 * @param edges   Output, the same size as `frame`, not overlapping it.
 * @param runner  Runs the bands; NULL runs them one after the other on the calling thread.
 * @return 0, or -EINVAL if a size or a parameter is out of range; `edges` is then untouched.
 *
 * Threads: calls with different `scratch` may run at once; calls with the same one may not.
 * Allocates nothing.
 */
int canny_run(struct canny *scratch, const struct canny_params *params, const struct frame *frame,
              const struct plane *edges, const struct band_runner *runner);

/** Frees the scratch and sets *scratch to NULL. NULL in *scratch is fine. */
void canny_destroy(struct canny **scratch);
