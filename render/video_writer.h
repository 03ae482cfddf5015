#pragma once

/**
 * @file
 * Pictures to a video file: .avi (MPEG-4 with the tag XVID), .mp4 and .mkv (H.264 where an encoder
 * is installed, else MPEG-4). Of the media module: the program reaches it by its table.
 *
 * Times are carried. MP4 and Matroska keep every picture's own; an AVI knows only a rate, so there
 * a picture is repeated where the next one is late and left out where several fall on one beat,
 * and the duration stays right.
 *
 * A file is written beside its place under a temporary name and renamed when it is whole. A
 * recording is Matroska under its final name, brought out every half second: whatever ends the
 * program, what was written so far can be played. It ends before the disk is full: when less than
 * 200 MB or 20 seconds of it are free.
 *
 * Edges are written as black and white beyond the range that players show, which takes the
 * encoder's ripples away again: what is read back is nearly the edges themselves.
 *
 * Threads: one at a time. The encoder has threads of its own.
 */

#include "processing/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct AVCodecParameters;
struct AVPacket;

/** How pictures are coded. */
enum video_codec {
    VIDEO_AUTOMATIC, ///< what suits the name's ending
    VIDEO_MPEG4,     ///< MPEG-4 part 2, what XVID means
    VIDEO_H264,
    VIDEO_MJPEG,
    VIDEO_FFV1, ///< without loss
};

/** What the pictures are. */
enum video_pixels {
    VIDEO_EDGES, ///< one byte a pixel, 0 or 255
    VIDEO_GRAY,  ///< one byte a pixel, full range
    VIDEO_COLOR, ///< four bytes a pixel, as in a canvas (processing/views.h)
};

/** Sound that is copied as it is. */
struct video_audio {
    const struct AVCodecParameters *format;

    /**
     * Hands out the next packet; times count from the first picture's zero, in packet->time_base.
     *
     * @return 0, -ENODATA (the end) or another negative errno: the sound ends here.
     */
    int (*next)(struct video_audio *audio, struct AVPacket *packet);

    void (*close)(struct video_audio *audio); ///< frees it as well
};

struct video_config {
    const char *path;       ///< its ending chooses the container; a file there is replaced
    int width, height;      ///< of every picture, pixels
    double fps;             ///< nominal; of an AVI the rate itself. 0 if unknown
    enum video_codec codec; ///< -ENOTSUP if the container cannot hold it or nothing writes it
    enum video_pixels pixels;
    bool recording; ///< see above; path must end in .mkv, and a file there is not touched (-EEXIST)
    int threads;    ///< of the encoder, 0 for its own choice

    // Sound; read from a file of its own descriptor.
    const char *audio_path; ///< NULL for none
    int64_t start_ns;       ///< in it, what falls on time 0
    int64_t duration_ns;    ///< 0 to its end
};

/** One picture, read during the call only. */
struct video_picture {
    const uint8_t *data;
    int width, height; ///< pixels
    ptrdiff_t stride;  ///< bytes a row
};

/** What became of it. */
struct video_report {
    char codec[16];    ///< e.g. "mpeg4"
    int width, height; ///< as written: odd sizes are made even by repeating the last column or row
    bool padded;       ///< they were odd
    bool sound;        ///< there is a sound track
    char note[256];    ///< something the user should know, e.g. why there is no sound; or ""
    int64_t pictures;  ///< in the file, repeated ones included
    int64_t repeated;  ///< because an AVI's beat went on
    int64_t left_out;  ///< because several fell on one beat
    int64_t corrected; ///< times that did not rise
    int64_t duration_ns; ///< from time 0 to the last picture's end
    int64_t bytes;       ///< of the file so far
};

struct video_writer;

/** The functions, as the module's table holds them. */
struct video_writing {
    /** Whether the ending of a file's name is one of those above: 0, or -EINVAL with a sentence. */
    int (*check)(const char *path, struct error *err);

    /**
     * Whether a recording could begin: the name ends in .mkv and is free, its folder can be written
     * to, its disk has 200 MB of room.
     *
     * @return 0; -EINVAL (the ending), -EEXIST, -ENOSPC or another negative errno, with a sentence.
     */
    int (*check_recording)(const char *path, struct error *err);

    /**
     * @param config Read during the call only. Of a recording check_recording() comes first.
     * @param audio  Taken over, also on failure; NULL for none, or when config->audio_path is to
     *               be opened.
     * @param err    Filled on failure; nothing is left behind then.
     * @return 0 or a negative errno.
     */
    int (*open)(struct video_writer **out, const struct video_config *config,
                struct video_audio *audio, struct error *err);

    /**
     * Writes a picture.
     *
     * @param pts_ns When it is to be shown, from 0 up, each later than the one before. What is not
     *               later is set right behind it and counted.
     * @return 0; -ESTALE (another size than config's; nothing was written, go on or not); -ENOSPC
     *         of a recording (the disk is nearly full, or is: finish it); any other: abort. `err`
     *         says why.
     */
    int (*put)(struct video_writer *writer, const struct video_picture *picture, int64_t pts_ns,
               struct error *err);

    void (*report)(const struct video_writer *writer, struct video_report *report);

    /**
     * Writes what is left, syncs, gives the file its name, sets *writer to NULL.
     *
     * @param to_end Sound that goes on after the pictures is written too; else it ends with them.
     * @param report Filled also on failure, of a recording with what is in it; may be NULL.
     * @return 0 or a negative errno: then there is no file, but of a recording what was written
     *         before. -ENODATA if there was no picture.
     */
    int (*finish)(struct video_writer **writer, bool to_end, struct video_report *report,
                  struct error *err);

    /** Gives up: no file remains, but of a recording what was written. NULL in *writer is fine. */
    void (*abort)(struct video_writer **writer);
};

/** As in struct video_writing. */
int video_writer_check(const char *path, struct error *err);
int video_writer_check_recording(const char *path, struct error *err);

/** As in struct video_writing, but that open leaves config->audio_path to others. */
int video_writer_open(struct video_writer **out, const struct video_config *config,
                      struct video_audio *audio, struct error *err);
int video_writer_put(struct video_writer *writer, const struct video_picture *picture,
                     int64_t pts_ns, struct error *err);
void video_writer_report(const struct video_writer *writer, struct video_report *report);
int video_writer_finish(struct video_writer **writer, bool to_end, struct video_report *report,
                        struct error *err);
void video_writer_abort(struct video_writer **writer);
