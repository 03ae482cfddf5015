#pragma once

/**
 * @file
 * Where the video command's edges go: into a video file, into a folder with a picture a frame, or
 * into both. The video file is begun with the first picture, whose size it takes.
 *
 * Threads: one at a time.
 */

#include "processing/frame.h"
#include "render/video_writer.h"

/** The strings must outlive the output. */
struct video_output_config {
    const struct video_writing *writing;
    const char *path;   ///< the video file; "" for none
    const char *folder; ///< for pictures, there already; "" for none
    const char *input;  ///< whose sound is copied
    enum video_codec codec;
    double fps;                    ///< nominal
    int64_t start_ns, duration_ns; ///< the part of the input; as in struct video_config

    /** Something the user should know. On the thread that puts. */
    void (*say)(void *self, const char *text);
    void *self;
};

/** Zeroed but for the config, it is ready. */
struct video_output {
    struct video_output_config config;
    struct video_writer *writer;
    int64_t pictures;
    bool lost; ///< the video file failed: what there is of it is worth nothing
};

/**
 * Writes the edges of a frame; `self` is a struct video_output. For video_line_config.put.
 *
 * @return 0 or a negative errno with a sentence.
 */
int video_output_put(void *self, const struct plane *edges, int64_t time_ns, struct error *err);

/**
 * Makes the video file whole. Nothing can be put afterwards.
 *
 * @param to_end Of the input: sound that goes on after the last frame is written too.
 * @param report Zeroed where there is no video file.
 * @return 0 or a negative errno with a sentence: there is no video file. -ENODATA: no picture was
 *         put.
 */
int video_output_finish(struct video_output *output, bool to_end, struct video_report *report,
                        struct error *err);

/** Gives up a video file that is not finished. Twice is fine. */
void video_output_close(struct video_output *output);
