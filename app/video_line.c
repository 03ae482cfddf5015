/**
 * @file
 * What ends one thread ends the others by the belts: whoever is through closes the belt behind it,
 * and the one in front when it broke. So no thread has to know of more than its neighbours.
 *
 * A packet that cannot be decoded leaves a gap in time, which the frame before it fills. Where more
 * than one in ten, or a hundred in a row, are damaged, nobody is served by going on.
 */
#include "app/video_line.h"

#include "app/belt.h"
#include "app/locks.h"
#include "processing/clock.h"
#include "processing/memory.h"

#include <errno.h>
#include <pthread.h>

enum {
    LOOK_MS = 100,      ///< between the decoding thread's looks at whether to stop
    JUDGED_FROM = 100,  ///< packets; the share of damaged ones among fewer says little
    WORST_SHARE_IN = 10 ///< one damaged packet in so many is bearable
};

/** Edges on their way. */
struct piece {
    uint8_t *data;
    int64_t time_ns;
};

struct video_line {
    struct video_line_config config;
    struct belt *raw;   ///< struct loan
    struct belt *edges; ///< struct piece
    struct belt *free;  ///< uint8_t *, planes that nobody uses
    atomic_bool stop;
    pthread_t threads[3];
    int thread_count;

    // The thread that finds edges; the planes' shape is set before the first piece is handed on.
    struct canny *canny;
    struct plane shape; ///< its data is NULL
    uint8_t **planes;   ///< config.frames; NULL before the first frame

    // Guarded by `lock`.
    pthread_mutex_t lock;
    pthread_cond_t ended;
    struct video_line_state state;
    int working; ///< threads
};

/** The first reason counts. */
static void end_by(struct video_line *line, int code, const struct error *reason)
{
    pthread_mutex_lock(&line->lock);
    if (line->state.code == 0) {
        line->state.code = code;
        line->state.reason = *reason;
    }
    pthread_mutex_unlock(&line->lock);
}

static void leave(struct video_line *line)
{
    pthread_mutex_lock(&line->lock);
    line->state.over = --line->working == 0;
    pthread_cond_signal(&line->ended);
    pthread_mutex_unlock(&line->lock);
}

// Decoding.

static int count_damage(struct video_line *line, int64_t decoded, bool at_end, struct error *err)
{
    int64_t damaged = atomic_load(&line->config.source->counters.damaged);
    int64_t all = decoded + damaged;
    pthread_mutex_lock(&line->lock);
    line->state.damaged = damaged;
    pthread_mutex_unlock(&line->lock);
    if (damaged * WORST_SHARE_IN <= all || (all < JUDGED_FROM && !at_end))
        return 0;
    return error_set(err, -EBADMSG, "'%s' is damaged: %lld of %lld packets cannot be decoded",
                     line->config.source->info.name, (long long)damaged, (long long)all);
}

static void pass_hint(struct video_line *line)
{
    char text[160];
    if (source_hint(line->config.source, text, sizeof text) && line->config.hint)
        line->config.hint(line->config.self, text);
}

/** The next frame onto the belt. 0: go on. */
static int decode_one(struct video_line *line, int64_t *decoded, struct error *err)
{
    struct loan loan;
    int ret = source_acquire(line->config.source, LOOK_MS, &loan, err);
    if (ret == -EAGAIN)
        return count_damage(line, *decoded, false, err);
    if (ret == -ETIMEDOUT || ret == -EINTR)
        return 0;
    if (ret < 0)
        return ret;
    ++*decoded;
    stage_profile_mark(line->config.stages, VIDEO_STAGE_DECODE);
    pass_hint(line);
    if (belt_put(line->raw, &loan))
        return 0;
    source_release(&loan);
    return -EPIPE;
}

static void *decode(void *self)
{
    struct video_line *line = self;
    struct error err = {""};
    int64_t decoded = 0;
    int ret = 0;
    while (ret == 0 && !atomic_load(&line->stop))
        ret = decode_one(line, &decoded, &err);
    if (ret == -ENODATA)
        ret = count_damage(line, decoded, true, &err);
    if (ret < 0 && ret != -EPIPE)
        end_by(line, ret, &err);
    belt_close(line->raw);
    leave(line);
    return NULL;
}

// Finding edges.

static int make_planes(struct video_line *line, const struct frame *frame)
{
    size_t bytes = (size_t)frame->width * (size_t)frame->height;
    line->planes = memory_alloc(MEMORY_OTHER, (size_t)line->config.frames * sizeof *line->planes);
    if (!line->planes)
        return -ENOMEM;
    for (int i = 0; i < line->config.frames; i++) {
        line->planes[i] = memory_alloc(MEMORY_FRAMES, bytes);
        if (!line->planes[i])
            return -ENOMEM;
        belt_put(line->free, &line->planes[i]);
    }
    line->shape = (struct plane){NULL, frame->width, frame->height, frame->width};
    return canny_create(&line->canny, frame->width, frame->height, 1);
}

static int check_shape(struct video_line *line, const struct frame *frame, struct error *err)
{
    int ret = line->planes ? 0 : make_planes(line, frame);
    if (ret < 0)
        return error_set(err, ret, "Not enough memory for %d frames of %d x %d pixels",
                         line->config.frames, frame->width, frame->height);
    if (frame->width == line->shape.width && frame->height == line->shape.height)
        return 0;
    return error_set(err, -ESTALE,
                     "The frames of '%s' are %d x %d from here on; a video holds one size, here "
                     "%d x %d: do the rest by itself, with --start",
                     line->config.source->info.name, frame->width, frame->height, line->shape.width,
                     line->shape.height);
}

/** 0: go on. */
static int find_one(struct video_line *line, const struct frame *frame, struct error *err)
{
    struct piece piece = {.time_ns = frame->time_ns};
    int ret = check_shape(line, frame, err);
    if (ret < 0)
        return ret;
    if (!belt_take(line->free, &piece.data))
        return -EPIPE;
    struct plane edges = line->shape;
    edges.data = piece.data;
    canny_run(line->canny, &line->config.canny, frame, &edges, NULL);
    stage_profile_mark(line->config.stages, VIDEO_STAGE_EDGES);
    return belt_put(line->edges, &piece) ? 0 : -EPIPE;
}

static void *find_edges(void *self)
{
    struct video_line *line = self;
    struct loan loan;
    struct error err = {""};
    int ret = 0;
    while (belt_take(line->raw, &loan)) {
        if (ret == 0) {
            ret = find_one(line, &loan.frame, &err);
            if (ret < 0 && ret != -EPIPE)
                end_by(line, ret, &err);
        }
        if (ret < 0)
            belt_close(line->raw);
        source_release(&loan);
    }
    belt_close(line->edges);
    leave(line);
    return NULL;
}

// Handing on.

static int put_one(struct video_line *line, const struct piece *piece, struct error *err)
{
    struct plane edges = line->shape;
    edges.data = piece->data;
    int ret = line->config.put(line->config.self, &edges, piece->time_ns, err);
    if (ret < 0)
        return ret;
    stage_profile_mark(line->config.stages, VIDEO_STAGE_ENCODE);
    pthread_mutex_lock(&line->lock);
    line->state.frames++;
    line->state.time_ns = piece->time_ns;
    pthread_mutex_unlock(&line->lock);
    belt_put(line->free, &piece->data);
    return 0;
}

static void *hand_on(void *self)
{
    struct video_line *line = self;
    struct piece piece;
    struct error err = {""};
    int ret = 0;
    while (ret == 0 && belt_take(line->edges, &piece))
        ret = put_one(line, &piece, &err);
    if (ret < 0)
        end_by(line, ret, &err);
    belt_close(line->edges);
    belt_close(line->free);
    leave(line);
    return NULL;
}

// All of it.

static int start_thread(struct video_line *line, void *(*work)(void *), const char *name)
{
    pthread_t *thread = &line->threads[line->thread_count];
    int ret = -pthread_create(thread, NULL, work, line);
    if (ret < 0)
        return ret;
    pthread_setname_np(*thread, name);
    line->thread_count++;
    return 0;
}

static int start_threads(struct video_line *line)
{
    line->working = 3;
    int ret = start_thread(line, hand_on, "encoding");
    if (ret == 0)
        ret = start_thread(line, find_edges, "edges");
    return ret == 0 ? start_thread(line, decode, "decoding") : ret;
}

int video_line_start(struct video_line **out, const struct video_line_config *config)
{
    struct video_line *line = *out = memory_alloc(MEMORY_OTHER, sizeof *line);
    if (!line)
        return -ENOMEM;
    line->config = *config;
    lock_make(&line->lock);
    condition_make(&line->ended);
    int ret = belt_create(&line->raw, config->frames, sizeof(struct loan));
    if (ret == 0)
        ret = belt_create(&line->edges, config->frames, sizeof(struct piece));
    if (ret == 0)
        ret = belt_create(&line->free, config->frames, sizeof(uint8_t *));
    if (ret == 0)
        ret = start_threads(line);
    if (ret < 0)
        video_line_join(out);
    return ret;
}

struct video_line_state video_line_wait(struct video_line *line, int timeout_ms)
{
    int64_t until_ns = clock_now_ns() + timeout_ms * NS_PER_MS;
    struct timespec until = {.tv_sec = until_ns / NS_PER_S, .tv_nsec = until_ns % NS_PER_S};
    int ret = 0;
    pthread_mutex_lock(&line->lock);
    while (!line->state.over && ret == 0)
        ret = pthread_cond_timedwait(&line->ended, &line->lock, &until);
    struct video_line_state state = line->state;
    pthread_mutex_unlock(&line->lock);
    return state;
}

struct video_line_state video_line_look(struct video_line *line)
{
    return video_line_wait(line, 0);
}

void video_line_stop(struct video_line *line)
{
    atomic_store(&line->stop, true);
    source_wake(line->config.source);
}

/** Of threads that do not exist nobody closes the belts. */
static void close_belts(struct video_line *line)
{
    struct belt *belts[] = {line->raw, line->edges, line->free};
    for (int i = 0; i < 3 && line->thread_count < 3; i++)
        if (belts[i])
            belt_close(belts[i]);
}

void video_line_join(struct video_line **out)
{
    struct video_line *line = *out;
    if (!line)
        return;
    video_line_stop(line);
    close_belts(line);
    for (int i = 0; i < line->thread_count; i++)
        pthread_join(line->threads[i], NULL);
    belt_destroy(&line->raw);
    belt_destroy(&line->edges);
    belt_destroy(&line->free);
    for (int i = 0; line->planes && i < line->config.frames; i++)
        memory_free(line->planes[i]);
    memory_free(line->planes);
    canny_destroy(&line->canny);
    pthread_cond_destroy(&line->ended);
    pthread_mutex_destroy(&line->lock);
    memory_free(line);
    *out = NULL;
}
