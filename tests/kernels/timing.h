#pragma once

/**
 * @file
 * How long each level takes. Nothing passes or fails here.
 */

#include "tests/kernels/suite.h"

/** Prints a table: milliseconds a frame, a row a picture and parameters, a column a level. */
void timing_print(struct suite *suite);
