#pragma once

/**
 * @file
 * An open V4L2 capture device: its mode as granted, its buffers, and who has each of them.
 *
 * A buffer is always in one place: queued (the driver may write it) or ours (we may read it).
 * camera_device_dequeue() and camera_device_queue() move it across. What to do with a frame, and
 * with a failure, is decided in camera.c.
 *
 * Threads: the source's thread only.
 */

#include "capture/camera_modes.h"
#include "processing/error.h"
#include "processing/frame.h"

struct v4l2_capability; // <linux/videodev2.h>

/** Slots above are for frames of our own; see loans.h. */
enum { CAMERA_BUFFERS_MAX = 28 };

/** A buffer of the driver, mapped. */
struct camera_buffer {
    void *memory; ///< read only; NULL if not mapped
    size_t bytes;
    bool queued; ///< with the driver
};

/** What the driver granted; constant while streaming. */
struct camera_granted {
    uint32_t fourcc;
    bool jpeg;                  ///< each buffer holds one JPEG
    struct frame_layout layout; ///< of a raw frame in a buffer; of a JPEG only the size
    enum pixel_range range;
    enum pixel_matrix matrix;
    size_t sizeimage;                ///< bytes that a buffer must have
    struct camera_interval interval; ///< 0/0 if the driver does not say
};

/** What a raw stream of it takes of the bus, in Mbit/s; 0 if it is compressed or of unknown rate.
 */
double camera_granted_mbits(const struct camera_granted *granted);

/** A device, half-open or open. Only camera_device_*() functions change it. */
struct camera_device {
    const struct v4l2_io *io; ///< NULL: never opened
    int fd;                   ///< -1: not open
    char path[256];
    char card[32];
    struct camera_granted granted;
    struct camera_buffer buffers[CAMERA_BUFFERS_MAX];
    int buffer_count; ///< mapped and used
    int queued_count;
    int64_t noted_bytes; ///< in the ledger
    bool requested;      ///< the driver holds buffers for us
    bool streaming;
};

/** A buffer that came out of the driver. */
struct camera_dequeued {
    int index;
    size_t bytesused;
    bool error; ///< the driver marked it as damaged
    uint32_t sequence;
    int64_t stamp_ns; ///< the driver's, CLOCK_MONOTONIC; -1 if of another clock
    int64_t now_ns;   ///< when it was dequeued
};

/** Whether nodes that are outputs too are refused. */
enum camera_strictness {
    CAMERA_ONLY,       ///< for lists: only what is a camera and nothing else
    CAMERA_OR_LOOPBACK ///< for opening what the user named: a loopback device that shows both sides
};

/** Why a node is no camera for this program, in a few words; NULL if it is one. */
const char *camera_unfit_reason(const struct v4l2_capability *capability,
                                enum camera_strictness strictness);

/**
 * Writes the sentence for a system call that failed on a device.
 *
 * @param doing What could not be done, e.g. "start streaming".
 * @return `code`.
 */
int camera_device_fail(struct error *err, int code, const char *path, const char *doing);

/**
 * Opens a device and sees whether it is a camera.
 *
 * @param device  Closed with camera_device_close(), also after a failure.
 * @param io      Must outlive it.
 * @param convert Whether libv4l2 is to emulate formats.
 * @return 0 or a negative errno with its sentence in err.
 */
int camera_device_open(struct camera_device *device, const struct v4l2_io *io, const char *path,
                       bool convert, struct error *err);

/**
 * Asks for a mode and reads back what is granted: any native format, size and rate.
 *
 * @return 0 or a negative errno with its sentence in err.
 */
int camera_device_set_mode(struct camera_device *device, const struct camera_mode *mode,
                           struct error *err);

/**
 * Has the driver make buffers, maps and queues them and starts the stream.
 *
 * @param buffers How many to ask for; two if that many would take more than 256 MB. The driver may
 *                grant more or fewer, but at least two.
 * @return 0 or a negative errno with its sentence in err. May block for seconds.
 */
int camera_device_start(struct camera_device *device, int buffers, struct error *err);

/**
 * Stops the stream and starts it again: all buffers come back from the driver, whatever it did with
 * them, and are queued anew.
 *
 * @param lent Bit i: buffer i is being read and must not be queued yet.
 * @return 0 or a negative errno with its sentence in err; the stream is then off, and this may be
 *         called again. May block for seconds.
 */
int camera_device_restart(struct camera_device *device, unsigned lent, struct error *err);

/** Stops, unmaps, frees the driver's buffers: another mode may be set. Fine when not started. */
void camera_device_stop(struct camera_device *device);

/** JPEGs turned out to have this size, whatever the driver granted. */
void camera_device_adopt_size(struct camera_device *device, int width, int height);

/** Hands a buffer that is ours to the driver. 0 or a negative errno; the buffer then stays ours. */
int camera_device_queue(struct camera_device *device, int index);

/**
 * Takes a filled buffer out of the driver.
 *
 * @return 0, -EAGAIN (none is filled), -EPROTO (the driver named a buffer that it does not have;
 *         nothing changed) or what the driver says.
 */
int camera_device_dequeue(struct camera_device *device, struct camera_dequeued *out);

/**
 * Takes a waiting event off the device.
 *
 * @return 0; -ESTALE (the pictures have another size from now on); or a negative errno.
 */
int camera_device_take_event(struct camera_device *device);

/** Stops, unmaps, frees the driver's buffers, closes. Fine on a zeroed device and twice. */
void camera_device_close(struct camera_device *device);
