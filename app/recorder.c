/**
 * @file
 * A part is what goes into one file. Its number is raised whenever something ends it: the user, the
 * source, another size. Every picture carries the number of its part, so the thread needs no
 * orders: a picture of another part, or none while the part has ended, closes the file.
 */
#include "app/recorder.h"

#include "app/locks.h"
#include "processing/memory.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    REPEAT_MS = 200,      ///< how long a standing picture lasts before it is written again
    PICTURES_WANTED = 24, ///< that may wait
};

static const size_t memory_wanted = 64 << 20;

struct recorder {
    // Set by recorder_create().
    struct recorder_config config;
    pthread_t thread;
    bool started;

    // The thread's own.
    struct recording_file file;
    unsigned lost_before; ///< of status.lost, what was no loss of this file
    bool told;            ///< that pictures are lost

    // Guarded by `lock`. Of the ring the first picture belongs to the thread while it writes.
    pthread_mutex_t lock;
    pthread_cond_t work;           ///< for the thread
    pthread_cond_t done;           ///< for whoever waits for room or for the end
    struct recorder_status status; ///< `lost_now` apart
    unsigned lost_at_start;        ///< status.lost at the last recorder_start()
    struct picture_ring ring;
    bool kept;          ///< the first picture was written; it is there to be written again
    bool writing;       ///< the thread uses it
    bool open;          ///< a file is
    unsigned open_part; ///< of that file; written by the thread
    bool ending;        ///< for good
    bool standing;      ///< see recorder_stand()
    bool splits;        ///< as soon as it does not stand any more
    int64_t stood_ns;   ///< a part ended while its picture stood: when; else 0
    int64_t split_ns;   ///< the source broke off last
    unsigned part;      ///< of the pictures that come
    unsigned begun;     ///< the first part since recorder_start()
    unsigned dead;      ///< part that failed: what waits of it is thrown away
    int width, height;  ///< of the last picture that came
    int pixel_bytes;    ///< 0 before the first
};

/** The next picture belongs to another file. */
static void end_part_locked(struct recorder *recorder)
{
    if (recorder->standing && recorder->status.on)
        recorder->stood_ns = clock_now_ns();
    recorder->part++;
    recorder->splits = false;
    pthread_cond_signal(&recorder->work);
}

static const struct ring_picture *next_locked(const struct recorder *recorder)
{
    return picture_ring_peek(&recorder->ring, recorder->kept);
}

static void drop_kept_locked(struct recorder *recorder)
{
    if (recorder->kept)
        picture_ring_drop(&recorder->ring);
    recorder->kept = false;
}

// The thread.

static void measure(struct recorder *recorder)
{
    int64_t duration_ns, bytes;
    recording_file_measure(&recorder->file, &duration_ns, &bytes);
    pthread_mutex_lock(&recorder->lock);
    recorder->status.duration_ns = duration_ns;
    recorder->status.bytes = bytes;
    pthread_mutex_unlock(&recorder->lock);
}

static unsigned lost_in_file(struct recorder *recorder)
{
    return recorder_status(recorder).lost - recorder->lost_before;
}

static void close_file(struct recorder *recorder)
{
    unsigned missing;
    int ret = recording_file_close(&recorder->file, lost_in_file(recorder), &missing);
    pthread_mutex_lock(&recorder->lock);
    recorder->open = false;
    recorder->status.failed |= ret < 0;
    recorder->status.written -=
        missing < recorder->status.written ? missing : recorder->status.written;
    recorder->status.lost += missing;
    recorder->lost_before = recorder->status.lost;
    recorder->status.duration_ns = recorder->status.bytes = 0;
    pthread_cond_broadcast(&recorder->done);
    pthread_mutex_unlock(&recorder->lock);
}

static int open_file(struct recorder *recorder, const struct ring_picture *first, struct error *err)
{
    pthread_mutex_lock(&recorder->lock);
    // The source may have broken off before its first picture.
    bool goes_on = first->part != recorder->begun && recorder->open_part >= recorder->begun;
    recorder->open_part = first->part;
    pthread_mutex_unlock(&recorder->lock);
    recorder->told = false;
    int ret = recording_file_open(&recorder->file, first, goes_on, err);
    if (ret < 0)
        return ret;
    pthread_mutex_lock(&recorder->lock);
    recorder->open = true;
    recorder->status.files++;
    pthread_mutex_unlock(&recorder->lock);
    return 0;
}

/** The reason is said last: it is what the user has to know. */
static void fail(struct recorder *recorder, const struct error *err)
{
    pthread_mutex_lock(&recorder->lock);
    bool under_way = recorder->part == recorder->open_part;
    bool on = recorder->status.on && under_way;
    recorder->dead = recorder->open_part;
    recorder->status.failed = true;
    recorder->status.on = recorder->status.on && !under_way;
    recorder->part += under_way;
    pthread_cond_broadcast(&recorder->done);
    pthread_mutex_unlock(&recorder->lock);
    close_file(recorder);
    recording_file_say(&recorder->file, LOG_LEVEL_ERROR, err->text);
    if (on && recorder->config.changed)
        recorder->config.changed(recorder->config.self);
}

/** Tells once a file; how many they are is told at its end. */
static void tell_losses(struct recorder *recorder)
{
    if (recorder->told || lost_in_file(recorder) == 0)
        return;
    recorder->told = true;
    recording_file_say(&recorder->file, LOG_LEVEL_WARNING,
                       "The recording cannot keep up: frames are lost");
}

static void write_picture(struct recorder *recorder, const struct ring_picture *picture,
                          int64_t time_ns)
{
    struct error err = {""};
    int ret = recorder->file.writer ? 0 : open_file(recorder, picture, &err);
    if (ret == 0)
        ret = recording_file_put(&recorder->file, picture, time_ns, &err);
    if (ret < 0) {
        fail(recorder, &err);
        return;
    }
    measure(recorder);
    tell_losses(recorder);
}

/** What the thread is to do next. */
enum step { STEP_WAIT, STEP_END, STEP_CLOSE, STEP_DISCARD, STEP_WRITE, STEP_REPEAT };

/** Waits for something to do. False if nothing came, so that a standing picture is due again. */
static bool wait_locked(struct recorder *recorder)
{
    if (!recorder->standing || !recorder->open || !recorder->kept) {
        pthread_cond_wait(&recorder->work, &recorder->lock);
        return true;
    }
    int64_t until_ns = clock_now_ns() + REPEAT_MS * NS_PER_MS;
    struct timespec until = {.tv_sec = until_ns / NS_PER_S, .tv_nsec = until_ns % NS_PER_S};
    int ret = pthread_cond_timedwait(&recorder->work, &recorder->lock, &until);
    // While it was on its way back to the lock, others may have had that.
    return ret != ETIMEDOUT || !recorder->kept || next_locked(recorder);
}

/** Nothing is under way: the memory goes back. */
static void rest_locked(struct recorder *recorder)
{
    if (recorder->ring.reserved || recorder->status.on || !recorder->ring.block)
        return;
    recorder->kept = false;
    picture_ring_free(&recorder->ring);
    recorder->status.queue_bytes = 0;
    pthread_cond_broadcast(&recorder->done);
}

static enum step next_step_locked(struct recorder *recorder)
{
    const struct ring_picture *next = next_locked(recorder);
    bool ended = recorder->open && recorder->part != recorder->open_part;
    if (next && next->part <= recorder->dead)
        return STEP_DISCARD;
    if (next)
        return recorder->open && next->part != recorder->open_part ? STEP_CLOSE : STEP_WRITE;
    if (ended && !recorder->ring.reserved)
        return STEP_CLOSE;
    if (!recorder->open)
        rest_locked(recorder);
    if (recorder->ending && !recorder->open && !recorder->ring.reserved)
        return STEP_END;
    return wait_locked(recorder) ? STEP_WAIT : STEP_REPEAT;
}

/**
 * Settles what to do, and with which picture.
 *
 * @param time_ns From when on that is to be seen.
 */
static enum step next_step(struct recorder *recorder, struct ring_picture *picture,
                           int64_t *time_ns)
{
    pthread_mutex_lock(&recorder->lock);
    enum step step = next_step_locked(recorder);
    if (step == STEP_WRITE || step == STEP_DISCARD) {
        drop_kept_locked(recorder);
        recorder->kept = true;
        pthread_cond_broadcast(&recorder->done);
    }
    if (recorder->kept) {
        *picture = *picture_ring_peek(&recorder->ring, 0);
        *time_ns = step == STEP_WRITE ? picture->time_ns : clock_now_ns();
    }
    if (step == STEP_CLOSE) {
        *time_ns = recorder->kept ? recorder->stood_ns : 0;
        recorder->stood_ns = 0;
    }
    recorder->writing = step == STEP_WRITE || step == STEP_REPEAT || step == STEP_CLOSE;
    pthread_mutex_unlock(&recorder->lock);
    return step;
}

static void finish_step(struct recorder *recorder, enum step step)
{
    pthread_mutex_lock(&recorder->lock);
    recorder->writing = false;
    recorder->status.written += step == STEP_WRITE && recorder->open;
    // Those of a file that failed belong to none.
    bool gone = step == STEP_DISCARD || (step == STEP_WRITE && !recorder->open);
    recorder->status.lost += gone;
    recorder->lost_before += gone;
    pthread_cond_broadcast(&recorder->done);
    pthread_mutex_unlock(&recorder->lock);
}

static void *run(void *self)
{
    struct recorder *recorder = self;
    struct ring_picture picture = {0};
    int64_t time_ns = 0;
    enum step step;
    while ((step = next_step(recorder, &picture, &time_ns)) != STEP_END) {
        bool stood = step == STEP_CLOSE && time_ns > recorder->file.last_ns;
        if (step == STEP_WRITE || step == STEP_REPEAT || stood)
            write_picture(recorder, &picture, time_ns);
        if (step == STEP_CLOSE && recorder->file.writer)
            close_file(recorder);
        if (step != STEP_WAIT)
            finish_step(recorder, step);
    }
    return NULL;
}

int recorder_create(struct recorder **out, const struct recorder_config *config)
{
    *out = NULL;
    struct recorder *recorder = memory_alloc(MEMORY_OTHER, sizeof *recorder);
    if (!recorder)
        return -ENOMEM;
    recorder->config = *config;
    recorder->file.config = config->file;
    recorder->part = 1;
    lock_make(&recorder->lock);
    condition_make(&recorder->done);
    condition_make(&recorder->work);
    int ret = -pthread_create(&recorder->thread, NULL, run, recorder);
    recorder->started = ret == 0;
    if (ret < 0)
        recorder_destroy(&recorder);
    else
        pthread_setname_np(recorder->thread, "recorder");
    *out = recorder;
    return ret;
}

// What others ask for.

void recorder_start(struct recorder *recorder)
{
    pthread_mutex_lock(&recorder->lock);
    if (!recorder->status.on) {
        end_part_locked(recorder);
        recorder->begun = recorder->part;
        recorder->pixel_bytes = 0;
        recorder->status.on = !recorder->ending;
        recorder->status.failed = false;
        recorder->lost_at_start = recorder->status.lost;
    }
    pthread_mutex_unlock(&recorder->lock);
}

void recorder_stop(struct recorder *recorder)
{
    pthread_mutex_lock(&recorder->lock);
    if (recorder->status.on) {
        end_part_locked(recorder);
        recorder->status.on = false;
        pthread_cond_broadcast(&recorder->done);
    }
    pthread_mutex_unlock(&recorder->lock);
}

void recorder_split(struct recorder *recorder)
{
    pthread_mutex_lock(&recorder->lock);
    if (recorder->status.on && recorder->standing)
        recorder->splits = true; // what is seen does not change
    else if (recorder->status.on) {
        end_part_locked(recorder);
        recorder->split_ns = clock_now_ns();
    }
    pthread_mutex_unlock(&recorder->lock);
}

void recorder_stand(struct recorder *recorder, bool standing)
{
    pthread_mutex_lock(&recorder->lock);
    if (recorder->standing != standing) {
        if (!standing && recorder->splits)
            end_part_locked(recorder);
        recorder->standing = standing;
        pthread_cond_signal(&recorder->work);
    }
    pthread_mutex_unlock(&recorder->lock);
}

bool recorder_is_on(struct recorder *recorder)
{
    return recorder_status(recorder).on;
}

static bool is_busy_locked(const struct recorder *recorder)
{
    return recorder->status.on || recorder->open || recorder->writing || recorder->ring.block;
}

bool recorder_is_busy(struct recorder *recorder)
{
    pthread_mutex_lock(&recorder->lock);
    bool busy = is_busy_locked(recorder);
    pthread_mutex_unlock(&recorder->lock);
    return busy;
}

void recorder_wait(struct recorder *recorder)
{
    pthread_mutex_lock(&recorder->lock);
    while (is_busy_locked(recorder))
        pthread_cond_wait(&recorder->done, &recorder->lock);
    pthread_mutex_unlock(&recorder->lock);
}

// Pictures.

static bool is_idle_locked(const struct recorder *recorder)
{
    return !recorder->writing && !next_locked(recorder);
}

/** Memory that suits pictures of this size, when there is none or too little. */
static void make_room_locked(struct recorder *recorder, const struct ring_picture *picture)
{
    size_t room = picture_ring_room(picture);
    size_t least = RECORDER_PICTURES_LEAST * room, wanted = PICTURES_WANTED * room;
    if (recorder->ring.bytes >= least || !is_idle_locked(recorder))
        return;
    wanted = wanted < memory_wanted ? wanted : memory_wanted;
    wanted = wanted > least ? wanted : least;
    if (recorder->config.room)
        wanted = recorder->config.room(recorder->config.room_self, least, wanted);
    recorder->kept = false;
    picture_ring_make(&recorder->ring, wanted);
    recorder->status.queue_bytes = (int64_t)recorder->ring.bytes;
}

static void follow_shape_locked(struct recorder *recorder, const struct video_picture *picture,
                                int pixel_bytes)
{
    bool same = recorder->width == picture->width && recorder->height == picture->height &&
                recorder->pixel_bytes == pixel_bytes;
    if (!same && recorder->pixel_bytes)
        end_part_locked(recorder);
    recorder->width = picture->width;
    recorder->height = picture->height;
    recorder->pixel_bytes = pixel_bytes;
}

/**
 * Of a source that broke off a picture may still come that was received before. It would begin the
 * next file.
 */
static bool is_late_locked(const struct recorder *recorder, int64_t time_ns)
{
    return recorder->split_ns && time_ns < recorder->split_ns;
}

/** Room for a picture; NULL if it is lost or not wanted any more. */
static uint8_t *reserve_locked(struct recorder *recorder, const struct ring_picture *picture)
{
    while (recorder->status.on) {
        struct ring_picture wanted = *picture;
        wanted.part = recorder->part;
        make_room_locked(recorder, picture);
        uint8_t *data = picture_ring_reserve(&recorder->ring, &wanted);
        bool hopeless = !recorder->ring.block && is_idle_locked(recorder);
        if (data || !recorder->config.waits || hopeless)
            return data;
        pthread_cond_wait(&recorder->done, &recorder->lock);
    }
    // It went off meanwhile, and memory that is made now would belong to nobody.
    return NULL;
}

static uint8_t *reserve(struct recorder *recorder, const struct video_picture *picture,
                        int pixel_bytes, int64_t time_ns)
{
    struct ring_picture wanted = {.width = picture->width,
                                  .height = picture->height,
                                  .pixel_bytes = pixel_bytes,
                                  .time_ns = time_ns};
    pthread_mutex_lock(&recorder->lock);
    bool on = recorder->status.on && !is_late_locked(recorder, time_ns);
    if (on)
        follow_shape_locked(recorder, picture, pixel_bytes);
    uint8_t *data = on ? reserve_locked(recorder, &wanted) : NULL;
    recorder->status.lost += !data && on && recorder->status.on;
    pthread_mutex_unlock(&recorder->lock);
    return data;
}

void recorder_take(struct recorder *recorder, const struct video_picture *picture, int pixel_bytes,
                   int64_t time_ns)
{
    uint8_t *data = reserve(recorder, picture, pixel_bytes, time_ns);
    if (!data)
        return;
    size_t row_bytes = (size_t)picture->width * (size_t)pixel_bytes;
    for (int y = 0; y < picture->height; y++)
        memcpy(data + (size_t)y * row_bytes, picture->data + y * picture->stride, row_bytes);
    pthread_mutex_lock(&recorder->lock);
    picture_ring_commit(&recorder->ring);
    pthread_cond_signal(&recorder->work);
    pthread_mutex_unlock(&recorder->lock);
}

struct recorder_status recorder_status(struct recorder *recorder)
{
    pthread_mutex_lock(&recorder->lock);
    struct recorder_status status = recorder->status;
    status.lost_now = status.lost - recorder->lost_at_start;
    pthread_mutex_unlock(&recorder->lock);
    return status;
}

void recorder_destroy(struct recorder **out)
{
    struct recorder *recorder = *out;
    if (!recorder)
        return;
    recorder_stop(recorder);
    pthread_mutex_lock(&recorder->lock);
    recorder->ending = true;
    pthread_cond_signal(&recorder->work);
    pthread_mutex_unlock(&recorder->lock);
    if (recorder->started)
        pthread_join(recorder->thread, NULL);
    picture_ring_free(&recorder->ring);
    pthread_cond_destroy(&recorder->done);
    pthread_cond_destroy(&recorder->work);
    pthread_mutex_destroy(&recorder->lock);
    memory_free(recorder);
    *out = NULL;
}
