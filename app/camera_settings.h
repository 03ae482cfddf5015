#pragma once

/**
 * @file
 * What is remembered of a camera from one run to the next: the mode that the user picked and the
 * controls that the user set, as JSON in a file of its own, cameras/NAME.json beside the settings
 * file. NAME is what tells the camera from others: its by-id link, else its socket's.
 *
 *     {"format": "MJPG", "size": "1280x720", "fps": 30, "controls": {"brightness": 20}}
 *
 * What else stands in the file is kept. A file that cannot be understood is put aside as
 * NAME.json.bad.
 *
 * Threads: one at a time for a file.
 */

#include "app/paths.h"
#include "capture/camera_identity.h"

/** A control by its key, as `cannyscope devices` has it. */
struct camera_setting {
    char key[32];
    int64_t value;
};

/** Plain values; camera_settings_none() makes it empty. */
struct camera_settings {
    struct camera_wish mode; ///< "our choice" is what is not remembered
    struct camera_setting *controls;
    int control_count;
};

/** Nothing remembered. Frees nothing. */
struct camera_settings camera_settings_none(void);

/**
 * The name of a camera's file, without its folder and ending: at most 200 characters that are safe
 * in a file's name, another one for every other camera.
 */
void camera_settings_name(const struct camera_identity *identity, char name[256]);

/**
 * Reads a camera's file. Either all of it is taken or nothing.
 *
 * @param settings Set, empty on failure; freed with camera_settings_free().
 * @param err      Filled on failure, a warning.
 * @return 0 (also without a file); -EINVAL: it was broken and is put aside; another negative errno:
 *         it cannot be read, and must not be written.
 */
int camera_settings_load(struct camera_settings *settings, const char *path, struct error *err);

/**
 * Writes a camera's file; see json_file_write().
 *
 * @return 0 or a negative errno with a sentence.
 */
int camera_settings_save(const struct camera_settings *settings, const char *path,
                         struct error *err);

/** Remembers a control's value. 0 or -ENOMEM. */
int camera_settings_set(struct camera_settings *settings, const char *key, int64_t value);

/** Forgets all controls. */
void camera_settings_forget_controls(struct camera_settings *settings);

/** Frees what is in it and empties it. */
void camera_settings_free(struct camera_settings *settings);
