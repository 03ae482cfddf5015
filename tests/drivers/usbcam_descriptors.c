// Descriptors: what a device says of itself when it is plugged in. A webcam is one function of two
// interfaces: VideoControl, a small graph (camera terminal -> processing unit -> output terminal)
// whose nodes own the settings, and VideoStreaming, a tree of formats, frame sizes and intervals.
//
//     device
//     configuration
//       association             interfaces 0 and 1 are one function
//       interface 0             VideoControl: header, three nodes of the graph
//       interface 1             VideoStreaming: header, format {frame sizes} twice, the endpoint
//
// A camera streams over a bulk endpoint, or over an isochronous one, which reserves bandwidth;
// then the interface has an alternate setting for each reservation, and setting 0 reserves none.
//
// Source: USB 2.0 specification, chapter 9; USB Device Class Definition for Video Devices 1.0a,
// and its Payload documents for MJPEG and Uncompressed. The field names are those documents'.

#include "tests/drivers/usbcam.h"

#include <errno.h>
#include <linux/usb/ch9.h>
#include <linux/usb/video.h>
#include <string.h>

DECLARE_UVC_HEADER_DESCRIPTOR(1);
DECLARE_UVC_INPUT_HEADER_DESCRIPTOR(1, 2);
DECLARE_UVC_FRAME_MJPEG(5);

_Static_assert(USBCAM_RATES == 5, "the frame descriptor declared above has room for five");

#define STREAM_ENDPOINT (USB_DIR_IN | 1)

/** A descriptor being written. */
struct writer {
    uint8_t *start;
    size_t bytes;
};

static uint8_t *append(struct writer *writer, const void *part, size_t bytes)
{
    uint8_t *place = writer->start + writer->bytes;
    memcpy(place, part, bytes);
    writer->bytes += bytes;
    return place;
}

// Some descriptors begin with the length of all that belongs to them, known only at the end.
static void set_total(const struct writer *writer, uint8_t *descriptor, size_t field)
{
    uint16_t total = (uint16_t)(writer->start + writer->bytes - descriptor);
    memcpy(descriptor + field, &total, sizeof total);
}

static int write_device(uint8_t *data)
{
    struct usb_device_descriptor device = {
        .bLength = USB_DT_DEVICE_SIZE,
        .bDescriptorType = USB_DT_DEVICE,
        .bcdUSB = 0x0200,
        .bDeviceClass = USB_CLASS_MISC, // with subclass 2, protocol 1: see the associations
        .bDeviceSubClass = 2,
        .bDeviceProtocol = 1,
        .bMaxPacketSize0 = 64,
        .idVendor = 0x1209, // pid.codes, whose product 1 is for tests
        .idProduct = 0x0001,
        .bcdDevice = 0x0100,
        .iManufacturer = 1,
        .iProduct = 2,
        .iSerialNumber = 3,
        .bNumConfigurations = 1,
    };
    memcpy(data, &device, USB_DT_DEVICE_SIZE);
    return USB_DT_DEVICE_SIZE;
}

static int write_qualifier(uint8_t *data)
{
    struct usb_qualifier_descriptor qualifier = {
        .bLength = sizeof qualifier,
        .bDescriptorType = USB_DT_DEVICE_QUALIFIER,
        .bcdUSB = 0x0200,
        .bDeviceClass = USB_CLASS_MISC,
        .bDeviceSubClass = 2,
        .bDeviceProtocol = 1,
        .bMaxPacketSize0 = 64,
        .bNumConfigurations = 1,
    };
    memcpy(data, &qualifier, sizeof qualifier);
    return sizeof qualifier;
}

static void append_interface(struct writer *writer, int number, int alternate, int endpoints)
{
    struct usb_interface_descriptor interface = {
        .bLength = USB_DT_INTERFACE_SIZE,
        .bDescriptorType = USB_DT_INTERFACE,
        .bInterfaceNumber = (uint8_t)number,
        .bAlternateSetting = (uint8_t)alternate,
        .bNumEndpoints = (uint8_t)endpoints,
        .bInterfaceClass = USB_CLASS_VIDEO,
        .bInterfaceSubClass = number == 0 ? UVC_SC_VIDEOCONTROL : UVC_SC_VIDEOSTREAMING,
    };
    append(writer, &interface, USB_DT_INTERFACE_SIZE);
}

static void append_endpoint(struct writer *writer, int kind, int packet)
{
    struct usb_endpoint_descriptor endpoint = {
        .bLength = USB_DT_ENDPOINT_SIZE,
        .bDescriptorType = USB_DT_ENDPOINT,
        .bEndpointAddress = STREAM_ENDPOINT,
        .bmAttributes = (uint8_t)kind,
        .wMaxPacketSize = (uint16_t)packet,
        .bInterval = kind == USB_ENDPOINT_XFER_BULK ? 0 : 1,
    };
    append(writer, &endpoint, USB_DT_ENDPOINT_SIZE);
}

static void append_terminals(struct writer *writer)
{
    struct uvc_camera_terminal_descriptor camera = {
        .bLength = UVC_DT_CAMERA_TERMINAL_SIZE(3),
        .bDescriptorType = USB_DT_CS_INTERFACE,
        .bDescriptorSubType = UVC_VC_INPUT_TERMINAL,
        .bTerminalID = USBCAM_UNIT_CAMERA,
        .wTerminalType = UVC_ITT_CAMERA,
        .bControlSize = 3,
        .bmControls = {0x0e, 0, 0}, // bits 1 to 3: exposure mode, priority and time
    };
    append(writer, &camera, sizeof camera);
    struct uvc_processing_unit_descriptor processing = {
        .bLength = 11, // version 1.00 has no bmVideoStandards
        .bDescriptorType = USB_DT_CS_INTERFACE,
        .bDescriptorSubType = UVC_VC_PROCESSING_UNIT,
        .bUnitID = USBCAM_UNIT_PROCESSING,
        .bSourceID = USBCAM_UNIT_CAMERA,
        .bControlSize = 2,
        .bmControls = {0x5b, 0x16}, // those of usbcam_control.c's table
    };
    append(writer, &processing, processing.bLength);
    struct uvc_output_terminal_descriptor output = {
        .bLength = UVC_DT_OUTPUT_TERMINAL_SIZE,
        .bDescriptorType = USB_DT_CS_INTERFACE,
        .bDescriptorSubType = UVC_VC_OUTPUT_TERMINAL,
        .bTerminalID = USBCAM_UNIT_OUTPUT,
        .wTerminalType = UVC_TT_STREAMING,
        .bSourceID = USBCAM_UNIT_PROCESSING,
    };
    append(writer, &output, sizeof output);
}

static void append_control_interface(struct writer *writer)
{
    append_interface(writer, 0, 0, 0);
    struct UVC_HEADER_DESCRIPTOR(1) header = {
        .bLength = UVC_DT_HEADER_SIZE(1),
        .bDescriptorType = USB_DT_CS_INTERFACE,
        .bDescriptorSubType = UVC_VC_HEADER,
        .bcdUVC = 0x0100,
        .dwClockFrequency = 48000000,
        .bInCollection = 1,
        .baInterfaceNr = {1},
    };
    uint8_t *place = append(writer, &header, sizeof header);
    append_terminals(writer);
    set_total(writer, place, offsetof(struct uvc_header_descriptor, wTotalLength));
}

static void append_mjpeg(struct writer *writer)
{
    struct uvc_format_mjpeg format = {
        .bLength = UVC_DT_FORMAT_MJPEG_SIZE,
        .bDescriptorType = USB_DT_CS_INTERFACE,
        .bDescriptorSubType = UVC_VS_FORMAT_MJPEG,
        .bFormatIndex = USBCAM_MJPEG + 1,
        .bNumFrameDescriptors = USBCAM_SIZES,
        .bmFlags = 1, // samples of a fixed size
        .bDefaultFrameIndex = 1,
    };
    append(writer, &format, sizeof format);
}

static void append_yuyv(struct writer *writer)
{
    struct uvc_format_uncompressed format = {
        .bLength = UVC_DT_FORMAT_UNCOMPRESSED_SIZE,
        .bDescriptorType = USB_DT_CS_INTERFACE,
        .bDescriptorSubType = UVC_VS_FORMAT_UNCOMPRESSED,
        .bFormatIndex = USBCAM_YUYV + 1,
        .bNumFrameDescriptors = USBCAM_SIZES,
        .guidFormat = {'Y', 'U', 'Y', '2', 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71},
        .bBitsPerPixel = 16,
        .bDefaultFrameIndex = 1,
    };
    append(writer, &format, sizeof format);
}

// Frame descriptors of both formats have the same fields.
static void append_size(struct writer *writer, enum usbcam_format format, int size)
{
    uint32_t bytes = (uint32_t)usbcam_frame_bytes(size);
    struct UVC_FRAME_MJPEG(5) frame = {
        .bLength = UVC_DT_FRAME_MJPEG_SIZE(USBCAM_RATES),
        .bDescriptorType = USB_DT_CS_INTERFACE,
        .bDescriptorSubType =
            format == USBCAM_MJPEG ? UVC_VS_FRAME_MJPEG : UVC_VS_FRAME_UNCOMPRESSED,
        .bFrameIndex = (uint8_t)(size + 1),
        .wWidth = (uint16_t)usbcam_sizes[size].width,
        .wHeight = (uint16_t)usbcam_sizes[size].height,
        .dwMinBitRate = bytes * 8 * 10,
        .dwMaxBitRate = bytes * 8 * 60,
        .dwMaxVideoFrameBufferSize = bytes,
        .dwDefaultFrameInterval = usbcam_intervals[1],
        .bFrameIntervalType = USBCAM_RATES,
    };
    memcpy(frame.dwFrameInterval, usbcam_intervals, sizeof usbcam_intervals);
    append(writer, &frame, sizeof frame);
}

// BT.601 as every webcam has it.
static void append_colors(struct writer *writer)
{
    struct uvc_color_matching_descriptor colors = {
        .bLength = UVC_DT_COLOR_MATCHING_SIZE,
        .bDescriptorType = USB_DT_CS_INTERFACE,
        .bDescriptorSubType = UVC_VS_COLORFORMAT,
        .bColorPrimaries = UVC_COLOR_PRIMARIES_BT_709_SRGB,
        .bTransferCharacteristics = UVC_TRANSFER_CHARACTERISTICS_BT_709,
        .bMatrixCoefficients = UVC_MATRIX_COEFFICIENTS_SMPTE_170M,
    };
    append(writer, &colors, sizeof colors);
}

static void append_formats(struct writer *writer)
{
    for (int format = 0; format < USBCAM_FORMATS; format++) {
        if (format == USBCAM_MJPEG)
            append_mjpeg(writer);
        else
            append_yuyv(writer);
        for (int size = 0; size < USBCAM_SIZES; size++)
            append_size(writer, (enum usbcam_format)format, size);
        append_colors(writer);
    }
}

// wMaxPacketSize: bytes of a packet, and in bits 11 and 12 how many more follow in a microframe.
static const uint16_t isochronous_packets[USBCAM_ALTERNATES] = {512, 1024, 1024 | 1 << 11,
                                                                1024 | 2 << 11};

int usbcam_packet_bytes(int alternate)
{
    int packet = isochronous_packets[alternate - 1];
    return (packet & 0x7ff) * (1 + (packet >> 11));
}

static void append_streaming_interface(struct writer *writer, bool isochronous)
{
    append_interface(writer, 1, 0, isochronous ? 0 : 1);
    struct UVC_INPUT_HEADER_DESCRIPTOR(1, 2) header = {
        .bLength = UVC_DT_INPUT_HEADER_SIZE(1, USBCAM_FORMATS),
        .bDescriptorType = USB_DT_CS_INTERFACE,
        .bDescriptorSubType = UVC_VS_INPUT_HEADER,
        .bNumFormats = USBCAM_FORMATS,
        .bEndpointAddress = STREAM_ENDPOINT,
        .bTerminalLink = USBCAM_UNIT_OUTPUT,
        .bControlSize = 1,
    };
    uint8_t *place = append(writer, &header, sizeof header);
    append_formats(writer);
    set_total(writer, place, offsetof(struct uvc_input_header_descriptor, wTotalLength));
    if (!isochronous) {
        append_endpoint(writer, USB_ENDPOINT_XFER_BULK, 512);
        return;
    }
    for (int alternate = 1; alternate <= USBCAM_ALTERNATES; alternate++) {
        append_interface(writer, 1, alternate, 1);
        append_endpoint(writer, USB_ENDPOINT_XFER_ISOC | USB_ENDPOINT_SYNC_ASYNC,
                        isochronous_packets[alternate - 1]);
    }
}

static int write_configuration(const struct usbcam *camera, uint8_t *data)
{
    struct writer writer = {.start = data};
    struct usb_config_descriptor configuration = {
        .bLength = USB_DT_CONFIG_SIZE,
        .bDescriptorType = USB_DT_CONFIG,
        .bNumInterfaces = 2,
        .bConfigurationValue = 1,
        .bmAttributes = USB_CONFIG_ATT_ONE,
        .bMaxPower = 250, // 500 mA
    };
    uint8_t *place = append(&writer, &configuration, USB_DT_CONFIG_SIZE);
    struct usb_interface_assoc_descriptor association = {
        .bLength = sizeof association,
        .bDescriptorType = USB_DT_INTERFACE_ASSOCIATION,
        .bInterfaceCount = 2,
        .bFunctionClass = USB_CLASS_VIDEO,
        .bFunctionSubClass = UVC_SC_VIDEO_INTERFACE_COLLECTION,
    };
    append(&writer, &association, sizeof association);
    append_control_interface(&writer);
    append_streaming_interface(&writer, camera->isochronous);
    set_total(&writer, place, offsetof(struct usb_config_descriptor, wTotalLength));
    return (int)writer.bytes;
}

// Strings are UTF-16; ASCII is enough here. String 0 lists the languages: English.
static int write_string(const struct usbcam *camera, int number, uint8_t *data)
{
    const char *const texts[] = {"\x09\x04", "cannyscope tests", camera->name, camera->serial};
    if (number >= (int)(sizeof texts / sizeof *texts))
        return -EPIPE;
    size_t length = strnlen(texts[number], 126);
    size_t bytes = number == 0 ? 4 : 2 + 2 * length;
    memset(data, 0, bytes);
    data[0] = (uint8_t)bytes;
    data[1] = USB_DT_STRING;
    for (size_t i = 0; i < length; i++)
        data[2 + i * (number == 0 ? 1 : 2)] = (uint8_t)texts[number][i];
    return (int)bytes;
}

int usbcam_descriptor(const struct usbcam *camera, uint16_t value, uint8_t *data)
{
    switch (value >> 8) {
    case USB_DT_DEVICE:
        return write_device(data);
    case USB_DT_CONFIG:
        return write_configuration(camera, data);
    case USB_DT_STRING:
        return write_string(camera, value & 0xff, data);
    case USB_DT_DEVICE_QUALIFIER:
        return write_qualifier(data);
    default:
        return -EPIPE;
    }
}
