#pragma once

/**
 * @file
 * One file of a batch: its picture is read, its edges are found and drafted: written, but for
 * what waits for the disk.
 *
 * Whoever does so file by file keeps a struct batch_file_memory, so that pictures of equal size
 * need no allocation. What a very large picture needed is given back when it is done.
 *
 * Threads: any, each with a memory of its own.
 */

#include "app/stage_profile.h"
#include "capture/image_reader.h"
#include "processing/canny.h"
#include "processing/error.h"
#include "render/image_writer.h"

/** How files are done. Plain data. */
struct batch_file_config {
    struct canny_params canny;
    long max_pixels;
    bool keep_damaged;
    bool all_frames;              ///< of a file that has several, not the first alone
    bool keeps_nothing;           ///< between files: memory is short
    struct stage_profile *stages; ///< told when one of enum batch_stage has ended; or NULL
};

/** What is done to a file. */
enum batch_stage { BATCH_STAGE_READ, BATCH_STAGE_EDGES, BATCH_STAGE_WRITE, BATCH_STAGE_DISK };

/** What is kept from file to file. Zeroed, it is empty. */
struct batch_file_memory {
    struct image image;
    struct canny *canny; ///< scratch for `edges`' size; or NULL
    struct plane edges;
    size_t edges_bytes; ///< allocated
};

/** What came of a file. */
struct batch_file_result {
    enum image_state state; ///< not IMAGE_SOUND: the error has a sentence although it was written
    int width, height;      ///< pixels, upright, of the last frame; 0 if they never became known
    int64_t pixels;         ///< of all frames
    int frames; ///< that have an output each, see batch_frame_path(); 0: `output` itself
};

/** Whether the media module takes part in it, as far as the first bytes and the name say. */
bool batch_file_needs_media(const char *input, const char *output,
                            const struct batch_file_config *config);

/**
 * Asks a file's header how much memory it will take.
 *
 * @param bytes Set on success: for all that batch_file_run() allocates, at the most, the media
 *              module left aside.
 * @return 0 or why it cannot be read.
 */
int batch_file_measure(const char *input, const char *output,
                       const struct batch_file_config *config, size_t *bytes, struct error *err);

/**
 * Reads, finds, writes: one frame after the other, if there are several and all are wanted. If one
 * fails those before it are removed again.
 *
 * @param draft  Set on success: to be committed or discarded by the caller. Else NULL.
 * @param output Appears when the draft is committed; its ending says what is written.
 * @param result Filled in any case.
 * @param err    Filled on failure, and when the picture was not sound.
 * @return 0 or a negative errno; -ENOSPC and -EDQUOT: there is no room for the output.
 */
int batch_file_run(struct batch_file_memory *memory, const char *input, const char *output,
                   const struct batch_file_config *config, struct batch_file_result *result,
                   struct image_draft **draft, struct error *err);

/** Frees what is kept. */
void batch_file_free(struct batch_file_memory *memory);
