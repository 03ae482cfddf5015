#pragma once

/**
 * @file
 * The groups of cases. Each is one dimension of the input tried value by value; what else there
 * is to a case is drawn, so that all of it meets.
 */

#include "tests/kernels/suite.h"

/** Runs every group but the large one, each one's result printed. */
void groups_run(struct suite *suite);

/** Draws cases without end, for some seconds. */
void groups_run_random(struct suite *suite, double seconds);

/** One case, in every cut. */
void groups_run_case(struct suite *suite, const struct kernel_case *c);

/** 16384 x 16384, every pixel compared (tests/kernels/large.c). Takes 1.4 GB. */
void groups_run_large(struct suite *suite);

/** Several detectors at once (tests/kernels/at_once.c). */
void group_at_once(struct suite *suite);
