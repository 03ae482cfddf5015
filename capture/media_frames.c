/**
 * @file
 * To FFmpeg an animation is a video, and a TIFF a video of one frame: its first page. The pages of
 * a TIFF are a chain: each has a directory that says where the next one is, and the header says
 * where the first one is. So the header of the file in memory is made to point at the page that is
 * wanted, and the decoder finds that one first.
 *
 * Sources: TIFF 6.0, section 2; WebP container specification, "Extended File Format".
 */
#include "capture/media_frames.h"

#include "capture/gif_blocks.h"
#include "capture/image_decode.h"
#include "capture/media_file.h"
#include "capture/media_image.h"
#include "processing/memory.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <libavutil/intreadwrite.h>

enum {
    TIFF_FIRST = 4,        ///< where the header says where the first directory is
    TIFF_ENTRY_BYTES = 12, ///< of a directory
    HEAD_BYTES = 4096,
    WEBP_BYTES = 22, ///< that decoding takes of memory, a pixel; measured, of the lossless kind
};

/** An offset that is in no file. */
static const unsigned nowhere = UINT_MAX;

struct media_frames {
    const char *path;
    const struct image_wish *wish;
    struct media_file file;
    AVFrame *frame;
    int number;   ///< of the frame last read, from 1
    int found;    ///< frames that could be decoded
    bool damaged; ///< something was passed over since then
    int broken;   ///< the number of that
    bool cut;     ///< the file ends too early

    // An animation is decoded one frame ahead: else nobody knows whether there is one.
    AVFrame *ahead;
    bool is_ahead;
    int ahead_code; ///< what decoding it gave
    struct error ahead_err;

    bool pages; ///< a TIFF
    AVPacket *tiff;
    unsigned next_page; ///< offset of its directory; 0: no more
};

// Pages.

static unsigned tiff_number(const AVPacket *tiff, unsigned at, int bytes)
{
    const uint8_t *from = tiff->data + at;
    bool little = tiff->data[0] == 'I';
    if (bytes == 2)
        return little ? AV_RL16(from) : AV_RB16(from);
    return little ? AV_RL32(from) : AV_RB32(from);
}

/** Where the directory behind this one is; 0 if it is the last one, nowhere if that is cut off. */
static unsigned directory_behind(const AVPacket *tiff, unsigned at)
{
    uint64_t size = (uint64_t)tiff->size;
    if (at + UINT64_C(2) > size)
        return 0; // It cannot be read itself, which will be said.
    uint64_t end = at + UINT64_C(2) + (uint64_t)tiff_number(tiff, at, 2) * TIFF_ENTRY_BYTES;
    return end + 4 > size ? nowhere : tiff_number(tiff, (unsigned)end, 4);
}

static int read_tiff(struct media_frames *frames, struct error *err)
{
    frames->tiff = av_packet_alloc();
    if (!frames->tiff)
        return error_set(err, -ENOMEM, "Not enough memory to read '%s'", frames->path);
    int ret = media_file_packet(&frames->file, frames->tiff);
    if (ret == 0)
        ret = av_packet_make_writable(frames->tiff) < 0 ? -ENOMEM : 0;
    if (ret < 0)
        return error_set(err, ret, "Cannot read '%s': %s", frames->path, error_reason(ret));
    if (frames->tiff->size < TIFF_FIRST + 4)
        return error_set(err, -EBADMSG, "'%s' is truncated in its header", frames->path);
    frames->next_page = tiff_number(frames->tiff, TIFF_FIRST, 4);
    return 0;
}

/** Whether the chain never ends: it is longer than the file has room for. */
static bool leads_back(const struct media_frames *frames)
{
    unsigned most = (unsigned)frames->tiff->size / (2 + TIFF_ENTRY_BYTES + 4), count = 0;
    for (unsigned page = frames->next_page; page && count <= most; count++)
        page = directory_behind(frames->tiff, page);
    return count > most;
}

static void point_at(AVPacket *tiff, unsigned page)
{
    if (tiff->data[0] == 'I')
        AV_WL32(tiff->data + TIFF_FIRST, page);
    else
        AV_WB32(tiff->data + TIFF_FIRST, page);
}

/** Decodes the next page into frames->frame. */
static int next_page(struct media_frames *frames, struct error *err)
{
    if (!frames->next_page)
        return -ENODATA;
    if (frames->number == 2 && leads_back(frames))
        return error_set(err, -EBADMSG, "'%s' is damaged: its pages lead back to earlier ones",
                         frames->path);
    unsigned page = frames->next_page;
    frames->next_page = directory_behind(frames->tiff, page);
    // The decoder may still hold the bytes of the page before.
    if (av_packet_make_writable(frames->tiff) < 0)
        return error_set(err, -ENOMEM, "Not enough memory to read '%s'", frames->path);
    point_at(frames->tiff, page);
    int ret = avcodec_send_packet(frames->file.codec, frames->tiff);
    if (ret == 0)
        ret = avcodec_receive_frame(frames->file.codec, frames->frame);
    return ret == 0 ? 0 : -EAGAIN;
}

// Animations.

static void note_damage(struct media_frames *frames, int number)
{
    frames->broken = frames->damaged ? frames->broken : number;
    frames->damaged = true;
}

/** Decodes the next sound frame into `to`; notes what was damaged before it. */
static int decode(struct media_frames *frames, AVFrame *to, struct error *err)
{
    int ret;
    while ((ret = media_file_next(&frames->file, to, err)) == -EAGAIN)
        note_damage(frames, frames->found + 1);
    return ret;
}

/** Moves on to the next frame of an animation, by way of the one that was decoded ahead. */
static int next_frame(struct media_frames *frames, struct error *err)
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

// Both.

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

/** Reads the next one that can be decoded, if damaged ones may be passed over; else the next. */
static int find_next(struct media_frames *frames, struct error *err)
{
    bool keep = frames->wish->keep_damaged;
    int ret;
    do {
        frames->number++;
        ret = frames->pages ? next_page(frames, err) : next_frame(frames, err);
        if (ret == -EAGAIN)
            note_damage(frames, frames->number);
    } while (ret == -EAGAIN && keep);
    frames->found += ret == 0;
    frames->damaged |= ret == -ENODATA && frames->cut;
    bool nothing = ret == -ENODATA && frames->found == 0;
    if (ret == -EAGAIN || nothing || (frames->damaged && !keep))
        return tell_damaged(frames, err);
    if (ret == -ENODATA && frames->damaged)
        tell_damaged(frames, err);
    return ret;
}

/** Whether another one follows, or something that is damaged, or what ends the reading early. */
static bool find_more(struct media_frames *frames)
{
    if (frames->pages)
        return frames->next_page != 0;
    frames->ahead_code = decode(frames, frames->ahead, &frames->ahead_err);
    frames->is_ahead = true;
    return frames->ahead_code != -ENODATA || frames->damaged || frames->cut;
}

static int take(struct media_frames *frames, struct image *image, struct error *err)
{
    struct image_job job = {.path = frames->path, .wish = frames->wish, .out = image, .err = err};
    int ret = media_image_take(&job, frames->frame);
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

/** Gives the decoder the beginning of the file alone, which some need no more of to know the size.
 */
static void decode_head(struct media_frames *frames)
{
    struct media_file *file = &frames->file;
    AVPacket *head = file->packet;
    if (avio_seek(file->io, 0, SEEK_SET) < 0 || av_get_packet(file->io, head, HEAD_BYTES) < 0)
        return;
    if (avcodec_send_packet(file->codec, head) == 0)
        avcodec_receive_frame(file->codec, frames->frame);
    av_packet_unref(head);
}

static void decode_pages(struct media_frames *frames)
{
    int ret;
    do {
        frames->number++;
        ret = next_page(frames, NULL);
    } while (ret == -EAGAIN && frames->wish->all_frames);
}

void media_frames_measure(struct media_frames *frames, struct image_needs *needs)
{
    struct media_file *file = &frames->file;
    const AVCodecParameters *stored = file->stream->codecpar;
    *needs = (struct image_needs){.width = stored->width, .height = stored->height};
    file->codec->get_buffer2 = note_size;
    file->codec->opaque = needs;
    if (frames->pages)
        decode_pages(frames);
    else if (file->codec->codec_id == AV_CODEC_ID_BMP)
        decode_head(frames);
    else if (needs->width == 0)
        media_file_next(file, frames->frame, NULL);
    // Decoded, 16 bits of four channels at the most, or WebP's own planes; then converted. The file
    // lies there too.
    size_t pixels = (size_t)needs->width * (size_t)needs->height;
    size_t decoded = file->codec->codec_id == AV_CODEC_ID_WEBP ? WEBP_BYTES : 8;
    int64_t bytes = avio_size(file->io);
    needs->bytes = pixels * (decoded + 3) + (size_t)(bytes > 0 ? bytes : 0);
}

int media_frames_next(struct media_frames *frames, struct image *image, struct error *err)
{
    int ret = find_next(frames, err);
    if (ret == 0)
        ret = take(frames, image, err);
    if (ret < 0)
        image_free(image);
    return ret;
}

/** What FFmpeg's decoder passes over, to end with nothing. */
static int refuse_animated_webp(const char *path, struct error *err)
{
    enum { FLAGS = 20, ANIMATION = 2 };
    unsigned char head[FLAGS + 1] = {0};
    FILE *file = fopen(path, "rbe");
    size_t got = file ? fread(head, 1, sizeof head, file) : 0;
    if (file)
        fclose(file);
    if (got < sizeof head || memcmp(head + 12, "VP8X", 4) != 0 || !(head[FLAGS] & ANIMATION))
        return 0;
    return error_set(err, -ENOTSUP,
                     "'%s' is an animated WebP picture, which FFmpeg cannot read: convert it to "
                     "GIF or PNG first",
                     path);
}

/** FFmpeg takes a GIF that is cut off for a shorter one. */
static int check_gif(struct media_frames *frames, struct error *err)
{
    if (gif_is_whole(frames->path))
        return 0;
    frames->cut = true;
    return frames->wish->keep_damaged ? 0 : tell_damaged(frames, err);
}

static int open_file(struct media_frames *frames, struct error *err)
{
    enum image_kind kind = image_sniff(frames->path, err);
    if (kind == IMAGE_UNREADABLE)
        return -EINVAL;
    int ret = kind == IMAGE_WEBP ? refuse_animated_webp(frames->path, err) : 0;
    if (ret < 0)
        return ret;
    struct media_options options = {.single_picture = true, .max_pixels = frames->wish->max_pixels};
    ret = media_file_open(&frames->file, frames->path, &options, err);
    frames->pages = kind == IMAGE_TIFF;
    if (ret == 0 && kind == IMAGE_GIF)
        ret = check_gif(frames, err);
    return ret == 0 && frames->pages ? read_tiff(frames, err) : ret;
}

int media_frames_open(struct media_frames **out, const char *path, const struct image_wish *wish,
                      struct error *err)
{
    struct media_frames *frames = memory_alloc(MEMORY_OTHER, sizeof *frames);
    *out = frames;
    int ret = -ENOMEM;
    if (frames) {
        frames->path = path;
        frames->wish = wish;
        frames->frame = av_frame_alloc();
        frames->ahead = av_frame_alloc();
        ret = frames->frame && frames->ahead ? open_file(frames, err) : -ENOMEM;
    }
    if (ret == -ENOMEM)
        error_set(err, ret, "Not enough memory to read '%s'", path);
    if (ret < 0)
        media_frames_close(out);
    return ret;
}

void media_frames_close(struct media_frames **frames)
{
    if (!*frames)
        return;
    av_frame_free(&(*frames)->frame);
    av_frame_free(&(*frames)->ahead);
    av_packet_free(&(*frames)->tiff);
    media_file_close(&(*frames)->file);
    memory_free(*frames);
    *frames = NULL;
}
