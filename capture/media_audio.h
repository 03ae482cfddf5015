#pragma once

/**
 * @file
 * A file's sound as packets, to be copied into another file unchanged.
 *
 * Of the media module only. Threads: one at a time.
 */

#include "processing/error.h"

#include <stdint.h>

struct AVCodecParameters;
struct AVPacket;
struct media_audio;

/**
 * Opens the file once more, for its best sound stream.
 *
 * @param out         NULL on failure.
 * @param start_ns    Where packets begin, from the file's start, and what becomes time 0.
 * @param duration_ns How long they go on; 0 to the end.
 * @return 0; -ENODATA (there is no sound in it); another negative errno with a sentence.
 */
int media_audio_open(struct media_audio **out, const char *path, int64_t start_ns,
                     int64_t duration_ns, struct error *err);

/** How it is coded; valid until closed. */
const struct AVCodecParameters *media_audio_format(const struct media_audio *audio);

/**
 * The next packet. Its times count from time 0 in packet->time_base; from the file's start they
 * may begin a little below it.
 *
 * @return 0, -ENODATA or another negative errno.
 */
int media_audio_next(struct media_audio *audio, struct AVPacket *packet);

/** NULL in *audio is fine. */
void media_audio_close(struct media_audio **audio);
