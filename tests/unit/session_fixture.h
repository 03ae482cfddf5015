#pragma once

/**
 * @file
 * A session of the scene, 640x480, without a window: begun, turned as a front end does, ended. To
 * be included by one file a test.
 */

#include "app/session.h"
#include "capture/scene.h"
#include "processing/memory.h"

#include <stdlib.h>

static struct settings settings;
static struct session session;
static struct canvas canvas;

static inline void nothing(void *self)
{
    (void)self;
}

static inline void ignore_saved(void *self, int ret, const char *path, const struct error *err)
{
    (void)self;
    (void)ret;
    (void)path;
    (void)err;
}

/** What a session of `settings` is begun with; `said` is told what the user should know. */
static inline struct session scene_session(void (*said)(void *self, bool warning, const char *text))
{
    return (struct session){
        .settings = &settings,
        .choice = {.kind = &scene_source_kind, .scene = true},
        .waker = {nothing, NULL},
        .saver.done = ignore_saved,
        .listener = {said, NULL},
    };
}

/** Starts `session`; what session_start() returns. */
static inline int start_scene(struct error *err)
{
    struct source_config config = {.location = "", .width = 640, .height = 480, .fps = 200};
    return session_start(&session, &config, false, err);
}

/** Takes the picture that is there, and lends a canvas for the next one. */
static inline bool exchange_pictures(struct picture *picture)
{
    int width, height;
    bool there = back_buffer_collect(session.back_buffer, picture);
    if (!canvas.data && back_buffer_wanted(session.back_buffer, &width, &height))
        canvas = (struct canvas){malloc((size_t)(4 * width * height)), width, height, 4 * width};
    if (canvas.data && !back_buffer_is_lent(session.back_buffer))
        back_buffer_lend(session.back_buffer, &canvas);
    return there;
}

/** Returns 0 if all memory came back. */
static inline int stop_scene(void)
{
    struct picture picture;
    if (session.back_buffer)
        back_buffer_recall(session.back_buffer, &picture);
    session_stop(&session);
    free(canvas.data);
    canvas = (struct canvas){0};
    return memory_sum_of(MEMORY_OWNERS).live_bytes == 0 ? 0 : -1;
}
