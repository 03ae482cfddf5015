#pragma once

/**
 * @file
 * A live session: a source, the two loops, and everything between them and the main thread. With
 * a window or without one it is the same session; the two front ends (app/live_window.h,
 * app/live_headless.h) differ in where canvases come from and where pictures go.
 *
 *     source -> capture loop -> mailbox or queue -> processing loop -> back buffer -> front end
 *                    ^                                    ^
 *                    +-------------- controls ------------+------------------------- front end
 */

#include "app/back_buffer.h"
#include "app/camera_desk.h"
#include "app/camera_roster.h"
#include "app/capture_loop.h"
#include "app/config.h"
#include "app/ending.h"
#include "app/lab_folder.h"
#include "app/live_budget.h"
#include "app/log.h"
#include "app/loopback.h"
#include "app/memory_watch.h"
#include "app/paths.h"
#include "app/picture_saver.h"
#include "app/processing_loop.h"
#include "app/recorder.h"
#include "app/settings.h"
#include "app/source_choice.h"
#include "app/stats_file.h"

/** Told what the user should know. Called on any thread; `say` may be NULL. */
struct session_listener {
    void (*say)(void *self, bool warning, const char *text);
    void *self;
};

enum { SESSION_MODES = 16 };

/** The mode that the user picked for a camera. */
struct session_mode {
    char camera[256]; ///< location by which it was picked
    struct camera_wish wish;
};

/** A switch that was asked for. */
struct session_switch {
    unsigned number; ///< the capture loop's; 0 before the first
    struct source_choice choice;
    struct camera_wish wish;
    bool picked; ///< the wish is the user's
    char name[128];
};

/** Main thread only, but for what its parts allow. */
struct session {
    // Set by the caller before session_start().
    const struct settings *settings;
    struct config *config;       ///< where settings are remembered; or NULL
    struct path cameras;         ///< folder of the cameras' files; "" if nothing is remembered
    struct source_choice choice; ///< from then on what is open
    struct log *log;
    struct ending *ending;
    struct back_buffer_waker waker;    ///< wakes the front end
    struct picture_saver_config saver; ///< told when a picture was saved
    struct session_listener listener;
    int64_t window_bytes; ///< of a window's own pixels, at the most; 0 without one

    // Made by session_start().
    struct live_budget *budget;
    struct doorbell *capture_bell, *processing_bell;
    struct mailbox *mailbox; ///< one of these two
    struct queue *queue;
    struct channel channel;
    struct controls *controls;
    struct back_buffer *back_buffer;
    struct capture_loop *capture;
    struct camera_desk *desk;     ///< follows the camera that is open; NULL where none can be
    struct camera_roster *roster; ///< cameras to choose from; NULL without a window
    struct processing_loop *processing;
    struct picture_saver *pictures;
    struct loopback *loopback; ///< NULL if there is no device for it
    struct recorder *recorder;
    struct lab *lab;               ///< the memory experiments
    struct lab_folder *lab_folder; ///< NULL where there is none to be read
    bool lab_told;                 ///< that they may hold less than usual
    bool own_times; ///< frames are recorded with the times that they have in their file
    struct stats *stats;
    struct stats_file *stats_file;
    struct memory_watch memory; ///< to be told by the front end

    // The main thread's own.
    struct source_choice first;        ///< as `choice` was set
    struct source_config first_config; ///< as given to session_start(); no location
    struct camera_wish wish;           ///< what was asked of the source that is open
    struct session_switch switching;   ///< the last one
    unsigned settled, returns;         ///< as the capture loop counts them, seen so far
    struct session_mode modes[SESSION_MODES];
    int mode_count;
    enum capture_state state;     ///< when looked at last
    bool other_camera;            ///< there is one to go to; set by the window
    struct source_info source;    ///< of the source that is open; name "" before the first
    struct control_values values; ///< what the controls hold; change them with session_control()
    char hint[400];               ///< of the capture loop's, the last
    unsigned hints;               ///< as the capture loop counts them, seen so far
    bool dark;                    ///< the hint is that the camera lowered its rate in the dark
    char waiting[640];            ///< what was last logged of its waiting; "" while frames come
    char loopback_device[32];     ///< found; "" before
};

/**
 * Starts everything. On failure everything is as after session_stop().
 *
 * @param queued Nothing may be dropped: frames go through a queue, not a mailbox.
 * @param source What to ask of the source; wishes are filled in here.
 * @return 0 or a negative errno with a sentence.
 */
int session_start(struct session *session, const struct source_config *source, bool queued,
                  struct error *err);

/** What to ask of a source that nothing is picked for: what was picked, typed or is remembered. */
struct camera_wish session_usual_wish(struct session *session, const struct source_choice *choice);

/**
 * Whether another source was opened since the last call; session->source is that one then, and
 * what the user should know of it has been logged.
 */
bool session_new_source(struct session *session);

/** Whether there is something new to know about the stream; it is in session->hint, and logged. */
bool session_new_hint(struct session *session);

/**
 * Goes over to another source; values, views and counters stay. What cannot be had is told in a
 * hint, and what was open is opened again. session->choice follows when frames come.
 *
 * @param choice Its notice is ignored.
 * @param name   For people.
 * @param wish   What to ask of a camera, picked by the user; NULL for what was picked for it
 * before, else what the command line says.
 */
void session_switch(struct session *session, const struct source_choice *choice, const char *name,
                    const struct camera_wish *wish);

/** Whether a switch has not come to its end yet; it is in session->switching. */
bool session_is_switching(const struct session *session);

/** Hands session->values to the loops. */
void session_control(struct session *session);

/** Switches the virtual camera that there is, if there is memory for it. */
void session_loopback(struct session *session, bool on);

/**
 * Looks at the loops, adds to the statistics and writes them when a second is over.
 *
 * @param last This is the last time: measure and write in any case.
 * @return true when the numbers of the overlay changed, or what the source waits for.
 */
bool session_sample(struct session *session, bool last);

/** Whether all that was asked for is done: --frames, --duration, the file's end, a failure. */
bool session_is_done(const struct session *session);

/**
 * Exit status so far: 1 if the source failed, a verified picture differed or, without a window, the
 * recording or --stats could not be written; else 0.
 */
int session_status(const struct session *session);

/** Ends the threads and frees what session_start() made. The back buffer must have been recalled.
 */
void session_stop(struct session *session);
