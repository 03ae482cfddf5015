#pragma once

/**
 * @file
 * A V4L2 capture device made of nothing, behind the v4l2_io table. A test describes what the
 * device offers, which calls fail, and what each DQBUF hands out.
 *
 * It keeps the rules of the real thing: a buffer that is queued belongs to the device (which may
 * scribble over it at once, see `scribbles`), REQBUFS refuses while something is mapped, every
 * descriptor, mapping and buffer is counted. poll() works on a real descriptor (an eventfd).
 *
 * Its controls are real: they keep what they are set to, and tell subscribers by events, each with
 * POLLPRI. They begin at their maximum.
 *
 * Threads: as a camera; only the thread that captures may call it. Of its controls another thread
 * may have the descriptor; fake_v4l2_control_*() functions and fake_v4l2_take_away() are for any.
 */

#include "capture/v4l2_io.h"

#include <linux/videodev2.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FAKE_SIZES = 12,
    FAKE_RATES = 8,
    FAKE_FORMATS = 12,
    FAKE_BUFFERS = 64,
    FAKE_EVENTS = 128,
    FAKE_FAILURES = 8,
    FAKE_NODES = 8,
    FAKE_CONTROLS = 12,
};

/** What a control does and what was done to it. */
struct fake_control {
    int set_code;   ///< setting fails so
    uint32_t rules; ///< the control that has an effect only while this one is 0; or 0
    int answer_ms;  ///< and takes so long

    int64_t value;
    bool touched; ///< `value` counts, else the maximum
    int sets;     ///< that worked
    bool subscribed;
    uint32_t changes; ///< not told yet
};

/** An index in struct fake_event. */
#define FAKE_HELD (UINT32_MAX - 1)

/** A size with its intervals; the first with den 0 ends the list. */
struct fake_size {
    unsigned width, height;
    struct v4l2_fract intervals[FAKE_RATES];
};

/** How sizes and rates are listed. */
enum fake_listing { FAKE_LIST, FAKE_STEPS, FAKE_SILENT };

/** A format that the device offers. */
struct fake_format {
    uint32_t fourcc;
    bool emulated; ///< listed with conversion only
    enum fake_listing listing;
    struct fake_size sizes[FAKE_SIZES];  ///< up to the first of width 0
    struct v4l2_frmsize_stepwise limits; ///< if FAKE_STEPS
    struct v4l2_fract shortest, longest; ///< if FAKE_STEPS: a range of intervals
};

/** What one DQBUF does. Zeroed: a good frame. */
struct fake_event {
    int code;              ///< fails so instead of handing out a frame
    int times;             ///< how often; 0 is once
    uint32_t flags;        ///< added to the buffer's, e.g. V4L2_BUF_FLAG_ERROR
    bool short_frame;      ///< `bytesused` counts, also 0
    uint32_t bytesused;    ///< else the whole frame
    bool lies_about_index; ///< `index` is handed out, and no buffer is
    uint32_t index;        ///< FAKE_HELD: one that is with the program already
    bool loses_buffer;     ///< with `code`: a queued buffer is gone until STREAMOFF
    int slow_us;           ///< the call takes so long
    int tag;               ///< the test's own
    uint32_t skip;         ///< added to the sequence number before the frame
    int64_t age_ns;        ///< of the stamp; 0 is one millisecond
    bool other_clock;      ///< the stamp is not marked as monotonic
    const void *jpeg;      ///< contents of a compressed frame, else the device's own
    size_t jpeg_bytes;
};

/** A system call that fails. */
struct fake_failure {
    unsigned long request;
    int code;
    int after; ///< calls that work before
    int times; ///< that fail then; 0 all
};

/** A node of its own, for lists of devices: what differs from the device by path. */
struct fake_node {
    const char *ending; ///< of its path
    int open_code;
    uint32_t device_caps;
    const char *card;
};

/** Open to the test: fill it after fake_v4l2_init(), look at it whenever nothing is running. */
struct fake_v4l2 {
    struct v4l2_io io; ///< hand out its address

    // What the device is.
    uint32_t capabilities, device_caps;
    struct fake_format formats[FAKE_FORMATS];
    struct v4l2_query_ext_ctrl controls[FAKE_CONTROLS]; ///< by rising id; up to the first of id 0
    struct fake_control control_states[FAKE_CONTROLS];
    bool deaf; ///< no events of controls
    struct fake_node nodes[FAKE_NODES];
    unsigned colorspace, quantization;
    const void *jpeg; ///< contents of compressed frames
    size_t jpeg_bytes;

    // What it does to whoever uses it.
    atomic_int open_code; ///< opening fails; may change while other threads open
    int convert_code;     ///< opening with conversion fails
    struct fake_failure failures[FAKE_FAILURES];
    struct v4l2_pix_format forced; ///< fields that are not 0 replace what S_FMT would grant
    struct v4l2_fract forced_interval;
    unsigned buffers_min, buffers_max;
    unsigned stride_padding; ///< bytes added to each row
    unsigned length_missing; ///< bytes that buffers are shorter than sizeimage
    bool scribbles;          ///< over each buffer that is queued
    bool endless;            ///< good frames for ever once the events are used up
    int dead_code;           ///< if not 0: every call on the stream fails so
    short dead_revents;      ///< and poll() says this
    bool dead_until_off;     ///< STREAMOFF heals that, as with vivid's fatal streaming error
    bool has_events;         ///< SOURCE_CHANGE may be subscribed to
    int resizes, others;     ///< waiting events: the picture's size changed; something else

    // What happens, one a DQBUF. Each good or bad frame needs a queued buffer.
    struct fake_event events[FAKE_EVENTS];
    int event_count, next_event;

    // Once they are used up, if not NULL: says what happens next, and is told what did.
    void (*script)(void *self, struct fake_event *next);
    void (*happened)(void *self, const struct fake_event *event, uint32_t sequence);
    void *script_self;

    // What it saw. Tests compare.
    int opens, open_now, mapped_now, streaming, polls, stream_ons;
    bool subscribed;
    atomic_bool converting;
    struct v4l2_pix_format asked;     ///< by the last S_FMT
    struct v4l2_fract asked_interval; ///< by the last S_PARM
    int queue_calls, handed_out;
    int mistakes; ///< QBUF of a queued buffer, polling before the first QBUF, and the like

    // Its own.
    struct v4l2_pix_format granted;
    struct v4l2_fract interval;
    struct {
        uint8_t *memory;
        bool queued;
    } buffers[FAKE_BUFFERS];
    unsigned buffer_count, length;
    unsigned fifo[FAKE_BUFFERS], fifo_count;
    uint32_t sequence;
    int fd;
    const struct fake_node *node;
    pthread_mutex_t lock; ///< of the controls and of `fd`
    bool gone;
};

/** Makes it a webcam with YUYV and MJPG at 640x480 and 1280x720 that hands out nothing yet. */
void fake_v4l2_init(struct fake_v4l2 *fake);

/** Adds one more thing to happen. */
void fake_v4l2_add(struct fake_v4l2 *fake, struct fake_event event);

/** Adds `count` good frames, each followed by an empty queue: one acquire each. */
void fake_v4l2_add_frames(struct fake_v4l2 *fake, int count);

/** Unplugs it, as uvcvideo shows that. */
void fake_v4l2_unplug(struct fake_v4l2 *fake);

/** Another program sets a control. */
void fake_v4l2_control_set(struct fake_v4l2 *fake, uint32_t id, int64_t value);

/** A control gets other flags. */
void fake_v4l2_control_flag(struct fake_v4l2 *fake, uint32_t id, uint32_t flags);

/** What a control stands at. */
int64_t fake_v4l2_control_value(struct fake_v4l2 *fake, uint32_t id);

/** How often it was set through the table, successfully. */
int fake_v4l2_control_sets(struct fake_v4l2 *fake, uint32_t id);

/** Unplugs a device that only its controls are used of, or plugs it in again. */
void fake_v4l2_take_away(struct fake_v4l2 *fake, bool gone);

/** Whether everything that was opened, mapped and requested is given back, without mistakes. */
bool fake_v4l2_is_clean(const struct fake_v4l2 *fake);

/** The byte that fills the raw frame of this sequence number. */
static inline uint8_t fake_v4l2_byte(uint32_t sequence)
{
    return (uint8_t)(sequence * 7 + 1);
}

/** What scribbling fills buffers with; never the byte of a frame below 200. */
enum { FAKE_SCRIBBLE = 0xdb };
