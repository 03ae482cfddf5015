#pragma once

/**
 * @file
 * A device of the module v4l2loopback as a program that writes sees it: what it answers to the
 * calls of render/virtual_camera.h, and what became of them.
 */

#include "render/virtual_camera.h"

#include <linux/videodev2.h>
#include <stdatomic.h>

enum { FAKE_LOOPBACK_BYTES = 1 << 16 };

/** Zeroed but for the first fields. */
struct fake_loopback {
    // Set by the test.
    int open_error;        ///< negative errno of open(); 0 opens
    const char *driver;    ///< NULL: "v4l2 loopback"
    uint32_t caps;         ///< 0: output and read/write
    bool no_video;         ///< not even VIDIOC_QUERYCAP works
    bool abandoned;        ///< neither output nor camera, until one that streams is closed
    const uint32_t *takes; ///< fourccs it takes, ended by 0; NULL: all
    uint32_t kept_fourcc;  ///< not 0: this one and the size below, whatever is asked
    uint32_t kept_width, kept_height;
    uint32_t stride_step;   ///< rows are a multiple of so many bytes; 0 is 1
    int format_error;       ///< negative errno of VIDIOC_S_FMT
    bool refuses_streaming; ///< VIDIOC_STREAMON, as newer versions do
    atomic_int write_error; ///< negative errno of write()
    atomic_bool short_writes;

    // What happened.
    atomic_int opened, closed, written, streaming;
    bool streamed;                 ///< by the descriptor that is open
    struct v4l2_pix_format format; ///< granted last
    struct v4l2_fract interval;    ///< asked last
    char device[64];               ///< opened last
    uint8_t frame[FAKE_LOOPBACK_BYTES];
    size_t bytes; ///< of `frame`, written last
};

/** The calls that lead to it; it must outlive them. */
struct virtual_camera_io fake_loopback_io(struct fake_loopback *fake);
