/**
 * @file
 * The calls of the media module's objects, each behind a wrapper.
 */
#include "tests/failures/wrap.h"

#include <libavformat/avformat.h>
#include <string.h>
#include <webp/decode.h>

/** A failed avformat_open_input() has freed the context that it was given. */
static void free_given(AVFormatContext **context)
{
    avformat_free_context(*context);
    *context = NULL;
}

/** A disk that fails looks like the end of the file, but for what the stream of bytes remembers. */
#define FAILS_READ(name, result)                                                                   \
    WRAP(name, ((AVFormatContext *)a)->pb->error = AVERROR(EIO), return (result))
#define FAILS_OPEN(name, result) WRAP(name, free_given((AVFormatContext **)a), return (result))

/** One that says why. */
#define FAILS_WORDS(name, result, words) WRAP(name, strcpy(words, "out of memory"), return (result))

/** The devices are the program's. */
#define FAILS_DEVICE(name, result, number, is, own) FAILS(name, result, number)
#define FAILS_CLOSE(name, result, number)           FAILS_LATE(name, result, number)

#include "tests/failures/calls.inc"
#include "tests/failures/calls_media.inc"
