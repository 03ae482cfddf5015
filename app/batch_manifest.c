// What is done already.
//
// Of an input its absolute path, size and time are noted, for two folders may hold pictures of
// one name, one size (all bitmaps of a camera have the same) and one time (unpacked together).
// Of an output the size alone: times of what was just written differ on some network file systems
// from what they are later. Kept in memory are a hash of the first and the second.
//
// Numbers in JSON are exact up to 2^53, which nanoseconds since 1970 have passed; so seconds and
// nanoseconds stand apart.

#include "app/batch_manifest.h"

#include "app/batch_names.h"
#include "app/byte_map.h"
#include "app/escape.h"
#include "app/growing.h"
#include "app/json_lines.h"
#include "processing/memory.h"

#include <cjson/cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NAME_START ".cannyscope-batch"
#define NAME_END   ".json"

#define MOST_EXACT    9007199254740992.0 // 2^53
#define NS_PER_SECOND INT64_C(1000000000)

/** What a line says. Texts belong to whoever made it. */
struct line {
    const char *output, *input; ///< escaped
    const char *settings;       ///< their hash
    int64_t bytes, mtime_s, mtime_ns;
    int64_t output_bytes;
    int64_t frames; ///< with an output each; 0 for one output
    double time_s;  ///< when it was written, since 1970
};

/** What is known of an output. */
struct record {
    uint64_t made_of; ///< hash of input, size, time and settings
    int64_t output_bytes;
    int frames;
    double time_s;
    int file; ///< that it was read from, counted
};

struct batch_manifest {
    int folder_fd;
    struct json_appender appender; ///< its fd is < 0 before the first line
    char name[64];
    char settings[17];
    char working[PATH_MAX]; ///< directory; "" if it is not known

    struct record *records;
    size_t count, room;
    struct byte_map outputs; ///< by escaped path: the record's index
    struct text_pool texts;
    int files;
};

int batch_manifest_open(struct batch_manifest **out, int folder_fd, struct batch_shard shard,
                        const char *settings)
{
    struct batch_manifest *manifest = memory_alloc(MEMORY_OTHER, sizeof *manifest);
    *out = manifest;
    if (!manifest)
        return -ENOMEM;
    manifest->folder_fd = folder_fd;
    manifest->appender.fd = -1;
    snprintf(manifest->settings, sizeof manifest->settings, "%016" PRIx64,
             byte_hash(BYTE_HASH_START, settings, strlen(settings)));
    if (shard.count > 1)
        snprintf(manifest->name, sizeof manifest->name, NAME_START ".%u-of-%u" NAME_END,
                 shard.index, shard.count);
    else
        snprintf(manifest->name, sizeof manifest->name, NAME_START NAME_END);
    if (!getcwd(manifest->working, sizeof manifest->working))
        manifest->working[0] = '\0';
    return 0;
}

/** Zeros in between keep "a" and "bc" apart from "ab" and "c". */
static uint64_t hash_of(const struct line *line)
{
    const int64_t numbers[] = {line->bytes, line->mtime_s, line->mtime_ns};
    uint64_t hash = byte_hash(BYTE_HASH_START, line->input, strlen(line->input) + 1);
    hash = byte_hash(hash, line->settings, strlen(line->settings) + 1);
    return byte_hash(hash, numbers, sizeof numbers);
}

static bool take_text(const cJSON *object, const char *name, const char **text)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    *text = cJSON_GetStringValue(item);
    return *text != NULL;
}

/** Takes a whole number from `least` up to what is exact. */
static bool take_number(const cJSON *object, const char *name, double least, int64_t *number)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= least && item->valuedouble <= MOST_EXACT))
        return false;
    *number = (int64_t)item->valuedouble;
    return (double)*number == item->valuedouble;
}

/** How many frames there are; 0 if the line says nothing of them. */
static bool take_frames(const cJSON *object, int64_t *frames)
{
    *frames = 0;
    return !cJSON_HasObjectItem(object, "frames") ||
           (take_number(object, "frames", 1, frames) && *frames <= INT_MAX);
}

/** Reads a line; its texts are the object's. */
static bool take_line(const cJSON *object, struct line *line)
{
    const cJSON *time = cJSON_GetObjectItemCaseSensitive(object, "time_s");
    line->time_s = cJSON_IsNumber(time) ? time->valuedouble : -1;
    return line->time_s >= 0 && line->time_s <= MOST_EXACT &&
           take_text(object, "output", &line->output) && take_text(object, "input", &line->input) &&
           take_text(object, "settings", &line->settings) &&
           take_number(object, "bytes", 0, &line->bytes) &&
           take_number(object, "mtime_s", -MOST_EXACT, &line->mtime_s) &&
           take_number(object, "mtime_ns", 0, &line->mtime_ns) && line->mtime_ns < NS_PER_SECOND &&
           take_number(object, "output_bytes", 0, &line->output_bytes) &&
           take_frames(object, &line->frames);
}

static int add_record(struct batch_manifest *manifest, const char *output,
                      const struct record *record)
{
    if (manifest->count == manifest->room) {
        void *more = array_grow(manifest->records, &manifest->room, sizeof *manifest->records);
        if (!more)
            return -ENOMEM;
        manifest->records = more;
    }
    size_t length = strlen(output);
    const char *key = text_pool_copy(&manifest->texts, output, length);
    if (!key)
        return -ENOMEM;
    manifest->records[manifest->count] = *record;
    return byte_map_put(&manifest->outputs, key, length, manifest->count++);
}

static int note(struct batch_manifest *manifest, const struct line *line)
{
    const struct record record = {.made_of = hash_of(line),
                                  .output_bytes = line->output_bytes,
                                  .frames = (int)line->frames,
                                  .time_s = line->time_s,
                                  .file = manifest->files};
    const size_t *found = byte_map_find(&manifest->outputs, line->output, strlen(line->output));
    if (!found)
        return add_record(manifest, line->output, &record);
    struct record *known = &manifest->records[*found];
    if (known->file == record.file || known->time_s <= record.time_s)
        *known = record;
    return 0;
}

/** Reads a file to its end; what is no good counts. 0 or -ENOMEM. */
static int read_lines(struct batch_manifest *manifest, struct json_lines *lines, size_t *broken)
{
    cJSON *object;
    const char *why;
    int result = 0, got;
    while (result == 0 && (got = json_lines_next(lines, &object, &why)) != 0) {
        struct line line;
        if (object && take_line(object, &line))
            result = note(manifest, &line);
        else
            ++*broken;
        cJSON_Delete(object);
        if (got < 0 && got != -EBADMSG)
            break;
    }
    return result;
}

static int read_file(struct batch_manifest *manifest, const char *name, size_t *broken)
{
    struct stat status;
    struct json_lines *lines = NULL;
    int fd = openat(manifest->folder_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0 && (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))) {
        close(fd);
        fd = -1;
    }
    if (fd < 0) {
        ++*broken;
        return 0;
    }
    int result = json_lines_open(&lines, fd);
    if (result == 0)
        result = read_lines(manifest, lines, broken);
    json_lines_close(&lines);
    manifest->files++;
    return result;
}

static bool is_manifest(const char *name)
{
    size_t length = strlen(name), end = strlen(NAME_END);
    return strncmp(name, NAME_START, strlen(NAME_START)) == 0 &&
           length >= strlen(NAME_START) + end && strcmp(name + length - end, NAME_END) == 0;
}

static int read_folder(struct batch_manifest *manifest, DIR *folder, size_t *broken)
{
    int result = 0;
    const struct dirent *entry;
    while (result == 0 && (errno = 0, entry = readdir(folder)) != NULL)
        if (is_manifest(entry->d_name))
            result = read_file(manifest, entry->d_name, broken);
    return result == 0 ? -errno : result;
}

int batch_manifest_load(struct batch_manifest *manifest, size_t *broken)
{
    *broken = 0;
    // Opened anew, for a place of its own to read from.
    int fd = openat(manifest->folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    DIR *folder = fdopendir(fd);
    if (!folder) {
        close(fd);
        return -ENOMEM;
    }
    int result = read_folder(manifest, folder, broken);
    closedir(folder);
    return result;
}

/** The input's absolute path, escaped; to be freed with memory_free(). NULL without memory. */
static char *name_input(const struct batch_manifest *manifest, const struct batch_item *item)
{
    char path[2 * PATH_MAX];
    if (item->path[0] == '/')
        return escape_name(item->path);
    snprintf(path, sizeof path, "%s/%s", manifest->working, item->path);
    return escape_name(path);
}

/** Escaped names, to be freed with free_names(). */
struct names {
    char *output, *input;
};

/** All of a line but the output's size and the time; false without memory. */
static bool make_line(const struct batch_manifest *manifest, const struct batch_item *item,
                      const char *output, struct names *names, struct line *line)
{
    int64_t ns = item->mtime_ns % NS_PER_SECOND;
    ns += ns < 0 ? NS_PER_SECOND : 0;
    *names = (struct names){.output = escape_name(output), .input = name_input(manifest, item)};
    *line = (struct line){.output = names->output,
                          .input = names->input,
                          .settings = manifest->settings,
                          .bytes = item->bytes,
                          .mtime_s = (item->mtime_ns - ns) / NS_PER_SECOND,
                          .mtime_ns = ns};
    return line->output && line->input;
}

static void free_names(struct names *names)
{
    memory_free(names->output);
    memory_free(names->input);
}

/** The size of a finished file, or a negative errno. */
static int64_t file_size(const struct batch_manifest *manifest, const char *path)
{
    struct stat status;
    if (fstatat(manifest->folder_fd, path, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    return S_ISREG(status.st_mode) ? status.st_size : -EINVAL;
}

/** The size of a finished output, or of all its frames; or a negative errno. */
static int64_t output_size(const struct batch_manifest *manifest, const char *output, int frames)
{
    char path[PATH_MAX];
    int64_t sum = 0;
    if (frames == 0)
        return file_size(manifest, output);
    for (int i = 1; i <= frames; i++) {
        int ret = batch_frame_path(output, i, path, sizeof path);
        int64_t bytes = ret < 0 ? ret : file_size(manifest, path);
        if (bytes < 0)
            return bytes;
        sum += bytes;
    }
    return sum;
}

bool batch_manifest_is_done(const struct batch_manifest *manifest, const struct batch_item *item,
                            const char *output, int *frames)
{
    struct line line;
    struct names names;
    const size_t *found = NULL;
    bool done = false;
    if (make_line(manifest, item, output, &names, &line))
        found = byte_map_find(&manifest->outputs, line.output, strlen(line.output));
    if (found) {
        const struct record *record = &manifest->records[*found];
        *frames = record->frames;
        done = record->made_of == hash_of(&line) &&
               record->output_bytes == output_size(manifest, output, record->frames);
    }
    free_names(&names);
    return done;
}

static int open_file(struct batch_manifest *manifest)
{
    struct stat status;
    int fd = openat(manifest->folder_fd, manifest->name,
                    O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
    if (fd < 0)
        return -errno;
    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode)) {
        close(fd);
        return -EINVAL;
    }
    json_appender_start(&manifest->appender, fd);
    return 0;
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t ms = INT64_C(1000) * now.tv_sec + now.tv_nsec / 1000000;
    return (double)ms / 1000;
}

static int append(struct batch_manifest *manifest, const struct line *line)
{
    cJSON *object = cJSON_CreateObject();
    bool whole =
        cJSON_AddStringToObject(object, "output", line->output) &&
        cJSON_AddStringToObject(object, "input", line->input) &&
        cJSON_AddNumberToObject(object, "bytes", (double)line->bytes) &&
        cJSON_AddNumberToObject(object, "mtime_s", (double)line->mtime_s) &&
        cJSON_AddNumberToObject(object, "mtime_ns", (double)line->mtime_ns) &&
        cJSON_AddStringToObject(object, "settings", line->settings) &&
        cJSON_AddNumberToObject(object, "output_bytes", (double)line->output_bytes) &&
        cJSON_AddNumberToObject(object, "time_s", line->time_s) &&
        (line->frames == 0 || cJSON_AddNumberToObject(object, "frames", (double)line->frames));
    int result = whole ? json_append(&manifest->appender, object) : -ENOMEM;
    cJSON_Delete(object);
    return result;
}

/** Opens the file unless it is open, and appends. */
static int add(struct batch_manifest *manifest, const struct batch_item *item, const char *output,
               int frames)
{
    struct line line;
    struct names names;
    int64_t bytes = output_size(manifest, output, frames);
    int result = bytes < 0 ? (int)bytes : 0;
    if (result == 0 && manifest->appender.fd < 0)
        result = open_file(manifest);
    if (result < 0)
        return result;
    result = -ENOMEM;
    if (make_line(manifest, item, output, &names, &line)) {
        line.output_bytes = bytes;
        line.frames = frames;
        line.time_s = now_s();
        result = append(manifest, &line);
    }
    free_names(&names);
    return result;
}

int batch_manifest_add(struct batch_manifest *manifest, const struct batch_item *item,
                       const char *output, int frames, struct error *err)
{
    int result = add(manifest, item, output, frames);
    if (result < 0)
        return error_set(err, result, "Cannot note in %s that '%.200s' is done: %s", manifest->name,
                         output, error_reason(result));
    return 0;
}

void batch_manifest_close(struct batch_manifest **manifest)
{
    if (!*manifest)
        return;
    if ((*manifest)->appender.fd >= 0)
        close((*manifest)->appender.fd);
    byte_map_free(&(*manifest)->outputs);
    text_pool_free(&(*manifest)->texts);
    memory_free((*manifest)->records);
    memory_free(*manifest);
    *manifest = NULL;
}
