#pragma once

/**
 * @file
 * Order statistics without sorting.
 */

/**
 * The value that `share` of the values are below (0.5 is the median); reorders them.
 *
 * @param count At least 1.
 * @param share 0 to 1.
 */
float quantile(float *values, int count, double share);
