#pragma once

/**
 * @file
 * Pictures in memory: one plane of samples, and a frame made of planes.
 *
 * None of these structs owns its memory. They say where samples lie and how they are laid out;
 * copying one copies no samples. Whoever lent the memory says how long it stays valid (see
 * source_acquire()).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Largest width and height of any picture, pixels: what JPEG can hold. */
#define FRAME_MAX_SIDE 65535

/** Most pixels of any picture, so that offsets in four bytes a pixel fit into an int. */
#define FRAME_MAX_PIXELS (16384 * 16384)

/** 8-bit samples, row by row from the top left. */
struct plane {
    uint8_t *data;    ///< first sample of the top row
    int width;        ///< samples in a row, >= 1
    int height;       ///< rows, >= 1
    ptrdiff_t stride; ///< bytes from one row to the next, >= width
};

/** How a frame's bytes mean pixels. Names are V4L2's and FFmpeg's. */
enum pixel_format {
    PIXEL_GRAY8, ///< 1 plane: Y
    PIXEL_YUYV,  ///< 1 plane, 4 bytes for 2 pixels: Y U Y V
    PIXEL_UYVY,  ///< 1 plane, 4 bytes for 2 pixels: U Y V Y
    PIXEL_NV12,  ///< 2 planes: Y, then U V pairs at half width and half height
    PIXEL_I420,  ///< 3 planes: Y, U, V; U and V at half width and half height
    PIXEL_YUV24, ///< 1 plane, 3 bytes a pixel: Y U V (what JPEG calls YCbCr, unsubsampled)
    PIXEL_RGB24, ///< 1 plane, 3 bytes a pixel: R G B
    PIXEL_BGR24, ///< 1 plane, 3 bytes a pixel: B G R
    PIXEL_FORMATS
};

/** Which values luma runs over. */
enum pixel_range {
    RANGE_FULL,    ///< 0 to 255
    RANGE_LIMITED, ///< 16 to 235 (chroma 16 to 240); values outside are clamped when expanded
};

/** Which red, green and blue a Y, U, V means. */
enum pixel_matrix {
    MATRIX_BT601,
    MATRIX_BT709,
};

/** One picture from a source, read-only. */
struct frame {
    enum pixel_format format;
    enum pixel_range range;
    enum pixel_matrix matrix; ///< means nothing for GRAY8, RGB24, BGR24
    int width, height;        ///< pixels, 1 to FRAME_MAX_SIDE
    const uint8_t *data[3];   ///< first byte of each plane; unused ones NULL
    ptrdiff_t stride[3];      ///< bytes a row, per plane (V4L2's bytesperline)
    int64_t time_ns;          ///< when it was taken, CLOCK_MONOTONIC; for files, from the start
    int64_t received_ns;      ///< when the source handed it out, CLOCK_MONOTONIC
    uint32_t sequence;        ///< counts up, may wrap; a gap means frames dropped by the driver
    bool stamped;             ///< `time_ns` is the device's own stamp, so the age since it is true
};

/** Bytes that a pixel takes in the first plane. */
int pixel_format_bytes(enum pixel_format format);

/** Where the planes of a tightly packed frame lie in one block of memory. */
struct frame_layout {
    enum pixel_format format;
    int width, height;   ///< pixels
    int planes;          ///< 1 to 3
    size_t offset[3];    ///< bytes from the block's start
    ptrdiff_t stride[3]; ///< bytes a row
    int row_bytes[3];    ///< bytes a row that carry samples, <= stride
    int rows[3];         ///< rows of the plane
    size_t bytes;        ///< the whole block
};

/** The format's name as users know it, e.g. "YUYV". */
const char *pixel_format_name(enum pixel_format format);

/** Whether the format carries colour at all. */
bool pixel_format_has_color(enum pixel_format format);

/** Whether a picture may be that large: sides up to FRAME_MAX_SIDE, FRAME_MAX_PIXELS in all. */
bool frame_size_is_valid(int width, int height);

/**
 * Lays a frame out in one block, rows close together.
 *
 * @param stride Bytes a row of the first plane as a driver dictates them, or 0 for the fewest;
 *               the other planes follow from it as V4L2 says (I420: half of it, NV12: the same).
 * @return The layout; `bytes` is 0 if the size is not valid or `stride` too small.
 */
struct frame_layout frame_layout_make(enum pixel_format format, int width, int height,
                                      ptrdiff_t stride);

/** Points the frame's format, size, data and stride at a block laid out so. Other fields stay. */
void frame_place(struct frame *frame, const struct frame_layout *layout, const uint8_t *block);

/**
 * Copies a frame's samples into a block and makes `copy` that frame in its new place.
 *
 * @param layout frame_layout_make() of the same format and size.
 * @param block  layout->bytes, owned by the caller.
 */
void frame_copy(struct frame *copy, const struct frame_layout *layout, uint8_t *block,
                const struct frame *frame);
