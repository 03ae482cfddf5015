#include "tests/differential/canny_shared.h"
#include "processing/canny.h"
#include "processing/canny_reference.h"

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
    int status = canny_create(&scratch, c->width, c->height, 1);
    if (status < 0)
        return status;
    struct plane edges = {c->edges, c->width, c->height, (ptrdiff_t)c->edges_stride};
    status = canny_run(scratch, params, frame, &edges, NULL);
    canny_destroy(&scratch);
    return status;
}

int differential_run(const struct differential_case *c)
{
    int format = find_format(c->format);
    if (format < 0)
        return format;
    struct frame frame = {.format = (enum pixel_format)format,
                          .range = c->limited ? RANGE_LIMITED : RANGE_FULL,
                          .width = c->width,
                          .height = c->height};
    for (int p = 0; p < 3; p++) {
        frame.data[p] = c->data[p];
        frame.stride[p] = (ptrdiff_t)c->stride[p];
    }
    struct canny_params params = {.low = c->low,
                                  .high = c->high,
                                  .blur = c->blur,
                                  .aperture = c->aperture,
                                  .l2 = c->l2 != 0,
                                  .gray = c->gray_bgr ? GRAY_BGR : GRAY_LUMA};
    int status = run_reference(c, &params, &frame);
    return status < 0 ? status : run_canny(c, &params, &frame);
}
