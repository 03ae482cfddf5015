/**
 * @file
 * When a frame is to be shown is its presentation timestamp, counted in the stream's time base
 * (a fraction of a second); frames need not be equally far apart. Here only the gaps between them
 * count, so a file that starts at any time, jumps or begins again plays on without a pause.
 */
#include "capture/video_reader.h"

#include "capture/frame_pool.h"
#include "capture/image_reader.h"
#include "capture/media_convert.h"
#include "capture/media_file.h"
#include "capture/pacer.h"
#include "processing/clock.h"
#include "processing/memory.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <libavutil/display.h>

static const double fallback_fps = 25, max_fps = 1000, min_fps = 0.01;

/** A longer pause between two frames is a mistake in the file. */
static const int64_t max_gap_ns = 60 * NS_PER_S;

/** What a loan's frame points into, until the slot is used again. */
struct slot {
    AVFrame *picture;
    struct frame_layout layout; ///< of `block`
    uint8_t *block;             ///< for frames that must be converted; NULL until there was one
};

struct video {
    struct source source;
    char *path;
    struct media_file file;
    struct slot slots[FRAME_POOL_SLOTS];
    struct SwsContext *scaler;
    bool paced, loop;
    bool steady; ///< the rate was asked for; the file's own times do not count

    struct pacer pacer;
    int64_t interval_ns; ///< from frame to frame where the file does not say
    int64_t pts_ns;      ///< of the last frame, as the file counts; -1 before the first
    int64_t time_ns;     ///< of the last frame, as we count
    uint32_t sequence;   ///< of the next frame
    bool turned_back;    ///< no frame came since the file began again

    bool ready; ///< the next frame is decoded and waits for its time
    int slot;   ///< in which slot
    struct frame next;
};

static struct video *video_of(struct source *source)
{
    return (struct video *)source;
}

static double file_fps(struct video *video)
{
    AVRational rate = av_guess_frame_rate(video->file.format, video->file.stream, NULL);
    double fps = rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0;
    return fps >= min_fps && fps <= max_fps ? fps : fallback_fps;
}

static void note_rotation(struct video *video)
{
    size_t bytes = 0;
    const uint8_t *matrix =
        av_stream_get_side_data(video->file.stream, AV_PKT_DATA_DISPLAYMATRIX, &bytes);
    if (!matrix || bytes < 9 * sizeof(int32_t))
        return;
    double degrees = av_display_rotation_get((const int32_t *)(const void *)matrix);
    if (!isnan(degrees) && fabs(degrees) >= 1)
        snprintf(video->source.info.note, sizeof video->source.info.note,
                 "The file asks to be turned by %.0f degrees; it is shown as stored", degrees);
}

static void describe(struct video *video, double fps)
{
    struct source_info *info = &video->source.info;
    const char *slash = strrchr(video->path, '/');
    const AVCodecParameters *stream = video->file.stream->codecpar;
    snprintf(info->name, sizeof info->name, "%s", slash ? slash + 1 : video->path);
    snprintf(info->format, sizeof info->format, "%s", avcodec_get_name(stream->codec_id));
    info->width = stream->width;
    info->height = stream->height;
    info->fps = fps;
    note_rotation(video);
}

static int allocate(struct video *video, const char *location)
{
    video->path = memory_copy_string(MEMORY_OTHER, location);
    bool all = video->path != NULL;
    for (int i = 0; i < FRAME_POOL_SLOTS; i++)
        all = (video->slots[i].picture = av_frame_alloc()) && all;
    return all ? 0 : -ENOMEM;
}

static int open_video(struct source *source, const struct source_config *config, struct error *err)
{
    struct video *video = video_of(source);
    if (image_sniff(config->location, err) == IMAGE_UNREADABLE)
        return -EINVAL;
    video->pts_ns = -1;
    video->loop = config->loop;
    video->paced = config->paced && config->fps != 0;
    video->steady = config->fps > 0;
    if (allocate(video, config->location) < 0)
        return error_set(err, -ENOMEM, "Not enough memory to open '%s'", config->location);

    // Decoding several frames at once would show each of them late.
    struct media_options options = {.frame_threads = !video->paced,
                                    .max_pixels = IMAGE_MAX_PIXELS,
                                    .woken = &source->loans.woken};
    int ret = media_file_open(&video->file, video->path, &options, err);
    if (ret < 0)
        return ret;
    double fps = video->steady ? config->fps : file_fps(video);
    video->interval_ns = (int64_t)((double)NS_PER_S / fps);
    describe(video, fps);
    return 0;
}

/** From the last frame to this one. */
static int64_t take_gap(struct video *video, const AVFrame *picture)
{
    int64_t before_ns = video->pts_ns;
    bool known = picture->best_effort_timestamp != AV_NOPTS_VALUE && !video->steady;
    video->pts_ns = known ? av_rescale_q(picture->best_effort_timestamp,
                                         video->file.stream->time_base, (AVRational){1, NS_PER_S})
                          : before_ns + video->interval_ns;
    int64_t gap_ns = video->pts_ns - before_ns;
    bool sensible = gap_ns > 0 && gap_ns <= max_gap_ns && !video->turned_back;
    return known && sensible ? gap_ns : video->interval_ns;
}

static void stamp(struct video *video, const AVFrame *picture)
{
    int64_t gap_ns = take_gap(video, picture);
    video->turned_back = false;
    video->next.sequence = video->sequence++;
    if (video->next.sequence > 0)
        video->time_ns += gap_ns;
    video->next.time_ns = video->time_ns;
    // How far the beat moves is known only with the frame that ends the gap.
    if (video->pacer.due_ns)
        video->pacer.due_ns += gap_ns;
}

/** An odd size converts as OpenCV does it: with the decoder's next row and column, if any. */
static int evened(int size, int coded_size)
{
    return size + 1 <= coded_size ? size + (size & 1) : size;
}

/** The slot is nobody's, so nobody has to be waited for: unlike a pool, slots change one by one. */
static int shape_slot(struct slot *slot, enum pixel_format format, int width, int height)
{
    if (slot->block && slot->layout.format == format && slot->layout.width == width &&
        slot->layout.height == height)
        return 0;
    memory_free(slot->block);
    slot->layout = frame_layout_make(format, width, height, 0);
    slot->block = memory_alloc(MEMORY_FRAMES, slot->layout.bytes);
    return slot->block ? 0 : -ENOMEM;
}

static int convert(struct video *video, enum pixel_format format, struct error *err)
{
    struct slot *slot = &video->slots[video->slot];
    const AVFrame *picture = slot->picture;
    int width = evened(picture->width, video->file.codec->coded_width);
    int height = evened(picture->height, video->file.codec->coded_height);
    int ret = shape_slot(slot, format, media_padded(width), height);
    if (ret == 0)
        ret = media_convert(&video->scaler, picture, width, height, &slot->layout, slot->block);
    if (ret < 0)
        return error_set(err, ret, "Cannot convert the frames of '%s': %s", video->path,
                         error_reason(ret));
    frame_place(&video->next, &slot->layout, slot->block);
    video->next.width = picture->width;
    video->next.height = picture->height;
    media_describe(&video->next, picture);
    return 0;
}

static int make_frame(struct video *video, struct error *err)
{
    const AVFrame *picture = video->slots[video->slot].picture;
    struct source_wishes wishes = source_wishes_of(&video->source);
    struct media_target target = media_target_of(picture, wishes.color, wishes.bgr);
    video->next = (struct frame){0};
    if (!target.lend)
        return convert(video, target.format, err);
    media_lend(&video->next, target.format, picture);
    return 0;
}

static int decode(struct video *video, AVFrame *picture, struct error *err)
{
    int ret = media_file_next(&video->file, picture, err);
    if (ret != -ENODATA || !video->loop || video->turned_back || video->sequence == 0)
        return ret;
    ret = media_file_rewind(&video->file, err);
    video->turned_back = true;
    return ret < 0 ? ret : media_file_next(&video->file, picture, err);
}

static int prepare(struct video *video, int timeout_ms, struct error *err)
{
    struct frame_pool slots = {.loans = &video->source.loans};
    video->slot = frame_pool_wait_free(&slots, timeout_ms);
    if (video->slot < 0)
        return video->slot;
    int64_t start = clock_now_ns();
    AVFrame *picture = video->slots[video->slot].picture;
    int ret = decode(video, picture, err);
    if (ret == 0)
        ret = make_frame(video, err);
    if (ret == -EAGAIN)
        atomic_fetch_add(&video->source.counters.damaged, 1);
    if (ret < 0)
        return ret;
    stamp(video, picture);
    atomic_store(&video->source.counters.decode_ns, clock_now_ns() - start);
    video->ready = true;
    return 0;
}

static int acquire_video(struct source *source, int timeout_ms, struct loan *loan,
                         struct error *err)
{
    struct video *video = video_of(source);
    int64_t start = clock_now_ns();
    int ret = video->ready ? 0 : prepare(video, timeout_ms, err);
    if (ret < 0)
        return ret;
    int left_ms = timeout_ms - (int)((clock_now_ns() - start) / NS_PER_MS);
    // The beat is moved by stamp(); the nanosecond only says that there is one.
    ret = pacer_wait(&video->pacer, &source->loans, video->paced, left_ms > 0 ? left_ms : 0);
    if (ret < 0)
        return ret;
    loan->frame = video->next;
    video->ready = false;
    source_lend(source, loan, video->slot);
    return 0;
}

static void close_video(struct source *source)
{
    struct video *video = video_of(source);
    for (int i = 0; i < FRAME_POOL_SLOTS; i++) {
        av_frame_free(&video->slots[i].picture);
        memory_free(video->slots[i].block);
    }
    sws_freeContext(video->scaler);
    media_file_close(&video->file);
    memory_free(video->path);
}

const struct source_kind video_source_kind = {
    .name = "video",
    .bytes = sizeof(struct video),
    .open = open_video,
    .acquire = acquire_video,
    .close = close_video,
};
