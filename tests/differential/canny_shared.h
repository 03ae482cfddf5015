#pragma once

/**
 * @file
 * The door through which tests/differential/canny.py calls the edge detector: one flat struct, so
 * that Python need not know the project's own.
 */

#include <stddef.h>
#include <stdint.h>

/** One picture, the parameters, and where the results go. Mirrored in canny.py. */
struct differential_case {
    const uint8_t *data[3];
    int64_t stride[3];  ///< bytes
    const char *format; ///< as pixel_format_name() says it
    int32_t limited;    ///< range: 0 full, 1 limited
    int32_t gray_bgr;   ///< 0 luma, 1 bgr
    int32_t width, height;
    int32_t blur, aperture, l2;
    double low, high;
    uint8_t *gray;            ///< out: width x height, of the reference
    uint8_t *reference_edges; ///< out: width x height
    uint8_t *edges;           ///< out, of canny_run()
    int64_t edges_stride;     ///< bytes, >= width
    int32_t level;            ///< of canny_run(): enum cpu_level
    int32_t bands, order;     ///< of canny_run(): how many, and enum band_order
};

/** Name of a level (enum cpu_level), "" if this CPU lacks it, NULL past the last. */
const char *differential_level(int32_t level);

/** Name of an order of bands (enum band_order), NULL past the last. */
const char *differential_order(int32_t order);

/**
 * Runs the reference: `gray` and `reference_edges`.
 *
 * @return 0 or a negative errno; -ENOENT for an unknown format.
 */
int differential_reference(const struct differential_case *c);

/** Runs canny_run() at the level, in the bands: `edges`. Returns as differential_reference(). */
int differential_canny(const struct differential_case *c);
