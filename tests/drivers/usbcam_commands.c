// What a test may ask for while the camera runs, one command a line:
//
//     unplug, plug           the cable
//     trunc N, noeof N, garbage N, empty N, err N, skip N
//                            the next N frames have that fault; see enum usbcam_fault
//     damage P               P percent of all frames, at random: trunc, garbage, noeof or empty
//     slow X                 dark: frame intervals X times longer, where exposure has priority
//     freeze 1|0             stay plugged in and send no frames
//     stall 1|0              refuse requests for settings and streams
//     nak 1|0                never answer them; the kernel gives up after 5 seconds each
//     slowctl MS             answer them so much later
//     status                 print the counters on standard output, one JSON object in a line
//     quit                   unplug and end

#include "tests/drivers/usbcam.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void freeze(struct usbcam *camera, double value)
{
    camera->faults.frozen = value != 0;
}

static void stall(struct usbcam *camera, double value)
{
    camera->faults.stalled = value != 0;
}

static void nak(struct usbcam *camera, double value)
{
    camera->faults.silent = value != 0;
}

static void slowctl(struct usbcam *camera, double value)
{
    camera->faults.request_delay_ms = (int)value;
}

static void slow(struct usbcam *camera, double value)
{
    camera->faults.slowness = value > 0 ? value : 1;
}

static void damage(struct usbcam *camera, double value)
{
    camera->faults.damage_percent = (int)value;
}

static void plug(struct usbcam *camera, double value)
{
    (void)value;
    int result = usbcam_plug(camera);
    if (result < 0)
        usbcam_log("cannot plug in: %s", strerror(-result));
}

static void unplug(struct usbcam *camera, double value)
{
    (void)value;
    usbcam_unplug(camera);
}

static void quit(struct usbcam *camera, double value)
{
    (void)value;
    camera->done = true;
}

static void status(struct usbcam *camera, double value)
{
    (void)value;
    printf("{\"plugged\": %s", camera->link.socket >= 0 ? "true" : "false");
    for (int kind = 0; kind < FAULT_KINDS; kind++)
        printf(", \"%s\": %" PRIu64, usbcam_fault_names[kind], camera->stream.frames[kind]);
    printf(", \"late\": %" PRIu64, camera->stream.late);
    for (int i = 0; i < USBCAM_SETTINGS; i++)
        printf(", \"%s\": %d", camera->settings[i].name, camera->settings[i].current);
    printf("}\n");
    fflush(stdout);
}

static const struct {
    const char *name;
    void (*run)(struct usbcam *camera, double value);
} commands[] = {
    {"unplug", unplug}, {"plug", plug},   {"damage", damage}, {"slow", slow},
    {"freeze", freeze}, {"stall", stall}, {"nak", nak},       {"slowctl", slowctl},
    {"status", status}, {"quit", quit},
};

static bool run_fault(struct usbcam *camera, const char *name, int count)
{
    for (int kind = FAULT_NONE + 1; kind < FAULT_KINDS; kind++)
        if (strcmp(name, usbcam_fault_names[kind]) == 0) {
            camera->faults.pending[kind] = count;
            return true;
        }
    return false;
}

void usbcam_command(struct usbcam *camera, const char *line)
{
    char name[32] = "";
    double value = 1;
    usbcam_log("command: %s", line);
    if (sscanf(line, "%31s %lf", name, &value) < 1)
        return;
    if (run_fault(camera, name, (int)value))
        return;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(name, commands[i].name) == 0) {
            commands[i].run(camera, value);
            return;
        }
    usbcam_log("unknown command");
}
