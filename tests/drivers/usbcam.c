// usbcam [-i] [-p PORT] [-n NAME] [-s SERIAL] -d FRAMES -c FIFO
//
// Plugs a webcam made of software into the running kernel, and keeps it there until it is told to
// quit; see usbcam.h for how, and usbcam_commands.c for what it can be told through the FIFO, which
// it makes. -i: isochronous, as most webcams are; else bulk. FRAMES is a folder made by frames.sh.
//
// Needs root, and the modules vhci-hcd and uvcvideo.

#include "tests/drivers/usbcam.h"

#include "processing/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEED UINT64_C(0x9e3779b97f4a7c15) // any but 0

struct options {
    const char *fifo;
    int port;
};

void usbcam_log(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "[%8.3f] ", (double)clock_now_ns() / (double)NS_PER_S);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

static bool parse_options(struct usbcam *camera, struct options *options, int count, char **words)
{
    int option;
    while ((option = getopt(count, words, "ip:n:s:d:c:")) != -1)
        switch (option) {
        case 'i':
            camera->isochronous = true;
            break;
        case 'p':
            options->port = atoi(optarg);
            break;
        case 'n':
            camera->name = optarg;
            break;
        case 's':
            camera->serial = optarg;
            break;
        case 'd':
            camera->stream.directory = optarg;
            break;
        case 'c':
            options->fifo = optarg;
            break;
        default:
            return false;
        }
    return camera->stream.directory && options->fifo && optind == count;
}

// Opened for writing too, so that it never reads as ended when a writer leaves.
static int open_fifo(const char *path)
{
    unlink(path);
    if (mkfifo(path, 0600) < 0)
        return -errno;
    int fifo = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    return fifo < 0 ? -errno : fifo;
}

static void read_commands(struct usbcam *camera, int fifo)
{
    char text[512], *rest = text;
    ssize_t bytes = read(fifo, text, sizeof text - 1);
    if (bytes <= 0)
        return;
    text[bytes] = '\0';
    for (char *line; (line = strsep(&rest, "\n"));)
        if (*line)
            usbcam_command(camera, line);
}

static void wait_for_work(const struct usbcam *camera, struct pollfd *files)
{
    int64_t wait_ns = usbcam_stream_next_ns(camera), late_ns = usbcam_link_next_ns(&camera->link);
    if (late_ns < wait_ns)
        wait_ns = late_ns;
    if (wait_ns == INT64_MAX) {
        poll(files, 2, -1);
        return;
    }
    wait_ns -= clock_now_ns();
    if (wait_ns < 0)
        wait_ns = 0;
    struct timespec wait = {.tv_sec = wait_ns / NS_PER_S, .tv_nsec = wait_ns % NS_PER_S};
    ppoll(files, 2, &wait, NULL);
}

// Everything that waits is read first: a URB that is taken back must not be answered.
static void read_link(struct usbcam *camera)
{
    struct pollfd file = {.fd = camera->link.socket, .events = POLLIN};
    while (file.fd >= 0 && poll(&file, 1, 0) > 0) {
        int result = usbcam_link_read(camera);
        if (result < 0) {
            usbcam_log("the kernel let go: %s", strerror(-result));
            usbcam_unplug(camera);
        }
        file.fd = camera->link.socket;
    }
}

static void run(struct usbcam *camera, int fifo)
{
    while (!camera->done) {
        struct pollfd files[] = {{.fd = fifo, .events = POLLIN},
                                 {.fd = camera->link.socket, .events = POLLIN}};
        wait_for_work(camera, files);
        read_link(camera);
        usbcam_link_answer_late(&camera->link);
        usbcam_stream_pump(camera);
        if (files[0].revents & POLLIN)
            read_commands(camera, fifo);
    }
}

int main(int count, char **words)
{
    // Large, and zero until used.
    static struct usbcam camera = {
        .name = "Software Webcam",
        .serial = "0001",
        .faults = {.random = SEED, .slowness = 1},
    };
    struct options options = {0};
    if (!parse_options(&camera, &options, count, words)) {
        fputs("usage: usbcam [-i] [-p PORT] [-n NAME] [-s SERIAL] -d FRAMES -c FIFO\n", stderr);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    usbcam_link_open(&camera.link, options.port);
    int fifo = open_fifo(options.fifo);
    if (fifo < 0) {
        usbcam_log("%s: %s", options.fifo, strerror(-fifo));
        return 1;
    }
    int result = usbcam_plug(&camera);
    if (result < 0) {
        usbcam_log("cannot plug in, is vhci-hcd loaded? %s", strerror(-result));
        return 1;
    }
    run(&camera, fifo);
    usbcam_unplug(&camera);
    return 0;
}
