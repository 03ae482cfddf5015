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
#include "capture/camera_setup.h"
#include "capture/frame_pool.h"
#include "capture/mjpeg.h"
#include "processing/clock.h"

#include <errno.h>

enum {
    FORGIVEN_FRAMES = 3,   ///< at the start, damaged or not
    FAILURES_IN_A_ROW = 3, ///< of DQBUF, before the stream counts as dead
    FRUITLESS_POLLS = 4,   ///< before a wake-up without a frame is followed by a pause
    SPARE_BUFFERS = 4,     ///< with fewer, frames are copied out so that the driver keeps enough
    RESHAPE_PATIENCE_MS = 100,
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

    unsigned seen;  ///< frames dequeued so far
    bool sequenced; ///< `last_sequence` means something
    uint32_t last_sequence;
    int64_t last_time_ns; ///< of the last frame handed out
    int failures;         ///< of DQBUF, in a row
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
    if (camera->seen > FORGIVEN_FRAMES)
        atomic_fetch_add(&camera->source.counters.damaged, 1);
}

/** Counts what the driver left out; a number that does not rise is a restart, not a gap. */
static void count_gap(struct camera *camera, uint32_t sequence)
{
    uint32_t missing = sequence - camera->last_sequence - 1;
    if (camera->sequenced && missing < UINT32_MAX / 2)
        atomic_fetch_add(&camera->source.counters.dropped_driver, missing);
    camera->sequenced = true;
    camera->last_sequence = sequence;
}

static bool is_usable(struct camera *camera, const struct camera_dequeued *got)
{
    const struct camera_buffer *buffer = &camera->device.buffers[got->index];
    camera->seen++;
    bool whole = !got->error && camera_frame_whole(&camera->device.granted.layout, buffer->memory,
                                                   got->bytesused, buffer->bytes);
    // Leftovers of an earlier stream may come first, with numbers of their own.
    if (whole || camera->seen > FORGIVEN_FRAMES)
        count_gap(camera, got->sequence);
    if (!whole)
        count_damaged(camera);
    return whole;
}

static int64_t time_of(struct camera *camera, const struct camera_dequeued *got)
{
    int64_t age_ns = got->now_ns - got->stamp_ns;
    bool credible = got->stamp_ns >= 0 && age_ns >= 0 && age_ns <= STAMP_AGE_MAX_NS &&
                    got->stamp_ns > camera->last_time_ns;
    camera->last_time_ns = credible ? got->stamp_ns : got->now_ns;
    return camera->last_time_ns;
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
    struct source_wishes wishes = source_wishes_of(&camera->source);
    return wishes.bgr ? PIXEL_BGR24 : wishes.color ? PIXEL_YUV24 : PIXEL_GRAY8;
}

static int shape_pool(struct camera *camera)
{
    const struct frame_layout *layout = &camera->device.granted.layout;
    return frame_pool_shape(&camera->pool, wished_format(camera), layout->width, layout->height);
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

/** A free frame of our own, in the wished format if the readers let go of the old ones in time. */
static int find_slot(struct camera *camera, int64_t give_up_ns)
{
    if (camera->pool.layout.format != wished_format(camera)) {
        int64_t patience_ns = clock_now_ns() + RESHAPE_PATIENCE_MS * NS_PER_MS;
        int ret = wait_until_back(camera, patience_ns < give_up_ns ? patience_ns : give_up_ns);
        if (ret == 0)
            ret = shape_pool(camera);
        if (ret < 0 && ret != -ETIMEDOUT)
            return ret;
    }
    return frame_pool_wait_free(&camera->pool, left_ms(give_up_ns));
}

static int decode(struct camera *camera, const struct camera_dequeued *got, int slot)
{
    int64_t start_ns = clock_now_ns();
    int ret = mjpeg_decode(camera->decoder, camera->device.buffers[got->index].memory,
                           got->bytesused, &camera->pool.layout, camera->pool.blocks[slot], NULL);
    atomic_store(&camera->source.counters.decode_ns, clock_now_ns() - start_ns);
    if (ret >= 0)
        return 0;
    count_damaged(camera);
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
    frame.time_ns = time_of(camera, got);
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
        return ret;
    case -EIO:
        return error_set(
            err, ret, "%s stopped sending pictures: check its cable or try another USB port", path);
    case -ESTALE:
        return error_set(err, ret, "%s sends pictures of another size now", path);
    default:
        return camera_device_fail(err, ret, path, "read frames");
    }
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
    if (!camera->device.streaming)
        return explain(camera, -EIO, err);
    int64_t give_up_ns = clock_now_ns() + timeout_ms * NS_PER_MS;
    struct camera_dequeued newest = {.index = -1};
    int slot = camera->lends ? 0 : find_slot(camera, give_up_ns);
    int ret = slot < 0 ? slot : wait_and_take(camera, give_up_ns, &newest);
    if (ret == 0)
        ret = hand_out(camera, &newest, slot, loan);
    return explain(camera, ret, err);
}

static int camera_open(struct source *source, const struct source_config *config, struct error *err)
{
    struct camera *camera = camera_of(source);
    camera->pool.loans = &source->loans;
    int ret = camera_setup(&camera->device, config, &source->info, err);
    if (ret < 0)
        return ret;
    if (camera->device.granted.jpeg)
        ret = mjpeg_create(&camera->decoder);
    camera->lends = !camera->decoder && camera->device.buffer_count >= SPARE_BUFFERS;
    if (ret == 0 && !camera->lends)
        ret = shape_pool(camera);
    return ret < 0 ? camera_device_fail(err, ret, config->location, "read frames") : 0;
}

static int camera_restart(struct source *source, struct error *err)
{
    struct camera *camera = camera_of(source);
    loans_collect(&source->loans);
    unsigned lent = camera->lends ? atomic_load(&source->loans.out) : 0;
    // What follows is a new stream: its numbers are its own, its first frames may be bad.
    camera->seen = 0;
    camera->sequenced = false;
    camera->failures = 0;
    return camera_device_restart(&camera->device, lent, err);
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
