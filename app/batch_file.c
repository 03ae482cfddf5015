/**
 * @file
 * Gray alone is decoded: of a JPEG its stored luma if that is the gray that is wanted, else what
 * OpenCV would make of the colours, row by row.
 */
#include "app/batch_file.h"

#include "app/media.h"
#include "processing/memory.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

/** A picture that needs more than this gives its memory back. */
#define KEPT_BYTES ((size_t)4 << 20)

/** Who reads a file. */
struct decoder {
    int (*measure)(struct image_needs *needs, const char *path, const struct image_wish *wish,
                   struct error *err);
    int (*read)(struct image *image, const char *path, const struct image_wish *wish,
                struct error *err);
    struct image_wish wish;
};

static int find_decoder(struct decoder *decoder, const char *input,
                        const struct batch_file_config *config, struct error *err)
{
    bool luma = config->canny.gray == GRAY_LUMA;
    *decoder = (struct decoder){
        .measure = image_measure,
        .read = image_read,
        .wish = {IMAGE_GRAY_OF_BGR, config->max_pixels, config->keep_damaged},
    };
    const struct media_module *media;
    switch (image_sniff(input, err)) {
    case IMAGE_UNREADABLE:
        return -EINVAL;
    case IMAGE_OTHER:
        return error_set(err, -ENOTSUP, "'%s' is not a picture", input);
    case IMAGE_JPEG:
        decoder->wish.how = luma ? IMAGE_LUMA : IMAGE_GRAY_OF_BGR;
        return 0;
    case IMAGE_PNG:
        return 0;
    default:
        media = media_load(err);
        if (!media)
            return -ENOTSUP;
        decoder->measure = media->image_measure;
        decoder->read = media->image_read;
        return 0;
    }
}

int batch_file_measure(const char *input, const struct batch_file_config *config, size_t *bytes,
                       struct error *err)
{
    struct decoder decoder;
    struct image_needs needs = {0};
    int ret = find_decoder(&decoder, input, config, err);
    if (ret == 0)
        ret = decoder.measure(&needs, input, &decoder.wish, err);
    if (ret < 0)
        return ret;
    // Edges, a byte a pixel, and the detector's two bits a pixel and some rows.
    size_t pixels = (size_t)needs.width * (size_t)needs.height;
    *bytes = needs.bytes + pixels + pixels / 2 + ((size_t)1 << 20);
    return 0;
}

static int make_room(struct batch_file_memory *memory, int width, int height)
{
    size_t bytes = (size_t)width * (size_t)height;
    bool same = memory->canny && memory->edges.width == width && memory->edges.height == height;
    if (same)
        return 0;
    canny_destroy(&memory->canny);
    if (bytes > memory->edges_bytes) {
        memory_free(memory->edges.data);
        memory->edges.data = memory_alloc(MEMORY_FRAMES, bytes);
        memory->edges_bytes = memory->edges.data ? bytes : 0;
    }
    if (!memory->edges.data)
        return -ENOMEM;
    memory->edges = (struct plane){memory->edges.data, width, height, width};
    return canny_create(&memory->canny, width, height, 1);
}

/** The encoders of other formats, if they are needed. */
static int find_encoders(const char *output, const struct image_encoder **encoders,
                         struct error *err)
{
    *encoders = NULL;
    if (image_write_knows(output))
        return 0;
    const struct media_module *media = media_load(err);
    *encoders = media ? media->encoders : NULL;
    return media ? 0 : -ENOTSUP;
}

static int find_and_write(struct batch_file_memory *memory, const char *input, const char *output,
                          const struct batch_file_config *config, struct image_draft **draft,
                          struct error *err)
{
    const struct image_encoder *encoders;
    const struct frame *frame = &memory->image.frame;
    int ret = make_room(memory, frame->width, frame->height);
    if (ret < 0)
        return error_set(err, ret, "Not enough memory for the edges of '%s', %d x %d pixels", input,
                         frame->width, frame->height);
    canny_run(memory->canny, &config->canny, frame, &memory->edges, NULL);
    stage_profile_mark(config->stages, BATCH_STAGE_EDGES);
    ret = find_encoders(output, &encoders, err);
    return ret < 0 ? ret : image_draft_edges(draft, output, &memory->edges, encoders, err);
}

int batch_file_run(struct batch_file_memory *memory, const char *input, const char *output,
                   const struct batch_file_config *config, struct batch_file_result *result,
                   struct image_draft **draft, struct error *err)
{
    *draft = NULL;
    *result = (struct batch_file_result){.state = IMAGE_SOUND};
    struct decoder decoder;
    int ret = find_decoder(&decoder, input, config, err);
    if (ret == 0)
        ret = decoder.read(&memory->image, input, &decoder.wish, err);
    if (ret < 0)
        return ret;
    stage_profile_mark(config->stages, BATCH_STAGE_READ);
    struct error words = *err;
    *result = (struct batch_file_result){memory->image.state, memory->image.frame.width,
                                         memory->image.frame.height};
    ret = find_and_write(memory, input, output, config, draft, err);
    if (ret == 0 && result->state != IMAGE_SOUND)
        *err = words;
    if (memory->image.room + memory->edges_bytes > KEPT_BYTES)
        batch_file_free(memory);
    if (ret == 0)
        stage_profile_mark(config->stages, BATCH_STAGE_WRITE);
    return ret;
}

void batch_file_free(struct batch_file_memory *memory)
{
    image_free(&memory->image);
    canny_destroy(&memory->canny);
    memory_free(memory->edges.data);
    *memory = (struct batch_file_memory){.canny = NULL};
}
