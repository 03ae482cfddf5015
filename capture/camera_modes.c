/*
 * V4L2 lists what a camera offers in three nested enumerations: formats, the sizes of a format,
 * the intervals of a size. The inner two answer with single values, or with limits and a step, or
 * not at all; then TRY_FMT, which changes nothing, says what S_FMT would make of a size.
 *
 * Source: Linux media documentation, VIDIOC_ENUM_FMT, VIDIOC_ENUM_FRAMESIZES,
 * VIDIOC_ENUM_FRAMEINTERVALS, https://docs.kernel.org/userspace-api/media/v4l/user-func.html
 */
#include "capture/camera_modes.h"

#include "capture/camera_array.h"
#include "capture/camera_formats.h"
#include "processing/memory.h"

#include <errno.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <string.h>

/** A driver whose list never ends is cut off. */
enum { FORMATS_MAX = 256, SIZES_MAX = 256, RATES_MAX = 256 };

/** Asked for where a driver gives limits instead of a list. */
static const struct {
    int width, height;
} usual_sizes[] = {{320, 240},  {640, 360},   {640, 480},  {800, 600},
                   {1280, 720}, {1920, 1080}, {3840, 2160}};

enum { USUAL_SIZES = sizeof usual_sizes / sizeof usual_sizes[0] };

/** What the readers below share. */
struct reader {
    struct camera_modes *modes;
    const struct v4l2_io *io;
    int fd;
    const struct camera_wish *wish;
};

static int ask(const struct reader *reader, unsigned long request, void *argument)
{
    return reader->io->ioctl(reader->io->self, reader->fd, request, argument);
}

static int add_rate(struct camera_modes *modes, struct camera_rate rate)
{
    void *array = modes->rates;
    int ret = camera_array_grow(&array, modes->rate_count, sizeof rate);
    modes->rates = array;
    if (ret == 0)
        modes->rates[modes->rate_count++] = rate;
    return ret;
}

static int add_size(struct camera_modes *modes, struct camera_size size)
{
    void *array = modes->sizes;
    int ret = camera_array_grow(&array, modes->size_count, sizeof size);
    modes->sizes = array;
    if (ret == 0)
        modes->sizes[modes->size_count++] = size;
    return ret;
}

static int add_format(struct camera_modes *modes, struct camera_format format)
{
    void *array = modes->formats;
    int ret = camera_array_grow(&array, modes->format_count, sizeof format);
    modes->formats = array;
    if (ret == 0)
        modes->formats[modes->format_count++] = format;
    return ret;
}

static struct camera_interval from_fract(struct v4l2_fract fract)
{
    return (struct camera_interval){.num = fract.numerator, .den = fract.denominator};
}

static struct camera_rate rate_of(const struct v4l2_frmivalenum *answer)
{
    if (answer->type == V4L2_FRMIVAL_TYPE_DISCRETE) {
        struct camera_interval one = from_fract(answer->discrete);
        return (struct camera_rate){one, one};
    }
    return (struct camera_rate){from_fract(answer->stepwise.min), from_fract(answer->stepwise.max)};
}

static int read_rates(const struct reader *reader, uint32_t fourcc, struct camera_size *size)
{
    size->first_rate = reader->modes->rate_count;
    for (unsigned i = 0; i < RATES_MAX; i++) {
        struct v4l2_frmivalenum answer = {.index = i,
                                          .pixel_format = fourcc,
                                          .width = (unsigned)size->width,
                                          .height = (unsigned)size->height};
        int ret = ask(reader, VIDIOC_ENUM_FRAMEINTERVALS, &answer);
        if (ret < 0)
            return ret == -ENODEV ? ret : 0;
        ret = add_rate(reader->modes, rate_of(&answer));
        if (ret < 0)
            return ret;
        size->rates++;
        if (answer.type != V4L2_FRMIVAL_TYPE_DISCRETE)
            return 0;
    }
    return 0;
}

static bool has_size(const struct reader *reader, const struct camera_format *format, int width,
                     int height)
{
    const struct camera_size *sizes = reader->modes->sizes;
    for (int i = format->first_size; i < format->first_size + format->sizes; i++)
        if (sizes[i].width == width && sizes[i].height == height)
            return true;
    return false;
}

/** Adds a size with its rates, once; one that no picture can have is passed over. */
static int read_size(const struct reader *reader, struct camera_format *format, uint32_t width,
                     uint32_t height)
{
    if (width < 1 || height < 1 || width > FRAME_MAX_SIDE || height > FRAME_MAX_SIDE ||
        has_size(reader, format, (int)width, (int)height))
        return 0;
    struct camera_size size = {.width = (int)width, .height = (int)height};
    int ret = read_rates(reader, format->fourcc, &size);
    if (ret == 0)
        ret = add_size(reader->modes, size);
    if (ret == 0)
        format->sizes++;
    return ret;
}

/** The nearest value of min, min + step... max. */
static int snap(int value, int min, int max, int step)
{
    int clamped = value < min ? min : value > max ? max : value;
    int down = min + (clamped - min) / step * step;
    return clamped - down > step / 2 && down + step <= max ? down + step : down;
}

static int read_snapped(const struct reader *reader, struct camera_format *format, int width,
                        int height)
{
    const struct camera_size_range *range = &format->range;
    int w = snap(width, range->min_width, range->max_width, range->step_width);
    int h = snap(height, range->min_height, range->max_height, range->step_height);
    return read_size(reader, format, (uint32_t)w, (uint32_t)h);
}

static int clamp_side(uint32_t side)
{
    return side < 1 ? 1 : side > FRAME_MAX_SIDE ? FRAME_MAX_SIDE : (int)side;
}

static struct camera_size_range range_of(const struct v4l2_frmsize_stepwise *limits)
{
    struct camera_size_range range = {
        .min_width = clamp_side(limits->min_width),
        .max_width = clamp_side(limits->max_width),
        .step_width = clamp_side(limits->step_width),
        .min_height = clamp_side(limits->min_height),
        .max_height = clamp_side(limits->max_height),
        .step_height = clamp_side(limits->step_height),
    };
    if (range.max_width < range.min_width)
        range.max_width = range.min_width;
    if (range.max_height < range.min_height)
        range.max_height = range.min_height;
    return range;
}

/** Sizes between limits: the wished one, the usual ones that fit, the largest. */
static int read_range(const struct reader *reader, struct camera_format *format,
                      const struct v4l2_frmsize_stepwise *limits)
{
    format->ranged = true;
    format->range = range_of(limits);
    const struct camera_size_range *range = &format->range;
    int ret = 0;
    if (reader->wish && reader->wish->width > 0)
        ret = read_snapped(reader, format, reader->wish->width, reader->wish->height);
    for (int i = 0; i < USUAL_SIZES && ret == 0; i++) {
        int width = usual_sizes[i].width, height = usual_sizes[i].height;
        if (width >= range->min_width && width <= range->max_width && height >= range->min_height &&
            height <= range->max_height)
            ret = read_snapped(reader, format, width, height);
    }
    return ret < 0 ? ret : read_snapped(reader, format, range->max_width, range->max_height);
}

static int try_size(const struct reader *reader, struct camera_format *format, int width,
                    int height)
{
    struct v4l2_format answer = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
    answer.fmt.pix.pixelformat = format->fourcc;
    answer.fmt.pix.width = (unsigned)width;
    answer.fmt.pix.height = (unsigned)height;
    int ret = ask(reader, VIDIOC_TRY_FMT, &answer);
    if (ret < 0 || answer.fmt.pix.pixelformat != format->fourcc)
        return ret == -ENODEV ? ret : 0;
    return read_size(reader, format, answer.fmt.pix.width, answer.fmt.pix.height);
}

/** Sizes of a driver that lists none: what it makes of the wished and the usual ones. */
static int read_tried(const struct reader *reader, struct camera_format *format)
{
    int ret = 0;
    if (reader->wish && reader->wish->width > 0)
        ret = try_size(reader, format, reader->wish->width, reader->wish->height);
    for (int i = 0; i < USUAL_SIZES && ret == 0; i++)
        ret = try_size(reader, format, usual_sizes[i].width, usual_sizes[i].height);
    return ret;
}

static int read_sizes(const struct reader *reader, struct camera_format *format)
{
    format->first_size = reader->modes->size_count;
    for (unsigned i = 0; i < SIZES_MAX; i++) {
        struct v4l2_frmsizeenum answer = {.index = i, .pixel_format = format->fourcc};
        int ret = ask(reader, VIDIOC_ENUM_FRAMESIZES, &answer);
        if (ret == -ENODEV)
            return ret;
        if (ret < 0)
            return i == 0 ? read_tried(reader, format) : 0;
        if (answer.type != V4L2_FRMSIZE_TYPE_DISCRETE)
            return read_range(reader, format, &answer.stepwise);
        ret = read_size(reader, format, answer.discrete.width, answer.discrete.height);
        if (ret < 0)
            return ret;
    }
    return 0;
}

int camera_modes_read(struct camera_modes *modes, const struct v4l2_io *io, int fd,
                      enum camera_modes_extent extent, const struct camera_wish *wish)
{
    struct reader reader = {modes, io, fd, wish};
    for (unsigned i = 0; i < FORMATS_MAX; i++) {
        struct v4l2_fmtdesc answer = {.index = i, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
        int ret = ask(&reader, VIDIOC_ENUM_FMT, &answer);
        // The end of the list, or none. What else is said before anything came is a failure.
        bool end = ret == -EINVAL || ret == -ENOTTY || (i > 0 && ret != -ENODEV);
        if (ret < 0)
            return end ? 0 : ret;
        struct camera_format format = {
            .fourcc = answer.pixelformat,
            .native = camera_format_find(answer.pixelformat) != NULL,
            .emulated = answer.flags & V4L2_FMT_FLAG_EMULATED,
        };
        snprintf(format.description, sizeof format.description, "%.*s",
                 (int)sizeof answer.description, (const char *)answer.description);
        if (format.native || extent == CAMERA_MODES_ALL)
            ret = read_sizes(&reader, &format);
        if (ret == 0)
            ret = add_format(modes, format);
        if (ret < 0)
            return ret;
    }
    return 0;
}

const struct camera_format *camera_modes_find(const struct camera_modes *modes, uint32_t fourcc)
{
    for (int i = 0; i < modes->format_count; i++)
        if (modes->formats[i].fourcc == fourcc)
            return &modes->formats[i];
    return NULL;
}

static int copy_array(void *out, const void *from, int count, size_t size)
{
    void *copy = count > 0 ? memory_alloc(MEMORY_CAMERA, (size_t)count * size) : NULL;
    if (copy)
        memcpy(copy, from, (size_t)count * size);
    memcpy(out, &copy, sizeof copy);
    return copy || count == 0 ? 0 : -ENOMEM;
}

int camera_modes_copy(struct camera_modes *copy, const struct camera_modes *modes)
{
    struct camera_modes fresh = {.format_count = modes->format_count,
                                 .size_count = modes->size_count,
                                 .rate_count = modes->rate_count};
    camera_modes_free(copy);
    int ret =
        copy_array(&fresh.formats, modes->formats, modes->format_count, sizeof *modes->formats);
    if (ret == 0)
        ret = copy_array(&fresh.sizes, modes->sizes, modes->size_count, sizeof *modes->sizes);
    if (ret == 0)
        ret = copy_array(&fresh.rates, modes->rates, modes->rate_count, sizeof *modes->rates);
    if (ret < 0)
        camera_modes_free(&fresh);
    *copy = fresh;
    return ret;
}

void camera_modes_free(struct camera_modes *modes)
{
    memory_free(modes->formats);
    memory_free(modes->sizes);
    memory_free(modes->rates);
    *modes = (struct camera_modes){0};
}
