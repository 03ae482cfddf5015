/**
 * @file
 * Where decoded rows go: into a picture that stands upright, whichever way the camera was held.
 */
#include "capture/image_decode.h"

#include "processing/gray_fast.h"
#include "processing/memory.h"

#include <errno.h>
#include <string.h>

int image_check_size(const struct image_job *job, unsigned width, unsigned height)
{
    if (width < 1 || height < 1 || width > FRAME_MAX_SIDE || height > FRAME_MAX_SIDE)
        return error_set(job->err, -EFBIG,
                         "'%s' has %u x %u pixels; more than %d a side cannot be read", job->path,
                         width, height, FRAME_MAX_SIDE);
    if ((long)width * (long)height > job->wish->max_pixels)
        return error_set(job->err, -EFBIG, "'%s' has %u x %u pixels, more than the limit of %ld",
                         job->path, width, height, job->wish->max_pixels);
    return 0;
}

static bool lies_on_its_side(int orientation)
{
    return orientation >= 5;
}

int image_tell_needs(const struct image_job *job, enum pixel_format format, int width, int height,
                     size_t more)
{
    size_t bytes = frame_layout_make(format, width, height, 0).bytes;
    *job->needs = (struct image_needs){
        .width = width, .height = height, .bytes = bytes + more, .kept_bytes = bytes};
    return 0;
}

int image_make_room(const struct image_job *job, size_t bytes)
{
    struct image *out = job->out;
    if (!out->block || out->room < bytes) {
        memory_free(out->block);
        out->block = memory_alloc(MEMORY_FRAMES, bytes);
        out->room = out->block ? bytes : 0;
    } else if (job->wish->keep_damaged) {
        memset(out->block, 0, bytes); // what is missing must not show the picture before
    }
    if (!out->block)
        return error_set(job->err, -ENOMEM, "Not enough memory for the %d x %d pixels of '%s'",
                         out->layout.width, out->layout.height, job->path);
    return 0;
}

int image_allocate(const struct image_job *job, enum pixel_format format, int width, int height,
                   int orientation)
{
    struct image *out = job->out;
    bool turned = lies_on_its_side(orientation);
    out->layout = frame_layout_make(format, turned ? height : width, turned ? width : height, 0);
    int ret = image_make_room(job, out->layout.bytes);
    if (ret < 0)
        return ret;
    out->frame = (struct frame){.range = RANGE_FULL, .matrix = MATRIX_BT601};
    frame_place(&out->frame, &out->layout, out->block);
    return 0;
}

static void scatter(uint8_t *to, ptrdiff_t step, const uint8_t *row, int pixels, int pixel_bytes)
{
    for (int x = 0; x < pixels; x++, to += step, row += pixel_bytes)
        for (int i = 0; i < pixel_bytes; i++)
            to[i] = row[i];
}

void image_put_row(struct image *image, int orientation, int y, const uint8_t *row)
{
    // An orientation swaps the axes or not, and then runs each of them forwards or backwards.
    static const struct {
        bool left, up;
    } runs[9] = {[2] = {true, false}, [3] = {true, true}, [4] = {false, true},
                 [6] = {true, false}, [7] = {true, true}, [8] = {false, true}};
    bool swaps = lies_on_its_side(orientation);
    bool left = runs[orientation].left, up = runs[orientation].up;
    int width = image->layout.width, height = image->layout.height;
    int pixel_bytes = image->layout.row_bytes[0] / width;
    ptrdiff_t stride = image->layout.stride[0];

    int first_x = swaps ? (left ? width - 1 - y : y) : (left ? width - 1 : 0);
    int first_y = swaps ? (up ? height - 1 : 0) : (up ? height - 1 - y : y);
    ptrdiff_t step = swaps ? (up ? -stride : stride) : (left ? -pixel_bytes : pixel_bytes);
    uint8_t *to = image->block + first_y * stride + (ptrdiff_t)first_x * pixel_bytes;
    if (step == pixel_bytes)
        memcpy(to, row, (size_t)image->layout.row_bytes[0]);
    else
        scatter(to, step, row, swaps ? height : width, pixel_bytes);
}

int image_turn(const struct image_job *job, int orientation)
{
    if (orientation == 1)
        return 0;
    struct image stored = *job->out;
    job->out->block = NULL;
    job->out->room = 0;
    int ret = image_allocate(job, stored.layout.format, stored.layout.width, stored.layout.height,
                             orientation);
    if (ret < 0) {
        *job->out = stored;
        return ret;
    }
    job->out->serves = stored.serves;
    for (int y = 0; y < stored.layout.height; y++)
        image_put_row(job->out, orientation, y, stored.block + y * stored.layout.stride[0]);
    memory_free(stored.block);
    return 0;
}

int image_make_gray(const struct image_job *job)
{
    struct image *out = job->out;
    const struct frame colors = out->frame;
    // A gray row never reaches the colours that are still to be read, but for the first one.
    uint8_t *row = memory_alloc(MEMORY_FRAMES, (size_t)colors.width);
    if (!row)
        return error_set(job->err, -ENOMEM, "Not enough memory to read '%s'", job->path);
    out->layout = frame_layout_make(PIXEL_GRAY8, colors.width, colors.height, 0);
    for (int y = 0; y < colors.height; y++) {
        gray_row_fast(&colors, GRAY_BGR, y, row);
        memcpy(out->block + y * out->layout.stride[0], row, (size_t)colors.width);
    }
    memory_free(row);
    frame_place(&out->frame, &out->layout, out->block);
    out->serves = 1u << IMAGE_GRAY_OF_BGR;
    return 0;
}
