#pragma once

/**
 * @file
 * Whether there is a GPU behind GL. A software GL (llvmpipe) costs a hundred megabytes as soon as
 * a context exists, so the question is asked in a process of its own that ends at once.
 */

/**
 * For the short-lived child: opens a hidden GL window, looks who draws, closes.
 *
 * @return 1 a GPU, 0 software or no GL, < 0 no display.
 */
int renderer_probe(void);
