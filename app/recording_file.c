#include "app/recording_file.h"

#include "app/media.h"
#include "processing/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { NAMES_MOST = 10000 }; ///< tried before giving up

static const char ending[] = ".mkv";

void recording_file_say(const struct recording_file *file, enum log_level level, const char *text)
{
    if (file->config.said)
        file->config.said(file->config.self, level, text);
}

static const struct video_writing *writing_of(const struct recording_file_config *config,
                                              struct error *err)
{
    if (config->writing)
        return config->writing;
    const struct media_module *media = media_load(err);
    return media ? &media->writing : NULL;
}

// Names.

/** The user's own name, or with a number before its ending. */
static int given_name(struct path *path, const char *given, int number)
{
    size_t stem = strlen(given) - (sizeof ending - 1);
    if (number == 1)
        return path_set(path, "%s", given);
    return path_set(path, "%.*s-%d%s", (int)stem, given, number, given + stem);
}

static int make_name(const struct recording_file_config *config, time_t when, int number,
                     struct path *path)
{
    struct path folder;
    if (config->path[0])
        return given_name(path, config->path, number);
    int ret = paths_videos(&folder);
    return ret < 0 ? ret : paths_dated_name(path, folder.text, when, number, ending);
}

static bool is_taken(const struct path *path)
{
    struct stat there;
    return lstat(path->text, &there) == 0;
}

/** The first name from `number` on that no file has. Returns its number or a negative errno. */
static int find_name(const struct recording_file_config *config, time_t when, int number,
                     struct path *path)
{
    for (; number < NAMES_MOST; number++) {
        int ret = make_name(config, when, number, path);
        if (ret < 0)
            return ret;
        if (!is_taken(path))
            return number;
    }
    return -EEXIST;
}

static int make_folder(const struct recording_file_config *config, struct error *err)
{
    struct path folder;
    if (config->path[0])
        return 0;
    int ret = paths_videos(&folder);
    if (ret < 0)
        return error_set(err, ret, "No videos folder to record to: HOME is not set");
    ret = paths_make_folder(folder.text, 0777);
    return ret < 0 ? error_set(err, ret, "Cannot make the folder '%s': %s", folder.text,
                               error_reason(ret))
                   : 0;
}

int recording_file_check(const struct recording_file_config *config, struct error *err)
{
    struct path path = {""};
    const struct video_writing *writing = writing_of(config, err);
    if (!writing)
        return -ENOENT;
    if (config->path[0])
        return writing->check_recording(config->path, err);
    int ret = make_folder(config, err);
    if (ret == 0)
        ret = find_name(config, time(NULL), 1, &path);
    return ret < 0 ? ret : writing->check_recording(path.text, err);
}

// A file.

static int open_writer(struct recording_file *file, const struct ring_picture *first,
                       struct error *err)
{
    const struct recording_file_config *config = &file->config;
    struct video_config asked = {
        .path = file->path.text,
        .width = first->width,
        .height = first->height,
        .fps = config->fps ? config->fps(config->self) : 0,
        .pixels = first->pixel_bytes == 1 ? VIDEO_EDGES : VIDEO_COLOR,
        .recording = true,
    };
    return file->writing->open(&file->writer, &asked, NULL, err);
}

/** Whoever takes the name between the look and the opening has it. */
static int open_free_name(struct recording_file *file, const struct ring_picture *first,
                          struct error *err)
{
    time_t now = time(NULL);
    int number = 1, ret;
    do {
        number = find_name(&file->config, now, number, &file->path);
        if (number < 0)
            return error_set(err, number, "Cannot find a name for the recording: %s",
                             error_reason(number));
        ret = open_writer(file, first, err);
        number++;
    } while (ret == -EEXIST);
    return ret;
}

static void tell_beginning(const struct recording_file *file, bool goes_on, bool other_size)
{
    char text[sizeof file->path.text + 96], size[48] = "";
    if (other_size)
        snprintf(size, sizeof size, "The picture is %d x %d now. ", file->width, file->height);
    if (goes_on)
        snprintf(text, sizeof text, "%sThe recording goes on in %s", size, file->path.text);
    else
        snprintf(text, sizeof text, "Recording to %s", file->path.text);
    recording_file_say(file, LOG_LEVEL_INFO, text);
}

int recording_file_open(struct recording_file *file, const struct ring_picture *first, bool goes_on,
                        struct error *err)
{
    if (!file->writing)
        file->writing = writing_of(&file->config, err);
    if (!file->writing)
        return -ENOENT;
    int ret = make_folder(&file->config, err);
    if (ret == 0)
        ret = open_free_name(file, first, err);
    if (ret < 0)
        return ret;
    bool other_size = first->width != file->width || first->height != file->height;
    file->width = first->width;
    file->height = first->height;
    file->zero_ns = file->last_ns = first->time_ns;
    file->pictures = 0;
    file->files++;
    tell_beginning(file, goes_on, other_size);
    return 0;
}

int recording_file_put(struct recording_file *file, const struct ring_picture *picture,
                       int64_t time_ns, struct error *err)
{
    struct video_picture data = {picture->data, picture->width, picture->height,
                                 (ptrdiff_t)picture->width * picture->pixel_bytes};
    int64_t pts_ns = time_ns > file->zero_ns ? time_ns - file->zero_ns : 0;
    int ret = file->writing->put(file->writer, &data, pts_ns, err);
    if (ret == 0 || ret == -ENOSPC)
        file->last_ns = time_ns;
    file->pictures += ret == 0;
    return ret;
}

void recording_file_measure(const struct recording_file *file, int64_t *duration_ns, int64_t *bytes)
{
    struct video_report report = {.pictures = 0};
    if (file->writer)
        file->writing->report(file->writer, &report);
    *duration_ns = report.duration_ns;
    *bytes = report.bytes;
}

static void tell_end(const struct recording_file *file, const struct video_report *report,
                     unsigned lost)
{
    char text[sizeof file->path.text + 160], loss[96] = "";
    if (lost > 0)
        snprintf(loss, sizeof loss, ", %u frames lost: the encoder could not keep up", lost);
    snprintf(text, sizeof text, "Recorded %lld frames, %.1f s, %.1f MB to %s%s",
             (long long)report->pictures, (double)report->duration_ns / NS_PER_S,
             (double)report->bytes / (1 << 20), file->path.text, loss);
    recording_file_say(file, lost > 0 ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, text);
}

int recording_file_close(struct recording_file *file, unsigned lost, unsigned *missing)
{
    struct error err = {""};
    struct video_report report;
    *missing = 0;
    if (!file->writer)
        return 0;
    int ret = file->writing->finish(&file->writer, false, &report, &err);
    *missing = file->pictures > report.pictures ? (unsigned)(file->pictures - report.pictures) : 0;
    if (report.pictures > 0)
        tell_end(file, &report, lost);
    if (ret < 0)
        recording_file_say(file, LOG_LEVEL_ERROR, err.text);
    return ret;
}
