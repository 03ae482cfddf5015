#pragma once

/**
 * @file
 * A source of frames: a camera, an image, a video file, the built-in scene. One interface for all.
 *
 * A source lends frames. source_acquire() hands out a loan; the frame in it stays valid until
 * source_release(), which must be called exactly once and may be called by any thread. Nothing is
 * copied on the way unless the header of a kind says so.
 *
 * Threads: one thread, the source's, opens, acquires and closes. source_release(), source_wake(),
 * source_wish() and the counters may be used by any thread while the source is open.
 */

#include "capture/loans.h"
#include "processing/error.h"
#include "processing/frame.h"

#include <stdatomic.h>

struct v4l2_io;

/** What the readers of the frames will look at, so that nothing else is decoded or drawn. */
struct source_wishes {
    bool color; ///< the picture's colours are shown
    bool bgr;   ///< gray is made from BGR: decode colour as OpenCV does
    int noise;  ///< of the scene, 0 to 100
};

/** What a source is going to hold in memory, for as long as it is open. */
struct source_needs {
    int width, height;     ///< of its frames, pixels
    int64_t bytes;         ///< all together, but for the slots
    int64_t passing_bytes; ///< more, and gone before the next frame is lent
    int64_t slot_bytes;    ///< of each slot: a frame of a pool, a driver's buffer
    int slots;             ///< wanted; then granted
    int least_slots;       ///< it cannot do with fewer
    bool choosable;        ///< frames of another size can be asked for
};

/** Whoever watches over memory; asked before it is allocated. */
struct source_gate {
    /**
     * The source is to hold this from now on, instead of what it asked for before.
     *
     * @param needs `slots` is lowered, where fewer fit.
     * @return 0 or a negative errno with a sentence: what it holds stays as it was. Called on the
     *         source's thread.
     */
    int (*admit)(void *self, struct source_needs *needs, struct error *err);
    void *self;
};

/** What the caller asks for. The source may grant something else; see struct source_info. */
struct source_config {
    const char *location; ///< device or file; read during source_open() only
    int width, height;    ///< pixels, 0 for the source's choice
    double fps;           ///< frames a second, 0 as fast as it can, < 0 for the source's choice
    uint32_t fourcc;      ///< a camera's pixel format, 0 for the source's choice
    int buffers;          ///< a camera's buffers, 2 to 32
    bool paced;           ///< files: play at their own rate; else as fast as frames are acquired
    bool loop;            ///< files: begin again at the end
    int64_t start_ns;     ///< files: the first frame is the first one at or after this
    int64_t duration_ns;  ///< files: the end comes so much later than start_ns; 0 at their end
    struct source_wishes wishes;
    const struct v4l2_io *io; ///< system calls of a camera; must outlive it
    struct source_gate gate;  ///< copied; `admit` may be NULL: everything fits
};

/** What the source is, constant while it is open. */
struct source_info {
    char name[128];      ///< for people: a camera's or a file's name, UTF-8 as far as known
    char format[32];     ///< e.g. "MJPG", "YUYV", "JPEG"
    char device[256];    ///< node of a camera, as it was opened; of others ""
    char note[160];      ///< something the user should know, e.g. that a format is emulated; or ""
    int width, height;   ///< pixels
    double fps;          ///< promised rate, 0 if unknown
    int64_t duration_ns; ///< of a video file, what was asked for of it; 0 if unknown
    bool live;           ///< time does not wait: a frame not taken is lost
};

/** Frames that never reached a reader, since opening. Any thread may read them. */
struct source_counters {
    atomic_uint dropped_driver;  ///< gaps in the driver's sequence numbers
    atomic_uint dropped_skipped; ///< older than another that was ready too
    atomic_uint damaged;         ///< marked, short or undecodable
    atomic_uint acquired;        ///< handed out
    _Atomic int64_t decode_ns;   ///< the last frame's decoding or drawing
};

/** One thing that the user should know about a stream that goes on. Source's thread. */
struct source_hint {
    char text[160]; ///< a sentence, UTF-8
    bool fresh;     ///< not fetched yet
    bool dark; ///< it says that the camera lowered its rate, as CAMERA_SLOWS_IN_THE_DARK allows
};

/** A frame on loan. Copy it freely; release one of the copies, once. */
struct loan {
    struct frame frame;
    struct source *source;
    int slot;
};

struct source_kind;

/** The part that every kind of source begins with. */
struct source {
    const struct source_kind *kind;
    struct source_info info;
    struct source_counters counters;
    struct loans loans;
    struct source_hint hint;
    struct source_gate gate;
    atomic_uint wishes; ///< packed; see source_wishes_of()
};

/** One row of the table of kinds: how a kind does it. */
struct source_kind {
    const char *name;
    size_t bytes; ///< of its own struct, which begins with a struct source

    /** Fills the zeroed source; on failure leaves it so that close() can clean up. */
    int (*open)(struct source *source, const struct source_config *config, struct error *err);

    /**
     * Waits for a frame; see source_acquire().
     */
    int (*acquire)(struct source *source, int timeout_ms, struct loan *loan, struct error *err);

    /** Stops and starts the stream; see source_restart(). NULL where there is none to restart. */
    int (*restart)(struct source *source, struct error *err);

    /** Frees everything but the struct itself; takes a half-open source. Loans are all back. */
    void (*close)(struct source *source);
};

/**
 * Opens a source.
 *
 * @param out    The source on success, NULL on failure; closed with source_close().
 * @param kind   A row of a table of kinds.
 * @param config Read during the call only, but for `io`.
 * @param err    Filled on failure.
 * @return 0 or a negative errno.
 *
 * May block: a camera often takes a second to start.
 */
int source_open(struct source **out, const struct source_kind *kind,
                const struct source_config *config, struct error *err);

/**
 * Waits for the newest frame (of a file: the next) and borrows it.
 *
 * @param timeout_ms Longest wait, milliseconds.
 * @param loan       Filled on success; belongs to the caller until source_release().
 * @param err        Filled on the failures that end the source.
 * @return 0; -ETIMEDOUT (nothing came); -EINTR (source_wake() was called); -EAGAIN (a damaged
 *         frame was dropped and counted, call again); -ENODATA (a file's end). Any other negative
 *         errno: the source is broken. After -EIO source_restart() may help; after -ENODEV (the
 *         device is gone), -ESTALE (its pictures have another size now) and all others only
 *         closing and opening again.
 */
int source_acquire(struct source *source, int timeout_ms, struct loan *loan, struct error *err);

/**
 * Stops a stream and starts it again, without closing: the first remedy for a camera that fell
 * silent or stumbled. Loans that are out stay valid; their buffers join in when they come back.
 *
 * @param err Filled on failure.
 * @return 0; -ENOTSUP (there is no stream to restart); or a negative errno: close the source.
 *         Source's thread. May block for seconds.
 */
int source_restart(struct source *source, struct error *err);

/**
 * Fetches what the user should know about the stream, e.g. that a cable seems to be bad.
 *
 * @param text  Filled if there is something new; cut where it is full.
 * @param bytes Of it; 160 are always enough.
 * @return Whether there was something new since the last call. Source's thread.
 */
bool source_hint(struct source *source, char *text, size_t bytes);

/** Gives a loan back: its samples must not be read afterwards. Exactly once. Any thread. */
void source_release(const struct loan *loan);

/** Makes a waiting or the next source_acquire() return -EINTR. Any thread. */
void source_wake(struct source *source);

/** Says what will be looked at from some frame soon on. Any thread. */
void source_wish(struct source *source, struct source_wishes wishes);

/** For kinds: what was wished last. Any thread. */
struct source_wishes source_wishes_of(const struct source *source);

/** For kinds: asks the gate, if there is one; see struct source_gate. Source's thread. */
int source_admit(const struct source_gate *gate, struct source_needs *needs, struct error *err);

/** For kinds: lends `slot`; fills the loan but for the frame's samples and stamps. */
void source_lend(struct source *source, struct loan *loan, int slot);

/** For kinds: what source_hint() will say; of several the last. Source's thread. */
void source_say(struct source *source, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/**
 * Waits for the loans that are out, closes, sets *source to NULL. NULL in *source is fine.
 */
void source_close(struct source **source);
