#include "processing/frame.h"

#include <string.h>

/**
 * What tells the formats apart. Chroma planes are subsampled by 2 in both directions, sizes rounded
 * up, which is how V4L2 and FFmpeg lay odd sizes out.
 */
static const struct {
    const char *name;
    bool color;
    int planes;
    int pixel_bytes;  ///< of the first plane
    int chroma_bytes; ///< a chroma sample of planes 1 and up
    bool paired;      ///< rows of the first plane hold whole pairs of pixels
} formats[PIXEL_FORMATS] = {
    [PIXEL_GRAY8] = {"GREY", false, 1, 1, 0, false},
    [PIXEL_YUYV] = {"YUYV", true, 1, 2, 0, true},
    [PIXEL_UYVY] = {"UYVY", true, 1, 2, 0, true},
    [PIXEL_NV12] = {"NV12", true, 2, 1, 2, false},
    [PIXEL_I420] = {"I420", true, 3, 1, 1, false},
    [PIXEL_YUV24] = {"YUV24", true, 1, 3, 0, false},
    [PIXEL_RGB24] = {"RGB24", true, 1, 3, 0, false},
    [PIXEL_BGR24] = {"BGR24", true, 1, 3, 0, false},
};

const char *pixel_format_name(enum pixel_format format)
{
    return formats[format].name;
}

bool pixel_format_has_color(enum pixel_format format)
{
    return formats[format].color;
}

int pixel_format_bytes(enum pixel_format format)
{
    return formats[format].pixel_bytes;
}

bool frame_size_is_valid(int width, int height)
{
    return width >= 1 && height >= 1 && width <= FRAME_MAX_SIDE && height <= FRAME_MAX_SIDE &&
           (int64_t)width * height <= FRAME_MAX_PIXELS;
}

struct frame_layout frame_layout_make(enum pixel_format format, int width, int height,
                                      ptrdiff_t stride)
{
    struct frame_layout layout = {.format = format, .width = width, .height = height};
    if (!frame_size_is_valid(width, height))
        return layout;

    int paired_width = formats[format].paired ? width + (width & 1) : width;
    int chroma_width = (width + 1) / 2, chroma_height = (height + 1) / 2;
    layout.planes = formats[format].planes;
    layout.row_bytes[0] = paired_width * formats[format].pixel_bytes;
    layout.rows[0] = height;
    layout.stride[0] = stride ? stride : layout.row_bytes[0];
    if (layout.stride[0] < layout.row_bytes[0])
        return layout;
    for (int p = 1; p < layout.planes; p++) {
        layout.row_bytes[p] = chroma_width * formats[format].chroma_bytes;
        layout.rows[p] = chroma_height;
        // A driver with an odd luma stride rounds the halves up, as it does the width.
        ptrdiff_t follows = format == PIXEL_NV12 ? layout.stride[0] : (layout.stride[0] + 1) / 2;
        layout.stride[p] = follows > layout.row_bytes[p] ? follows : layout.row_bytes[p];
    }
    for (int p = 0; p < layout.planes; p++) {
        layout.offset[p] = layout.bytes;
        layout.bytes += (size_t)layout.stride[p] * (size_t)layout.rows[p];
    }
    return layout;
}

void frame_place(struct frame *frame, const struct frame_layout *layout, const uint8_t *block)
{
    frame->format = layout->format;
    frame->width = layout->width;
    frame->height = layout->height;
    for (int p = 0; p < 3; p++) {
        frame->data[p] = p < layout->planes ? block + layout->offset[p] : NULL;
        frame->stride[p] = p < layout->planes ? layout->stride[p] : 0;
    }
}

void frame_copy(struct frame *copy, const struct frame_layout *layout, uint8_t *block,
                const struct frame *frame)
{
    for (int p = 0; p < layout->planes; p++) {
        uint8_t *to = block + layout->offset[p];
        const uint8_t *from = frame->data[p];
        for (int y = 0; y < layout->rows[p]; y++) {
            memcpy(to, from, (size_t)layout->row_bytes[p]);
            to += layout->stride[p];
            from += frame->stride[p];
        }
    }
    *copy = *frame;
    frame_place(copy, layout, block);
}
