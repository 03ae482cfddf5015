/*
 * What the scripted device offers and grants: formats, sizes, rates.
 */
#include "tests/fakes/fake_v4l2_offer.h"

#include "capture/camera_formats.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct fake_format *format_at(const struct fake_v4l2 *fake, unsigned index)
{
    for (int i = 0; i < FAKE_FORMATS && fake->formats[i].fourcc; i++) {
        if (fake->formats[i].emulated && !fake->converting)
            continue;
        if (index-- == 0)
            return &fake->formats[i];
    }
    return NULL;
}

static const struct fake_format *format_of(const struct fake_v4l2 *fake, uint32_t fourcc)
{
    const struct fake_format *format;
    for (unsigned i = 0; (format = format_at(fake, i)); i++)
        if (format->fourcc == fourcc)
            return format;
    return NULL;
}

static int enum_fmt(struct fake_v4l2 *fake, void *argument)
{
    struct v4l2_fmtdesc *answer = argument;
    const struct fake_format *format = format_at(fake, answer->index);
    if (!format)
        return -EINVAL;
    answer->pixelformat = format->fourcc;
    answer->flags = format->emulated ? V4L2_FMT_FLAG_EMULATED : 0;
    snprintf((char *)answer->description, sizeof answer->description, "Fake %s",
             camera_fourcc_text(format->fourcc).text);
    return 0;
}

static int enum_sizes(struct fake_v4l2 *fake, void *argument)
{
    struct v4l2_frmsizeenum *answer = argument;
    const struct fake_format *format = format_of(fake, answer->pixel_format);
    if (!format || format->listing == FAKE_SILENT || answer->index >= FAKE_SIZES)
        return -EINVAL;
    if (format->listing == FAKE_STEPS) {
        answer->type = V4L2_FRMSIZE_TYPE_STEPWISE;
        answer->stepwise = format->limits;
        return answer->index ? -EINVAL : 0;
    }
    const struct fake_size *size = &format->sizes[answer->index];
    answer->type = V4L2_FRMSIZE_TYPE_DISCRETE;
    answer->discrete.width = size->width;
    answer->discrete.height = size->height;
    return size->width ? 0 : -EINVAL;
}

static const struct fake_size *size_of(const struct fake_format *format, unsigned width,
                                       unsigned height)
{
    for (int i = 0; i < FAKE_SIZES && format->sizes[i].width; i++)
        if (format->sizes[i].width == width && format->sizes[i].height == height)
            return &format->sizes[i];
    return NULL;
}

static int enum_intervals(struct fake_v4l2 *fake, void *argument)
{
    struct v4l2_frmivalenum *answer = argument;
    const struct fake_format *format = format_of(fake, answer->pixel_format);
    if (!format || format->listing == FAKE_SILENT || answer->index >= FAKE_RATES)
        return -EINVAL;
    if (format->listing == FAKE_STEPS) {
        answer->type = V4L2_FRMIVAL_TYPE_STEPWISE;
        answer->stepwise =
            (struct v4l2_frmival_stepwise){format->shortest, format->longest, format->shortest};
        return answer->index || !format->shortest.denominator ? -EINVAL : 0;
    }
    const struct fake_size *size = size_of(format, answer->width, answer->height);
    if (!size || !size->intervals[answer->index].denominator)
        return -EINVAL;
    answer->type = V4L2_FRMIVAL_TYPE_DISCRETE;
    answer->discrete = size->intervals[answer->index];
    return 0;
}

static int query_cap(struct fake_v4l2 *fake, void *argument)
{
    struct v4l2_capability *answer = argument;
    snprintf((char *)answer->driver, sizeof answer->driver, "fake");
    snprintf((char *)answer->card, sizeof answer->card, "%s",
             fake->node && fake->node->card ? fake->node->card : "Fake Camera");
    snprintf((char *)answer->bus_info, sizeof answer->bus_info, "platform:fake");
    answer->capabilities = fake->capabilities;
    answer->device_caps =
        fake->node && fake->node->device_caps ? fake->node->device_caps : fake->device_caps;
    return 0;
}

static unsigned distance(const struct fake_size *size, unsigned width, unsigned height)
{
    return (unsigned)(abs((int)size->width - (int)width) + abs((int)size->height - (int)height));
}

static void fit_size(const struct fake_format *format, struct v4l2_pix_format *pix)
{
    if (format->listing != FAKE_LIST)
        return;
    const struct fake_size *best = &format->sizes[0];
    for (int i = 1; i < FAKE_SIZES && format->sizes[i].width; i++)
        if (distance(&format->sizes[i], pix->width, pix->height) <
            distance(best, pix->width, pix->height))
            best = &format->sizes[i];
    pix->width = best->width;
    pix->height = best->height;
}

static unsigned pick(unsigned forced, unsigned granted)
{
    return forced ? forced : granted;
}

static int try_format(struct fake_v4l2 *fake, void *argument)
{
    struct v4l2_pix_format *pix = &((struct v4l2_format *)argument)->fmt.pix;
    const struct fake_format *format = format_of(fake, pix->pixelformat);
    if (!format)
        format = format_at(fake, 0);
    fit_size(format, pix);
    pix->pixelformat = pick(fake->forced.pixelformat, format->fourcc);
    pix->width = pick(fake->forced.width, pix->width);
    pix->height = pick(fake->forced.height, pix->height);
    pix->field = V4L2_FIELD_NONE;
    pix->colorspace = fake->colorspace;
    pix->quantization = fake->quantization;
    const struct camera_format_row *row = camera_format_find(pix->pixelformat);
    struct frame_layout layout = {0};
    if (row && !row->jpeg) {
        layout = frame_layout_make(row->format, (int)pix->width, (int)pix->height, 0);
        layout = frame_layout_make(row->format, (int)pix->width, (int)pix->height,
                                   layout.stride[0] + fake->stride_padding);
    }
    pix->bytesperline = pick(fake->forced.bytesperline, (unsigned)layout.stride[0]);
    unsigned bytes = layout.bytes ? (unsigned)layout.bytes : pix->width * pix->height * 2 + 1000;
    pix->sizeimage = pick(fake->forced.sizeimage, bytes);
    return 0;
}

static int set_format(struct fake_v4l2 *fake, void *argument)
{
    struct v4l2_format *format = argument;
    fake->asked = format->fmt.pix;
    int ret = try_format(fake, format);
    fake->granted = format->fmt.pix;
    return ret;
}

static int set_parm(struct fake_v4l2 *fake, void *argument)
{
    struct v4l2_fract *interval = &((struct v4l2_streamparm *)argument)->parm.capture.timeperframe;
    fake->asked_interval = *interval;
    if (fake->forced_interval.denominator)
        *interval = fake->forced_interval;
    fake->interval = *interval;
    return 0;
}

static int get_parm(struct fake_v4l2 *fake, void *argument)
{
    ((struct v4l2_streamparm *)argument)->parm.capture.timeperframe = fake->interval;
    return 0;
}

static const struct {
    unsigned long request;
    int (*answer)(struct fake_v4l2 *fake, void *argument);
} requests[] = {
    {VIDIOC_QUERYCAP, query_cap},
    {VIDIOC_ENUM_FMT, enum_fmt},
    {VIDIOC_ENUM_FRAMESIZES, enum_sizes},
    {VIDIOC_ENUM_FRAMEINTERVALS, enum_intervals},
    {VIDIOC_TRY_FMT, try_format},
    {VIDIOC_S_FMT, set_format},
    {VIDIOC_S_PARM, set_parm},
    {VIDIOC_G_PARM, get_parm},
};

int fake_v4l2_offer(struct fake_v4l2 *fake, unsigned long request, void *argument)
{
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++)
        if (requests[i].request == request)
            return requests[i].answer(fake, argument);
    return fake_v4l2_controls(fake, request, argument);
}
