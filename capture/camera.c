/*
 * The policy of a live camera: always the newest frame. When several are ready, the older ones go
 * straight back to the driver. Nothing a driver says is believed unseen: an index must name a
 * buffer that the driver has, bytesused must cover the frame, a stamp must be of our clock, not
 * lie in the future and rise. Some drivers stamp the end of a frame that they hand out earlier, or
 * derive stamps from a device clock that runs apart; the time of dequeueing then stands in.
 *
 * A device that fails shows it in poll(): POLLERR with POLLHUP after an unplug (DQBUF then says
 * ENODEV), POLLERR alone when the stream is dead (EIO until it is restarted). POLLERR also means
 * that nothing was ever queued, hence never poll a camera that has no buffer.
 */
#include "capture/camera.h"

#include "capture/camera_device.h"
#include "capture/camera_formats.h"
#include "capture/camera_hints.h"
#include "capture/camera_setup.h"
#include "capture/frame_pool.h"
#include "capture/mjpeg.h"
#include "processing/clock.h"

#include <errno.h>

enum {
    FORGIVEN_FRAMES = 3,   ///< at the start, damaged or not
    FAILURES_IN_A_ROW = 3, ///< of DQBUF, before the stream counts as dead
    FRUITLESS_POLLS = 4,   ///< before a wake-up without a frame is followed by a pause
    RESHAPE_PATIENCE_MS = 100,
    UNDECODABLE_MAX = 30, ///< JPEGs in a row, before the stream counts as dead
    MISFITS_MAX = 3,      ///< JPEGs of another size in a row, before their size is believed
    ADOPTED_PIXELS_MAX = 32 << 20,
};

/** Older than this, a stamp is of some other clock. */
static const int64_t STAMP_AGE_MAX_NS = 2 * NS_PER_S;

/** What waiting for the camera ended with; else a negative errno. */
enum outcome { NOTHING, FRAMES, BROKEN };

struct camera {
    struct source source;
    struct camera_device device;
    struct frame_pool pool; ///< used unless `lends`
    struct mjpeg *decoder;  ///< NULL for raw formats
    bool lends;             ///< frames are lent out of the driver's buffers
    bool no_color;          ///< there is no memory for colours that are only to be seen

    unsigned seen;  ///< frames dequeued so far
    bool sequenced; ///< `last_sequence` means something
    uint32_t last_sequence;
    int64_t last_time_ns; ///< of the last frame handed out
    int failures;         ///< of DQBUF, in a row
    int undecodable;      ///< JPEGs, in a row
    int misfits;          ///< JPEGs of another size than granted, in a row
    bool fitted;          ///< there was one of the size granted
    const char *trouble;  ///< what made the stream count as dead, if it is known; for explain()
    struct camera_health health;
};

static struct camera *camera_of(struct source *source)
{
    return (struct camera *)source;
}

// Giving buffers back.

/** Queues every buffer that nobody reads. One that the driver refuses is tried again next time. */
static int queue_free_buffers(struct camera *camera)
{
    struct camera_device *device = &camera->device;
    loans_collect(&camera->source.loans);
    unsigned out = camera->lends ? atomic_load(&camera->source.loans.out) : 0;
    for (int i = 0; i < device->buffer_count; i++) {
        if (device->buffers[i].queued || out & 1u << i)
            continue;
        if (camera_device_queue(device, i) == -ENODEV)
            return -ENODEV;
    }
    // With nothing queued and nothing lent no frame could ever come.
    return device->queued_count == 0 && out == 0 ? -EIO : 0;
}

// Judging what the driver hands over.

/** Counts a damaged frame, unless it is one of the first. */
static void count_damaged(struct camera *camera)
{
    if (camera->seen <= FORGIVEN_FRAMES)
        return;
    atomic_fetch_add(&camera->source.counters.damaged, 1);
    camera_health_damage(&camera->health);
}

/** Counts what the driver left out; a number that does not rise is a restart, not a gap. */
static unsigned count_gap(struct camera *camera, uint32_t sequence)
{
    uint32_t missing = sequence - camera->last_sequence - 1;
    if (!camera->sequenced || missing >= UINT32_MAX / 2)
        missing = 0;
    atomic_fetch_add(&camera->source.counters.dropped_driver, missing);
    camera->sequenced = true;
    camera->last_sequence = sequence;
    return missing;
}

static bool is_usable(struct camera *camera, const struct camera_dequeued *got)
{
    const struct camera_buffer *buffer = &camera->device.buffers[got->index];
    camera->seen++;
    bool whole = !got->error && camera_frame_whole(&camera->device.granted.layout, buffer->memory,
                                                   got->bytesused, buffer->bytes);
    // Leftovers of an earlier stream may come first, with numbers of their own.
    bool counts = whole || camera->seen > FORGIVEN_FRAMES;
    unsigned lost = counts ? count_gap(camera, got->sequence) : 0;
    camera_health_frame(&camera->health, lost, got->now_ns);
    if (!whole) {
        count_damaged(camera);
        camera->undecodable += camera->decoder != NULL;
    }
    return whole;
}

/** The driver's stamp, if it can be believed: some lie in the future, some never change. */
static void set_time(struct camera *camera, const struct camera_dequeued *got, struct frame *frame)
{
    int64_t age_ns = got->now_ns - got->stamp_ns;
    frame->stamped = got->stamp_ns >= 0 && age_ns >= 0 && age_ns <= STAMP_AGE_MAX_NS &&
                     got->stamp_ns > camera->last_time_ns;
    frame->time_ns = frame->stamped ? got->stamp_ns : got->now_ns;
    camera->last_time_ns = frame->time_ns;
}

// Waiting and draining.

/** Milliseconds until then, rounded up, at least 0. */
static int left_ms(int64_t until_ns)
{
    int64_t left_ns = until_ns - clock_now_ns();
    return left_ns <= 0 ? 0 : (int)((left_ns + NS_PER_MS - 1) / NS_PER_MS);
}

static int wait_for_driver(struct camera *camera, int timeout_ms, bool pause)
{
    const struct v4l2_io *io = camera->device.io;
    bool watch = camera->device.queued_count > 0 && !pause;
    struct pollfd fds[] = {
        {.fd = watch ? camera->device.fd : -1, .events = POLLIN | POLLPRI},
        {.fd = camera->source.loans.wake_fd, .events = POLLIN},
    };
    int ready = io->poll(io->self, fds, 2, pause && timeout_ms > 1 ? 1 : timeout_ms);
    if (ready < 0)
        return ready == -EINTR ? NOTHING : ready;
    if (fds[0].revents & (POLLERR | POLLHUP | POLLNVAL))
        return BROKEN;
    if (fds[0].revents & POLLPRI) {
        ready = camera_device_take_event(&camera->device);
        if (ready == -ENODEV || ready == -ESTALE)
            return ready;
    }
    return fds[0].revents & (POLLIN | POLLPRI) ? FRAMES : NOTHING;
}

/** What a failed DQBUF means: go on (-EAGAIN), or the end. */
static int judge_failure(struct camera *camera, int ret, enum outcome outcome)
{
    if (ret == -ENODEV)
        return ret;
    if (outcome == BROKEN)
        return -EIO;
    return ++camera->failures > FAILURES_IN_A_ROW ? -EIO : -EAGAIN;
}

/**
 * Takes every frame that is ready and keeps the newest.
 *
 * Returns 0 (`newest` is ours), -ENODATA (there was none), -EAGAIN (only damaged ones, or the
 * driver stumbled) or the error that ends the stream.
 */
static int take_newest(struct camera *camera, enum outcome outcome, struct camera_dequeued *newest)
{
    int ret = -ENODATA;
    // A driver that fills as fast as it is drained must not keep us here.
    for (int i = 0; i < 2 * CAMERA_BUFFERS_MAX; i++) {
        struct camera_dequeued got;
        int dequeued = camera_device_dequeue(&camera->device, &got);
        if (dequeued < 0) {
            bool drained = dequeued == -EAGAIN && outcome != BROKEN;
            // What went wrong after a good frame will go wrong again at the next call.
            return drained || ret == 0 ? ret : judge_failure(camera, dequeued, outcome);
        }
        camera->failures = 0;
        bool usable = is_usable(camera, &got);
        int unwanted = usable ? newest->index : got.index;
        if (usable && ret == 0)
            atomic_fetch_add(&camera->source.counters.dropped_skipped, 1);
        if (!usable || ret == 0)
            camera_device_queue(&camera->device, unwanted);
        if (usable)
            *newest = got;
        ret = usable || ret == 0 ? 0 : -EAGAIN;
    }
    return ret;
}

// Handing out.

static enum pixel_format wished_format(const struct camera *camera)
{
    if (!camera->decoder)
        return camera->device.granted.layout.format;
    enum pixel_format wished = camera_decoded_format(source_wishes_of(&camera->source));
    return wished == PIXEL_YUYV && camera->no_color ? PIXEL_GRAY8 : wished;
}

static int shape_pool(struct camera *camera)
{
    const struct frame_layout *layout = &camera->device.granted.layout;
    return frame_pool_shape(&camera->pool, wished_format(camera), layout->width, layout->height);
}

/** Nothing is lent. Where there is no memory for colours to be seen, frames stay gray. */
static int change_pool(struct camera *camera, struct error *err)
{
    int buffers = camera->device.buffer_count, slots;
    struct error reason;
    int ret = camera_admit(&camera->device.granted, &camera->source.gate, wished_format(camera),
                           buffers, &buffers, &slots, &reason);
    camera->no_color = ret < 0 && wished_format(camera) == PIXEL_YUYV;
    if (camera->no_color)
        source_say(&camera->source, "%s", reason.text);
    if (ret < 0)
        return camera->no_color ? -EAGAIN : error_set(err, ret, "%s", reason.text);
    frame_pool_close(&camera->pool);
    camera->pool.slots = slots;
    return shape_pool(camera);
}

/** Waits until nothing is lent. 0, -EINTR or -ETIMEDOUT. */
static int wait_until_back(struct camera *camera, int64_t until_ns)
{
    struct loans *loans = &camera->source.loans;
    while (loans_collect(loans), atomic_load(&loans->out)) {
        if (loans_take_wake(loans))
            return -EINTR;
        int timeout_ms = left_ms(until_ns);
        if (timeout_ms == 0)
            return -ETIMEDOUT;
        struct pollfd back = {.fd = loans->wake_fd, .events = POLLIN};
        poll(&back, 1, timeout_ms);
    }
    return 0;
}

static bool is_pool_fit(const struct camera *camera)
{
    const struct frame_layout *pool = &camera->pool.layout,
                              *granted = &camera->device.granted.layout;
    return pool->format == wished_format(camera) && pool->width == granted->width &&
           pool->height == granted->height;
}

/** A free frame of our own, in the wished format if the readers let go of the old ones in time. */
static int find_slot(struct camera *camera, int64_t give_up_ns, struct error *err)
{
    camera->no_color = camera->no_color && source_wishes_of(&camera->source).color;
    if (!is_pool_fit(camera)) {
        int64_t patience_ns = clock_now_ns() + RESHAPE_PATIENCE_MS * NS_PER_MS;
        int ret = wait_until_back(camera, patience_ns < give_up_ns ? patience_ns : give_up_ns);
        if (ret == 0)
            ret = change_pool(camera, err);
        if (ret < 0 && ret != -ETIMEDOUT)
            return ret;
    }
    return frame_pool_wait_free(&camera->pool, left_ms(give_up_ns));
}

/** A JPEG of another size than granted: an accident; or that of all from now on, or from the start.
 */
static int judge_misfit(struct camera *camera, const struct camera_dequeued *got)
{
    int width, height;
    if (++camera->misfits <= MISFITS_MAX)
        return -EAGAIN;
    camera->misfits = 0;
    if (camera->fitted ||
        mjpeg_size(camera->decoder, camera->device.buffers[got->index].memory, got->bytesused,
                   &width, &height, NULL) < 0 ||
        (int64_t)width * height > ADOPTED_PIXELS_MAX)
        return -ESTALE;
    // To open it again would end here again.
    source_say(&camera->source, "The camera promises pictures of %dx%d and sends %dx%d",
               camera->source.info.width, camera->source.info.height, width, height);
    camera_device_adopt_size(&camera->device, width, height);
    return -EAGAIN;
}

static int decode(struct camera *camera, const struct camera_dequeued *got, int slot)
{
    int64_t start_ns = clock_now_ns();
    int ret = mjpeg_decode(camera->decoder, camera->device.buffers[got->index].memory,
                           got->bytesused, &camera->pool.layout, camera->pool.blocks[slot], NULL);
    atomic_store(&camera->source.counters.decode_ns, clock_now_ns() - start_ns);
    if (ret >= 0) {
        camera->undecodable = camera->misfits = 0;
        camera->fitted = true;
        return 0;
    }
    count_damaged(camera);
    if (ret == -EMSGSIZE && is_pool_fit(camera))
        return judge_misfit(camera, got);
    camera->undecodable += ret != -EMSGSIZE;
    return -EAGAIN;
}

/** Brings the picture into `slot` of the pool and its buffer back to the driver. */
static int fill_slot(struct camera *camera, const struct camera_dequeued *got, int slot,
                     struct frame *frame)
{
    int ret = 0;
    if (camera->decoder) {
        ret = decode(camera, got, slot);
        frame_place(frame, &camera->pool.layout, camera->pool.blocks[slot]);
    } else {
        struct frame lent = *frame;
        frame_place(&lent, &camera->device.granted.layout,
                    camera->device.buffers[got->index].memory);
        frame_copy(frame, &camera->pool.layout, camera->pool.blocks[slot], &lent);
    }
    // Refused, it stays ours and is offered again at the next call.
    camera_device_queue(&camera->device, got->index);
    return ret;
}

static int hand_out(struct camera *camera, const struct camera_dequeued *got, int slot,
                    struct loan *loan)
{
    const struct camera_granted *granted = &camera->device.granted;
    struct frame frame = {
        .range = granted->range,
        .matrix = granted->matrix,
        .received_ns = got->now_ns,
        .sequence = got->sequence,
    };
    if (camera->lends) {
        slot = got->index;
        frame_place(&frame, &granted->layout, camera->device.buffers[slot].memory);
    } else {
        int ret = fill_slot(camera, got, slot, &frame);
        if (ret < 0)
            return ret;
    }
    set_time(camera, got, &frame);
    source_lend(&camera->source, loan, slot);
    loan->frame = frame;
    return 0;
}

// The source.

/** Words for what ends the stream; the other codes are no failures. */
static int explain(const struct camera *camera, int ret, struct error *err)
{
    const char *path = camera->device.path;
    switch (ret) {
    case 0:
    case -ETIMEDOUT:
    case -EINTR:
    case -EAGAIN:
    case -EFBIG: // said already
        return ret;
    case -EIO:
        return error_set(err, ret, "%s %s", path,
                         camera->trouble ? camera->trouble
                                         : "stopped sending pictures: check its cable or try "
                                           "another USB port");
    case -ESTALE:
        return error_set(err, ret, "%s sends pictures of another size now", path);
    default:
        return camera_device_fail(err, ret, path, "read frames");
    }
}

/** A camera that was asleep with the machine may not know that it is to go on. */
static bool has_slept(struct camera *camera)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    int64_t boottime_ns = now.tv_sec * NS_PER_S + now.tv_nsec;
    return camera_health_slept(&camera->health, boottime_ns, clock_now_ns());
}

static int wait_and_take(struct camera *camera, int64_t give_up_ns, struct camera_dequeued *newest)
{
    for (int fruitless = 0;;) {
        int ret = queue_free_buffers(camera);
        if (ret < 0)
            return ret;
        if (loans_take_wake(&camera->source.loans))
            return -EINTR;
        int timeout_ms = left_ms(give_up_ns);
        bool pause = fruitless >= FRUITLESS_POLLS;
        int outcome = wait_for_driver(camera, timeout_ms, pause);
        if (outcome < 0)
            return outcome;
        if (has_slept(camera)) {
            camera->trouble = "has to start again: the machine was asleep";
            return -EIO;
        }
        fruitless = pause ? 0 : fruitless + (outcome == FRAMES);
        if (outcome != NOTHING) {
            ret = take_newest(camera, outcome, newest);
            if (ret != -ENODATA)
                return ret;
        }
        if (timeout_ms == 0)
            return -ETIMEDOUT;
    }
}

static int camera_acquire(struct source *source, int timeout_ms, struct loan *loan,
                          struct error *err)
{
    struct camera *camera = camera_of(source);
    if (!camera->device.streaming) // a restart failed
        return explain(camera, -EIO, err);
    int64_t give_up_ns = clock_now_ns() + timeout_ms * NS_PER_MS;
    struct camera_dequeued newest = {.index = -1};
    int slot = camera->lends ? 0 : find_slot(camera, give_up_ns, err);
    int ret = slot < 0 ? slot : wait_and_take(camera, give_up_ns, &newest);
    if (ret == 0)
        ret = hand_out(camera, &newest, slot, loan);
    if (ret == -EAGAIN && camera->undecodable >= UNDECODABLE_MAX) {
        camera->trouble = "sends nothing but damaged JPEGs: try another --format or USB port";
        if (camera_health_may_tell(&camera->health, CAMERA_UNDECODABLE, clock_now_ns()))
            source_say(source, "The camera %s", camera->trouble);
        ret = -EIO;
    }
    camera_hint(source, &camera->device, &camera->health);
    return explain(camera, ret, err);
}

/** A stream begins: its numbers are its own, its first frames may be bad. */
static void begin_stream(struct camera *camera)
{
    camera->seen = 0;
    camera->sequenced = false;
    camera->failures = camera->undecodable = camera->misfits = 0;
    camera->trouble = NULL;
    camera_health_begin(&camera->health, camera->source.info.fps, clock_now_ns());
    has_slept(camera);
}

static int camera_open(struct source *source, const struct source_config *config, struct error *err)
{
    struct camera *camera = camera_of(source);
    camera->pool.loans = &source->loans;
    int ret = camera_setup(&camera->device, config, &source->info, &camera->pool.slots, err);
    if (ret < 0)
        return ret;
    if (camera->device.granted.jpeg)
        ret = mjpeg_create(&camera->decoder);
    begin_stream(camera);
    camera->lends = !camera->decoder && camera->device.buffer_count >= CAMERA_SPARE_BUFFERS;
    if (ret == 0 && !camera->lends)
        ret = shape_pool(camera);
    return ret < 0 ? camera_device_fail(err, ret, config->location, "read frames") : 0;
}

static int camera_restart(struct source *source, struct error *err)
{
    struct camera *camera = camera_of(source);
    loans_collect(&source->loans);
    unsigned lent = camera->lends ? atomic_load(&source->loans.out) : 0;
    int ret = camera_device_restart(&camera->device, lent, err);
    begin_stream(camera);
    camera_health_restarted(&camera->health, clock_now_ns());
    return ret;
}

static void camera_close(struct source *source)
{
    struct camera *camera = camera_of(source);
    camera_device_close(&camera->device);
    frame_pool_close(&camera->pool);
    mjpeg_destroy(&camera->decoder);
}

const struct source_kind camera_source_kind = {
    .name = "camera",
    .bytes = sizeof(struct camera),
    .open = camera_open,
    .acquire = camera_acquire,
    .restart = camera_restart,
    .close = camera_close,
};
