// The search for pictures.
//
// Names are read folder by folder and sorted, and the folder is closed before its subfolders are
// searched: their depth is limited by the length of a path alone, not by open files. A folder is
// known by its device and inode number, and a file by its folder and its name there, which is what
// a written file replaces; two links to one file are two files.
//
// lstat() comes first: opening a FIFO would wait, and opening a device may do anything.
//
// Source: readdir(3), inode(7).

#include "app/batch_list.h"

#include "app/batch_names.h"
#include "app/byte_map.h"
#include "app/folder_names.h"
#include "app/growing.h"
#include "processing/memory.h"
#include "render/part_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct batch_list {
    struct batch_scan scan;
    struct batch_folder output;
    struct text_pool texts; ///< paths, sentences, keys of the maps

    struct batch_item *items;
    size_t count, room;
    struct batch_problem *problems;
    size_t problem_count, problem_room;

    struct byte_map files;   ///< by folder and name: taken already
    struct byte_map folders; ///< by struct batch_folder: searched already

    // Where the search is.
    char path[PATH_MAX]; ///< of the entry in hand
    size_t root;         ///< its bytes up to the folder that the user named, with the slash

    // Of the last file that the user named: files are often named folder by folder.
    char *named_folder;
    struct batch_folder named_folder_id;
};

/** The bytes of both members, without what may lie between and behind them. */
enum { FOLDER_KEY_BYTES = sizeof(dev_t) + sizeof(ino_t) };

static struct batch_folder folder_of(const struct stat *status)
{
    return (struct batch_folder){.dev = status->st_dev, .ino = status->st_ino};
}

static bool same_folder(struct batch_folder a, struct batch_folder b)
{
    return a.dev == b.dev && a.ino == b.ino;
}

static void write_key(struct batch_folder folder, char key[FOLDER_KEY_BYTES])
{
    memcpy(key, &folder.dev, sizeof folder.dev);
    memcpy(key + sizeof folder.dev, &folder.ino, sizeof folder.ino);
}

/** Puts a key into a map unless it is there: 1 if it is new, 0 if it was there, or -ENOMEM. */
static int enter(struct batch_list *list, struct byte_map *map, const char *key, size_t bytes)
{
    if (byte_map_find(map, key, bytes))
        return 0;
    const char *kept = text_pool_copy(&list->texts, key, bytes);
    if (!kept)
        return -ENOMEM;
    int result = byte_map_put(map, kept, bytes, 0);
    return result < 0 ? result : 1;
}

static int add_sentence(struct batch_list *list, const char *path, const struct error *sentence)
{
    if (list->problem_count == list->problem_room) {
        void *more = array_grow(list->problems, &list->problem_room, sizeof *list->problems);
        if (!more)
            return -ENOMEM;
        list->problems = more;
    }
    struct batch_problem problem = {
        .path = text_pool_copy(&list->texts, path, strlen(path)),
        .text = text_pool_copy(&list->texts, sentence->text, strlen(sentence->text))};
    if (!problem.path || !problem.text)
        return -ENOMEM;
    list->problems[list->problem_count++] = problem;
    return 0;
}

static int add_problem(struct batch_list *list, const char *path, int code)
{
    struct error sentence;
    if (code == -EINVAL)
        error_set(&sentence, code, "'%.300s' is not a regular file (a pipe or a device)", path);
    else
        error_set(&sentence, code, "Cannot read '%.300s': %s", path, error_reason(code));
    return add_sentence(list, path, &sentence);
}

static const char *last_component(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/** Whether this very file is new; notes it. 1, 0 or -ENOMEM. */
static int is_new(struct batch_list *list, struct batch_folder folder, const char *name)
{
    char key[FOLDER_KEY_BYTES + PATH_MAX];
    write_key(folder, key);
    snprintf(key + FOLDER_KEY_BYTES, PATH_MAX, "%s", name);
    return enter(list, &list->files, key, FOLDER_KEY_BYTES + strlen(name));
}

static int push(struct batch_list *list, const struct batch_item *item)
{
    if (list->count == list->room) {
        void *more = array_grow(list->items, &list->room, sizeof *list->items);
        if (!more)
            return -ENOMEM;
        list->items = more;
    }
    list->items[list->count++] = *item;
    return 0;
}

/** Takes a regular file, unless it is there already. */
static int take(struct batch_list *list, const char *path, size_t root, struct batch_item item,
                const struct stat *status)
{
    int result = is_new(list, item.folder, last_component(path));
    if (result <= 0)
        return result;
    item.path = text_pool_copy(&list->texts, path, strlen(path));
    if (!item.path)
        return -ENOMEM;
    item.relative = item.path + root;
    item.name = last_component(item.path);
    item.bytes = status->st_size;
    item.mtime_ns = status->st_mtim.tv_sec * INT64_C(1000000000) + status->st_mtim.tv_nsec;
    item.dev = status->st_dev;
    item.ino = status->st_ino;
    return push(list, &item);
}

/** Which folder is open, and whether it is to be searched: 1, 0 or a negative errno. */
static int enter_folder(struct batch_list *list, int fd, bool named, struct batch_folder *folder)
{
    char key[FOLDER_KEY_BYTES];
    struct stat status;
    if (fstat(fd, &status) < 0)
        return -errno;
    *folder = folder_of(&status);
    if (list->scan.output_fd >= 0 && same_folder(*folder, list->output))
        return named ? -EDEADLK : 0;
    write_key(*folder, key);
    return enter(list, &list->folders, key, sizeof key);
}

/** Opens list->path and reads its names. 1, 0 if it is not to be searched, or a negative errno. */
static int open_folder(struct batch_list *list, bool named, struct batch_folder *folder,
                       struct folder_names *entries)
{
    int links = named || list->scan.follow ? 0 : O_NOFOLLOW;
    DIR *stream = NULL;
    int fd = open(list->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | links);
    if (fd < 0)
        return -errno;
    int result = enter_folder(list, fd, named, folder);
    if (result > 0) {
        stream = fdopendir(fd);
        int failure = stream ? folder_names_read(entries, stream) : -errno;
        result = failure < 0 ? failure : 1;
    }
    if (stream)
        closedir(stream);
    else
        close(fd);
    return result;
}

static int search(struct batch_list *list, size_t length, bool named);

/**
 * A file that is no picture by its name, and that cannot be looked into: no matter if it is empty
 * or not ours to read. On a disk that fails it may be one.
 */
static int miss_unknown(struct batch_list *list, const struct stat *status,
                        const struct error *sentence)
{
    if (status->st_size == 0 || access(list->path, R_OK) < 0)
        return 0;
    return add_sentence(list, list->path, sentence);
}

/** A file of a folder, no folder itself, known to be there. */
static int take_found(struct batch_list *list, struct batch_folder folder,
                      const struct stat *status)
{
    const char *name = last_component(list->path);
    bool ending = batch_ending(name) != NULL;
    if (part_file_is(name))
        return 0;
    if (!S_ISREG(status->st_mode))
        return ending ? add_problem(list, list->path, -EINVAL) : 0;
    struct batch_item item = {.folder = folder, .kind = IMAGE_OTHER};
    if (!ending) {
        struct error sentence;
        item.kind = image_sniff(list->path, &sentence);
        if (item.kind == IMAGE_UNREADABLE)
            return miss_unknown(list, status, &sentence);
        if (item.kind == IMAGE_OTHER)
            return 0;
    }
    return take(list, list->path, list->root, item, status);
}

/** It vanished, or the link leads nowhere: no matter unless it looked like a picture. */
static int miss_entry(struct batch_list *list, int code)
{
    bool nothing = code == -ENOENT || code == -ELOOP;
    if (nothing && !batch_ending(last_component(list->path)))
        return 0;
    return add_problem(list, list->path, code);
}

/** What list->path says, an entry of a folder. */
static int take_entry(struct batch_list *list, size_t length, struct batch_folder folder)
{
    struct stat status;
    bool link = false;
    int result = lstat(list->path, &status);
    if (result == 0 && S_ISLNK(status.st_mode)) {
        link = true;
        result = stat(list->path, &status);
    }
    if (result < 0)
        return miss_entry(list, -errno);
    if (!S_ISDIR(status.st_mode))
        return take_found(list, folder, &status);
    if (!list->scan.recursive || (link && !list->scan.follow))
        return 0;
    return search(list, length, false);
}

/** Puts "/NAME" behind the folder's path; its length then, or -ENAMETOOLONG. */
static int append_name(struct batch_list *list, size_t length, const char *name)
{
    const char *slash = length > 0 && list->path[length - 1] == '/' ? "" : "/";
    int more = snprintf(list->path + length, sizeof list->path - length, "%s%s", slash, name);
    if (more < 0 || length + (size_t)more >= sizeof list->path)
        return -ENAMETOOLONG;
    return (int)length + more;
}

static int take_entries(struct batch_list *list, size_t length, struct batch_folder folder,
                        const struct folder_names *entries)
{
    int result = 0;
    for (size_t i = 0; result == 0 && i < entries->count; i++) {
        int longer = append_name(list, length, entries->names[i]);
        if (longer > 0)
            result = take_entry(list, (size_t)longer, folder);
        else
            result = add_problem(list, list->path, longer);
        list->path[length] = '\0';
    }
    return result;
}

/** Searches the folder that is the first `length` bytes of list->path. */
static int search(struct batch_list *list, size_t length, bool named)
{
    struct folder_names entries = {0};
    struct batch_folder folder = {0, 0};
    int result = open_folder(list, named, &folder, &entries);
    if (result < 0 && result != -ENOMEM && result != -EDEADLK)
        result = add_problem(list, list->path, result);
    if (result >= 0)
        result = take_entries(list, length, folder, &entries);
    folder_names_free(&entries);
    return result;
}

/** Begins a search at a folder that the user named. */
static int search_from(struct batch_list *list, const char *input)
{
    size_t length = strlen(input);
    if (length >= sizeof list->path)
        return add_problem(list, input, -ENAMETOOLONG);
    memcpy(list->path, input, length + 1);
    while (length > 1 && list->path[length - 1] == '/')
        list->path[--length] = '\0';
    list->root = list->path[length - 1] == '/' ? length : length + 1;
    return search(list, length, true);
}

/** Finds out which folder a named file is in; 0 or a negative errno. */
static int find_named_folder(struct batch_list *list, const char *path)
{
    struct stat status;
    size_t length = (size_t)(last_component(path) - path);
    if (list->named_folder && strlen(list->named_folder) == length &&
        memcmp(list->named_folder, path, length) == 0)
        return 0;
    list->named_folder = text_pool_copy(&list->texts, path, length);
    if (!list->named_folder)
        return -ENOMEM;
    if (stat(length ? list->named_folder : ".", &status) < 0) {
        list->named_folder = NULL;
        return -errno;
    }
    list->named_folder_id = folder_of(&status);
    return 0;
}

/** A file that the user named: taken whatever it is called. */
static int take_named(struct batch_list *list, const char *path, const struct stat *status)
{
    if (part_file_is(last_component(path)))
        return 0;
    if (!S_ISREG(status->st_mode))
        return add_problem(list, path, -EINVAL);
    int result = find_named_folder(list, path);
    if (result == -ENOMEM)
        return result;
    if (result < 0)
        return add_problem(list, path, result);
    struct batch_item item = {.folder = list->named_folder_id, .named = true, .kind = IMAGE_OTHER};
    if (!batch_ending(last_component(path)))
        item.kind = image_sniff(path, NULL);
    if (item.kind == IMAGE_UNREADABLE)
        item.kind = IMAGE_OTHER;
    return take(list, path, (size_t)(last_component(path) - path), item, status);
}

int batch_list_add(struct batch_list *list, const char *input)
{
    struct stat status;
    if (stat(input, &status) < 0)
        return add_problem(list, input, -errno);
    if (S_ISDIR(status.st_mode))
        return search_from(list, input);
    return take_named(list, input, &status);
}

/** Reads one name: its length, -ENAMETOOLONG with its beginning, -EILSEQ, or -ENODATA at the end.
 */
static int read_name(FILE *stream, int separator, char name[PATH_MAX])
{
    size_t length = 0;
    bool any = false;
    int c;
    while ((c = getc_unlocked(stream)) != EOF && c != separator) {
        any = true;
        if (c == '\0')
            return -EILSEQ;
        if (length < PATH_MAX)
            name[length++] = (char)c;
    }
    if (c == EOF && !any)
        return -ENODATA;
    name[length < PATH_MAX ? length : PATH_MAX - 1] = '\0';
    return length < PATH_MAX ? (int)length : -ENAMETOOLONG;
}

static int add_names(struct batch_list *list, FILE *stream, int separator)
{
    char name[PATH_MAX];
    int result = 0, length;
    errno = 0;
    while (result == 0 && (length = read_name(stream, separator, name)) != -ENODATA) {
        if (length == -EILSEQ)
            result = length;
        else if (length == -ENAMETOOLONG)
            result = add_problem(list, name, -ENAMETOOLONG);
        else if (length > 0)
            result = batch_list_add(list, name);
        errno = 0;
    }
    if (result == 0 && ferror(stream))
        result = errno ? -errno : -EIO;
    return result;
}

int batch_list_add_from(struct batch_list *list, const char *file, bool null_separated,
                        struct error *err)
{
    bool standard = strcmp(file, "-") == 0;
    FILE *stream = standard ? stdin : fopen(file, "re");
    int result = stream ? add_names(list, stream, null_separated ? '\0' : '\n') : -errno;
    if (stream && !standard)
        fclose(stream);
    if (result == -EILSEQ)
        return error_set(err, -EINVAL,
                         "There are zero bytes in the list of files '%.300s': use --null",
                         standard ? "standard input" : file);
    if (result == -EDEADLK)
        return error_set(err, -EINVAL,
                         "A folder in the list '%.300s' is the output folder too: choose another",
                         standard ? "standard input" : file);
    if (result < 0)
        return error_set(err, result, "Cannot read the list of files '%.300s': %s",
                         standard ? "standard input" : file, error_reason(result));
    return 0;
}

int batch_list_open(struct batch_list **out, const struct batch_scan *scan)
{
    struct stat status = {0};
    *out = NULL;
    if (scan->output_fd >= 0 && fstat(scan->output_fd, &status) < 0)
        return -errno;
    struct batch_list *list = memory_alloc(MEMORY_OTHER, sizeof *list);
    if (!list)
        return -ENOMEM;
    list->scan = *scan;
    list->output = folder_of(&status);
    *out = list;
    return 0;
}

size_t batch_list_count(const struct batch_list *list)
{
    return list->count;
}

const struct batch_item *batch_list_item(const struct batch_list *list, size_t index)
{
    return &list->items[index];
}

bool batch_list_searched(const struct batch_list *list, struct batch_folder folder)
{
    char key[FOLDER_KEY_BYTES];
    write_key(folder, key);
    return byte_map_find(&list->folders, key, sizeof key) != NULL;
}

size_t batch_list_problem_count(const struct batch_list *list)
{
    return list->problem_count;
}

const struct batch_problem *batch_list_problem(const struct batch_list *list, size_t index)
{
    return &list->problems[index];
}

void batch_list_close(struct batch_list **list)
{
    if (!*list)
        return;
    byte_map_free(&(*list)->files);
    byte_map_free(&(*list)->folders);
    memory_free((*list)->items);
    memory_free((*list)->problems);
    text_pool_free(&(*list)->texts);
    memory_free(*list);
    *list = NULL;
}
