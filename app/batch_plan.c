// Names of outputs, first for all inputs alone, then for those that got in each other's way.
//
// Names are compared folded (app/batch_names.h) and so are those of the inputs; which folder an
// input is in is known by device and inode, since an output's subfolder may be an input's folder
// by another name.

#include "app/batch_plan.h"

#include "app/batch_names.h"
#include "app/byte_map.h"
#include "app/growing.h"
#include "processing/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_SHARDS = 1000000 };

struct batch_plan {
    const char **outputs;
    struct text_pool texts;
};

struct planner {
    const struct batch_list *list;
    const struct batch_naming *naming;
    struct batch_plan *plan;
    const char **keys;      ///< of the outputs; NULL for one whose name is settled
    struct text_pool texts; ///< keys, here and in the maps

    struct byte_map inputs;  ///< by folder and folded name: the input's index
    struct byte_map groups;  ///< by an output's key: how many outputs want this name
    struct byte_map taken;   ///< by an output's key: settled
    struct byte_map numbers; ///< by an output's key: the number to try next
    struct byte_map framed;  ///< by an output's key: others look like frames of it

    // The output folder of the last item: items come folder by folder.
    char below[PATH_MAX]; ///< the output folder; with a slash at its end, or ""
    bool known, exists;
    struct batch_folder folder; ///< if it exists
};

static const char *ending_of(const struct batch_item *item, enum batch_format format)
{
    static const char *const of_kind[] = {
        [IMAGE_JPEG] = ".jpg",  [IMAGE_PNG] = ".png", [IMAGE_BMP] = ".bmp",  [IMAGE_TIFF] = ".tiff",
        [IMAGE_WEBP] = ".webp", [IMAGE_GIF] = ".png", [IMAGE_OTHER] = ".png"};
    static const char *const of_format[] = {
        [BATCH_PNG] = ".png", [BATCH_JPG] = ".jpg", [BATCH_BMP] = ".bmp", [BATCH_TIFF] = ".tiff"};
    if (format != BATCH_SAME)
        return of_format[format];
    const char *ending = batch_ending(item->name);
    return ending ? ending : of_kind[item->kind];
}

/** The output's path below the output folder. The buffer's room is PATH_MAX + BATCH_NAME_BYTES. */
static void make_path(const struct planner *planner, const struct batch_item *item, bool keep,
                      size_t number, char *path)
{
    const char *ending = batch_ending(item->name);
    size_t folder_bytes = (size_t)(item->name - item->relative);
    struct batch_parts parts = {
        .prefix = planner->naming->prefix,
        .stem = item->name,
        .stem_bytes = ending && !keep ? (size_t)(ending - item->name) : strlen(item->name),
        .ending = ending_of(item, planner->naming->format),
        .number = number,
        .frames = planner->naming->frames,
    };
    memcpy(path, item->relative, folder_bytes);
    batch_join(&parts, path + folder_bytes);
}

/** The path as a key, in the planner's texts; NULL if there is no memory. */
static const char *make_key(struct planner *planner, const char *path)
{
    char *folded = batch_fold(path);
    const char *key = folded ? text_pool_copy(&planner->texts, folded, strlen(folded)) : NULL;
    memory_free(folded);
    return key;
}

/** The key of a name in a folder; its bytes go to *bytes. NULL if there is no memory. */
static const char *make_input_key(struct planner *planner, struct batch_folder folder,
                                  const char *name, size_t *bytes)
{
    char id[64];
    char *folded = batch_fold(name);
    if (!folded)
        return NULL;
    int id_bytes = snprintf(id, sizeof id, "%llx:%llx/", (unsigned long long)folder.dev,
                            (unsigned long long)folder.ino);
    char key[sizeof id + 4 * (NAME_MAX + 1)];
    *bytes = (size_t)snprintf(key, sizeof key, "%.*s%s", id_bytes, id, folded);
    memory_free(folded);
    return text_pool_copy(&planner->texts, key, *bytes);
}

/**
 * The key without a frame's number: of the output, or input, that it could be a frame of. 1, 0 if
 * there are no frames or it looks like none, or -ENOMEM.
 */
static int make_owner_key(struct planner *planner, const char *key, const char **owner)
{
    struct batch_frame_tail tail;
    if (!planner->naming->frames || !batch_frame_tail(key, &tail))
        return 0;
    char *copy = text_pool_copy(&planner->texts, key, strlen(key));
    if (!copy)
        return -ENOMEM;
    memmove(copy + tail.start, copy + tail.start + tail.bytes,
            strlen(copy + tail.start + tail.bytes) + 1);
    *owner = copy;
    return 1;
}

/** An input that looks like a frame would be replaced by that frame: it is found as its owner. */
static int note_owner(struct planner *planner, const char *key, size_t index)
{
    const char *owner;
    int result = make_owner_key(planner, key, &owner);
    if (result <= 0 || byte_map_find(&planner->inputs, owner, strlen(owner)))
        return result < 0 ? result : 0;
    return byte_map_put(&planner->inputs, owner, strlen(owner), index);
}

static int note_inputs(struct planner *planner)
{
    int result = 0;
    for (size_t i = 0; result == 0 && i < batch_list_count(planner->list); i++) {
        const struct batch_item *item = batch_list_item(planner->list, i);
        size_t bytes;
        const char *key = make_input_key(planner, item->folder, item->name, &bytes);
        result = key ? byte_map_put(&planner->inputs, key, bytes, i) : -ENOMEM;
        if (result == 0)
            result = note_owner(planner, key, i);
    }
    return result;
}

/** Finds out which folder the item's output goes to, if there is one yet. */
static int find_folder(struct planner *planner, const struct batch_item *item)
{
    struct stat status;
    size_t length = (size_t)(item->name - item->relative);
    if (planner->known && strlen(planner->below) == length &&
        memcmp(planner->below, item->relative, length) == 0)
        return 0;
    memcpy(planner->below, item->relative, length);
    planner->below[length] = '\0';
    planner->known = true;
    planner->exists = false;
    if (planner->naming->output_fd < 0)
        return 0;
    if (fstatat(planner->naming->output_fd, length ? planner->below : ".", &status, 0) < 0)
        return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
    planner->exists = true;
    planner->folder = (struct batch_folder){.dev = status.st_dev, .ino = status.st_ino};
    return 0;
}

/** Whether an output of this name would replace an input: 1 and which, 0 or a negative errno. */
static int hits_input(struct planner *planner, const struct batch_item *item, const char *path,
                      size_t *input)
{
    size_t bytes;
    int result = find_folder(planner, item);
    if (result < 0 || !planner->exists)
        return result;
    const char *key =
        make_input_key(planner, planner->folder, path + strlen(planner->below), &bytes);
    if (!key)
        return -ENOMEM;
    const size_t *found = byte_map_find(&planner->inputs, key, bytes);
    if (found)
        *input = *found;
    return found != NULL;
}

/** Keeps the path as the item's output. */
static int set_output(struct planner *planner, size_t index, const char *path)
{
    planner->plan->outputs[index] = text_pool_copy(&planner->plan->texts, path, strlen(path));
    return planner->plan->outputs[index] ? 0 : -ENOMEM;
}

/** Notes that an output of this name looks like a frame of another, if it does. */
static int note_framed(struct planner *planner, const char *key)
{
    const char *owner;
    int result = make_owner_key(planner, key, &owner);
    return result <= 0 ? result : byte_map_put(&planner->framed, owner, strlen(owner), 0);
}

/**
 * Whether this output and another one are frame and owner: 1, 0 or -ENOMEM.
 *
 * @param outputs By key, that are looked at.
 */
static int is_of_frames(struct planner *planner, const struct byte_map *outputs, const char *key)
{
    const char *owner;
    if (byte_map_find(&planner->framed, key, strlen(key)))
        return 1;
    int result = make_owner_key(planner, key, &owner);
    return result <= 0 ? result : byte_map_find(outputs, owner, strlen(owner)) != NULL;
}

/** What each output would be called if it were alone. */
static int wish(struct planner *planner, size_t index)
{
    char path[PATH_MAX + BATCH_NAME_BYTES];
    make_path(planner, batch_list_item(planner->list, index), false, 0, path);
    const char *key = make_key(planner, path);
    if (!key)
        return -ENOMEM;
    planner->keys[index] = key;
    size_t *count = byte_map_find(&planner->groups, key, strlen(key));
    int result = count ? 0 : byte_map_put(&planner->groups, key, strlen(key), 1);
    if (count)
        ++*count;
    if (result == 0)
        result = note_framed(planner, key);
    return result < 0 ? result : set_output(planner, index, path);
}

static int settle(struct planner *planner, size_t index, const char *key)
{
    planner->keys[index] = NULL;
    int result = byte_map_put(&planner->taken, key, strlen(key), index);
    return result < 0 ? result : note_framed(planner, key);
}

static int refuse(const char *output, const struct batch_item *input, struct error *err)
{
    return error_set(err, -EINVAL,
                     "The output '%.150s' would replace the input '%.150s': choose another output "
                     "folder or another prefix",
                     output, input->path);
}

/** Whether shards that begin later would take the item's output for an input. */
static bool would_be_found(const struct planner *planner)
{
    return planner->naming->sharded && planner->exists &&
           batch_list_searched(planner->list, planner->folder);
}

static int refuse_found(const char *output, struct error *err)
{
    return error_set(err, -EINVAL,
                     "The output '%.150s' would go into a folder that is searched, and shards that "
                     "begin later would take it for an input: choose another output folder",
                     output);
}

/** Settles the name of an output that nobody else wants. */
static int settle_if_alone(struct planner *planner, size_t index, struct error *err)
{
    const struct batch_item *item = batch_list_item(planner->list, index);
    const char *key = planner->keys[index], *output = planner->plan->outputs[index];
    size_t input = 0;
    int hit = hits_input(planner, item, output, &input);
    if (hit < 0)
        return hit;
    if (hit && (input == index || !batch_list_item(planner->list, input)->named))
        return refuse(output, batch_list_item(planner->list, input), err);
    if (would_be_found(planner))
        return refuse_found(output, err);
    int framed = is_of_frames(planner, &planner->groups, key);
    if (framed < 0 || framed || hit || *byte_map_find(&planner->groups, key, strlen(key)) > 1)
        return framed < 0 ? framed : 0;
    return settle(planner, index, key);
}

/** Tries a name with this number: 1 if it is settled, 0 if it is taken, or a negative errno. */
static int try_number(struct planner *planner, size_t index, size_t number)
{
    char path[PATH_MAX + BATCH_NAME_BYTES];
    size_t input;
    const struct batch_item *item = batch_list_item(planner->list, index);
    make_path(planner, item, true, number, path);
    const char *key = make_key(planner, path);
    if (!key)
        return -ENOMEM;
    int hit = hits_input(planner, item, path, &input);
    if (hit < 0)
        return hit;
    if (hit || byte_map_find(&planner->taken, key, strlen(key)))
        return 0;
    int framed = is_of_frames(planner, &planner->taken, key);
    if (framed)
        return framed < 0 ? framed : 0;
    int result = settle(planner, index, key);
    if (result == 0)
        result = set_output(planner, index, path);
    return result < 0 ? result : 1;
}

/** Settles the name of an output with its input's ending and, if need be, a number. */
static int settle_with_ending(struct planner *planner, size_t index)
{
    char path[PATH_MAX + BATCH_NAME_BYTES];
    make_path(planner, batch_list_item(planner->list, index), true, 0, path);
    const char *base = make_key(planner, path);
    if (!base)
        return -ENOMEM;
    // Where the last one of this name ended, lest a thousand equal names be tried a thousand times.
    const size_t *next = byte_map_find(&planner->numbers, base, strlen(base));
    size_t number = next ? *next : 0;
    int result;
    while ((result = try_number(planner, index, number)) == 0)
        number = number ? number + 1 : 2;
    if (result < 0)
        return result;
    return byte_map_put(&planner->numbers, base, strlen(base), number ? number + 1 : 2);
}

static int plan_names(struct planner *planner, struct error *err)
{
    size_t count = batch_list_count(planner->list);
    int result = note_inputs(planner);
    for (size_t i = 0; result == 0 && i < count; i++)
        result = wish(planner, i);
    for (size_t i = 0; result == 0 && i < count; i++)
        result = settle_if_alone(planner, i, err);
    for (size_t i = 0; result == 0 && i < count; i++)
        result = planner->keys[i] ? settle_with_ending(planner, i) : 0;
    return result;
}

static int make_plan(struct planner *planner, struct error *err)
{
    size_t count = batch_list_count(planner->list);
    size_t bytes = (count ? count : 1) * sizeof *planner->keys;
    planner->keys = memory_alloc(MEMORY_OTHER, bytes);
    planner->plan->outputs = memory_alloc(MEMORY_OTHER, bytes);
    if (!planner->keys || !planner->plan->outputs)
        return -ENOMEM;
    return plan_names(planner, err);
}

static void free_planner(struct planner *planner)
{
    byte_map_free(&planner->inputs);
    byte_map_free(&planner->groups);
    byte_map_free(&planner->taken);
    byte_map_free(&planner->numbers);
    byte_map_free(&planner->framed);
    text_pool_free(&planner->texts);
    memory_free(planner->keys);
    memory_free(planner);
}

int batch_plan_open(struct batch_plan **out, const struct batch_list *list,
                    const struct batch_naming *naming, struct error *err)
{
    *out = NULL;
    if (strchr(naming->prefix, '/'))
        return error_set(err, -EINVAL, "The prefix '%.100s' must not hold a '/'", naming->prefix);
    struct batch_plan *plan = memory_alloc(MEMORY_OTHER, sizeof *plan);
    struct planner *planner = memory_alloc(MEMORY_OTHER, sizeof *planner);
    int result = -ENOMEM;
    if (plan && planner) {
        *planner = (struct planner){.list = list, .naming = naming, .plan = plan};
        result = make_plan(planner, err);
    }
    if (planner)
        free_planner(planner);
    if (result < 0) {
        batch_plan_close(&plan);
        // A refusal has said its reason.
        return result == -EINVAL
                   ? result
                   : error_set(err, result, "Cannot plan the names of the outputs: %s",
                               error_reason(result));
    }
    *out = plan;
    return 0;
}

const char *batch_plan_output(const struct batch_plan *plan, size_t index)
{
    return plan->outputs[index];
}

void batch_plan_close(struct batch_plan **plan)
{
    if (!*plan)
        return;
    text_pool_free(&(*plan)->texts);
    memory_free((*plan)->outputs);
    memory_free(*plan);
    *plan = NULL;
}

/** Reads digits and nothing else; false if there are none or too many. */
static bool read_number(const char **text, unsigned *number)
{
    const char *start = *text;
    *number = 0;
    for (; **text >= '0' && **text <= '9' && *number <= MOST_SHARDS; ++*text)
        *number = *number * 10 + (unsigned)(**text - '0');
    return *text > start && *number <= MOST_SHARDS;
}

int batch_shard_parse(const char *text, struct batch_shard *shard, struct error *err)
{
    struct batch_shard read;
    const char *at = text;
    if (read_number(&at, &read.index) && *at++ == '/' && read_number(&at, &read.count) && !*at &&
        read.index < read.count) {
        *shard = read;
        return 0;
    }
    return error_set(err, -EINVAL,
                     "'%.100s' is no shard: write I/N, with N at most %d and I from 0 to N - 1",
                     text, MOST_SHARDS);
}

bool batch_shard_has(struct batch_shard shard, size_t index)
{
    return index % shard.count == shard.index;
}
