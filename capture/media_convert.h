#pragma once

/**
 * @file
 * FFmpeg's frames as ours: lent where the layout is one of ours, else converted by libswscale.
 *
 * Of the media module only. Threads: any, with different scalers.
 */

#include "processing/frame.h"

#include <libavutil/frame.h>
#include <libswscale/swscale.h>

/** What shall become of a frame. */
struct media_target {
    enum pixel_format format;
    bool lend; ///< its memory can be read as it is
};

/**
 * Decides what a frame becomes.
 *
 * @param color Its colours are wanted; else a luma plane of 8 bits is enough.
 * @param bgr   BGR24 is wanted, as cv2.VideoCapture makes it (gray and RGB stay what they are).
 */
struct media_target media_target_of(const AVFrame *from, bool color, bool bgr);

/** Fills everything but time and sequence; the frame points into FFmpeg's memory. */
void media_lend(struct frame *to, enum pixel_format format, const AVFrame *from);

/** Fills the range and the matrix of a frame that was lent or converted. */
void media_describe(struct frame *to, const AVFrame *from);

/**
 * Converts into memory of ours. libswscale writes rows in whole groups of pixels: those of the
 * layout must have room for media_padded(width).
 *
 * @param scaler Kept between calls, freed by the caller with sws_freeContext(); starts as NULL.
 * @param width  Pixels to convert: those of `from` or, if its memory has them, one more.
 * @param height Likewise.
 * @param layout Of `block`; its format says which, its size is at least width x height.
 * @param block  Written.
 * @return 0, -ENOMEM or -ENOTSUP (libswscale cannot).
 */
int media_convert(struct SwsContext **scaler, const AVFrame *from, int width, int height,
                  const struct frame_layout *layout, uint8_t *block);

/** The width that rows must have room for, pixels. */
static inline int media_padded(int width)
{
    return (width + 63) / 64 * 64;
}
