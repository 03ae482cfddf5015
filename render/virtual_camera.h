#pragma once

/**
 * @file
 * The picture as a camera for other programs: a V4L2 output device, whose other end, with the
 * module v4l2loopback, is a camera that a meeting program or OBS can choose.
 *
 * The first picture settles the size and the format: YUYV if the device takes it, else the first
 * of UYVY, NV12, YU12, RGB3, BGR3 and GREY that it takes; BT.601, limited range (GREY and RGB:
 * full). An odd width or height becomes even by repeating the last column or row, so that nothing
 * of the picture is lost. What was settled stays: programs that read a camera cannot follow a
 * change of its size. A picture of another size is fitted into it, with black bars where its
 * shape differs. The same goes for a device that keeps a size of its own because somebody has been
 * reading from it since before.
 *
 * Nothing here waits: a picture that the device does not take at once is not written.
 *
 * Threads: one at a time for each camera.
 */

#include "processing/error.h"
#include "processing/views.h"

#include <sys/types.h>

/**
 * The system calls it is made of; a test brings its own. They return what the calls do, or a
 * negative errno, and are not interrupted.
 */
struct virtual_camera_io {
    void *self;
    int (*open)(void *self, const char *device); ///< for reading and writing, not waiting
    void (*close)(void *self, int fd);
    int (*ioctl)(void *self, int fd, unsigned long request, void *argument);
    ssize_t (*write)(void *self, int fd, const void *data, size_t bytes);
};

/** The kernel's. */
extern const struct virtual_camera_io virtual_camera_kernel;

struct virtual_camera;

/**
 * Opens an output device.
 *
 * @param out    The camera on success, NULL on failure; closed with virtual_camera_close().
 * @param io     Must outlive the camera.
 * @param device e.g. "/dev/video20".
 * @return 0 or a negative errno with a sentence: -ENOENT, -EACCES, -EBUSY (another program writes
 *         into it), -ENODEV (no output device), -ENOMEM, or what the system said.
 */
int virtual_camera_open(struct virtual_camera **out, const struct virtual_camera_io *io,
                        const char *device, struct error *err);

/** Ends it; readers see no new pictures. NULL in *camera is fine. */
void virtual_camera_close(struct virtual_camera **camera);

/**
 * Settles size and format by the first picture. Done by virtual_camera_write() if not before.
 *
 * @param fps What readers are told; 0 if unknown.
 * @return 0 or a negative errno with a sentence.
 */
int virtual_camera_settle(struct virtual_camera *camera, int width, int height, double fps,
                          struct error *err);

/** Whether that has been done. */
bool virtual_camera_is_settled(const struct virtual_camera *camera);

/**
 * What readers see, e.g. "/dev/video20, 1280x720 YUYV", and, if the first picture had another
 * size, why.
 */
void virtual_camera_describe(const struct virtual_camera *camera, char *text, size_t bytes);

/**
 * Writes a picture.
 *
 * @return 0, -EAGAIN (the device does not take it now), or another negative errno with a sentence:
 *         the camera is of no further use then.
 */
int virtual_camera_write(struct virtual_camera *camera, const struct canvas *canvas,
                         struct error *err);

/** Writes the last picture again, if there was one; returns as virtual_camera_write(). */
int virtual_camera_repeat(struct virtual_camera *camera, struct error *err);

/** Where the kernel lists the video devices that stand for no hardware. */
#define VIRTUAL_CAMERA_FOLDER "/sys/devices/virtual/video4linux"

/**
 * Looks for a v4l2loopback device that nobody writes into: the one with the lowest number.
 *
 * @param folder VIRTUAL_CAMERA_FOLDER.
 * @param device Its name, e.g. "/dev/video20"; room for `bytes`.
 * @return Whether there is one.
 */
bool virtual_camera_find(const struct virtual_camera_io *io, const char *folder, char *device,
                         size_t bytes);
