// The cable: USB/IP. A socket is handed to the kernel's driver vhci-hcd through a file in sysfs,
// and a device is plugged into its root hub. From then on the kernel sends messages, each with a
// header of 48 bytes, big-endian:
//
//     CMD_SUBMIT   a URB: a request on an endpoint, with its data when the host is the sender, and
//                  with a list of packets when it is isochronous
//     CMD_UNLINK   never mind that URB
//
// and the device answers when it has something to say:
//
//     RET_SUBMIT   status, the data when the device is the sender (isochronous: packed, without
//                  gaps), the list of packets with their lengths
//     RET_UNLINK   status -ECONNRESET when the URB was still waiting, which is then not answered
//
// Unplugging is closing the socket.
//
// Source: Linux kernel documentation, "USB/IP protocol",
// https://docs.kernel.org/usb/usbip_protocol.html

#include "tests/drivers/usbcam.h"

#include "processing/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/usb/ch9.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    CMD_SUBMIT = 1,
    CMD_UNLINK = 2,
    RET_SUBMIT = 3,
    RET_UNLINK = 4,
};

/** Every header: five numbers, then what the command needs, padded to 48 bytes. */
struct usbip_header {
    uint32_t command, sequence, device, direction, endpoint;
    union {
        struct {
            uint32_t flags, bytes, start_frame, packets, interval;
            uint8_t setup[8];
        } submit;
        struct {
            uint32_t status, bytes, start_frame, packets, errors;
            uint8_t padding[8];
        } result;
        struct {
            uint32_t sequence;
        } unlink;
    };
};

_Static_assert(sizeof(struct usbip_header) == 48, "a header has 48 bytes");
_Static_assert(sizeof(struct usbcam_setup) == 8, "a setup packet has 8 bytes");

// ---- bytes

static int send_all(int socket, struct iovec *parts, int count)
{
    while (count > 0) {
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = (size_t)count};
        ssize_t sent = sendmsg(socket, &message, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return -errno;
        while (count > 0 && (size_t)sent >= parts->iov_len) {
            sent -= (ssize_t)parts->iov_len;
            parts++;
            count--;
        }
        if (count > 0) {
            parts->iov_base = (uint8_t *)parts->iov_base + sent;
            parts->iov_len -= (size_t)sent;
        }
    }
    return 0;
}

static int receive_all(int socket, void *data, size_t bytes)
{
    uint8_t *at = data;
    while (bytes > 0) {
        ssize_t got = recv(socket, at, bytes, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? -errno : -EPIPE;
        at += got;
        bytes -= (size_t)got;
    }
    return 0;
}

// The kernel's end reports a broken cable by closing it, which the next read sees.
static void answer(struct usbcam_link *link, const struct usbip_header *header, const void *data,
                   size_t bytes, const struct usbip_packet *packets, int count)
{
    // sendmsg() only reads what iov_base points to, which the struct cannot say.
    union {
        const void *readable;
        void *pointer;
    } parts[] = {{header}, {data}, {packets}};
    struct iovec vector[] = {
        {parts[0].pointer, sizeof *header},
        {parts[1].pointer, bytes},
        {parts[2].pointer, (size_t)count * sizeof *packets},
    };
    int result = send_all(link->socket, vector, 3);
    if (result < 0)
        usbcam_log("cable: %s", strerror(-result));
}

// ---- URBs

static void drop_all_urbs(struct usbcam_link *link)
{
    link->waiting = NULL;
    link->waiting_end = &link->waiting;
    link->unused = NULL;
    for (int i = 0; i < USBCAM_URBS; i++) {
        link->urbs[i].next = link->unused;
        link->unused = &link->urbs[i];
    }
}

static void put_back(struct usbcam_link *link, struct usbcam_urb *urb)
{
    urb->next = link->unused;
    link->unused = urb;
}

struct usbcam_urb *usbcam_urb_take(struct usbcam_link *link)
{
    struct usbcam_urb *urb = link->waiting;
    if (!urb)
        return NULL;
    link->waiting = urb->next;
    if (!link->waiting)
        link->waiting_end = &link->waiting;
    return urb;
}

void usbcam_urb_answer(struct usbcam_link *link, struct usbcam_urb *urb, const uint8_t *data,
                       size_t bytes)
{
    struct usbip_header header = {
        .command = htonl(RET_SUBMIT),
        .sequence = htonl(urb->sequence),
        .result = {.bytes = htonl((uint32_t)bytes),
                   .start_frame = htonl(urb->start_frame),
                   .packets = htonl((uint32_t)urb->packets)},
    };
    answer(link, &header, data, bytes, urb->packet, urb->packets);
    put_back(link, urb);
}

// Takes a URB out of the middle. Returns whether it was there.
static bool forget_urb(struct usbcam_link *link, uint32_t sequence)
{
    for (struct usbcam_urb **at = &link->waiting; *at; at = &(*at)->next) {
        struct usbcam_urb *urb = *at;
        if (urb->sequence != sequence)
            continue;
        *at = urb->next;
        if (!*at)
            link->waiting_end = at;
        put_back(link, urb);
        return true;
    }
    return false;
}

// ---- answers that take their time

// Empty when due_ns is 0. NULL if all are in use.
static struct usbcam_late *find_late(struct usbcam_link *link, bool used, uint32_t sequence)
{
    for (int i = 0; i < USBCAM_LATE; i++) {
        struct usbcam_late *late = &link->late[i];
        if (used ? late->due_ns && late->sequence == sequence : !late->due_ns)
            return late;
    }
    return NULL;
}

static bool forget_late(struct usbcam_link *link, uint32_t sequence)
{
    struct usbcam_late *late = find_late(link, true, sequence);
    if (late)
        late->due_ns = 0;
    return late != NULL;
}

static void answer_control(struct usbcam_link *link, const struct usbcam_late *reply)
{
    struct usbip_header header = {
        .command = htonl(RET_SUBMIT),
        .sequence = htonl(reply->sequence),
        .result = {.status = htonl((uint32_t)reply->status), .bytes = htonl(reply->moved)},
    };
    answer(link, &header, reply->data, reply->to_host ? reply->moved : 0, NULL, 0);
}

void usbcam_link_answer_late(struct usbcam_link *link)
{
    int64_t now = clock_now_ns();
    for (int i = 0; i < USBCAM_LATE; i++)
        if (link->late[i].due_ns && link->late[i].due_ns <= now) {
            answer_control(link, &link->late[i]);
            link->late[i].due_ns = 0;
        }
}

int64_t usbcam_link_next_ns(const struct usbcam_link *link)
{
    int64_t next = INT64_MAX;
    for (int i = 0; i < USBCAM_LATE; i++)
        if (link->late[i].due_ns && link->late[i].due_ns < next)
            next = link->late[i].due_ns;
    return next;
}

// Now, or later if the camera is to be slow about its settings.
static void reply_in_time(struct usbcam *camera, const struct usbcam_late *reply, bool setting)
{
    int64_t delay_ns = camera->faults.request_delay_ms * NS_PER_MS;
    struct usbcam_late *late = find_late(&camera->link, false, 0);
    if (!setting || delay_ns <= 0 || !late) {
        answer_control(&camera->link, reply);
        return;
    }
    *late = *reply;
    late->due_ns = clock_now_ns() + delay_ns;
}

// ---- messages

static int handle_unlink(struct usbcam_link *link, const struct usbip_header *message)
{
    uint32_t sequence = ntohl(message->unlink.sequence);
    bool waited = forget_urb(link, sequence) || forget_late(link, sequence);
    struct usbip_header header = {
        .command = htonl(RET_UNLINK),
        .sequence = message->sequence,
        .result = {.status = htonl((uint32_t)(waited ? -ECONNRESET : 0))},
    };
    answer(link, &header, NULL, 0, NULL, 0);
    return 0;
}

static int handle_control(struct usbcam *camera, const struct usbip_header *message)
{
    static struct usbcam_late reply;
    size_t bytes = ntohl(message->submit.bytes), got = 0;
    reply.sequence = ntohl(message->sequence);
    reply.to_host = message->direction != 0;
    if (bytes > sizeof reply.data)
        return -EMSGSIZE;
    memset(reply.data, 0, sizeof reply.data);
    int result = reply.to_host ? 0 : receive_all(camera->link.socket, reply.data, bytes);
    if (result < 0)
        return result;

    struct usbcam_setup setup;
    memcpy(&setup, message->submit.setup, sizeof setup);
    result = usbcam_control(camera, &setup, reply.data, &got);
    if (result == USBCAM_SILENCE)
        return 0;
    reply.status = result;
    reply.moved = (uint32_t)(result < 0 ? 0 : reply.to_host && got < bytes ? got : bytes);
    reply_in_time(camera, &reply, (setup.type & USB_TYPE_MASK) == USB_TYPE_CLASS);
    return 0;
}

static int handle_stream(struct usbcam_link *link, const struct usbip_header *message)
{
    struct usbcam_urb *urb = link->unused;
    // Bulk URBs say 0 packets or, in some kernels, -1.
    uint32_t packets = ntohl(message->submit.packets);
    if (packets == UINT32_MAX)
        packets = 0;
    if (!urb || packets > USBCAM_PACKETS)
        return -EMSGSIZE;
    link->unused = urb->next;
    urb->next = NULL;
    urb->sequence = ntohl(message->sequence);
    urb->bytes = ntohl(message->submit.bytes);
    urb->start_frame = ntohl(message->submit.start_frame);
    urb->packets = (int)packets;
    *link->waiting_end = urb;
    link->waiting_end = &urb->next;
    return receive_all(link->socket, urb->packet, packets * sizeof *urb->packet);
}

int usbcam_link_read(struct usbcam *camera)
{
    struct usbip_header message;
    int result = receive_all(camera->link.socket, &message, sizeof message);
    if (result < 0)
        return result;
    switch (ntohl(message.command)) {
    case CMD_UNLINK:
        return handle_unlink(&camera->link, &message);
    case CMD_SUBMIT:
        return message.endpoint ? handle_stream(&camera->link, &message)
                                : handle_control(camera, &message);
    default:
        return -EPROTO;
    }
}

// ---- the plug

// "PORT SOCKET DEVICE SPEED", where 3 is high speed; the device's number may be any.
static int attach(int port, int socket)
{
    static const char path[] = "/sys/devices/platform/vhci_hcd.0/attach";
    char line[64];
    int length = snprintf(line, sizeof line, "%d %d %d 3", port, socket, 1 << 16 | (port + 2));
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0)
        return -errno;
    int result = write(file, line, (size_t)length) < 0 ? -errno : 0;
    close(file);
    return result;
}

// More room than a frame's worth of payloads, so that a burst does not wait for the kernel.
static void enlarge(int socket)
{
    int bytes = 1 << 20;
    setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

void usbcam_link_open(struct usbcam_link *link, int port)
{
    link->port = port;
    link->socket = -1;
    drop_all_urbs(link);
}

int usbcam_plug(struct usbcam *camera)
{
    int ends[2];
    if (camera->link.socket >= 0)
        return 0;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return -errno;
    enlarge(ends[0]);
    enlarge(ends[1]);
    usbcam_settings_reset(camera);
    camera->stream.probe = camera->stream.commit =
        usbcam_mode_legal(camera->isochronous, (struct usbcam_mode){0});
    int result = attach(camera->link.port, ends[1]);
    close(ends[1]); // the kernel has its own hold on it
    if (result < 0) {
        close(ends[0]);
        return result;
    }
    camera->link.socket = ends[0];
    usbcam_log("plugged into port %d", camera->link.port);
    return 0;
}

void usbcam_unplug(struct usbcam *camera)
{
    if (camera->link.socket < 0)
        return;
    close(camera->link.socket);
    camera->link.socket = -1;
    drop_all_urbs(&camera->link);
    memset(camera->link.late, 0, sizeof camera->link.late);
    camera->stream.alternate = 0;
    usbcam_stream_stop(&camera->stream);
    usbcam_log("unplugged");
}
