// Requests on endpoint 0. The standard ones (USB 2.0, 9.4) read descriptors and choose the
// configuration and the interface's alternate setting. The class's own (USB Video 1.0a, 4.2 and
// 4.3) read and write the settings of a unit, by selector, and agree on a stream: the host writes
// what it wants to the probe control, reads back what it would get, and writes that to the commit
// control.

#include "tests/drivers/usbcam.h"

#include <errno.h>
#include <linux/usb/ch9.h>
#include <linux/usb/video.h>
#include <string.h>
#include <time.h>

#define CAMERA     USBCAM_UNIT_CAMERA
#define PROCESSING USBCAM_UNIT_PROCESSING

enum {
    PROBE_BYTES = 26, // of version 1.00; later versions have more fields
};

static const struct usbcam_setting settings[USBCAM_SETTINGS] = {
    // name, unit, selector, bytes, least, most, step (for a set of bits: all of them), standard
    [USBCAM_EXPOSURE_PRIORITY] = {"exposure_priority", CAMERA, UVC_CT_AE_PRIORITY_CONTROL, 1, 0, 1,
                                  1, 1, 0},
    {"exposure_mode", CAMERA, UVC_CT_AE_MODE_CONTROL, 1, 0, 0, 9, 8, 0},
    {"exposure", CAMERA, UVC_CT_EXPOSURE_TIME_ABSOLUTE_CONTROL, 4, 3, 2047, 1, 250, 0},
    {"brightness", PROCESSING, UVC_PU_BRIGHTNESS_CONTROL, 2, -64, 64, 1, 0, 0},
    {"contrast", PROCESSING, UVC_PU_CONTRAST_CONTROL, 2, 0, 64, 1, 32, 0},
    {"saturation", PROCESSING, UVC_PU_SATURATION_CONTROL, 2, 0, 128, 1, 64, 0},
    {"sharpness", PROCESSING, UVC_PU_SHARPNESS_CONTROL, 2, 0, 6, 1, 2, 0},
    {"gain", PROCESSING, UVC_PU_GAIN_CONTROL, 2, 0, 100, 1, 0, 0},
    {"power_line", PROCESSING, UVC_PU_POWER_LINE_FREQUENCY_CONTROL, 1, 0, 2, 1, 1, 0},
    {"white_balance", PROCESSING, UVC_PU_WHITE_BALANCE_TEMPERATURE_CONTROL, 2, 2800, 6500, 1, 4600,
     0},
    {"white_balance_auto", PROCESSING, UVC_PU_WHITE_BALANCE_TEMPERATURE_AUTO_CONTROL, 1, 0, 1, 1, 1,
     0},
};

void usbcam_settings_reset(struct usbcam *camera)
{
    memcpy(camera->settings, settings, sizeof settings);
    for (int i = 0; i < USBCAM_SETTINGS; i++)
        camera->settings[i].current = settings[i].standard;
}

static void put_number(uint8_t *data, int bytes, int value)
{
    for (int i = 0; i < bytes; i++)
        data[i] = (uint8_t)((unsigned)value >> 8 * i);
}

static int get_number(const uint8_t *data, int bytes)
{
    unsigned value = 0;
    for (int i = 0; i < bytes; i++)
        value |= (unsigned)data[i] << 8 * i;
    return bytes == 2 ? (int16_t)value : (int)value;
}

// ---- standard requests

static void set_interface(struct usbcam *camera, const struct usbcam_setup *setup)
{
    if (setup->index != 1)
        return;
    usbcam_log("alternate setting %d", setup->value);
    camera->stream.alternate = setup->value <= USBCAM_ALTERNATES ? setup->value : 0;
    usbcam_stream_stop(&camera->stream);
}

static int describe(const struct usbcam *camera, const struct usbcam_setup *setup, uint8_t *data,
                    size_t *got)
{
    int bytes = usbcam_descriptor(camera, setup->value, data);
    if (bytes < 0)
        return bytes;
    *got = (size_t)bytes;
    return 0;
}

static int standard_request(struct usbcam *camera, const struct usbcam_setup *setup, uint8_t *data,
                            size_t *got)
{
    switch (setup->request) {
    case USB_REQ_GET_DESCRIPTOR:
        return describe(camera, setup, data, got);
    case USB_REQ_SET_INTERFACE:
        set_interface(camera, setup);
        return 0;
    case USB_REQ_CLEAR_FEATURE:
        // uvcvideo ends a bulk stream by clearing the endpoint's halt.
        if ((setup->type & USB_RECIP_MASK) == USB_RECIP_ENDPOINT)
            usbcam_stream_stop(&camera->stream);
        return 0;
    case USB_REQ_SET_CONFIGURATION:
    case USB_REQ_SET_FEATURE:
        return 0;
    case USB_REQ_GET_CONFIGURATION:
        data[0] = 1;
        *got = 1;
        return 0;
    case USB_REQ_GET_INTERFACE:
        data[0] = setup->index == 1 ? (uint8_t)camera->stream.alternate : 0;
        *got = 1;
        return 0;
    case USB_REQ_GET_STATUS:
        put_number(data, 2, 0);
        *got = 2;
        return 0;
    default:
        return -EPIPE;
    }
}

// ---- probe and commit

static void put_mode(uint8_t *data, struct usbcam_mode mode)
{
    struct uvc_streaming_control control = {
        .bmHint = 1, // the interval is meant
        .bFormatIndex = (uint8_t)(mode.format + 1),
        .bFrameIndex = (uint8_t)(mode.size + 1),
        .dwFrameInterval = mode.interval,
        .dwMaxVideoFrameSize = (uint32_t)usbcam_frame_bytes(mode.size),
        .dwMaxPayloadTransferSize = mode.payload_bytes,
    };
    memcpy(data, &control, PROBE_BYTES);
}

static struct usbcam_mode get_mode(bool isochronous, const uint8_t *data)
{
    struct uvc_streaming_control control = {0};
    memcpy(&control, data, PROBE_BYTES);
    struct usbcam_mode asked = {
        .format = control.bFormatIndex == USBCAM_YUYV + 1 ? USBCAM_YUYV : USBCAM_MJPEG,
        .size = control.bFrameIndex - 1,
        .interval = control.dwFrameInterval,
    };
    return usbcam_mode_legal(isochronous, asked);
}

static int streaming_request(struct usbcam *camera, const struct usbcam_setup *setup, uint8_t *data,
                             size_t *got)
{
    struct usbcam_stream *stream = &camera->stream;
    bool commit = setup->value >> 8 == UVC_VS_COMMIT_CONTROL;
    if (!commit && setup->value >> 8 != UVC_VS_PROBE_CONTROL)
        return -EPIPE;
    *got = PROBE_BYTES;
    switch (setup->request) {
    case UVC_SET_CUR:
        if (commit)
            usbcam_stream_commit(camera, get_mode(camera->isochronous, data));
        else
            stream->probe = get_mode(camera->isochronous, data);
        return 0;
    case UVC_GET_CUR:
    case UVC_GET_MIN:
    case UVC_GET_MAX:
    case UVC_GET_DEF:
        put_mode(data, commit ? stream->commit : stream->probe);
        return 0;
    case UVC_GET_LEN:
        put_number(data, 2, PROBE_BYTES);
        *got = 2;
        return 0;
    case UVC_GET_INFO:
        data[0] = UVC_CONTROL_CAP_GET | UVC_CONTROL_CAP_SET;
        *got = 1;
        return 0;
    default:
        return -EPIPE;
    }
}

// ---- settings

static struct usbcam_setting *find_setting(struct usbcam *camera, const struct usbcam_setup *setup)
{
    for (int i = 0; i < USBCAM_SETTINGS; i++) {
        struct usbcam_setting *setting = &camera->settings[i];
        if (setting->unit == setup->index >> 8 && setting->selector == setup->value >> 8)
            return setting;
    }
    return NULL;
}

static int answer(uint8_t *data, size_t *got, int bytes, int value)
{
    put_number(data, bytes, value);
    *got = (size_t)bytes;
    return 0;
}

static int setting_request(struct usbcam *camera, const struct usbcam_setup *setup, uint8_t *data,
                           size_t *got)
{
    struct usbcam_setting *setting = find_setting(camera, setup);
    if (!setting)
        return -EPIPE;
    switch (setup->request) {
    case UVC_SET_CUR:
        setting->current = get_number(data, setting->bytes);
        usbcam_log("%s = %d", setting->name, setting->current);
        return 0;
    case UVC_GET_CUR:
        return answer(data, got, setting->bytes, setting->current);
    case UVC_GET_MIN:
        return answer(data, got, setting->bytes, setting->least);
    case UVC_GET_MAX:
        return answer(data, got, setting->bytes, setting->most);
    case UVC_GET_RES:
        return answer(data, got, setting->bytes, setting->step);
    case UVC_GET_DEF:
        return answer(data, got, setting->bytes, setting->standard);
    case UVC_GET_LEN:
        return answer(data, got, 2, setting->bytes);
    case UVC_GET_INFO:
        return answer(data, got, 1, UVC_CONTROL_CAP_GET | UVC_CONTROL_CAP_SET);
    default:
        return -EPIPE;
    }
}

static int class_request(struct usbcam *camera, const struct usbcam_setup *setup, uint8_t *data,
                         size_t *got)
{
    const struct usbcam_faults *faults = &camera->faults;
    if (faults->silent)
        return USBCAM_SILENCE;
    if (faults->stalled)
        return -EPIPE;
    if ((setup->index & 0xff) == 1)
        return streaming_request(camera, setup, data, got);
    return setting_request(camera, setup, data, got);
}

int usbcam_control(struct usbcam *camera, const struct usbcam_setup *setup, uint8_t *data,
                   size_t *got)
{
    *got = 0;
    switch (setup->type & USB_TYPE_MASK) {
    case USB_TYPE_STANDARD:
        return standard_request(camera, setup, data, got);
    case USB_TYPE_CLASS:
        return class_request(camera, setup, data, got);
    default:
        return -EPIPE;
    }
}
