/**
 * @file
 * One frame of an ordinary source, so that a file's gray is the very one that live sees.
 */
#include "app/bench_picture.h"

#include "app/media.h"
#include "capture/image_reader.h"
#include "capture/image_source.h"
#include "capture/scene.h"
#include "processing/memory.h"
#include "processing/resample.h"

#include <errno.h>

/** No source here waits for anything: reading and drawing take as long as they take. */
enum { TIMEOUT_MS = 10000 };

/** The kind of source that reads a picture file; NULL with a sentence if it is none. */
static const struct source_kind *kind_of(const char *file, struct error *err)
{
    const struct media_module *media;
    switch (image_sniff(file, err)) {
    case IMAGE_UNREADABLE:
        return NULL;
    case IMAGE_JPEG:
    case IMAGE_PNG:
    case IMAGE_BMP:
        return &image_source_kind;
    case IMAGE_OTHER:
        error_set(err, -ENOTSUP, "'%s' is not a picture: give a JPEG, PNG, BMP, TIFF or WebP file",
                  file);
        return NULL;
    default:
        media = media_load(err);
        return media ? media->image : NULL;
    }
}

/** Allocates the block for a format and size. */
static int allocate(struct bench_picture *picture, enum pixel_format format, int width, int height,
                    struct error *err)
{
    struct frame_layout layout = frame_layout_make(format, width, height, 0);
    *picture = (struct bench_picture){.bytes = layout.bytes};
    picture->block = memory_alloc(MEMORY_FRAMES, layout.bytes);
    if (!picture->block)
        return error_set(err, -ENOMEM, "Not enough memory for a picture of %d x %d pixels", width,
                         height);
    frame_place(&picture->frame, &layout, picture->block);
    return 0;
}

/** Copies a frame of any format into GRAY8 or BGR24. */
static int convert(struct bench_picture *out, const struct frame *frame, enum gray_mode gray,
                   struct error *err)
{
    enum pixel_format format = gray == GRAY_BGR ? PIXEL_BGR24 : PIXEL_GRAY8;
    int ret = allocate(out, format, frame->width, frame->height, err);
    for (int y = 0; ret == 0 && y < frame->height; y++) {
        uint8_t *row = out->block + y * out->frame.stride[0];
        if (gray == GRAY_BGR)
            color_row(frame, y, row);
        else
            gray_row(frame, GRAY_LUMA, y, row);
    }
    return ret;
}

/** Takes the source's first frame. */
static int take_frame(struct bench_picture *out, struct source *source, enum gray_mode gray,
                      struct error *err)
{
    struct loan loan;
    int ret = source_acquire(source, TIMEOUT_MS, &loan, err);
    if (ret < 0)
        return error_set(err, ret, "Cannot take a picture of '%s': %s", source->info.name,
                         error_reason(ret));
    ret = convert(out, &loan.frame, gray, err);
    source_release(&loan);
    return ret;
}

static struct plane samples_of(const struct bench_picture *picture)
{
    const struct frame *frame = &picture->frame;
    return (struct plane){picture->block, (int)frame->stride[0], frame->height, frame->stride[0]};
}

/** Brings the picture to another size. */
static int resize(struct bench_picture *picture, struct setting_size size, struct error *err)
{
    struct bench_picture resized;
    enum pixel_format format = picture->frame.format;
    int ret = allocate(&resized, format, size.width, size.height, err);
    if (ret < 0)
        return ret;
    struct plane from = samples_of(picture), to = samples_of(&resized);
    resample_bilinear(format == PIXEL_BGR24 ? 3 : 1, &from, &to);
    bench_picture_free(picture);
    *picture = resized;
    return 0;
}

int bench_picture_make(struct bench_picture *out, const char *file, struct setting_size size,
                       enum gray_mode gray, int noise, struct error *err)
{
    *out = (struct bench_picture){.block = NULL};
    struct source *source;
    const struct source_kind *kind = *file ? kind_of(file, err) : &scene_source_kind;
    struct source_config config = {
        .location = file,
        .width = size.width,
        .height = size.height,
        .wishes = {.bgr = gray == GRAY_BGR, .noise = noise},
    };
    int ret = kind ? source_open(&source, kind, &config, err) : -EINVAL;
    if (ret < 0)
        return ret;
    ret = take_frame(out, source, gray, err);
    source_close(&source);
    bool other = size.width && (size.width != out->frame.width || size.height != out->frame.height);
    if (ret == 0 && other)
        ret = resize(out, size, err);
    if (ret < 0)
        bench_picture_free(out);
    return ret;
}

void bench_picture_free(struct bench_picture *picture)
{
    memory_free(picture->block);
    *picture = (struct bench_picture){.block = NULL};
}
