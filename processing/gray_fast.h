#pragma once

/**
 * @file
 * Gray rows by the kernels of a CPU level: the same bytes as gray_row() and gray_span()
 * (processing/gray.h), which say it in plain C and are what the reference detector uses.
 *
 * Any thread; nothing is allocated.
 */

#include "processing/gray.h"
#include "processing/kernels.h"

/** As gray_span(), by these kernels. */
void gray_span_fast(const struct kernels *kernels, const struct frame *frame, enum gray_mode mode,
                    int y, int x, int count, uint8_t *gray);

/** As gray_row(), by the level in use. */
void gray_row_fast(const struct frame *frame, enum gray_mode mode, int y, uint8_t *gray);
