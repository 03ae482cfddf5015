#include "app/live_window.h"

#include "app/live_bar.h"
#include "app/live_canvas.h"
#include "app/live_page.h"
#include "app/memory_limit.h"
#include "app/notices.h"
#include "app/paths.h"
#include "app/rate_offer.h"
#include "app/renderer_choice.h"
#include "app/session_recorder.h"
#include "app/window_snapshot.h"
#include "processing/clock.h"
#include "render/panel.h"
#include "render/window.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>

enum {
    TICK_MS = 100,          ///< how often the loop looks around when nothing happens
    EVENTS_AT_ONCE = 64,    ///< handled before the next drawing
    SNAPSHOT_WAIT_MS = 150, ///< for --snapshot when the window closes
    HELP_LINES = 48,
};

struct live_window {
    struct session *session;
    struct window *window;
    struct notices *notices;
    struct picture_saver *shots; ///< of the window; NULL before the first
    atomic_bool answered;        ///< a picture was saved, or could not be
    struct live_state state;
    struct live_pages pages;
    struct panel_layout layout; ///< of the last drawing
    struct live_canvas canvas;
    bool dirty; ///< something changed that is not on the display yet
    bool fresh; ///< `picture` is not on the display yet
    struct picture picture;
    struct error error; ///< that ends the session
    bool broken;
};

static void wake(void *self)
{
    struct live_window *live = self;
    window_wake(live->window);
}

static void on_saved(void *self, int ret, const char *path, const struct error *err)
{
    struct live_window *live = self;
    atomic_store(&live->answered, true);
    if (ret == 0)
        notices_say(live->notices, false, "Saved %s", path);
    else
        notices_say(live->notices, true, "%s", err->text);
    log_write(live->session->log, ret == 0 ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR, "%s%s",
              ret == 0 ? "Saved " : "", ret == 0 ? path : err->text);
    window_wake(live->window);
}

static void on_said(void *self, bool warning, const char *text)
{
    struct live_window *live = self;
    notices_say(live->notices, warning, "%s", text);
    window_wake(live->window);
}

static enum panel_place panel_place_of(const struct panel_layout *layout)
{
    if (layout->panel.w <= 0)
        return PANEL_FOLDED;
    bool beside = layout->picture.x + layout->picture.w <= layout->panel.x + 1;
    return beside ? PANEL_BESIDE : PANEL_OVER;
}

/** Another source is to be seen, whatever the last one showed. */
static void unfreeze(struct live_window *live)
{
    notices_clear(live->notices); // it was about the last one
    stats_pause(live->session->stats);
    live->state.values.frozen = false;
    live->session->values = live->state.values;
    session_control(live->session);
    live->dirty = true;
}

static void do_action(struct live_window *live, enum action action)
{
    if (action == ACTION_NONE)
        return;
    if (action == ACTION_NEXT_CAMERA) {
        if (live_cameras_next(&live->pages.cameras, live->session, live->notices))
            unfreeze(live);
        live->dirty = true;
        return;
    }
    if (action == ACTION_LEDGER_SNAPSHOT) {
        live_memory_snapshot(live->pages.memory);
        live->state.differences = false; // what they compared is gone
    }
    if (action == ACTION_LEDGER_DIFFERENCE && !live_memory_compare(live->pages.memory)) {
        live->dirty = true;
        return;
    }
    if (action == ACTION_KEEP_RATE)
        rate_offer_accept(live->session, live->notices);
    bool was_frozen = live->state.values.frozen;
    // It may have failed and gone off by itself.
    struct loopback *loopback = live->session->loopback;
    live->state.loopback = loopback && loopback_status(loopback).on;
    live->state.record = recorder_is_on(live->session->recorder);
    action_apply(&live->state, action, panel_place_of(&live->layout));
    if (was_frozen || live->state.values.frozen)
        stats_pause(live->session->stats);
    live->session->values = live->state.values;
    session_control(live->session);
    if (loopback && action == ACTION_LOOPBACK)
        session_loopback(live->session, live->state.loopback);
    if (action == ACTION_RECORD)
        session_record(live->session, live->state.record);
    if (live->state.fullscreen != window_is_fullscreen(live->window))
        window_set_fullscreen(live->window, live->state.fullscreen);
    live->dirty = true;
}

static void recover(struct live_window *live)
{
    live_canvas_recall(&live->canvas);
    if (window_recover(live->window, &live->error) < 0)
        live->broken = true;
    // A frozen or still picture has to be painted into the new textures.
    session_control(live->session);
}

static bool is_inside(const struct ui_rect *area, float x, float y)
{
    return x >= area->x && x < area->x + area->w && y >= area->y && y < area->y + area->h;
}

static void handle_event(struct live_window *live, const struct window_event *event)
{
    struct ui_input input = {0};
    enum action action;
    switch (event->kind) {
    case WINDOW_EVENT_CLOSE:
        live->state.quit = true;
        break;
    case WINDOW_EVENT_KEY:
    case WINDOW_EVENT_TEXT:
        action = keys_find(event);
        if (event->repeat && !action_repeats(action))
            break;
        if (action_to_input(action, event->shift, &input))
            window_push_input(live->window, &input);
        else
            do_action(live, action);
        live->dirty = true;
        break;
    case WINDOW_EVENT_DOUBLE_CLICK:
        // On a button it is two clicks.
        if (!live->state.help && is_inside(&live->layout.clear, event->x, event->y))
            do_action(live, ACTION_FULLSCREEN);
        break;
    case WINDOW_EVENT_LOST:
        recover(live);
        live->dirty = true;
        break;
    case WINDOW_EVENT_POINTER:
    case WINDOW_EVENT_REDRAW:
        live->dirty = true;
        break;
    case WINDOW_EVENT_WAKE: // the capture thread's state may have changed
    case WINDOW_EVENT_NONE:
        break;
    }
}

static void handle_events(struct live_window *live, int timeout_ms)
{
    for (int i = 0; i < EVENTS_AT_ONCE && !live->state.quit; i++) {
        struct window_event event = window_wait(live->window, i == 0 ? timeout_ms : 0);
        if (event.kind == WINDOW_EVENT_NONE)
            return;
        handle_event(live, &event);
    }
}

static void collect_picture(struct live_window *live)
{
    if (live_canvas_collect(&live->canvas, &live->picture))
        live->fresh = live->dirty = true;
}

static void lend_canvas(struct live_window *live)
{
    if (live_canvas_lend(&live->canvas, &live->error) < 0)
        live->broken = true;
}

/** What is in the panel's place. Returns the action of a pressed button. */
static enum action draw_page(struct live_window *live, struct ui *ui)
{
    struct live_page_news news = {0};
    enum action action =
        live_page_draw(live->session, &live->state, &live->pages, ui, live->layout.panel, &news);
    if (news.picked)
        unfreeze(live);
    live->dirty = live->dirty || news.tuned;
    return action;
}

static enum action draw_notices(struct live_window *live, struct ui *ui,
                                const struct capture_status *status)
{
    char text[512];
    struct ui_rect area = live->layout.clear;
    if (status->state == CAPTURE_WAITING)
        return (enum action)panel_draw_notice(ui, area, status->waiting, true, NULL);
    if (status->state != CAPTURE_OPENING || !session_is_switching(live->session))
        return notices_draw(live->notices, ui, area);
    snprintf(text, sizeof text, "Opening %s...", live->session->switching.name);
    return (enum action)panel_draw_notice(ui, area, text, false, NULL);
}

/** Everything on top of the picture. Returns the action of a pressed button. */
static enum action draw_interface(struct live_window *live, struct ui *ui,
                                  const struct capture_status *status)
{
    enum action action, pressed;
    char source[256];
    struct ui_rect clear = live_bar_recording(live->session, ui, live->layout.clear);
    overlay_draw(ui, clear, live->state.overlay, &stats_get_report(live->session->stats)->numbers);
    action = draw_notices(live, ui, status);
    if (live->layout.panel.w > 0) {
        pressed = draw_page(live, ui);
        action = action ? action : pressed;
    }
    if (live->layout.bar.h > 0) {
        struct panel_button keys[LIVE_BUTTONS];
        int count = live_bar_keys(live->session, &live->state, keys);
        live_bar_source(status, source, sizeof source);
        pressed = (enum action)panel_draw_bar(ui, live->layout.bar, source, keys, count);
        action = action ? action : pressed;
    }
    if (live->state.differences) {
        pressed = live_memory_draw_differences(live->pages.memory, ui);
        action = action ? action : pressed;
    }
    if (live->state.help) {
        struct panel_help lines[HELP_LINES];
        if (panel_draw_help(ui, lines, keys_help(lines, HELP_LINES)))
            action = ACTION_HELP;
    }
    return action;
}

static void take_window_snapshot(struct live_window *live)
{
    live->state.shot = false;
    struct picture_saver_config config = {.done = on_saved, .self = live};
    struct error err;
    int ret = live_budget_begin(live->session->budget, LIVE_PART_WINDOW, &err);
    if (ret < 0) {
        notices_say(live->notices, true, "%s", err.text);
        return;
    }
    ret = window_snapshot_take(&live->shots, &config, live->window);
    if (ret < 0)
        notices_say(live->notices, true, "The window is not saved: %s", error_reason(ret));
}

static void draw(struct live_window *live)
{
    int64_t start_ns = clock_now_ns();
    live->dirty = false;
    struct ui *ui = window_begin(live->window);
    if (!ui) {
        lend_canvas(live); // nothing to see, but the frames go on
        live->fresh = false;
        return;
    }
    struct capture_status status = capture_loop_status(live->session->capture);
    live->layout = panel_divide(ui, live->state.panel);
    enum action action = draw_interface(live, ui, &status);
    bool old = status.state == CAPTURE_WAITING || status.state == CAPTURE_OPENING;
    window_draw(live->window, live->layout.picture, old);
    if (live->state.shot)
        take_window_snapshot(live);
    int64_t drawn_ns = clock_now_ns();
    // Before presenting, which may block: the processing thread always has something to paint on.
    lend_canvas(live);
    window_present(live->window);
    if (live->fresh)
        stats_add_picture(live->session->stats, &live->picture, clock_now_ns(),
                          drawn_ns - start_ns);
    live->fresh = false;
    do_action(live, action);
}

/** What the user should know of a source that was opened: its name, and what is odd about it. */
static void introduce_source(struct live_window *live)
{
    const struct source_info *source = &live->session->source;
    char title[160];
    snprintf(title, sizeof title, "%s - cannyscope", source->name);
    window_set_title(live->window, title);
    if (source->note[0])
        notices_say(live->notices, false, "%s", source->note);
}

static void loop(struct live_window *live)
{
    struct session *session = live->session;
    while (!live->state.quit && !live->broken && !ending_signal(session->ending)) {
        handle_events(live, live->dirty ? 0 : TICK_MS);
        collect_picture(live);
        if (session_new_source(session))
            introduce_source(live);
        if (session_new_hint(session)) {
            rate_offer_say(session, live->notices);
            live->dirty = true;
        }
        bool page = live->state.page == LIVE_PAGE_CAMERA && live->layout.panel.w > 0;
        if (live_cameras_update(&live->pages.cameras, session, live->notices, page))
            live->dirty = true;
        if (session_sample(session, false))
            live->dirty = true;
        if (live_memory_update(live->pages.memory))
            live->dirty = true;
        if (live->dirty)
            draw(live);
        else
            lend_canvas(live);
        if (session_is_done(session))
            return;
    }
}

/** For --snapshot: asks for the next picture and waits a little while for it to be painted. */
static void take_last_snapshot(struct live_window *live)
{
    struct session *session = live->session;
    if (!session->settings->snapshot[0] || live->broken)
        return;
    atomic_store(&live->answered, false);
    do_action(live, ACTION_SNAPSHOT);
    int64_t until_ns = clock_now_ns() + SNAPSHOT_WAIT_MS * NS_PER_MS;
    struct picture picture;
    while (clock_now_ns() < until_ns) {
        if (live_canvas_collect(&live->canvas, &picture) &&
            (atomic_load(&live->answered) || !picture_saver_is_idle(session->pictures)))
            return;
        lend_canvas(live);
        window_wait(live->window, 5);
    }
    log_write(session->log, LOG_LEVEL_ERROR, "No frame came in time, so nothing is saved to %s",
              session->settings->snapshot);
}

/** Keeps what the user left behind for the next time. */
static void remember(struct live_window *live, struct settings *settings)
{
    struct error err;
    if (!live->state.fullscreen)
        window_get_points(live->window, &settings->window_size.width,
                          &settings->window_size.height);
    settings->canny = live->state.values.canny;
    settings->view = live->state.values.view;
    settings->noise = live->state.values.noise;
    settings->overlay = live->state.overlay;
    settings->panel = live->state.panel != PANEL_HIDDEN;
    if (live->session->choice.camera)
        snprintf(settings->last_source, sizeof settings->last_source, "%s",
                 live->session->choice.location);
    if (config_save(live->session->config, settings, &err) < 0)
        log_write(live->session->log, LOG_LEVEL_WARNING, "%s", err.text);
}

/** The window goes first: a user who quits sees that at once, whatever the threads still do. */
static int finish(struct live_window *live, struct settings *settings)
{
    struct session *session = live->session;
    struct capture_status status = capture_loop_status(session->capture);
    if (live->broken)
        log_write(session->log, LOG_LEVEL_ERROR, "%s", live->error.text);
    if (status.state == CAPTURE_FAILED)
        log_write(session->log, LOG_LEVEL_ERROR, "%s", status.error.text);
    window_hide(live->window);
    take_last_snapshot(live);
    live_canvas_recall(&live->canvas);
    // Writing a picture takes what it takes; only what may never end is given a time limit.
    picture_saver_destroy(&session->pictures);
    picture_saver_destroy(&live->shots);
    live_memory_destroy(&live->pages.memory);
    session_recorder_finish(session);
    int exit_status = live->broken ? 1 : session_status(session);
    if (exit_status == 0)
        remember(live, settings);
    if (memory_watch_tell(&session->memory, session->log) < 0)
        exit_status = 1;
    ending_begin(session->ending, exit_status);
    session_sample(session, true);
    return exit_status;
}

static int open_window(struct live_window *live, const struct settings *settings, struct error *err)
{
    struct path assets;
    int ret = paths_assets(&assets, err);
    if (ret < 0)
        return ret;
    struct window_config config = {
        .title = "cannyscope",
        .width = settings->window_size.width,
        .height = settings->window_size.height,
        .fullscreen = settings->fullscreen,
        .software = renderer_choose_software(settings->renderer),
        .ui_scale = (float)settings->ui_scale,
        .assets = assets.text,
        .without = "use --headless",
    };
    return window_open(&live->window, &config, err);
}

/** Before it is opened: what comes with it is loaded then. */
static int check_memory(const struct settings *settings, struct error *err)
{
    const struct memory_need need = {.what = "the window", .bytes = MEMORY_WINDOW_BYTES};
    struct memory_limit limit = memory_limit_now(settings->max_memory_mb, MEMORY_SHARE_ALL, 0);
    return memory_limit_check(&limit, &need, err);
}

static void set_up(struct live_window *live, const struct settings *settings)
{
    struct session *session = live->session;
    session->waker = (struct back_buffer_waker){wake, live};
    session->saver = (struct picture_saver_config){
        .path = settings->snapshot[0] ? settings->snapshot : NULL, .done = on_saved, .self = live};
    live->state = (struct live_state){
        .values = {.canny = settings->canny, .view = settings->view, .noise = settings->noise},
        .overlay = settings->overlay,
        .panel = settings->panel ? PANEL_IF_ROOM : PANEL_HIDDEN,
        .fullscreen = settings->fullscreen,
    };
    session->listener = (struct session_listener){on_said, live};
    live->dirty = true;
    if (session->choice.notice[0])
        notices_say(live->notices, false, "%s", session->choice.notice);
    ending_listen(session->ending, wake, live);
}

int live_window_run(struct session *session, const struct source_config *source,
                    struct settings *settings)
{
    struct live_window live = {.session = session};
    struct error err = {""};
    int status = 1;
    int ret = notices_create(&live.notices);
    if (ret == 0)
        ret = live_memory_create(&live.pages.memory, session, live.notices);
    if (ret < 0)
        error_set(&err, ret, "Not enough memory for the window");
    if (ret == 0)
        ret = check_memory(settings, &err);
    if (ret == 0)
        ret = open_window(&live, settings, &err);
    if (ret == 0) {
        set_up(&live, settings);
        session->window_bytes = window_most_bytes(live.window);
        // An unpaced source would skip nearly everything; let the display hold it back.
        ret = session_start(session, source, source->fps == 0, &err);
    }
    if (ret == 0) {
        live.canvas = (struct live_canvas){live.window, session->back_buffer, 0, 0};
        loop(&live);
        status = finish(&live, settings);
    } else {
        log_write(session->log, LOG_LEVEL_ERROR, "%s", err.text);
    }
    // Threads may call window_wake() until they are joined, so the window is closed after them.
    ending_listen(session->ending, NULL, NULL);
    session_stop(session);
    live_cameras_free(&live.pages.cameras);
    live_memory_destroy(&live.pages.memory);
    window_close(&live.window);
    notices_destroy(&live.notices);
    return status;
}
