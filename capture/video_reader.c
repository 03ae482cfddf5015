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
#include "capture/media_rotate.h"
#include "capture/pacer.h"
#include "processing/clock.h"
#include "processing/memory.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <libavutil/display.h>
#include <libavutil/pixdesc.h>

/** What a decoder has beside its frames, about; and how many of these, beside those it is asked to
 * refer to and those that each of its threads is at. Measured. */
enum { DECODER_BYTES = 14 << 20, SPARE_FRAMES = 4, THREAD_FRAMES = 2 };

static const double fallback_fps = 25, max_fps = 1000, min_fps = 0.01;

/** Frames that are closer have times of no meaning: their rate would be 10,000 a second. */
static const int64_t min_gap_ns = NS_PER_MS / 10;

/** A longer pause between two frames is a mistake in the file: when it is shown, and at all. */
static const int64_t max_shown_gap_ns = 60 * NS_PER_S, max_gap_ns = 3600 * NS_PER_S;

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
    int slot_count;   ///< that are used
    bool converts;    ///< frames are converted or turned
    struct slot flat; ///< a frame that was converted and is still to be turned; has no picture
    struct SwsContext *scaler;
    int turns; ///< quarters clockwise until a frame is upright
    bool paced, loop;
    bool steady; ///< the rate was asked for; the file's own times do not count

    int64_t start_ns, end_ns; ///< what was asked for, from the file's start
    bool sought;              ///< the next frame is the first one after a seek
    bool ended;               ///< end_ns came

    struct pacer pacer;
    int64_t interval_ns; ///< from frame to frame where the file does not say
    int64_t pts_ns;      ///< of the last frame, as the file counts; -1 before the first
    int64_t time_ns;     ///< of the last frame, as we count
    uint32_t sequence;   ///< of the next frame
    bool turned_back;    ///< no frame came since the file began again
    int width, height;   ///< of the last frame; 0 before the first
    bool refused;        ///< there is no memory for frames of the size that they have now

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

/** Of the display matrix only quarters are followed. */
static void read_rotation(struct video *video)
{
    size_t bytes = 0;
    const uint8_t *matrix =
        av_stream_get_side_data(video->file.stream, AV_PKT_DATA_DISPLAYMATRIX, &bytes);
    if (!matrix || bytes < 9 * sizeof(int32_t))
        return;
    double degrees = -av_display_rotation_get((const int32_t *)(const void *)matrix);
    if (isnan(degrees))
        return;
    video->turns = (int)lround(degrees / 90) & 3;
    if (fabs(degrees - 90 * round(degrees / 90)) >= 1)
        snprintf(video->source.info.note, sizeof video->source.info.note,
                 "The file asks to be turned by %.0f degrees; it is turned by %d", degrees,
                 90 * video->turns);
}

/** Of what was asked for; the file's own word, which may be wrong. */
static int64_t duration_of(const struct video *video)
{
    int64_t whole_us = video->file.format->duration;
    if (whole_us == AV_NOPTS_VALUE || whole_us <= 0 || whole_us > INT64_MAX / NS_PER_US)
        return 0;
    int64_t whole_ns = whole_us * NS_PER_US;
    int64_t end_ns = whole_ns < video->end_ns ? whole_ns : video->end_ns;
    return end_ns > video->start_ns ? end_ns - video->start_ns : 0;
}

static void describe(struct video *video, double fps)
{
    struct source_info *info = &video->source.info;
    const char *slash = strrchr(video->path, '/');
    const AVCodecParameters *stream = video->file.stream->codecpar;
    snprintf(info->name, sizeof info->name, "%s", slash ? slash + 1 : video->path);
    snprintf(info->format, sizeof info->format, "%s", avcodec_get_name(stream->codec_id));
    read_rotation(video);
    info->width = video->turns & 1 ? stream->height : stream->width;
    info->height = video->turns & 1 ? stream->width : stream->height;
    info->fps = fps;
    info->duration_ns = duration_of(video);
}

static int allocate(struct video *video, const char *location)
{
    video->path = memory_copy_string(MEMORY_OTHER, location);
    bool all = video->path != NULL;
    for (int i = 0; i < FRAME_POOL_SLOTS; i++)
        all = (video->slots[i].picture = av_frame_alloc()) && all;
    return all ? 0 : -ENOMEM;
}

/** Whether frames are converted in each slot, not lent as they are decoded. Unknown: they are. */
static bool is_converted(const struct video *video)
{
    struct source_wishes wishes = source_wishes_of(&video->source);
    enum AVPixelFormat format = video->file.codec->pix_fmt; // damaged files may have none
    AVFrame *like = av_frame_alloc(); // those of the slots may be in somebody's hands
    bool converted = true;
    if (like && av_pix_fmt_desc_get(format)) {
        like->format = format;
        like->color_range = video->file.codec->color_range;
        converted = !media_target_of(like, wishes.color, wishes.bgr).lend;
    }
    av_frame_free(&like);
    return converted || wishes.bgr || video->turns;
}

/** Before the decoder is there, as little as it may be. */
static int admit(void *self, int width, int height, struct error *err)
{
    struct video *video = self;
    const AVCodecContext *codec = video->file.codec;
    const AVPixFmtDescriptor *format = codec ? av_pix_fmt_desc_get(codec->pix_fmt) : NULL;
    int64_t pixels = (int64_t)width * height;
    int64_t decoded = pixels * (format ? av_get_padded_bits_per_pixel(format) : 12) / 8;
    int64_t converted = video->converts ? 3 * pixels : 0;
    int frames = SPARE_FRAMES;
    if (format)
        frames += codec->refs + codec->has_b_frames;
    if (format && codec->active_thread_type == FF_THREAD_FRAME)
        frames += THREAD_FRAMES * codec->thread_count;
    struct source_needs needs = {
        .width = width,
        .height = height,
        .bytes = DECODER_BYTES + frames * decoded + converted,
        .slot_bytes = decoded + converted,
        .slots = FRAME_POOL_SLOTS,
        .least_slots = FRAME_POOL_LEAST,
    };
    // Later there may be loans out of any slot: none of them can go.
    if (video->width)
        needs.slots = needs.least_slots = video->slot_count;
    int ret = source_admit(&video->source.gate, &needs, err);
    if (!video->width)
        video->slot_count = needs.slots;
    return ret;
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
    video->start_ns = config->start_ns > 0 ? config->start_ns : 0;
    video->end_ns = config->duration_ns > 0 ? video->start_ns + config->duration_ns : INT64_MAX;
    if (allocate(video, config->location) < 0)
        return error_set(err, -ENOMEM, "Not enough memory to open '%s'", config->location);

    // Decoding several frames at once would show each of them late.
    struct media_options options = {.frame_threads = !video->paced,
                                    .max_pixels = IMAGE_MAX_PIXELS,
                                    .woken = &source->loans.woken,
                                    .admit = admit,
                                    .self = video};
    int ret = media_file_open(&video->file, video->path, &options, err);
    if (ret < 0)
        return ret;
    double fps = video->steady ? config->fps : file_fps(video);
    video->interval_ns = (int64_t)((double)NS_PER_S / fps);
    describe(video, fps);
    video->converts = is_converted(video);
    ret = admit(video, source->info.width, source->info.height, err);
    if (ret < 0)
        return ret;
    // Where seeking fails, what comes before is decoded and left out.
    video->sought = video->start_ns > 0 && media_file_seek(&video->file, video->start_ns) == 0;
    return 0;
}

/** From the last frame to this one. */
static int64_t take_gap(struct video *video, const AVFrame *picture)
{
    int64_t before_ns = video->pts_ns;
    bool known = picture->best_effort_timestamp != AV_NOPTS_VALUE && !video->steady;
    video->pts_ns = known ? media_file_time_ns(&video->file, picture->best_effort_timestamp)
                          : before_ns + video->interval_ns;
    int64_t gap_ns = video->pts_ns - before_ns;
    int64_t longest_ns = video->paced ? max_shown_gap_ns : max_gap_ns;
    bool sensible = gap_ns >= min_gap_ns && gap_ns <= longest_ns && !video->turned_back;
    return known && sensible ? gap_ns : video->interval_ns;
}

/** Where a frame lies in the file, from its start; -1 if the file does not say. */
static int64_t place_of(const struct video *video, const AVFrame *picture)
{
    int64_t stamp = picture->best_effort_timestamp;
    if (stamp == AV_NOPTS_VALUE)
        return -1;
    int64_t at_ns = media_file_time_ns(&video->file, stamp);
    return at_ns > 0 ? at_ns : 0;
}

/** Pictures may begin later than the sound, or than what was asked for. */
static int64_t first_time(const struct video *video, const AVFrame *picture)
{
    int64_t late_ns = place_of(video, picture) - video->start_ns;
    // The file's start is known to a microsecond.
    return late_ns <= NS_PER_US || late_ns > max_shown_gap_ns || video->steady ? 0 : late_ns;
}

static void stamp(struct video *video, const AVFrame *picture)
{
    int64_t gap_ns = take_gap(video, picture);
    video->turned_back = false;
    video->next.sequence = video->sequence++;
    video->time_ns =
        video->next.sequence > 0 ? video->time_ns + gap_ns : first_time(video, picture);
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

static int convert(struct video *video, struct slot *slot, enum pixel_format format,
                   struct error *err)
{
    const AVFrame *picture = video->slots[video->slot].picture;
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

static int turn(struct video *video, struct error *err)
{
    struct slot *slot = &video->slots[video->slot];
    struct frame flat = video->next;
    bool across = video->turns & 1;
    int ret = shape_slot(slot, flat.format, across ? flat.height : flat.width,
                         across ? flat.width : flat.height);
    if (ret < 0)
        return error_set(err, ret, "Not enough memory to turn the frames of '%s'", video->path);
    media_rotate(&flat, video->turns, &slot->layout, slot->block);
    frame_place(&video->next, &slot->layout, slot->block);
    return 0;
}

static int make_upright(struct video *video, struct media_target target, struct error *err)
{
    const AVFrame *picture = video->slots[video->slot].picture;
    int ret = 0;
    if (!media_rotates(target.format))
        target = (struct media_target){PIXEL_I420, false};
    if (target.lend)
        media_lend(&video->next, target.format, picture);
    else
        ret = convert(video, &video->flat, target.format, err);
    return ret < 0 ? ret : turn(video, err);
}

/**
 * Where somebody watches, what there is no memory for is left out, and said.
 *
 * @param converts Whether this frame is; the blocks for that stay.
 */
static int note_size(struct video *video, int width, int height, bool converts, struct error *err)
{
    struct error reason;
    const struct source_info *info = &video->source.info;
    bool first = !video->width, converted = video->converts;
    // Before the first frame what the header says was asked for.
    bool same = (first ? info->width : video->width) == width &&
                (first ? info->height : video->height) == height;
    video->converts = converted || converts;
    int ret = same && video->converts == converted ? 0 : admit(video, width, height, &reason);
    if (ret < 0)
        video->converts = converted;
    if (ret < 0 && video->paced && !video->refused)
        source_say(&video->source, "%s", reason.text);
    video->refused = ret < 0;
    if (ret < 0)
        return video->paced ? -EAGAIN : error_set(err, ret, "%s", reason.text);
    if (!first && !same)
        source_say(&video->source, "From here the pictures of the file are %d x %d", width, height);
    video->width = width;
    video->height = height;
    return 0;
}

static int make_frame(struct video *video, struct error *err)
{
    const AVFrame *picture = video->slots[video->slot].picture;
    struct source_wishes wishes = source_wishes_of(&video->source);
    struct media_target target = media_target_of(picture, wishes.color, wishes.bgr);
    bool across = video->turns & 1;
    video->next = (struct frame){0};
    int ret =
        note_size(video, across ? picture->height : picture->width,
                  across ? picture->width : picture->height, !target.lend || video->turns, err);
    if (ret < 0)
        return ret;
    if (video->turns)
        ret = make_upright(video, target, err);
    else if (target.lend)
        media_lend(&video->next, target.format, picture);
    else
        ret = convert(video, &video->slots[video->slot], target.format, err);
    return ret;
}

static int begin_again(struct video *video, struct error *err)
{
    video->turned_back = true;
    video->sought = video->start_ns > 0 && media_file_seek(&video->file, video->start_ns) == 0;
    return video->sought ? 0 : media_file_rewind(&video->file, err);
}

/** The next frame, wherever it lies; at the end the first again. */
static int decode_any(struct video *video, AVFrame *picture, struct error *err)
{
    int ret = video->ended ? -ENODATA : media_file_next(&video->file, picture, err);
    if (ret == -ENODATA && video->sought) {
        // No picture from there on stands alone.
        video->sought = false;
        ret = media_file_rewind(&video->file, err);
        return ret < 0 ? ret : media_file_next(&video->file, picture, err);
    }
    if (ret != -ENODATA || !video->loop || video->turned_back || video->sequence == 0)
        return ret;
    video->ended = false;
    ret = begin_again(video, err);
    return ret < 0 ? ret : media_file_next(&video->file, picture, err);
}

/** Stamps may be rounded to a millisecond; what is then half of one early is meant to be there. */
static bool is_before_start(const struct video *video, int64_t at_ns)
{
    return at_ns >= 0 && at_ns + NS_PER_MS / 2 < video->start_ns;
}

/** Looks at where a frame lies. 1: it is one of those asked for; 0: try the next. */
static int judge(struct video *video, int64_t at_ns, struct error *err)
{
    bool overshot = video->sought && at_ns > video->start_ns;
    video->sought = false;
    if (overshot)
        return media_file_rewind(&video->file, err);
    if (at_ns >= video->end_ns) {
        video->ended = true;
        return 0;
    }
    return !is_before_start(video, at_ns);
}

static int decode(struct video *video, AVFrame *picture, struct error *err)
{
    for (;;) {
        int ret = decode_any(video, picture, err);
        if (ret == 0)
            ret = judge(video, place_of(video, picture), err);
        if (ret != 0)
            return ret < 0 ? ret : 0;
        if (loans_take_wake(&video->source.loans))
            return -EINTR;
    }
}

static int prepare(struct video *video, int timeout_ms, struct error *err)
{
    struct frame_pool slots = {.loans = &video->source.loans, .slots = video->slot_count};
    video->slot = frame_pool_wait_free(&slots, timeout_ms);
    if (video->slot < 0)
        return video->slot;
    int64_t start = clock_now_ns();
    AVFrame *picture = video->slots[video->slot].picture;
    int ret = decode(video, picture, err);
    if (ret == 0)
        ret = make_frame(video, err);
    if (ret == -EAGAIN)
        atomic_fetch_add(video->refused ? &video->source.counters.dropped_skipped
                                        : &video->source.counters.damaged,
                         1);
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
    memory_free(video->flat.block);
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
