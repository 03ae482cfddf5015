// Pictures for the camera to show. A .mjpg file is JPEG files end to end; each ends with the two
// bytes FF D9, which cannot occur earlier: within compressed data every FF is followed by 00 or a
// restart marker (ITU-T T.81, B.1.1.5), and the files come without embedded thumbnails. A .yuyv
// file is frames of one size end to end.

#include "tests/drivers/usbcam.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

const struct usbcam_size usbcam_sizes[USBCAM_SIZES] = {{640, 360}, {640, 480}, {1280, 720}};

const uint32_t usbcam_intervals[USBCAM_RATES] = {166666, 333333, 400000, 666666, 1000000};

size_t usbcam_frame_bytes(int size)
{
    return (size_t)usbcam_sizes[size].width * (size_t)usbcam_sizes[size].height * 2;
}

static void cut_jpegs(struct usbcam_clip *clip, size_t bytes)
{
    const uint8_t *at = clip->data, *end = clip->data + bytes;
    while (clip->frames < USBCAM_CLIP_FRAMES &&
           (at = memmem(at, (size_t)(end - at), "\xff\xd9", 2))) {
        at += 2;
        clip->start[++clip->frames] = (size_t)(at - clip->data);
    }
}

static void cut_raw(struct usbcam_clip *clip, size_t bytes, size_t frame_bytes)
{
    while (clip->frames < USBCAM_CLIP_FRAMES && clip->start[clip->frames] + frame_bytes <= bytes) {
        clip->start[clip->frames + 1] = clip->start[clip->frames] + frame_bytes;
        clip->frames++;
    }
}

// Maps the whole file and reads it in at once: a page fault while streaming would be a late frame.
static int map_file(const char *path, const uint8_t **data, size_t *bytes)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return -errno;
    struct stat status;
    void *mapped = MAP_FAILED;
    if (fstat(file, &status) == 0)
        mapped = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
    int result = mapped == MAP_FAILED ? -errno : 0;
    close(file);
    if (result < 0)
        return result;
    *data = mapped;
    *bytes = (size_t)status.st_size;
    return 0;
}

int usbcam_clip_open(struct usbcam_clip *clip, const char *directory, enum usbcam_format format,
                     int size)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%dx%d.%s", directory, usbcam_sizes[size].width,
             usbcam_sizes[size].height, format == USBCAM_MJPEG ? "mjpg" : "yuyv");
    size_t bytes = 0;
    int result = map_file(path, &clip->data, &bytes);
    if (result < 0) {
        usbcam_log("%s: %s", path, strerror(-result));
        return result;
    }
    if (format == USBCAM_MJPEG)
        cut_jpegs(clip, bytes);
    else
        cut_raw(clip, bytes, usbcam_frame_bytes(size));
    usbcam_log("%s: %d frames", path, clip->frames);
    return clip->frames ? 0 : -ENODATA;
}
