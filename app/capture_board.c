#include "app/capture_board.h"

#include "app/locks.h"
#include "processing/clock.h"
#include "processing/memory.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct capture_board {
    // Set by capture_board_create().
    void (*changed)(void *self);
    void *self;

    // Capture thread only.
    struct capture_status base; ///< of which the counters of earlier openings are used

    // Guarded by `lock`.
    pthread_mutex_t lock;
    struct capture_status status;
    struct source *source; ///< for others to wake; NULL while none is open
};

static void tell(const struct capture_board *board)
{
    board->changed(board->self);
}

int capture_board_create(struct capture_board **out, void (*changed)(void *self), void *self)
{
    struct capture_board *board = *out = memory_alloc(MEMORY_OTHER, sizeof *board);
    if (!board)
        return -ENOMEM;
    board->changed = changed;
    board->self = self;
    lock_make(&board->lock);
    return 0;
}

void capture_board_destroy(struct capture_board **board)
{
    if (!*board)
        return;
    pthread_mutex_destroy(&(*board)->lock);
    memory_free(*board);
    *board = NULL;
}

void capture_board_set_state(struct capture_board *board, enum capture_state state)
{
    struct capture_status *status = &board->status;
    pthread_mutex_lock(&board->lock);
    bool changed = status->state != state;
    status->reconnects += status->state == CAPTURE_WAITING && state == CAPTURE_STREAMING;
    status->state = state;
    pthread_mutex_unlock(&board->lock);
    if (changed)
        tell(board);
}

void capture_board_set_error(struct capture_board *board, const struct error *err)
{
    pthread_mutex_lock(&board->lock);
    board->status.error = *err;
    pthread_mutex_unlock(&board->lock);
}

void capture_board_set_waiting(struct capture_board *board, const char *format, ...)
{
    struct capture_status *status = &board->status;
    char text[sizeof status->waiting];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    pthread_mutex_lock(&board->lock);
    bool changed = status->state == CAPTURE_WAITING && strcmp(status->waiting, text) != 0;
    memcpy(status->waiting, text, sizeof text);
    pthread_mutex_unlock(&board->lock);
    capture_board_set_state(board, CAPTURE_WAITING);
    if (changed)
        tell(board);
}

/** Writes down which source it is. */
static void note_source_locked(struct capture_board *board, const struct source_kind *kind,
                               const struct reopening_aim *aim, const struct source_info *info,
                               const char *device)
{
    struct capture_status *status = &board->status;
    status->kind = kind;
    status->camera = aim->camera;
    snprintf(status->chosen, sizeof status->chosen, "%.*s", (int)sizeof status->chosen - 1,
             aim->location);
    status->info = *info;
    snprintf(status->device, sizeof status->device, "%s", device);
}

void capture_board_show(struct capture_board *board, struct source *source,
                        const struct reopening_aim *aim, const char *location)
{
    pthread_mutex_lock(&board->lock);
    board->source = source;
    board->status.openings++;
    note_source_locked(board, source->kind, aim, &source->info, aim->camera ? location : "");
    pthread_mutex_unlock(&board->lock);
}

void capture_board_hide(struct capture_board *board)
{
    pthread_mutex_lock(&board->lock);
    board->source = NULL;
    board->base = board->status;
    pthread_mutex_unlock(&board->lock);
}

void capture_board_count(struct capture_board *board, const struct source *source, bool frame)
{
    const struct source_counters *counters = &source->counters;
    const struct capture_status *base = &board->base;
    struct capture_status *status = &board->status;
    pthread_mutex_lock(&board->lock);
    status->acquired = base->acquired + atomic_load(&counters->acquired);
    status->dropped_driver = base->dropped_driver + atomic_load(&counters->dropped_driver);
    status->dropped_skipped = base->dropped_skipped + atomic_load(&counters->dropped_skipped);
    status->damaged = base->damaged + atomic_load(&counters->damaged);
    status->decode_ns = atomic_load(&counters->decode_ns);
    if (frame)
        status->last_frame_ns = clock_now_ns();
    pthread_mutex_unlock(&board->lock);
}

void capture_board_say_hint(struct capture_board *board, const char *text, bool dark)
{
    struct capture_status *status = &board->status;
    pthread_mutex_lock(&board->lock);
    snprintf(status->hint, sizeof status->hint, "%s", text);
    status->hints++;
    status->dark = dark;
    pthread_mutex_unlock(&board->lock);
    tell(board);
}

void capture_board_settle(struct capture_board *board, unsigned number)
{
    pthread_mutex_lock(&board->lock);
    board->status.settled = number;
    pthread_mutex_unlock(&board->lock);
}

void capture_board_return(struct capture_board *board, unsigned number,
                          const struct source_kind *kind, const struct reopening_aim *aim,
                          const struct source_info *info, const char *device)
{
    pthread_mutex_lock(&board->lock);
    note_source_locked(board, kind, aim, info, device);
    board->status.returns++;
    board->status.settled = number;
    pthread_mutex_unlock(&board->lock);
}

struct capture_status capture_board_status(struct capture_board *board)
{
    pthread_mutex_lock(&board->lock);
    struct capture_status status = board->status;
    pthread_mutex_unlock(&board->lock);
    return status;
}

enum capture_state capture_board_state(struct capture_board *board)
{
    pthread_mutex_lock(&board->lock);
    enum capture_state state = board->status.state;
    pthread_mutex_unlock(&board->lock);
    return state;
}

void capture_board_wake(struct capture_board *board)
{
    pthread_mutex_lock(&board->lock);
    if (board->source)
        source_wake(board->source);
    pthread_mutex_unlock(&board->lock);
}
