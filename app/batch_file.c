/**
 * @file
 * Gray alone is decoded: of a JPEG its stored luma if that is the gray that is wanted, else what
 * OpenCV would make of the colours, row by row.
 */
#include "app/batch_file.h"

#include "app/batch_names.h"
#include "app/media.h"
#include "processing/memory.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

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

/** A file in hand. */
struct batch_file_job {
    const char *input, *output;
    const struct batch_file_config *config;
    struct batch_file_result *result;
    struct error *err;
    struct error *notice; ///< of a picture that is not sound, and yet written
};

static int find_decoder(struct decoder *decoder, const char *input,
                        const struct batch_file_config *config, struct error *err)
{
    bool luma = config->canny.gray == GRAY_LUMA;
    *decoder = (struct decoder){
        .measure = image_measure,
        .read = image_read,
        .wish = {IMAGE_GRAY_OF_BGR, config->max_pixels, config->keep_damaged, config->all_frames},
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
    case IMAGE_BMP:
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

bool batch_file_needs_media(const char *input, const char *output,
                            const struct batch_file_config *config)
{
    switch (image_sniff(input, NULL)) {
    case IMAGE_UNREADABLE:
    case IMAGE_OTHER:
        return false;
    case IMAGE_JPEG:
    case IMAGE_BMP:
        return !image_write_knows(output);
    case IMAGE_PNG: // it may be animated
        return config->all_frames || !image_write_knows(output);
    default:
        return true;
    }
}

/** Writing one, a pixel, beside its edges. */
static size_t encoder_bytes(const char *output, const struct image_encoder *encoders)
{
    const struct image_encoder *encoder = image_encoder_find(encoders, output);
    return encoder ? (size_t)encoder->pixel_bytes : 0;
}

int batch_file_measure(const char *input, const char *output,
                       const struct batch_file_config *config, size_t *bytes, struct error *err)
{
    struct decoder decoder;
    const struct image_encoder *encoders = NULL;
    struct image_needs needs = {0};
    int ret = find_decoder(&decoder, input, config, err);
    if (ret == 0)
        ret = decoder.measure(&needs, input, &decoder.wish, err);
    if (ret == 0 && needs.more && config->all_frames) {
        const struct media_module *media = media_load(err);
        ret = media ? media->image_measure(&needs, input, &decoder.wish, err) : -ENOTSUP;
    }
    if (ret == 0)
        ret = find_encoders(output, &encoders, err);
    if (ret < 0)
        return ret;
    // Edges, a byte a pixel, and the detector's two bits a pixel and some rows.
    size_t pixels = (size_t)needs.width * (size_t)needs.height;
    *bytes = needs.bytes + pixels + pixels / 2 + pixels * encoder_bytes(output, encoders) +
             ((size_t)1 << 20);
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

/** Without `draft` the output is committed at once. */
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
    if (ret < 0)
        return ret;
    return draft ? image_draft_edges(draft, output, &memory->edges, encoders, err)
                 : image_write_edges(output, &memory->edges, encoders, err);
}

/** Adds the frame in memory to the result; `words` is what was said of it. */
static void note_frame(const struct batch_file_memory *memory, struct batch_file_result *result,
                       const struct error *words, struct error *notice)
{
    const struct image *image = &memory->image;
    result->width = image->frame.width;
    result->height = image->frame.height;
    result->pixels += (int64_t)result->width * result->height;
    if (image->state <= result->state)
        return;
    result->state = image->state;
    *notice = *words;
}

/** All frames of a file, each with the output's name and its number. */
static int run_frames(struct batch_file_memory *memory, struct media_frames *frames,
                      const struct media_module *media, const struct batch_file_job *job)
{
    char path[PATH_MAX];
    int ret;
    job->err->text[0] = '\0';
    while ((ret = media->frames_next(frames, &memory->image, job->err)) == 0) {
        stage_profile_mark(job->config->stages, BATCH_STAGE_READ);
        note_frame(memory, job->result, job->err, job->notice);
        ret = batch_frame_path(job->output, job->result->frames + 1, path, sizeof path);
        if (ret < 0)
            error_set(job->err, ret, "The name of a frame of '%s' is too long", job->input);
        else
            ret = find_and_write(memory, job->input, path, job->config, NULL, job->err);
        if (ret < 0)
            break;
        stage_profile_mark(job->config->stages, BATCH_STAGE_WRITE);
        job->result->frames++;
    }
    if (ret != -ENODATA)
        return ret;
    if (job->err->text[0] && job->result->state == IMAGE_SOUND) {
        job->result->state = IMAGE_DAMAGED;
        *job->notice = *job->err;
    }
    return 0;
}

/** What is there of a file that failed is not what was asked for. */
static void remove_frames(const struct batch_file_job *job)
{
    char path[PATH_MAX];
    for (int i = 1; i <= job->result->frames; i++)
        if (batch_frame_path(job->output, i, path, sizeof path) == 0)
            unlink(path);
    job->result->frames = 0;
}

static int open_and_run_frames(struct batch_file_memory *memory, const struct image_wish *wish,
                               const struct batch_file_job *job)
{
    struct media_frames *frames = NULL;
    const struct media_module *media = media_load(job->err);
    if (!media)
        return -ENOTSUP;
    // They begin anew: who reads one picture has not kept the file open.
    *job->result = (struct batch_file_result){.state = IMAGE_SOUND};
    job->notice->text[0] = '\0';
    int ret = media->frames_open(&frames, job->input, wish, job->err);
    if (ret == 0)
        ret = run_frames(memory, frames, media, job);
    media->frames_close(&frames);
    if (ret < 0)
        remove_frames(job);
    return ret;
}

/** The picture in memory; says so if it is not all that the file holds. */
static int run_first(struct batch_file_memory *memory, const struct batch_file_job *job,
                     struct image_draft **draft)
{
    if (memory->image.more && job->result->state == IMAGE_SOUND) {
        job->result->state = IMAGE_WARNED;
        error_set(job->notice, 0,
                  "'%s' holds several frames, and the first one is taken: --all-frames takes all",
                  job->input);
    }
    return find_and_write(memory, job->input, job->output, job->config, draft, job->err);
}

int batch_file_run(struct batch_file_memory *memory, const char *input, const char *output,
                   const struct batch_file_config *config, struct batch_file_result *result,
                   struct image_draft **draft, struct error *err)
{
    *draft = NULL;
    *result = (struct batch_file_result){.state = IMAGE_SOUND};
    struct decoder decoder;
    struct error notice = {""};
    const struct batch_file_job job = {input, output, config, result, err, &notice};
    int ret = find_decoder(&decoder, input, config, err);
    if (ret == 0)
        ret = decoder.read(&memory->image, input, &decoder.wish, err);
    if (ret < 0)
        return ret;
    stage_profile_mark(config->stages, BATCH_STAGE_READ);
    note_frame(memory, result, err, &notice);
    // Of a file that is damaged at its beginning there may be no more than that.
    if (memory->image.more && config->all_frames && result->state != IMAGE_DAMAGED)
        ret = open_and_run_frames(memory, &decoder.wish, &job);
    else
        ret = run_first(memory, &job, draft);
    // It was said of what was read first, or of nothing.
    if (ret == 0)
        *err = notice;
    if (config->keeps_nothing || memory->image.room + memory->edges_bytes > KEPT_BYTES)
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
