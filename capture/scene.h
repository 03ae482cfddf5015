#pragma once

/**
 * @file
 * The built-in scene: a moving test card for whoever has no camera at hand.
 *
 * source_config: width and height (default 1280x720, each on its own), fps (default 60; 0 as fast
 * as frames are acquired, and then nothing is live), wishes.noise at any time. Frames are
 * PIXEL_I420, full range, BT.601, drawn into four slots of its own: without a free one
 * source_acquire() waits. The samples of frame n depend on n, the size and the noise alone; the
 * scene moves on by 1/60 s a frame, whatever the rate. time_ns is CLOCK_MONOTONIC when paced, else
 * the scene's own time from its start.
 */

#include "capture/source.h"

/** For source_open(). */
extern const struct source_kind scene_source_kind;
