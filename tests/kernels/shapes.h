#pragma once

/**
 * @file
 * Every picture that the kernels are tried on, by name: those of tests/golden, shapes drawn to be
 * hard for one stage or another, and photos (tests/kernels/photos.h).
 */

#include <stdbool.h>
#include <stdint.h>

/** A pixel of a picture of some size. */
struct shape_place {
    uint32_t seed;
    int x, y, width, height;
};

/** One row of the table of shapes. */
struct shape {
    const char *name;
    uint8_t (*sample)(const struct shape_place *place); ///< NULL: the pattern of that name
    bool chain; ///< long connected contours, weak but for one end
};

/** All but "photo", which needs files. */
extern const struct shape shape_table[];
extern const int shape_count;

/** The shape of a name, "photo" too; NULL if there is none. */
const struct shape *shape_find(const char *name);

/** One sample; the same place always gives the same value. */
uint8_t shape_value(const struct shape *shape, const struct shape_place *place);
