/**
 * @file
 * The calls of the program's own objects, each behind a wrapper.
 */
#include "tests/failures/devices.h"
#include "tests/failures/wrap.h"

#include <SDL2/SDL.h>
#include <stdio.h>

#include <jerror.h>
#include <jpeglib.h>
#include <png.h>

/** Leaves as the library would: libjpeg through the caller's handler, of the object it is given. */
static void fail_jpeg(j_common_ptr jpeg, int code)
{
    jpeg->err->msg_code = code;
    jpeg->err->error_exit(jpeg);
}

/** As a creation does: an object without memory, which may be destroyed. */
static void fail_new_jpeg(j_common_ptr jpeg, int code)
{
    jpeg->mem = NULL;
    fail_jpeg(jpeg, code);
}

/** A stream remembers that it failed. */
#define FAILS_STREAM(name, result, number, stream)                                                 \
    WRAP(name, ((FILE *)(stream))->_flags |= _IO_ERR_SEEN;                                         \
         errno = (number), return (intptr_t)(result))

/** The dynamic linker has words for what it last failed at. */
#define FAILS_DL(name, result)                                                                     \
    WRAP(name, __real_dlopen((intptr_t) "/nowhere.so", 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),           \
         return (intptr_t)(result))

/** Calls that may be about one of our devices. */
#define FAILS_DEVICE(name, result, number, is, own)                                                \
    WRAP_AS(name, 0, (is) ? (own) : __real_##name(WRAP_GIVES), errno = (number),                   \
            return (intptr_t)(result))
#define FAILS_IOCTL(name, result, number)                                                          \
    WRAP_AS(name, b, device_is(a) ? device_ioctl(a, b, c) : __real_##name(WRAP_GIVES),             \
            errno = (number), return (intptr_t)(result))
#define CLOSE(name) (device_is(a) ? device_close(a) : __real_##name(WRAP_GIVES))
#define FAILS_CLOSE(name, result, number)                                                          \
    WRAP_AS(name, 0, CLOSE(name), CLOSE(name); errno = (number), return (intptr_t)(result))

/** Calls that take a double, which the shape of the others has no place for. */
#define FAILS_NUMBER(name, result)                                                                 \
    void *__real_##name(double number);                                                            \
    __attribute__((visibility("hidden"))) void *__wrap_##name(double number);                      \
    void *__wrap_##name(double number)                                                             \
    {                                                                                              \
        bool due = failures_due(#name, __builtin_return_address(0), 0);                            \
        return due ? (result) : __real_##name(number);                                             \
    }

#define FAILS_NUMBER_OF(name, result)                                                              \
    void *__real_##name(void *object, const char *key, double number);                             \
    __attribute__((visibility("hidden"))) void *__wrap_##name(void *, const char *, double);       \
    void *__wrap_##name(void *object, const char *key, double number)                              \
    {                                                                                              \
        bool due = failures_due(#name, __builtin_return_address(0), 0);                            \
        return due ? (result) : __real_##name(object, key, number);                                \
    }

#define FAILS_JPEG(name, code)     WRAP(name, fail_jpeg((j_common_ptr)a, code), return 0)
#define FAILS_JPEG_NEW(name, code) WRAP(name, fail_new_jpeg((j_common_ptr)a, code), return 0)
#define FAILS_PNG(name, words)     WRAP(name, png_error((png_structp)a, words), return 0)
#define FAILS_SDL(name, result)    WRAP(name, SDL_SetError("no more of it"), return (intptr_t)(result))

#include "tests/failures/calls.inc"
#include "tests/failures/calls_program.inc"
