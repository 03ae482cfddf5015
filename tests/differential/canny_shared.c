#include "tests/differential/canny_shared.h"
#include "processing/canny.h"
#include "processing/canny_reference.h"
#include "processing/cpu.h"
#include "tests/fakes/ordered_bands.h"

#include <errno.h>
#include <string.h>

static int find_format(const char *name)
{
    for (int format = 0; format < PIXEL_FORMATS; format++)
        if (strcmp(pixel_format_name((enum pixel_format)format), name) == 0)
            return format;
    return -ENOENT;
}

static int run_reference(const struct differential_case *c, const struct canny_params *params,
                         const struct frame *frame)
{
    struct canny_reference *reference;
    int status = canny_reference_create(&reference, c->width, c->height);
    if (status < 0)
        return status;
    status = canny_reference_run(reference, params, frame);
    if (status == 0) {
        const struct canny_stages *stages = canny_reference_stages(reference);
        size_t bytes = (size_t)c->width * (size_t)c->height;
        memcpy(c->gray, stages->gray.data, bytes);
        memcpy(c->reference_edges, stages->edges.data, bytes);
    }
    canny_reference_destroy(&reference);
    return status;
}

static int run_canny(const struct differential_case *c, const struct canny_params *params,
                     const struct frame *frame)
{
    struct canny *scratch;
    struct ordered_bands bands = {.order = (enum band_order)c->order, .seed = (uint32_t)c->width};
    int status = cpu_select((enum cpu_level)c->level);
    if (status < 0)
        return status;
    status = canny_create(&scratch, c->width, c->height, c->bands);
    if (status < 0)
        return status;
    struct plane edges = {c->edges, c->width, c->height, (ptrdiff_t)c->edges_stride};
    status = canny_run(scratch, params, frame, &edges, ordered_bands_runner(&bands));
    canny_destroy(&scratch);
    return status;
}

static int unpack(const struct differential_case *c, struct frame *frame,
                  struct canny_params *params)
{
    int format = find_format(c->format);
    if (format < 0)
        return format;
    *frame = (struct frame){.format = (enum pixel_format)format,
                            .range = c->limited ? RANGE_LIMITED : RANGE_FULL,
                            .width = c->width,
                            .height = c->height};
    for (int p = 0; p < 3; p++) {
        frame->data[p] = c->data[p];
        frame->stride[p] = (ptrdiff_t)c->stride[p];
    }
    *params = (struct canny_params){.low = c->low,
                                    .high = c->high,
                                    .blur = c->blur,
                                    .aperture = c->aperture,
                                    .l2 = c->l2 != 0,
                                    .gray = c->gray_bgr ? GRAY_BGR : GRAY_LUMA};
    return 0;
}

int differential_reference(const struct differential_case *c)
{
    struct frame frame;
    struct canny_params params;
    int status = unpack(c, &frame, &params);
    return status < 0 ? status : run_reference(c, &params, &frame);
}

int differential_canny(const struct differential_case *c)
{
    struct frame frame;
    struct canny_params params;
    int status = unpack(c, &frame, &params);
    return status < 0 ? status : run_canny(c, &params, &frame);
}

const char *differential_level(int32_t level)
{
    if (level >= CPU_LEVELS)
        return NULL;
    return cpu_has((enum cpu_level)level) ? cpu_level_name((enum cpu_level)level) : "";
}

const char *differential_order(int32_t order)
{
    return order < BAND_ORDERS ? band_order_name((enum band_order)order) : NULL;
}
