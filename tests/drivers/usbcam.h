#pragma once

/**
 * @file
 * usbcam: a USB webcam made of software, to drive the kernel's own USB and camera drivers with.
 *
 *     usbcam_frames       pictures in memory, from files
 *     usbcam_faults       what is to go wrong, and how often it did
 *     usbcam_descriptors  what a camera says of itself when it is plugged in
 *     usbcam_control      the requests on endpoint 0: settings, and which stream is wanted
 *     usbcam_stream       pictures cut into packets, when they are due
 *     usbcam_link         USB/IP: the cable
 *     usbcam_commands     what a test may ask for while the camera runs
 *     usbcam              the program: options and the loop
 *
 * The kernel's side of the cable is the driver vhci-hcd, a USB host controller whose devices are
 * sockets. To usbcore and uvcvideo the camera is as real as any.
 *
 * One thread; nothing is allocated.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "USB's numbers are little-endian and written here as they are"
#endif

// ---- pictures

enum usbcam_format { USBCAM_MJPEG, USBCAM_YUYV, USBCAM_FORMATS };

enum {
    USBCAM_SIZES = 3,
    USBCAM_RATES = 5,
    USBCAM_CLIP_FRAMES = 256,            ///< no more of a file are shown
    USBCAM_FRAME_BYTES = 1280 * 720 * 2, ///< largest frame
};

/** Width and height, pixels. */
struct usbcam_size {
    int width, height;
};

extern const struct usbcam_size usbcam_sizes[USBCAM_SIZES];

/** Frame intervals in USB Video's unit of 100 ns: 60, 30, 25, 15 and 10 frames a second. */
extern const uint32_t usbcam_intervals[USBCAM_RATES];

/** The frames of a file, mapped. */
struct usbcam_clip {
    const uint8_t *data;
    int frames;
    size_t start[USBCAM_CLIP_FRAMES + 1]; ///< byte offsets; one more than frames
};

/** Bytes of a YUYV frame of that size, which is also more than any JPEG takes. */
size_t usbcam_frame_bytes(int size);

/**
 * Maps the frames of one format and size: DIRECTORY/WxH.mjpg (JPEGs end to end) or WxH.yuyv.
 *
 * @return 0 or a negative errno; -ENODATA if there is no whole frame in the file.
 */
int usbcam_clip_open(struct usbcam_clip *clip, const char *directory, enum usbcam_format format,
                     int size);

// ---- faults

enum usbcam_fault {
    FAULT_NONE,
    FAULT_TRUNC,   ///< half of the frame, with a regular end
    FAULT_NOEOF,   ///< the last quarter and the end are lost
    FAULT_GARBAGE, ///< noise in the middle third
    FAULT_EMPTY,   ///< a frame of no bytes
    FAULT_ERR,     ///< marked as bad by the camera
    FAULT_SKIP,    ///< left out by the camera
    FAULT_KINDS
};

extern const char *const usbcam_fault_names[FAULT_KINDS];

/** What a test asked for. */
struct usbcam_faults {
    int pending[FAULT_KINDS]; ///< so many frames to come
    int damage_percent;       ///< of all frames, one of the first four kinds at random
    uint64_t random;          ///< the state of the generator; the same in every run
    double slowness;          ///< frame intervals are so many times longer, if that is allowed
    bool frozen;              ///< plugged in, but no frames
    bool stalled;             ///< requests for settings are refused
    bool silent;              ///< requests for settings are never answered
    int request_delay_ms;     ///< requests for settings take so long
};

/** The fault of the next frame. */
enum usbcam_fault usbcam_fault_next(struct usbcam_faults *faults);

/** A number of 32 random bits. */
uint32_t usbcam_random(struct usbcam_faults *faults);

// ---- the stream

/** What is sent: the meaning of USB Video's probe and commit controls. */
struct usbcam_mode {
    enum usbcam_format format;
    int size;               ///< index into usbcam_sizes
    uint32_t interval;      ///< 100 ns
    uint32_t payload_bytes; ///< longest payload, header and all
};

/** A frame on its way. */
struct usbcam_frame {
    const uint8_t *data; ///< NULL when none is
    size_t bytes, sent;
    uint8_t flags; ///< of every payload header: the frame's identity, the error bit
    bool end_lost;
};

/** Payloads and where they come from. */
struct usbcam_stream {
    const char *directory;
    struct usbcam_clip clips[USBCAM_FORMATS][USBCAM_SIZES];
    struct usbcam_mode probe, commit;
    int alternate; ///< setting of the streaming interface; isochronous cameras stream above 0
    struct usbcam_frame frame;
    unsigned number;   ///< frames begun since the commit
    int64_t due_ns;    ///< the next frame; 0 = begin at once
    int64_t packet_ns; ///< isochronous: when the next packets are on the wire

    // Counters, since the program began.
    uint64_t frames[FAULT_KINDS]; ///< sent, by fault; FAULT_NONE are the good ones
    uint64_t late;                ///< given up because nobody fetched them
};

struct usbcam;

/** The nearest mode the camera has to what was asked. */
struct usbcam_mode usbcam_mode_legal(bool isochronous, struct usbcam_mode asked);

/** Makes the probed mode the one that is sent, from the first frame on. */
void usbcam_stream_commit(struct usbcam *camera, struct usbcam_mode mode);

/** Forgets the frame on its way; the next begins as soon as it is asked for. */
void usbcam_stream_stop(struct usbcam_stream *stream);

/** Answers the URBs that wait, as far as there is something to send now. */
void usbcam_stream_pump(struct usbcam *camera);

/** Until when usbcam_stream_pump() has nothing to do, CLOCK_MONOTONIC; INT64_MAX: until called. */
int64_t usbcam_stream_next_ns(const struct usbcam *camera);

// ---- the cable

enum {
    USBCAM_URBS = 64,     ///< waiting at one time
    USBCAM_PACKETS = 128, ///< in one URB
};

/** Where one isochronous packet lies in its URB; big-endian, as on the wire. */
struct usbip_packet {
    uint32_t offset, length, actual, status;
};

/** A request of the kernel for data of the stream. */
struct usbcam_urb {
    struct usbcam_urb *next;
    uint32_t sequence;
    uint32_t bytes; ///< room
    uint32_t start_frame;
    int packets; ///< 0 for a bulk URB
    struct usbip_packet packet[USBCAM_PACKETS];
};

enum {
    USBCAM_LATE = 8,          ///< answers at one time
    USBCAM_DATA_BYTES = 4096, ///< room for the data of a request
};

/** An answer of endpoint 0, on its way. */
struct usbcam_late {
    int64_t due_ns; ///< 0 = none
    uint32_t sequence;
    int status;     ///< 0 or a negative errno
    uint32_t moved; ///< bytes that came with the request or go back
    bool to_host;
    uint8_t data[USBCAM_DATA_BYTES];
};

/** The device's end of the cable. */
struct usbcam_link {
    int port;   ///< of the host controller; 0 to 14 in Debian
    int socket; ///< -1 when unplugged
    struct usbcam_urb *waiting, **waiting_end, *unused;
    struct usbcam_urb urbs[USBCAM_URBS];
    struct usbcam_late late[USBCAM_LATE];
};

/** Makes an unplugged link. */
void usbcam_link_open(struct usbcam_link *link, int port);

/** Plugs in. @return 0 or a negative errno. */
int usbcam_plug(struct usbcam *camera);

/** Pulls the plug. */
void usbcam_unplug(struct usbcam *camera);

/** Reads and handles one message of the kernel. @return 0, or a negative errno: unplug. */
int usbcam_link_read(struct usbcam *camera);

/** Gives the answers that are due by now, and when the next one is; INT64_MAX: none. */
void usbcam_link_answer_late(struct usbcam_link *link);
int64_t usbcam_link_next_ns(const struct usbcam_link *link);

/** The URB that waits longest, to be given to usbcam_urb_answer(); NULL if none does. */
struct usbcam_urb *usbcam_urb_take(struct usbcam_link *link);

/** Answers a URB with `bytes` of data. A broken cable shows at the next read. */
void usbcam_urb_answer(struct usbcam_link *link, struct usbcam_urb *urb, const uint8_t *data,
                       size_t bytes);

// ---- descriptors and requests

/** A request on endpoint 0, as USB lays it out. */
struct usbcam_setup {
    uint8_t type, request;
    uint16_t value, index, length;
};

enum {
    USBCAM_DESCRIPTOR_BYTES = 1024, ///< room for the longest descriptor
    USBCAM_SILENCE = 1,             ///< no answer at all
    USBCAM_UNIT_CAMERA = 1,         ///< the camera terminal
    USBCAM_UNIT_PROCESSING = 2,
    USBCAM_UNIT_OUTPUT = 3,
    USBCAM_ALTERNATES = 4, ///< isochronous settings with bandwidth
};

/** Bytes per microframe (125 us) of an isochronous setting, 1 to USBCAM_ALTERNATES. */
int usbcam_packet_bytes(int alternate);

/**
 * Writes a descriptor.
 *
 * @param value The request's: kind and number.
 * @param data  USBCAM_DESCRIPTOR_BYTES.
 * @return Its bytes, or -EPIPE if the camera has none such.
 */
int usbcam_descriptor(const struct usbcam *camera, uint16_t value, uint8_t *data);

/** A setting of the camera: what a V4L2 control becomes. */
struct usbcam_setting {
    const char *name;
    int unit, selector, bytes;
    int least, most, step, standard;
    int current;
};

enum {
    USBCAM_EXPOSURE_PRIORITY, ///< the first of them: 1 allows a lower rate in the dark
    USBCAM_SETTINGS = 11,
};

/** Puts every setting back to its standard. */
void usbcam_settings_reset(struct usbcam *camera);

/**
 * Handles a request on endpoint 0.
 *
 * @param setup The request.
 * @param data  USBCAM_DATA_BYTES; what came with the request, then what goes back.
 * @param got   Receives the bytes that go back (more than asked for is cut by the caller).
 * @return 0; -EPIPE to refuse it; USBCAM_SILENCE never to answer.
 */
int usbcam_control(struct usbcam *camera, const struct usbcam_setup *setup, uint8_t *data,
                   size_t *got);

// ---- the camera

/** Everything there is. */
struct usbcam {
    const char *name, *serial;
    bool isochronous;
    bool done; ///< asked to quit
    struct usbcam_faults faults;
    struct usbcam_stream stream;
    struct usbcam_link link;
    struct usbcam_setting settings[USBCAM_SETTINGS];
};

/** Carries out one line from the FIFO; the commands are listed in usbcam_commands.c. */
void usbcam_command(struct usbcam *camera, const char *line);

/** One line on standard error, with the seconds since boot, as the kernel's messages have. */
__attribute__((format(printf, 1, 2))) void usbcam_log(const char *format, ...);
