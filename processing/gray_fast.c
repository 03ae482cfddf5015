#include "processing/gray_fast.h"

/** The kernels have the common cases; gray_span() has them all. */
void gray_span_fast(const struct kernels *kernels, const struct frame *frame, enum gray_mode mode,
                    int y, int x, int count, uint8_t *gray)
{
    const uint8_t *row = frame->data[0] + y * frame->stride[0];
    bool limited = frame->range == RANGE_LIMITED;
    bool rgb = frame->format == PIXEL_RGB24 || frame->format == PIXEL_BGR24;
    if (rgb && !limited) {
        (frame->format == PIXEL_BGR24 ? kernels->gray_bgr
                                      : kernels->gray_rgb)(row + 3 * (ptrdiff_t)x, count, gray);
    } else if (!rgb && limited && (mode == GRAY_LUMA || !pixel_format_has_color(frame->format))) {
        struct frame luma = *frame;
        luma.range = RANGE_FULL;
        gray_span(&luma, GRAY_LUMA, y, x, count, gray);
        kernels->expand_range(gray, count);
    } else {
        gray_span(frame, mode, y, x, count, gray);
    }
}

void gray_row_fast(const struct frame *frame, enum gray_mode mode, int y, uint8_t *gray)
{
    gray_span_fast(kernels_of(cpu_level()), frame, mode, y, 0, frame->width, gray);
}
