// Pictures on the wire. USB Video cuts a frame into payloads; each begins with a header of two
// bytes, its own length and flags: FID, which flips with every frame, EOF on the last payload, ERR
// when the camera knows that the frame is bad. Over a bulk endpoint a URB carries one payload of
// many packets. Over an isochronous one every packet is a payload, sent in its microframe of
// 125 us whether there is something to say or not.
//
// Source: USB Device Class Definition for Video Devices 1.0a, 2.4.3.

#include "processing/clock.h"
#include "tests/drivers/usbcam.h"

#include <arpa/inet.h>
#include <linux/usb/video.h>
#include <stdlib.h>
#include <string.h>

#define MICROFRAME_NS (125 * NS_PER_US)
#define INTERVAL_NS   INT64_C(100) // the unit of intervals

enum {
    HEADER_BYTES = 2,
    // uvcvideo's URBs have 32 packets of 512 bytes; as long a payload makes a URB a payload.
    BULK_PAYLOAD_BYTES = 32 * 512,
    TRANSFER_BYTES = USBCAM_PACKETS * 3 * 1024, // most in one URB
    // Later than this, frames are given up; up to it they are sent faster, so that a busy machine
    // does not cost frames.
    PATIENCE_MS = 500,
    // An isochronous schedule that lags more than this begins again.
    LAG_MS = 50,
};

// ---- modes

static uint32_t nearest_interval(uint32_t asked)
{
    if (asked == 0)
        return usbcam_intervals[1];
    uint32_t best = usbcam_intervals[0];
    for (int i = 1; i < USBCAM_RATES; i++)
        if (llabs((long long)usbcam_intervals[i] - asked) < llabs((long long)best - asked))
            best = usbcam_intervals[i];
    return best;
}

// Bytes per microframe that keep up with the frames. JPEGs of these sizes stay well below 8 MB/s.
static uint32_t bandwidth_of(const struct usbcam_mode *mode)
{
    uint32_t microframes = mode->interval / 1250;
    return mode->format == USBCAM_YUYV ? (uint32_t)usbcam_frame_bytes(mode->size) / microframes + 16
                                       : 1024;
}

// The payload size is also the bandwidth asked for: uvcvideo takes the smallest alternate setting
// that has it. Where none has, a camera grants a slower rate.
static void fit_bandwidth(struct usbcam_mode *mode)
{
    uint32_t most = (uint32_t)usbcam_packet_bytes(USBCAM_ALTERNATES);
    for (int i = 0; i < USBCAM_RATES && bandwidth_of(mode) > most; i++)
        if (usbcam_intervals[i] > mode->interval)
            mode->interval = usbcam_intervals[i];
    int alternate = 1;
    while ((uint32_t)usbcam_packet_bytes(alternate) < bandwidth_of(mode))
        alternate++;
    mode->payload_bytes = (uint32_t)usbcam_packet_bytes(alternate);
}

struct usbcam_mode usbcam_mode_legal(bool isochronous, struct usbcam_mode asked)
{
    struct usbcam_mode mode = asked;
    if (mode.size < 0 || mode.size >= USBCAM_SIZES)
        mode.size = 0;
    mode.interval = nearest_interval(asked.interval);
    mode.payload_bytes = BULK_PAYLOAD_BYTES;
    if (isochronous)
        fit_bandwidth(&mode);
    return mode;
}

void usbcam_stream_commit(struct usbcam *camera, struct usbcam_mode mode)
{
    struct usbcam_stream *stream = &camera->stream;
    struct usbcam_clip *clip = &stream->clips[mode.format][mode.size];
    if (!clip->data)
        usbcam_clip_open(clip, stream->directory, mode.format, mode.size);
    stream->commit = mode;
    stream->number = 0;
    usbcam_stream_stop(stream);
    usbcam_log("commit: %s %dx%d, interval %u, payload %u",
               mode.format == USBCAM_MJPEG ? "MJPEG" : "YUYV", usbcam_sizes[mode.size].width,
               usbcam_sizes[mode.size].height, mode.interval, mode.payload_bytes);
}

void usbcam_stream_stop(struct usbcam_stream *stream)
{
    stream->frame.data = NULL;
    stream->due_ns = 0;
    stream->packet_ns = 0;
}

// ---- frames

static void fill_with_garbage(struct usbcam *camera)
{
    static uint8_t spoiled[USBCAM_FRAME_BYTES];
    struct usbcam_frame *frame = &camera->stream.frame;
    memcpy(spoiled, frame->data, frame->bytes);
    for (size_t i = frame->bytes / 3; i < frame->bytes * 2 / 3; i++)
        spoiled[i] = (uint8_t)usbcam_random(&camera->faults);
    frame->data = spoiled;
}

static void spoil(struct usbcam *camera, enum usbcam_fault fault)
{
    struct usbcam_frame *frame = &camera->stream.frame;
    switch (fault) {
    case FAULT_TRUNC:
        frame->bytes /= 2;
        break;
    case FAULT_NOEOF:
        frame->bytes = frame->bytes * 3 / 4;
        frame->end_lost = true;
        break;
    case FAULT_GARBAGE:
        fill_with_garbage(camera);
        break;
    case FAULT_EMPTY:
        frame->bytes = 0;
        break;
    case FAULT_ERR:
        frame->flags |= UVC_STREAM_ERR;
        break;
    default:
        break;
    }
}

// Moves on to the frame that is due. Returns false when none is yet.
static bool frame_is_due(struct usbcam *camera)
{
    struct usbcam_stream *stream = &camera->stream;
    int64_t now = clock_now_ns();
    bool may_slow_down = camera->settings[USBCAM_EXPOSURE_PRIORITY].current;
    double slowness = may_slow_down ? camera->faults.slowness : 1;
    int64_t interval = (int64_t)((double)(stream->commit.interval * INTERVAL_NS) * slowness);
    if (stream->due_ns == 0)
        stream->due_ns = now;
    if (now < stream->due_ns)
        return false;
    if (now - stream->due_ns > PATIENCE_MS * NS_PER_MS) {
        stream->late += (uint64_t)((now - stream->due_ns) / interval);
        stream->due_ns = now;
    }
    stream->due_ns += interval;
    return !camera->faults.frozen;
}

static bool begin_frame(struct usbcam *camera)
{
    struct usbcam_stream *stream = &camera->stream;
    const struct usbcam_clip *clip = &stream->clips[stream->commit.format][stream->commit.size];
    if (!frame_is_due(camera) || clip->frames == 0)
        return false;
    enum usbcam_fault fault = usbcam_fault_next(&camera->faults);
    stream->frames[fault]++;
    unsigned index = stream->number++ % (unsigned)clip->frames;
    if (fault == FAULT_SKIP)
        return false;
    stream->frame = (struct usbcam_frame){
        .data = clip->data + clip->start[index],
        .bytes = clip->start[index + 1] - clip->start[index],
        .flags = (stream->frame.flags & UVC_STREAM_FID) ^ UVC_STREAM_FID,
    };
    spoil(camera, fault);
    return true;
}

// ---- payloads

// Writes the next payload of the frame, at most `room` bytes; returns its length.
static size_t write_payload(struct usbcam_frame *frame, uint8_t *out, size_t room)
{
    size_t bytes = frame->bytes - frame->sent;
    if (bytes > room - HEADER_BYTES)
        bytes = room - HEADER_BYTES;
    memcpy(out + HEADER_BYTES, frame->data + frame->sent, bytes);
    frame->sent += bytes;
    out[0] = HEADER_BYTES;
    out[1] = UVC_STREAM_EOH | frame->flags;
    if (frame->sent < frame->bytes)
        return bytes + HEADER_BYTES;
    if (!frame->end_lost)
        out[1] |= UVC_STREAM_EOF;
    frame->data = NULL;
    return bytes + HEADER_BYTES;
}

static void pump_bulk(struct usbcam *camera)
{
    static uint8_t payload[BULK_PAYLOAD_BYTES];
    struct usbcam_stream *stream = &camera->stream;
    while (camera->link.waiting && (stream->frame.data || begin_frame(camera))) {
        struct usbcam_urb *urb = usbcam_urb_take(&camera->link);
        size_t room = urb->bytes < sizeof payload ? urb->bytes : sizeof payload;
        size_t bytes = write_payload(&stream->frame, payload, room);
        usbcam_urb_answer(&camera->link, urb, payload, bytes);
    }
}

// Packets that carry nothing are empty, without a header.
static size_t write_packets(struct usbcam *camera, struct usbcam_urb *urb, uint8_t *out)
{
    struct usbcam_stream *stream = &camera->stream;
    size_t total = 0, most = (size_t)usbcam_packet_bytes(stream->alternate);
    for (int i = 0; i < urb->packets; i++) {
        struct usbip_packet *packet = &urb->packet[i];
        size_t room = ntohl(packet->length), bytes = 0;
        if (room > most)
            room = most;
        if (room > HEADER_BYTES && (stream->frame.data || begin_frame(camera)))
            bytes = write_payload(&stream->frame, out + total, room);
        packet->actual = htonl((uint32_t)bytes);
        packet->status = 0;
        total += bytes;
    }
    return total;
}

static void pump_isochronous(struct usbcam *camera)
{
    static uint8_t transfer[TRANSFER_BYTES];
    struct usbcam_stream *stream = &camera->stream;
    while (camera->link.waiting && stream->alternate > 0) {
        int64_t now = clock_now_ns();
        if (stream->packet_ns < now - LAG_MS * NS_PER_MS)
            stream->packet_ns = now;
        if (stream->packet_ns > now)
            return;
        struct usbcam_urb *urb = usbcam_urb_take(&camera->link);
        size_t bytes = write_packets(camera, urb, transfer);
        stream->packet_ns += urb->packets * MICROFRAME_NS;
        usbcam_urb_answer(&camera->link, urb, transfer, bytes);
    }
}

void usbcam_stream_pump(struct usbcam *camera)
{
    if (camera->isochronous)
        pump_isochronous(camera);
    else
        pump_bulk(camera);
}

int64_t usbcam_stream_next_ns(const struct usbcam *camera)
{
    const struct usbcam_stream *stream = &camera->stream;
    if (!camera->link.waiting)
        return INT64_MAX;
    if (!camera->isochronous)
        return stream->frame.data ? 0 : stream->due_ns;
    return stream->alternate > 0 ? stream->packet_ns : INT64_MAX;
}
