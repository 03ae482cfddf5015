/**
 * @file
 * The calls of the program's own objects, each behind a wrapper.
 */
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

#define FAILS_JPEG(name, code)     WRAP(name, fail_jpeg((j_common_ptr)a, code), return 0)
#define FAILS_JPEG_NEW(name, code) WRAP(name, fail_new_jpeg((j_common_ptr)a, code), return 0)
#define FAILS_PNG(name, words)     WRAP(name, png_error((png_structp)a, words), return 0)
#define FAILS_SDL(name, result)    WRAP(name, SDL_SetError("no more of it"), return (intptr_t)(result))

#include "tests/failures/calls.inc"
#include "tests/failures/calls_program.inc"
