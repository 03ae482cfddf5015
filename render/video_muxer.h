#pragma once

/**
 * @file
 * Packets into a container: the pictures' and the sound's, in the order of their times.
 *
 * Of the media module only. Threads: one at a time.
 */

#include "render/video_file.h"
#include "render/video_writer.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

/** What is to be known of a container before anything is opened. */
struct video_container {
    const char *ending; ///< of the file's name, lower case
    const char *name;   ///< FFmpeg's
    bool steady;        ///< it knows a rate, no times
};

/** By the name's ending; NULL with a sentence if it is none of ours. */
const struct video_container *video_container_of(const char *path, struct error *err);

/** Pictures from the first on. */
struct video_extent {
    int64_t pictures;
    int64_t last_ns; ///< when the last is shown
};

struct video_muxer {
    struct video_file file;
    AVFormatContext *format;
    AVStream *video;
    AVStream *sound; ///< NULL: none
    struct video_audio *audio;
    AVPacket *packet; ///< of the sound
    bool pending;     ///< it waits for its time
    int sound_code;   ///< of what it ended with too early: an AVERROR; 0 if it did not
    bool header;      ///< is written, so a trailer is to follow
    bool recording;
    struct video_extent taken; ///< by the container
    struct video_extent whole; ///< of it, what the last flush brought out
    bool steady;               ///< as the container
    int64_t flushed_ns;        ///< a recording's cluster begins here
    int64_t checked_ns;        ///< the disk's room was looked at last
    int64_t checked_bytes;     ///< of the file then
};

struct video_muxer_config {
    const char *path;
    const struct video_container *container;
    const AVCodecContext *codec; ///< opened
    AVRational rate;             ///< nominal
    bool recording;
};

/**
 * Creates the file and writes its header.
 *
 * @param audio Taken over, also on failure; may be NULL.
 * @param note  Filled if there is sound that the container cannot hold.
 * @return 0 or a negative errno with a sentence; to be closed in either case.
 */
int video_muxer_open(struct video_muxer *muxer, const struct video_muxer_config *config,
                     struct video_audio *audio, char *note, size_t note_bytes, struct error *err);

/**
 * Writes a picture's packet, and the sound that comes before it.
 *
 * @param packet Its pts counts in muxer->video->time_base; unreferenced.
 * @param pts_ns The same.
 * @return As video_writing.put().
 */
int video_muxer_write(struct video_muxer *muxer, AVPacket *packet, int64_t pts_ns,
                      struct error *err);

/**
 * Writes the sound until then, the trailer, and finishes the file. There must be a picture in it.
 *
 * @return As video_writing.finish(). To be closed in either case.
 */
int video_muxer_finish(struct video_muxer *muxer, int64_t sound_until_ns, struct error *err);

/** What is in the file, or will be. Once a write has failed that is what was brought out before. */
struct video_extent video_muxer_extent(const struct video_muxer *muxer);

/** Frees everything; what is not finished is removed, but a recording in which there are pictures.
 */
void video_muxer_close(struct video_muxer *muxer);
