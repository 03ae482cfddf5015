#pragma once

/**
 * @file
 * The window of the video command: it shows the edges while they are written, as many of them as
 * the display takes. `q` and `Esc` are a wish to stop, `f` is fullscreen, as in the live window.
 *
 * Threads: the main thread, but for video_display_paint(), which one other thread may call.
 */

#include "app/settings.h"
#include "processing/frame.h"

struct video_display;

/**
 * Opens the window.
 *
 * @param out   Set to NULL on failure; closed with video_display_close().
 * @param title Of the window, for people.
 * @return 0 or a negative errno with a sentence: e.g. -ENODEV, there is no display.
 */
int video_display_open(struct video_display **out, const char *title, struct error *err);

/** As window_most_bytes(). */
int64_t video_display_most_bytes(const struct video_display *display);

/** Paints a picture if the window waits for one; does not wait for the window. One thread. */
void video_display_paint(struct video_display *display, const struct plane *edges);

/**
 * Handles what the user does and shows what was painted, for as long as this.
 *
 * @return false when the user wants to stop, or the window broke: `err` has a sentence then, else
 *         it is empty.
 */
bool video_display_run(struct video_display *display, int for_ms, struct error *err);

/** Nothing may be painting. NULL in *display is fine; sets it to NULL. */
void video_display_close(struct video_display **display);
