/**
 * @file
 * To FFmpeg an animation is a video. The pages of a TIFF are pictures of their own (media_tiff).
 */
#include "capture/media_frames.h"

#include "capture/gif_blocks.h"
#include "capture/image_decode.h"
#include "capture/media_convert.h"
#include "capture/media_file.h"
#include "capture/media_tiff.h"
#include "processing/memory.h"

#include <errno.h>
#include <stdio.h>

struct media_frames {
    const char *path;
    const struct image_wish *wish;
    int number;   ///< of the frame last read, from 1
    int found;    ///< frames that could be decoded
    bool damaged; ///< something was passed over since then
    int broken;   ///< the number of that
    bool cut;     ///< the file ends too early

    // Of a TIFF.
    FILE *pages; ///< NULL of others
    struct media_tiff *tiff;

    // Of an animation. It is decoded one frame ahead: else nobody knows whether there is one.
    struct media_file file;
    AVFrame *frame, *ahead;
    bool is_ahead;
    int ahead_code; ///< what decoding it gave
    struct error ahead_err;
};

static void note_damage(struct media_frames *frames, int number)
{
    frames->broken = frames->damaged ? frames->broken : number;
    frames->damaged = true;
}

static int tell_damaged(const struct media_frames *frames, struct error *err)
{
    if (frames->cut && !frames->broken)
        return error_set(err, -EBADMSG, "'%s' is truncated: its last frames are missing",
                         frames->path);
    if (frames->found == 0)
        return error_set(err, -EBADMSG, "'%s' is damaged and cannot be decoded", frames->path);
    return error_set(err, -EBADMSG, "'%s' is damaged: %s %d cannot be decoded", frames->path,
                     frames->pages ? "page" : "frame", frames->broken);
}

// Pages.

static struct image_job job_of(const struct media_frames *frames, struct image *image,
                               struct error *err)
{
    return (struct image_job){.path = frames->path,
                              .file = frames->pages,
                              .wish = frames->wish,
                              .out = image,
                              .err = err};
}

/** libtiff is opened by the first who knows whether pages are to be read or measured. */
static int read_page(struct media_frames *frames, const struct image_job *job)
{
    int ret = frames->tiff ? 0 : media_tiff_open(&frames->tiff, job);
    frames->number++;
    return ret < 0 ? ret : media_tiff_next(frames->tiff, job);
}

static int next_page(struct media_frames *frames, struct image *image, struct error *err)
{
    struct image_job job = job_of(frames, image, err);
    int ret;
    image->state = IMAGE_SOUND;
    while ((ret = read_page(frames, &job)) == -EBADMSG && frames->tiff) {
        note_damage(frames, frames->number);
        if (!frames->wish->keep_damaged)
            break;
        image->state = IMAGE_SOUND;
    }
    // Of the first page libtiff's own words say more.
    if (ret == -EBADMSG && frames->number > 1)
        return tell_damaged(frames, err);
    if (ret == -ENODATA && frames->damaged)
        tell_damaged(frames, err);
    if (ret < 0)
        return ret == -ENODATA && frames->found == 0 ? -EBADMSG : ret;
    frames->found++;
    if (frames->damaged) {
        image->state = IMAGE_DAMAGED;
        tell_damaged(frames, err);
    }
    frames->damaged = false;
    return 0;
}

static void measure_pages(struct media_frames *frames, struct image_needs *most)
{
    struct image none = {0};
    struct image_needs needs;
    struct image_job job = job_of(frames, &none, NULL);
    job.needs = &needs;
    while (read_page(frames, &job) == 0) {
        if ((int64_t)needs.width * needs.height > (int64_t)most->width * most->height) {
            most->width = needs.width;
            most->height = needs.height;
        }
        most->bytes = needs.bytes > most->bytes ? needs.bytes : most->bytes;
    }
}

// Animations.

/** Decodes the next sound frame into `to`; notes what was damaged before it. */
static int decode(struct media_frames *frames, AVFrame *to, struct error *err)
{
    int ret;
    while ((ret = media_file_next(&frames->file, to, err)) == -EAGAIN)
        note_damage(frames, frames->found + 1);
    return ret;
}

/** Moves on to the next frame, by way of the one that was decoded ahead. */
static int move_on(struct media_frames *frames, struct error *err)
{
    if (!frames->is_ahead)
        return decode(frames, frames->frame, err);
    frames->is_ahead = false;
    if (frames->ahead_code < 0)
        return error_set(err, frames->ahead_code, "%s", frames->ahead_err.text);
    av_frame_unref(frames->frame);
    av_frame_move_ref(frames->frame, frames->ahead);
    return 0;
}

/** Decodes the next frame, if damaged ones may be passed over the next that can be. */
static int find_frame(struct media_frames *frames, struct error *err)
{
    bool keep = frames->wish->keep_damaged;
    frames->number++;
    int ret = move_on(frames, err);
    frames->found += ret == 0;
    frames->damaged |= ret == -ENODATA && frames->cut;
    bool nothing = ret == -ENODATA && frames->found == 0;
    if (nothing || (frames->damaged && !keep))
        return tell_damaged(frames, err);
    if (ret == -ENODATA && frames->damaged)
        tell_damaged(frames, err);
    return ret;
}

static int allocate(const struct image_job *job, enum pixel_format format, const AVFrame *picture)
{
    struct image *out = job->out;
    int pixel_bytes = format == PIXEL_BGR24 || format == PIXEL_RGB24 ? 3 : 1;
    if (format == PIXEL_YUYV || format == PIXEL_UYVY)
        pixel_bytes = 2;
    out->layout = frame_layout_make(format, picture->width, picture->height,
                                    (ptrdiff_t)media_padded(picture->width) * pixel_bytes);
    int ret = image_make_room(job, out->layout.bytes);
    if (ret < 0)
        return ret;
    frame_place(&out->frame, &out->layout, out->block);
    media_describe(&out->frame, picture);
    return 0;
}

static int fill(const struct image_job *job, struct media_target target, const AVFrame *picture)
{
    struct image *out = job->out;
    if (target.lend) {
        struct frame lent;
        media_lend(&lent, target.format, picture);
        frame_copy(&out->frame, &out->layout, out->block, &lent);
        return 0;
    }
    struct SwsContext *scaler = NULL;
    int ret =
        media_convert(&scaler, picture, picture->width, picture->height, &out->layout, out->block);
    sws_freeContext(scaler);
    return ret < 0 ? error_set(job->err, ret, "Cannot convert the pixels of '%s': %s", job->path,
                               error_reason(ret))
                   : 0;
}

static unsigned ways_served(enum pixel_format format, enum image_decode how)
{
    if (format == PIXEL_GRAY8 || format == PIXEL_RGB24)
        return IMAGE_SERVES_ALL;
    if (format == PIXEL_BGR24)
        return how == IMAGE_BGR ? 1u << IMAGE_BGR : IMAGE_SERVES_ALL;
    return 1u << IMAGE_LUMA | 1u << IMAGE_LUMA_AND_COLOR;
}

/** Makes a decoded frame the job's picture. */
static int take_picture(const struct image_job *job, const AVFrame *picture)
{
    int ret = image_check_size(job, (unsigned)picture->width, (unsigned)picture->height);
    if (ret < 0)
        return ret;
    // Colour is always taken along: a still is read once.
    enum image_decode how = job->wish->how;
    bool to_gray = how == IMAGE_GRAY_OF_BGR;
    struct media_target target = media_target_of(picture, true, how == IMAGE_BGR || to_gray);
    ret = allocate(job, target.format, picture);
    if (ret < 0)
        return ret;
    job->out->serves = ways_served(target.format, to_gray ? IMAGE_BGR : how);
    ret = fill(job, target, picture);
    return ret == 0 && to_gray && target.format != PIXEL_GRAY8 ? image_make_gray(job) : ret;
}

/** Whether another one follows, or something that is damaged, or what ends the reading early. */
static bool find_more(struct media_frames *frames)
{
    frames->ahead_code = decode(frames, frames->ahead, &frames->ahead_err);
    frames->is_ahead = true;
    return frames->ahead_code != -ENODATA || frames->damaged || frames->cut;
}

static int next_frame(struct media_frames *frames, struct image *image, struct error *err)
{
    struct image_job job = job_of(frames, image, err);
    int ret = find_frame(frames, err);
    if (ret == 0)
        ret = take_picture(&job, frames->frame);
    if (ret < 0)
        return ret;
    image->state = frames->damaged ? IMAGE_DAMAGED : IMAGE_SOUND;
    if (frames->damaged)
        tell_damaged(frames, err);
    frames->damaged = false;
    image->more = find_more(frames);
    return 0;
}

/** A decoder that has read a header asks for memory: it is told the size, and gets none. */
static int note_size(AVCodecContext *codec, AVFrame *frame, int flags)
{
    struct image_needs *needs = codec->opaque;
    (void)flags;
    if ((int64_t)frame->width * frame->height > (int64_t)needs->width * needs->height) {
        needs->width = frame->width;
        needs->height = frame->height;
    }
    return AVERROR(ENOBUFS);
}

static void measure_frames(struct media_frames *frames, struct image_needs *needs)
{
    struct media_file *file = &frames->file;
    const AVCodecParameters *stored = file->stream->codecpar;
    needs->width = stored->width;
    needs->height = stored->height;
    file->codec->get_buffer2 = note_size;
    file->codec->opaque = needs;
    if (needs->width == 0)
        media_file_next(file, frames->frame, NULL);
    // Decoded, 16 bits of four channels at the most; then converted. The file lies there too.
    size_t pixels = (size_t)needs->width * (size_t)needs->height;
    int64_t bytes = avio_size(file->io);
    needs->bytes = pixels * (8 + 3) + (size_t)(bytes > 0 ? bytes : 0);
}

// Both.

void media_frames_measure(struct media_frames *frames, struct image_needs *needs)
{
    *needs = (struct image_needs){.width = 0};
    if (frames->pages)
        measure_pages(frames, needs);
    else
        measure_frames(frames, needs);
}

int media_frames_next(struct media_frames *frames, struct image *image, struct error *err)
{
    int ret = frames->pages ? next_page(frames, image, err) : next_frame(frames, image, err);
    if (ret < 0)
        image_free(image);
    return ret;
}

/** FFmpeg takes a GIF that is cut off for a shorter one. */
static int check_gif(struct media_frames *frames, struct error *err)
{
    bool whole;
    int ret = gif_check(frames->path, &whole);
    if (ret < 0)
        return error_set(err, ret, "Cannot read '%s': %s", frames->path, error_reason(ret));
    if (whole)
        return 0;
    frames->cut = true;
    return frames->wish->keep_damaged ? 0 : tell_damaged(frames, err);
}

static int open_animation(struct media_frames *frames, enum image_kind kind, struct error *err)
{
    struct media_options options = {.single_picture = true, .max_pixels = frames->wish->max_pixels};
    frames->frame = av_frame_alloc();
    frames->ahead = av_frame_alloc();
    if (!frames->frame || !frames->ahead)
        return error_set(err, -ENOMEM, "Not enough memory to read '%s'", frames->path);
    int ret = media_file_open(&frames->file, frames->path, &options, err);
    return ret == 0 && kind == IMAGE_GIF ? check_gif(frames, err) : ret;
}

static int open_file(struct media_frames *frames, struct error *err)
{
    enum image_kind kind = image_sniff(frames->path, err);
    if (kind == IMAGE_UNREADABLE)
        return -EINVAL;
    return kind == IMAGE_TIFF ? image_open(&frames->pages, frames->path, err)
                              : open_animation(frames, kind, err);
}

int media_frames_open(struct media_frames **out, const char *path, const struct image_wish *wish,
                      struct error *err)
{
    struct media_frames *frames = memory_alloc(MEMORY_OTHER, sizeof *frames);
    *out = frames;
    if (!frames)
        return error_set(err, -ENOMEM, "Not enough memory to read '%s'", path);
    frames->path = path;
    frames->wish = wish;
    int ret = open_file(frames, err);
    if (ret < 0)
        media_frames_close(out);
    return ret;
}

void media_frames_close(struct media_frames **frames)
{
    if (!*frames)
        return;
    media_tiff_close(&(*frames)->tiff);
    if ((*frames)->pages)
        fclose((*frames)->pages);
    av_frame_free(&(*frames)->frame);
    av_frame_free(&(*frames)->ahead);
    media_file_close(&(*frames)->file);
    memory_free(*frames);
    *frames = NULL;
}
