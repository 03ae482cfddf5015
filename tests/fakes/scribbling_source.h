#pragma once

/**
 * @file
 * A source whose memory is used again as soon as it may be: a slot that was given back is
 * scribbled over at once, so whoever still reads it sees garbage (and ThreadSanitizer sees a race).
 *
 * Frames are PIXEL_GRAY8 of source_config's width and height, `buffers` slots of them, as many a
 * second as are acquired, for ever. Frame n has sequence n and samples that depend on n alone.
 */

#include "capture/source.h"

/** For source_open(). */
extern const struct source_kind scribbling_source_kind;

/** Fills a plane with the samples of frame `sequence`. */
void scribbling_draw(const struct plane *plane, uint32_t sequence);

/** Whether every sample of a frame is as it was drawn. */
bool scribbling_is_whole(const struct frame *frame);

/** Frames for a test at full speed: fewer where a sanitizer makes each of them slow. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
enum { SCRIBBLING_FRAMES = 10000 };
#else
enum { SCRIBBLING_FRAMES = 50000 };
#endif
