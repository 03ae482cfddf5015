#pragma once

/**
 * @file
 * Video files as a source of frames. Of the media module: reached through app/media.h.
 *
 * Frames whose layout is one of ours are lent out of the decoder's memory, as is the luma of most
 * others while no colour is wanted; the rest is converted once, into a frame of ours. For
 * source_wishes.bgr the frame is what cv2.VideoCapture gives. Where the stream does not say, luma
 * is limited range, and the matrix BT.709 from 720 rows up.
 *
 * Paced, frames come at the times the file gives them (a variable rate stays right), or
 * source_config.fps times a second; not paced, as fast as they are acquired. With
 * source_config.loop the file begins again at its end, and stamps and sequence go on. A damaged
 * packet is skipped and counted; a hundred in a row end it. The frame size may change on the way,
 * which source_hint() says.
 *
 * Frames come upright, turned as the file asks. The first one's time is how much later it lies than
 * the file's start (where its sound may begin), or than source_config.start_ns.
 */

#include "capture/source.h"

/** source_config.location is the file. */
extern const struct source_kind video_source_kind;
