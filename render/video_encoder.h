#pragma once

/**
 * @file
 * Pictures of ours into an encoder of FFmpeg.
 *
 * Of the media module only. Threads: one at a time; the encoder has its own.
 */

#include "render/video_writer.h"

#include <libavcodec/avcodec.h>
#include <libswscale/swscale.h>

/** Pictures come out of it in the order in which they went in. */
struct video_encoder {
    AVCodecContext *context;
    enum video_pixels pixels;
    int width, height; ///< of the pictures
    AVBufferPool *pool;
    AVFrame *frame; ///< the picture that was filled in last, as the encoder takes it
    struct SwsContext *scaler;
};

struct video_encoder_config {
    enum video_codec codec; ///< not VIDEO_AUTOMATIC
    enum video_pixels pixels;
    int width, height; ///< of the pictures
    AVRational rate;   ///< pictures a second; a picture's pts counts in its inverse
    bool no_delay;     ///< each picture is to come out as soon as it went in
    bool header_apart; ///< the container keeps the stream's header
    uint32_t tag;      ///< the container's name of the codec, or 0
    int threads;       ///< 0 for its own choice
};

/** Which encoder writes the codec here, or NULL. */
const AVCodec *video_encoder_find(enum video_codec codec);

/** Returns 0 or a negative errno with a sentence; to be closed in either case. */
int video_encoder_open(struct video_encoder *encoder, const struct video_encoder_config *config,
                       struct error *err);

/** Makes encoder->frame this picture. Returns 0, -ENOMEM or -ENOTSUP. */
int video_encoder_fill(struct video_encoder *encoder, const struct video_picture *picture);

/** Frees everything and zeroes the struct. */
void video_encoder_close(struct video_encoder *encoder);
