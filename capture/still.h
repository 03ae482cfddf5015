#pragma once

/**
 * @file
 * A source that lends one still picture again and again, as a camera on a tripod would.
 *
 * The kinds of single pictures share it; they differ in the function that reads the file. Nothing
 * is copied: up to four loans at once point to the same block. The picture is read again when the
 * wishes ask for more of it than was decoded; both readings are kept, so changing back costs
 * nothing. If the file is gone by then, the picture stays as it is.
 *
 * It is lent 30 times a second, or source_config.fps times; as fast as asked if that is 0 or the
 * source is not paced. Every frame has a sequence of its own and the time it would have at
 * that rate. Without source_config.loop there is one frame, then -ENODATA.
 */

#include "capture/image_reader.h"
#include "capture/pacer.h"
#include "capture/source.h"

/** Reads a picture file; image_read() is one. */
typedef int still_read(struct image *image, const char *path, const struct image_wish *wish,
                       struct error *err);

/** Reads its header alone; image_measure() is one. */
typedef int still_measure(struct image_needs *needs, const char *path,
                          const struct image_wish *wish, struct error *err);

/** Loans that may be out at once. */
enum { STILL_SLOTS = 4 };

/** The source's own struct; open only so that kinds can tell its size. */
struct still {
    struct source source;
    still_read *read;
    still_measure *measure;
    char *path;
    struct image images[2];    ///< one way of reading it, and another
    int current;               ///< the one that is lent
    enum image_decode asked;   ///< how it was last read, or tried to be
    int image_of[STILL_SLOTS]; ///< which image a slot points to, while it is out
    struct pacer pacer;
    int64_t interval_ns; ///< from frame to frame, for their stamps
    bool paced, loop;
    uint32_t sequence; ///< of the next frame
};

/**
 * For a kind's open(): reads the picture and fills source->info.
 *
 * @param source Begins a struct still.
 * @param read   Reads the file, now and later in the source's thread.
 * @param measure Of the same files.
 * @param format The format's name, for source_info.
 * @return 0 or what `read` gave.
 */
int still_open(struct source *source, const struct source_config *config, still_read *read,
               still_measure *measure, const char *format, struct error *err);

/** A kind's acquire(). */
int still_acquire(struct source *source, int timeout_ms, struct loan *loan, struct error *err);

/** A kind's close(). */
void still_close(struct source *source);
