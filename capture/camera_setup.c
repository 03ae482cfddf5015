/*
 * Native formats come first: libv4l2's conversion costs time, changes sizes and hides damage. It
 * is switched on only for a camera that offers nothing else, or when a format of that kind was
 * asked for. It makes RGB3, BGR3, YU12 and YV12; YU12 has the luma we want as it is.
 */
#include "capture/camera_setup.h"

#include "capture/camera_formats.h"
#include "capture/frame_pool.h"

#include <errno.h>
#include <linux/videodev2.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { BUFFERS_DEFAULT = 4 };

static bool has_native(const struct camera_modes *modes)
{
    for (int i = 0; i < modes->format_count; i++)
        if (modes->formats[i].native)
            return true;
    return false;
}

/** The format that only conversion can give us: the asked one, or any if none is native. Or 0. */
static uint32_t format_to_convert(const struct camera_modes *modes, const struct camera_wish *wish)
{
    const struct camera_format *asked = camera_modes_find(modes, wish->fourcc);
    if (asked && !asked->native)
        return asked->fourcc;
    return has_native(modes) || modes->format_count == 0 ? 0 : modes->formats[0].fourcc;
}

static int read_modes(struct camera_device *device, struct camera_modes *modes,
                      const struct camera_wish *wish, struct error *err)
{
    int ret = camera_modes_read(modes, device->io, device->fd, CAMERA_MODES_NATIVE, wish);
    return ret < 0 ? camera_device_fail(err, ret, device->path, "list the formats") : 0;
}

/** Opens the device once more, with libv4l2 between us and its formats. */
static int reopen_converting(struct camera_device *device, const struct source_config *config,
                             struct camera_modes *modes, struct camera_wish *wish,
                             struct error *err)
{
    const struct v4l2_io *io = device->io;
    camera_device_close(device);
    camera_modes_free(modes);
    int ret = camera_device_open(device, io, config->location, true, err);
    if (ret == -EOPNOTSUPP)
        error_set(err, ret, "%s offers only formats that need libv4l2's conversion",
                  config->location);
    if (ret < 0)
        return ret;
    wish->fourcc = V4L2_PIX_FMT_YUV420;
    return read_modes(device, modes, wish, err);
}

/** A driver that tells no sizes at all gets a chance with a usual one. */
static struct camera_mode guess_mode(const struct camera_modes *modes,
                                     const struct camera_wish *wish)
{
    struct camera_mode mode = {.width = wish->width > 0 ? wish->width : 640,
                               .height = wish->width > 0 ? wish->height : 480};
    for (int i = 0; i < modes->format_count && !mode.fourcc; i++)
        if (modes->formats[i].native)
            mode.fourcc = modes->formats[i].fourcc;
    return mode;
}

/** Finds out what the camera offers and what to ask it for; reopens it if that takes conversion. */
static int choose_mode(struct camera_device *device, const struct source_config *config,
                       struct camera_modes *modes, struct camera_mode *mode, uint32_t *converted,
                       struct error *err)
{
    struct camera_wish wish = {.fourcc = config->fourcc, .fps = config->fps};
    if (config->width > 0 && config->height > 0) {
        wish.width = config->width;
        wish.height = config->height;
    }
    int ret = read_modes(device, modes, &wish, err);
    if (ret == 0)
        *converted = format_to_convert(modes, &wish);
    if (*converted)
        ret = reopen_converting(device, config, modes, &wish, err);
    if (ret < 0)
        return ret;
    if (!has_native(modes))
        return error_set(err, -EINVAL, "%s offers no picture format that can be read",
                         config->location);
    if (camera_modes_choose(modes, &wish, mode) < 0)
        *mode = guess_mode(modes, &wish);
    if (!camera_modes_find(modes, mode->fourcc)->emulated)
        *converted = 0;
    return 0;
}

enum pixel_format camera_decoded_format(struct source_wishes wishes)
{
    return wishes.bgr ? PIXEL_BGR24 : wishes.color ? PIXEL_YUYV : PIXEL_GRAY8;
}

/** The pool gives way last: with fewer slots threads wait for each other. */
static int admit_pool(struct source_needs needs, const struct source_gate *gate,
                      int64_t frame_bytes, int *buffers, int *slots, struct error *err)
{
    struct source_needs first = needs;
    first.bytes += FRAME_POOL_SLOTS * frame_bytes;
    *slots = FRAME_POOL_SLOTS;
    int ret = source_admit(gate, &first, NULL);
    *buffers = first.slots;
    if (ret == 0)
        return 0;
    *buffers = needs.least_slots;
    needs.bytes += *buffers * needs.slot_bytes;
    needs.slot_bytes = frame_bytes;
    needs.slots = FRAME_POOL_SLOTS;
    needs.least_slots = FRAME_POOL_LEAST;
    ret = source_admit(gate, &needs, err);
    *slots = needs.slots;
    return ret;
}

int camera_admit(const struct camera_granted *granted, const struct source_gate *gate,
                 enum pixel_format format, int least, int *buffers, int *slots, struct error *err)
{
    const struct frame_layout *layout = &granted->layout;
    struct source_needs needs = {
        .width = layout->width,
        .height = layout->height,
        .slot_bytes = (int64_t)granted->sizeimage,
        .slots = *buffers,
        .least_slots = least,
        .choosable = true,
    };
    *slots = FRAME_POOL_SLOTS;
    if (granted->jpeg || *buffers < CAMERA_SPARE_BUFFERS)
        return admit_pool(needs, gate, frame_pool_slot_bytes(format, layout->width, layout->height),
                          buffers, slots, err);
    // One less would take a pool.
    needs.least_slots = least > CAMERA_SPARE_BUFFERS ? least : CAMERA_SPARE_BUFFERS;
    int ret = source_admit(gate, &needs, err);
    *buffers = needs.slots;
    return ret;
}

/** Starts the stream with as many buffers as fit. The driver may insist on more of them. */
static int start_admitted(struct camera_device *device, const struct source_config *config,
                          int *slots, struct error *err)
{
    const struct camera_granted *granted = &device->granted;
    enum pixel_format format =
        granted->jpeg ? camera_decoded_format(config->wishes) : granted->layout.format;
    int buffers = config->buffers ? config->buffers : BUFFERS_DEFAULT;
    int ret = camera_admit(granted, &config->gate, format, 2, &buffers, slots, err);
    if (ret == 0)
        ret = camera_device_start(device, buffers, err);
    int given = device->buffer_count;
    if (ret == 0 && given != buffers)
        ret = camera_admit(granted, &config->gate, format, given, &given, slots, err);
    return ret;
}

/**
 * Starts the stream in this mode or, as long as the bus has no bandwidth for it, in a cheaper one.
 * The mode that was refused first is left in `refused`, zeroed if none was.
 */
static int start_affordable(struct camera_device *device, const struct camera_modes *modes,
                            struct camera_mode mode, const struct source_config *config,
                            struct camera_granted *refused, int *slots, struct error *err)
{
    struct error reason = {""};
    for (;;) {
        int ret = camera_device_set_mode(device, &mode, &reason);
        if (ret == 0)
            ret = start_admitted(device, config, slots, &reason);
        // The first refusal is the one to be told of.
        if (ret < 0 && err && (ret != -ENOSPC || !refused->fourcc))
            *err = reason;
        if (ret != -ENOSPC)
            return ret;
        if (!refused->fourcc)
            *refused = device->granted;
        camera_device_stop(device);
        if (camera_modes_cheaper(modes, &mode) < 0)
            return ret;
    }
}

/** Appends to a text that is cut where it is full. */
__attribute__((format(printf, 3, 4))) static void append(char *text, size_t bytes,
                                                         const char *format, ...)
{
    size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + used, bytes - used, format, arguments);
    va_end(arguments);
}

static bool is_granted(const struct source_config *config, const struct source_info *info,
                       uint32_t fourcc, uint32_t converted)
{
    if (config->width > 0 && config->height > 0 &&
        (config->width != info->width || config->height != info->height))
        return false;
    if (config->fourcc && config->fourcc != fourcc && config->fourcc != converted)
        return false;
    return config->fps <= 0 || info->fps <= 0 || fabs(info->fps - config->fps) < 0.05;
}

static void write_refusal(struct source_info *info, const struct camera_granted *refused)
{
    append(info->note, sizeof info->note, "USB has no bandwidth left for %dx%d %s",
           refused->layout.width, refused->layout.height, camera_fourcc_text(refused->fourcc).text);
    if (camera_granted_mbits(refused) > 0)
        append(info->note, sizeof info->note, " (%.0f Mbit/s)", camera_granted_mbits(refused));
    append(info->note, sizeof info->note, ", so it is %dx%d %s", info->width, info->height,
           info->format);
    if (info->fps > 0)
        append(info->note, sizeof info->note, " at %.4g FPS", info->fps);
}

/** Says what differs from what was asked, and what is emulated. */
static void write_note(struct source_info *info, const struct source_config *config,
                       uint32_t fourcc, uint32_t converted)
{
    char *note = info->note;
    size_t bytes = sizeof info->note;
    if (converted)
        append(note, bytes, "%s is converted to %s by libv4l2, which takes time",
               camera_fourcc_text(converted).text, info->format);
    if (is_granted(config, info, fourcc, converted))
        return;
    append(note, bytes, "%sasked", converted ? "; " : "");
    if (config->width > 0 && config->height > 0)
        append(note, bytes, " %dx%d", config->width, config->height);
    if (config->fourcc)
        append(note, bytes, " %s", camera_fourcc_text(config->fourcc).text);
    if (config->fps > 0)
        append(note, bytes, " at %.4g FPS", config->fps);
    append(note, bytes, ", the camera gives %dx%d %s", info->width, info->height, info->format);
    if (config->fps > 0 && info->fps > 0)
        append(note, bytes, " at %.4g FPS", info->fps);
}

static void fill_info(struct source_info *info, const struct camera_device *device)
{
    const struct camera_granted *granted = &device->granted;
    snprintf(info->name, sizeof info->name, "%s", device->card);
    snprintf(info->device, sizeof info->device, "%s", device->path);
    snprintf(info->format, sizeof info->format, "%s", camera_fourcc_text(granted->fourcc).text);
    info->width = granted->layout.width;
    info->height = granted->layout.height;
    info->fps = camera_interval_fps(granted->interval);
    info->live = true;
}

int camera_setup(struct camera_device *device, const struct source_config *config,
                 struct source_info *info, int *slots, struct error *err)
{
    const struct v4l2_io *io = config->io ? config->io : &v4l2_io_libv4l2;
    struct camera_modes modes = {0};
    struct camera_mode mode = {0};
    struct camera_granted refused = {0};
    uint32_t converted = 0;
    int ret = camera_device_open(device, io, config->location, false, err);
    if (ret == 0)
        ret = choose_mode(device, config, &modes, &mode, &converted, err);
    if (ret == 0)
        ret = start_affordable(device, &modes, mode, config, &refused, slots, err);
    camera_modes_free(&modes);
    if (ret < 0)
        return ret;
    fill_info(info, device);
    if (refused.fourcc)
        write_refusal(info, &refused);
    else
        write_note(info, config, device->granted.fourcc, converted);
    return 0;
}
