#pragma once

/**
 * @file
 * A V4L2 camera as a source of frames; see source.h for how it is used.
 *
 * Raw formats (YUYV, UYVY, NV12, YU12, GREY, RGB3, BGR3) are lent out of the driver's memory: no
 * byte is copied. Two kinds of frames lie in memory of our own: decoded ones (MJPG, JPEG), and, if
 * the driver granted fewer than four buffers, copies. They are gray (luma) unless the wishes say
 * that colour is shown (then YUYV) or that gray is made from BGR (then BGR24).
 *
 * What differs from what was asked, and formats that libv4l2 has to emulate, are said in
 * source_info.note.
 *
 * source_acquire() reports a device that is gone as -ENODEV; a stream that died (the driver says
 * so, four failures in a row, thirty JPEGs in a row that cannot be decoded, the machine slept) as
 * -EIO; and pictures that changed their size as -ESTALE. If the pictures never had the size that
 * was granted, the frames have theirs, not source_info's. source_restart() stops and starts the
 * stream; frames that are lent meanwhile stay as they are.
 *
 * source_hint() tells of many damaged frames, of a rate lowered in the dark, of many restarts.
 *
 * The first three frames may be damaged without being counted, as many cameras start so.
 */

#include "capture/source.h"

/** In source_config, `location` is a device node; `io` NULL means libv4l2. */
extern const struct source_kind camera_source_kind;
