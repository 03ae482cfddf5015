#pragma once

/**
 * @file
 * What the media module offers: the sources and sinks that need FFmpeg's libraries.
 *
 * These libraries cost 22 MB and 50 ms before they do anything, and a live camera needs none of
 * them; so they are linked to a shared object of its own, which is loaded on demand (app/media.h).
 * The module finds what it shares with the program (the ledger, the loans) in the program.
 */

#include "capture/image_reader.h"
#include "capture/source.h"
#include "render/image_writer.h"
#include "render/video_writer.h"

/** Goes up with every change of the struct or of what its members refer to. */
enum { MEDIA_MODULE_VERSION = 7 };

struct media_frames;

/** The module's root, found by name: MEDIA_MODULE_SYMBOL. */
struct media_module {
    unsigned version; ///< MEDIA_MODULE_VERSION of the module; must be the program's
    const struct source_kind *video;
    const struct source_kind *image; ///< TIFF, WebP, GIF

    // Single pictures of these formats, as image_measure(), image_read(), image_write_edges().
    int (*image_measure)(struct image_needs *needs, const char *path, const struct image_wish *wish,
                         struct error *err);
    int (*image_read)(struct image *image, const char *path, const struct image_wish *wish,
                      struct error *err);
    const struct image_encoder *encoders;

    // All frames of a picture of any kind: capture/media_frames.h.
    int (*frames_open)(struct media_frames **out, const char *path, const struct image_wish *wish,
                       struct error *err);
    int (*frames_next)(struct media_frames *frames, struct image *image, struct error *err);
    void (*frames_close)(struct media_frames **frames);

    struct video_writing writing; ///< opens config.audio_path too
};

#define MEDIA_MODULE_SYMBOL "cannyscope_media"
#define MEDIA_MODULE_FILE   "cannyscope-media.so"

/** Of the module itself; the program does not link to it. */
extern const struct media_module cannyscope_media;
