#pragma once

/**
 * @file
 * A video file or an animation opened by FFmpeg's libraries, decoded frame by frame.
 *
 * Of the media module only. A file is data from anywhere, so it is kept on a short lead: it is
 * read through one descriptor and cannot make anything else be opened (no playlists, no network),
 * with limits on streams, on the bytes and seconds spent guessing what it is, and on picture size.
 *
 * Threads: one at a time.
 */

#include "processing/error.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

struct media_options {
    bool single_picture;      ///< a still or an animation: no time is spent on finding rates
    bool sound;               ///< its sound as packets: there is no decoder
    bool frame_threads;       ///< decode several frames at once: faster, but frames come late
    long max_pixels;          ///< of a frame
    const atomic_bool *woken; ///< true: a read that hangs is given up; may be NULL

    /** Asked before frames of this size are decoded, also to analyze them; NULL: all may be. */
    int (*admit)(void *self, int width, int height, struct error *err);
    void *self;
};

/** Zeroed, it can be closed. Once open it must stay where it is. */
struct media_file {
    const char *path; ///< for sentences; the caller's
    AVIOContext *io;
    AVFormatContext *format;
    AVCodecContext *codec;
    AVPacket *packet;
    AVStream *stream; ///< the video, or the sound
    const atomic_bool *woken;
    int64_t patience_ns; ///< CLOCK_MONOTONIC; a woken reader waits for a read until then
    int64_t deadline_ns; ///< any reader waits until then
    int damaged_in_row;  ///< packets
    int failure;         ///< of the disk or of memory, which ended the reading: an AVERROR; or 0
};

/**
 * Opens a file and a decoder for its best video stream, or its best sound stream without one.
 *
 * @param path Must outlive the file.
 * @param err  Filled on failure.
 * @return 0; -ENODATA (no sound in it); or another negative errno; the file is to be closed in
 * either case.
 */
int media_file_open(struct media_file *file, const char *path, const struct media_options *options,
                    struct error *err);

/**
 * Decodes the next frame.
 *
 * @param frame Unreferenced first; on success it holds a reference to the decoder's memory.
 * @return 0; -ENODATA (the end); -EAGAIN (something was damaged, call again); -EINTR (woken while
 *         a read hung); any other negative errno: it is over, and `err` says why.
 */
int media_file_next(struct media_file *file, AVFrame *frame, struct error *err);

/**
 * Reads the next packet of the stream, instead of decoding it.
 *
 * @param packet Unreferenced first.
 * @return 0, -ENODATA, -EINTR or another negative errno.
 */
int media_file_packet(struct media_file *file, AVPacket *packet);

/** What the file's own clock shows at its start, nanoseconds. */
int64_t media_file_zero_ns(const struct media_file *file);

/** A time stamp of the stream, nanoseconds from the file's start. */
int64_t media_file_time_ns(const struct media_file *file, int64_t stamp);

/**
 * Goes to a place from which the frame at that time can be decoded: there or before, as a rule;
 * some files lead a little too far.
 *
 * @param at_ns From the file's start.
 * @return 0 or a negative errno: nothing moved.
 */
int media_file_seek(struct media_file *file, int64_t at_ns);

/** Goes back to the first frame. Returns 0 or a negative errno with a sentence. */
int media_file_rewind(struct media_file *file, struct error *err);

/** Frees everything and zeroes the struct. */
void media_file_close(struct media_file *file);
