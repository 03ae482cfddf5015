#include "app/processing_loop.h"

#include "app/workers.h"
#include "processing/canny_reference.h"
#include "processing/clock.h"
#include "processing/cpu.h"
#include "processing/memory.h"

#include <errno.h>
#include <pthread.h>

/**
 * A picture is frozen with its colours, for every view. Frames that were on their way when the
 * user froze it may have been decoded without; so many are looked at for one with.
 */
enum { FREEZE_ATTEMPTS = 4 };

/** How often a frame is copied in case that the source goes away: what it costs is not noticed. */
enum { KEEP_LAST_MS = 250 };

struct processing_loop {
    // Set before the thread starts.
    struct processing_config config;
    int threads; ///< of `workers`, with this one
    struct workers *workers;
    pthread_t thread;
    bool started;

    // Any thread.
    atomic_bool stop, gone, keeps_last;

    // Processing thread only.
    int width, height; ///< of the scratch below; 0 before the first frame
    struct canny *canny;
    struct canny_reference *reference; ///< only to verify
    struct plane edges;
    uint8_t *row; ///< one row of colour

    enum recorded recorded; ///< of the frame in hand
    struct canvas hidden;   ///< data is ours; painted where none is lent. NULL if it is not needed

    struct control_values values;
    unsigned generation; ///< of `values`
    unsigned painted_generation, snapshots_taken;

    struct frame held; ///< the frozen frame or one of the last; width 0 if there is none
    bool frozen;       ///< `held` is the frozen one
    int64_t kept_ns;   ///< when `held` was copied, if it is one of the last
    struct frame_layout held_layout;
    uint8_t *held_block;
    unsigned steps_taken;
    int attempts; ///< frames that may still be taken to freeze one with colour
};

static void free_scratch(struct processing_loop *loop)
{
    canny_destroy(&loop->canny);
    canny_reference_destroy(&loop->reference);
    memory_free(loop->edges.data);
    memory_free(loop->row);
    loop->edges.data = NULL;
    loop->row = NULL;
    loop->width = loop->height = 0;
}

/** Makes the scratch fit a frame's size; nothing happens when it does already. */
static int prepare(struct processing_loop *loop, int width, int height)
{
    if (loop->width == width && loop->height == height)
        return 0;
    free_scratch(loop);
    int bands = canny_bands_for(width, height, loop->threads);
    int ret = canny_create(&loop->canny, width, height, bands);
    if (ret == 0 && loop->config.verify)
        ret = canny_reference_create(&loop->reference, width, height);
    loop->edges = (struct plane){memory_alloc(MEMORY_FRAMES, (size_t)width * (size_t)height), width,
                                 height, width};
    loop->row = memory_alloc(MEMORY_FRAMES, 3 * (size_t)width);
    if (ret < 0 || !loop->edges.data || !loop->row) {
        free_scratch(loop);
        return -ENOMEM;
    }
    loop->width = width;
    loop->height = height;
    log_write(loop->config.log, LOG_LEVEL_DEBUG, "Edges of %dx%d: level %s, threads %d, bands %d",
              width, height, cpu_level_name(cpu_level()), loop->threads, bands);
    return 0;
}

/** Pixels in which the fast edges differ from the reference's. */
static unsigned count_mismatches(struct processing_loop *loop, const struct frame *frame)
{
    canny_reference_run(loop->reference, &loop->values.canny, frame);
    const struct plane *expected = &canny_reference_stages(loop->reference)->edges;
    size_t count = (size_t)loop->width * (size_t)loop->height;
    unsigned mismatches = 0;
    for (size_t i = 0; i < count; i++)
        mismatches += loop->edges.data[i] != expected->data[i];
    return mismatches;
}

/**
 * Paints a frame; `canvas` is NULL where only its edges are wanted. `loan` is given back when its
 * last sample has been read, which for edges alone is before the painting; NULL if the frame is
 * ours.
 */
static void paint(struct processing_loop *loop, const struct frame *frame, const struct loan *loan,
                  const struct canvas *canvas, struct picture *picture)
{
    const struct view_info *view = view_find(loop->values.view);
    *picture = (struct picture){.view = view->view,
                                .width = frame->width,
                                .height = frame->height,
                                .sequence = frame->sequence,
                                .received_ns = frame->received_ns,
                                .time_ns = frame->time_ns,
                                .stamped = frame->stamped,
                                .repainted = !loan};
    struct stage_profile *stages = loop->config.stages;
    if (loan)
        stage_profile_mark(stages, LIVE_STAGE_ACQUIRE);
    int64_t start_ns = clock_now_ns();
    bool needs_edges =
        (canvas && view->needs_edges) || loop->recorded == RECORDED_EDGES || loop->config.verify;
    if (needs_edges) {
        struct band_runner runner = workers_runner(loop->workers);
        canny_run(loop->canny, &loop->values.canny, frame, &loop->edges, &runner);
        picture->canny_ns = clock_now_ns() - start_ns;
        if (loop->reference)
            picture->mismatches = count_mismatches(loop, frame);
        stage_profile_mark(stages, LIVE_STAGE_EDGES);
    }
    const struct frame_observer *observer = &loop->config.observer;
    if (loan && observer->take)
        observer->take(observer->self, frame, needs_edges ? &loop->edges : NULL,
                       &loop->values.canny);
    bool read_again = canvas && view->view != VIEW_EDGES;
    if (loan && !read_again)
        source_release(loan);
    start_ns = clock_now_ns();
    if (canvas)
        view_draw(view->view, frame, loop->values.canny.gray, &loop->edges, canvas, loop->row);
    picture->view_ns = clock_now_ns() - start_ns;
    stage_profile_mark(stages, LIVE_STAGE_PAINT);
    if (loan && read_again)
        source_release(loan);
}

static enum recorded ask_recorder(const struct processing_loop *loop)
{
    const struct frame_recorder *recorder = &loop->config.recorder;
    return recorder->wants ? recorder->wants(recorder->self) : RECORDED_NOTHING;
}

/** Before the canvas is handed back. */
static void record(struct processing_loop *loop, const struct canvas *canvas,
                   const struct picture *picture)
{
    const struct frame_recorder *recorder = &loop->config.recorder;
    const struct plane *edges = &loop->edges;
    struct video_picture seen = {edges->data, edges->width, edges->height, edges->stride};
    if (loop->recorded == RECORDED_PICTURE)
        seen = (struct video_picture){canvas->data, canvas->width, canvas->height, canvas->stride};
    if (loop->recorded != RECORDED_NOTHING)
        recorder->take(recorder->self, &seen, loop->recorded == RECORDED_EDGES ? 1 : 4, picture);
}

static void finish(struct processing_loop *loop, const struct canvas *canvas,
                   const struct picture *picture)
{
    record(loop, canvas, picture);
    loop->painted_generation = loop->generation;
    const struct snapshot_taker *snapshot = &loop->config.snapshot;
    if (loop->snapshots_taken != loop->values.snapshots && snapshot->take)
        snapshot->take(snapshot->self, canvas, picture->view);
    loop->snapshots_taken = loop->values.snapshots;
    if (loop->config.sink.take)
        loop->config.sink.take(loop->config.sink.self, canvas);
    back_buffer_hand_back(loop->config.back_buffer, picture);
}

/** Copies a frame to keep it while the picture is frozen. Without memory it is not kept. */
static void hold_frame(struct processing_loop *loop, const struct frame *frame)
{
    struct frame_layout layout = frame_layout_make(frame->format, frame->width, frame->height, 0);
    if (layout.bytes != loop->held_layout.bytes) {
        memory_free(loop->held_block);
        loop->held_block = memory_alloc(MEMORY_FRAMES, layout.bytes);
        loop->held_layout = layout;
    }
    loop->held.width = 0;
    if (!loop->held_block) {
        loop->held_layout.bytes = 0;
        return;
    }
    loop->held_layout = layout;
    frame_copy(&loop->held, &layout, loop->held_block, frame);
}

static void freeze_frame(struct processing_loop *loop, const struct frame *frame)
{
    // The first frame is the frozen one; those after it are steps, each of them one.
    loop->steps_taken += loop->frozen && loop->steps_taken != loop->values.steps;
    hold_frame(loop, frame);
    loop->frozen = loop->held.width > 0;
    loop->attempts -= loop->attempts > 0;
}

/** Copies a frame now and then: when the source is gone, so are its frames. */
static void keep_frame(struct processing_loop *loop, const struct frame *frame)
{
    int64_t now = clock_now_ns();
    if (loop->held.width && now - loop->kept_ns < KEEP_LAST_MS * NS_PER_MS)
        return;
    hold_frame(loop, frame);
    loop->kept_ns = now;
}

/** Whether the frozen picture is complete, so that no further frame is wanted. */
static bool is_held(const struct processing_loop *loop)
{
    return loop->frozen && loop->steps_taken == loop->values.steps &&
           (pixel_format_has_color(loop->held.format) || loop->attempts == 0);
}

static bool take_canvas(struct processing_loop *loop, int width, int height, struct canvas *canvas)
{
    if (!back_buffer_take(loop->config.back_buffer, width, height, canvas))
        return false;
    // Once more: what was set before the canvas was lent holds for what is painted on it.
    loop->generation = controls_get(loop->config.controls, &loop->values);
    return true;
}

static void free_hidden(struct processing_loop *loop)
{
    memory_free(loop->hidden.data);
    loop->hidden = (struct canvas){0};
}

/** A canvas of our own for what is recorded and not shown. */
static int make_hidden(struct processing_loop *loop, int width, int height)
{
    struct canvas *hidden = &loop->hidden;
    if (hidden->data && hidden->width == width && hidden->height == height)
        return 0;
    free_hidden(loop);
    *hidden = (struct canvas){memory_alloc(MEMORY_FRAMES, 4 * (size_t)width * (size_t)height),
                              width, height, 4 * (ptrdiff_t)width};
    return hidden->data ? 0 : -ENOMEM;
}

/** Without a canvas: for the recorder alone. */
static void paint_hidden(struct processing_loop *loop, const struct loan *loan)
{
    struct picture picture;
    const struct frame *frame = &loan->frame;
    bool drawn = loop->recorded == RECORDED_PICTURE;
    if (drawn && make_hidden(loop, frame->width, frame->height) < 0) {
        source_release(loan);
        return;
    }
    paint(loop, frame, loan, drawn ? &loop->hidden : NULL, &picture);
    record(loop, &loop->hidden, &picture);
    // What is held by now is not on the display.
    loop->painted_generation = loop->generation - 1;
}

static void paint_shown(struct processing_loop *loop, const struct loan *loan,
                        const struct canvas *canvas)
{
    struct picture picture;
    paint(loop, &loan->frame, loan, canvas, &picture);
    finish(loop, canvas, &picture);
}

/** Paints the next frame of the channel. False if there is none, or no canvas and no recorder. */
static bool paint_next(struct processing_loop *loop)
{
    const struct channel *channel = &loop->config.channel;
    struct canvas canvas;
    struct loan loan;
    int width, height;
    if (!channel->peek(channel->self, &width, &height))
        return false;
    loop->recorded = ask_recorder(loop);
    if (loop->recorded == RECORDED_NOTHING && loop->hidden.data)
        free_hidden(loop);
    bool shown = take_canvas(loop, width, height, &canvas);
    if (!shown && (loop->recorded == RECORDED_NOTHING || loop->config.shows_all))
        return false;
    // Between peek and take a newer frame may have come, even one of another size.
    bool taken = channel->take(channel->self, &loan);
    bool fits = taken && loan.frame.width == width && loan.frame.height == height &&
                prepare(loop, width, height) == 0;
    if (!fits) {
        if (taken)
            source_release(&loan);
        if (shown)
            back_buffer_hand_back(loop->config.back_buffer, NULL);
        return taken;
    }
    if (loop->values.frozen)
        freeze_frame(loop, &loan.frame);
    else if (atomic_load(&loop->keeps_last))
        keep_frame(loop, &loan.frame);
    if (shown)
        paint_shown(loop, &loan, &canvas);
    else
        paint_hidden(loop, &loan);
    return true;
}

/** Paints the held frame again if the controls changed. */
static bool paint_again(struct processing_loop *loop)
{
    struct canvas canvas;
    if (loop->painted_generation == loop->generation ||
        !take_canvas(loop, loop->held.width, loop->held.height, &canvas))
        return false;
    if (prepare(loop, loop->held.width, loop->held.height) < 0) {
        back_buffer_hand_back(loop->config.back_buffer, NULL);
        return false;
    }
    // While the source is gone nothing is recorded, whatever is tuned meanwhile.
    loop->recorded = loop->values.frozen ? ask_recorder(loop) : RECORDED_NOTHING;
    struct picture picture;
    paint(loop, &loop->held, NULL, &canvas, &picture);
    finish(loop, &canvas, &picture);
    return true;
}

/** Does what there is to do; false if that was nothing. */
static bool work(struct processing_loop *loop)
{
    loop->generation = controls_get(loop->config.controls, &loop->values);
    if (loop->config.observer.settle)
        loop->config.observer.settle(loop->config.observer.self);
    if (!loop->values.frozen) {
        loop->frozen = false;
        loop->steps_taken = loop->values.steps;
        loop->attempts = FREEZE_ATTEMPTS;
    }
    bool held = loop->values.frozen && is_held(loop);
    loop->config.held(loop->config.self, held);
    if (held)
        return paint_again(loop);
    bool alone = atomic_load(&loop->gone) && loop->held.width > 0;
    return paint_next(loop) || (alone && paint_again(loop));
}

static void *run(void *self)
{
    struct processing_loop *loop = self;
    while (!atomic_load(&loop->stop)) {
        unsigned ticket = doorbell_ticket(loop->config.bell);
        if (!work(loop) && !atomic_load(&loop->stop))
            doorbell_wait(loop->config.bell, ticket, -1);
    }
    return NULL;
}

int processing_loop_start(struct processing_loop **out, const struct processing_config *config)
{
    *out = NULL;
    struct processing_loop *loop = memory_alloc(MEMORY_OTHER, sizeof *loop);
    if (!loop)
        return -ENOMEM;
    loop->config = *config;
    atomic_store(&loop->keeps_last, config->keeps_last);
    loop->threads = workers_threads_for(config->threads);
    int ret = workers_create(&loop->workers, loop->threads, NULL);
    if (ret == 0)
        ret = -pthread_create(&loop->thread, NULL, run, loop);
    loop->started = ret == 0;
    if (ret < 0)
        processing_loop_join(&loop);
    else
        pthread_setname_np(loop->thread, "processing");
    *out = loop;
    return ret;
}

void processing_loop_set_gone(struct processing_loop *loop, bool gone)
{
    if (atomic_exchange(&loop->gone, gone) != gone)
        doorbell_ring(loop->config.bell);
}

void processing_loop_keep_last(struct processing_loop *loop, bool keep)
{
    atomic_store(&loop->keeps_last, keep);
}

void processing_loop_stop(struct processing_loop *loop)
{
    atomic_store(&loop->stop, true);
    doorbell_ring(loop->config.bell);
}

void processing_loop_wait(struct processing_loop *loop)
{
    if (loop->started)
        pthread_join(loop->thread, NULL);
    loop->started = false;
}

void processing_loop_join(struct processing_loop **loop)
{
    if (!*loop)
        return;
    processing_loop_wait(*loop);
    workers_destroy(&(*loop)->workers);
    free_scratch(*loop);
    free_hidden(*loop);
    memory_free((*loop)->held_block);
    memory_free(*loop);
    *loop = NULL;
}
