#pragma once

/**
 * @file
 * One file of a recording after the other: what it is called, its first picture's time as zero, the
 * sentences about it.
 *
 * A file holds one size. When that changes, or the camera goes away and comes back, the recording
 * goes on in another: of a name that the user gave in NAME-2.mkv, NAME-3.mkv, else in one of the
 * videos folder named by the time at which it begins. No file is ever replaced.
 *
 * Threads: one at a time.
 */

#include "app/log.h"
#include "app/paths.h"
#include "app/picture_ring.h"
#include "render/video_writer.h"

/** The strings and tables must outlive the file. */
struct recording_file_config {
    const char *path;                    ///< of the first file; "" for names in the videos folder
    const struct video_writing *writing; ///< NULL: the media module's, loaded when it is needed
    double (*fps)(void *self);           ///< nominal, of the source; 0 if unknown
    /** Something to know about a recording. Called on its thread. */
    void (*said)(void *self, enum log_level level, const char *text);
    void *self;
};

/** Zeroed but for the config, it is ready. */
struct recording_file {
    struct recording_file_config config;
    const struct video_writing *writing; ///< NULL before the first
    struct video_writer *writer;         ///< NULL while none is open
    struct path path;                    ///< of the one that is or was open last
    int width, height;                   ///< of its pictures
    unsigned files;                      ///< opened so far
    int64_t zero_ns;                     ///< time of its first picture
    int64_t last_ns;                     ///< of its last
    int64_t pictures;                    ///< put into it; what was put again counts once more
};

/**
 * Whether a recording could begin, so that the user learns it before anything else does.
 *
 * @return 0; -EINVAL if the name's ending is wrong; or another negative errno. With a sentence.
 */
int recording_file_check(const struct recording_file_config *config, struct error *err);

/**
 * Opens the next file, for pictures like this one; its time becomes zero. None may be open.
 *
 * @param goes_on It belongs to the recording of the file before.
 * @return 0 or a negative errno with a sentence.
 */
int recording_file_open(struct recording_file *file, const struct ring_picture *first, bool goes_on,
                        struct error *err);

/**
 * Writes a picture that is to be seen from time_ns on.
 *
 * @return 0 or a negative errno with a sentence: close it.
 */
int recording_file_put(struct recording_file *file, const struct ring_picture *picture,
                       int64_t time_ns, struct error *err);

/** Tells whoever the config names, if anybody. */
void recording_file_say(const struct recording_file *file, enum log_level level, const char *text);

/** How long it is and how large. Zeros if none is open. */
void recording_file_measure(const struct recording_file *file, int64_t *duration_ns,
                            int64_t *bytes);

/**
 * Makes it whole and says what it has become, or why that failed. Fine if none is open.
 *
 * @param lost    Pictures that should be in it too.
 * @param missing How many that were put are not in it.
 * @return 0 or a negative errno.
 */
int recording_file_close(struct recording_file *file, unsigned lost, unsigned *missing);
