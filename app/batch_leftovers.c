// Temporary files that a killed run left.
//
// A temporary name says whose it is: for each folder that there are outputs for, the names in it
// are looked up among them.

#include "app/batch_leftovers.h"

#include "app/batch_names.h"
#include "app/byte_map.h"
#include "app/growing.h"
#include "app/paths.h"
#include "render/part_file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { KEY_BYTES = PATH_MAX + PART_FILE_KEY_BYTES };

struct leftovers {
    struct part_file_owner owner;
    struct byte_map outputs; ///< by folder and part_file_key()
    struct text_pool texts;
    struct byte_map cleared; ///< folders
    const char *folder;      ///< that is being cleared, with a slash at its end
    size_t folder_bytes;     ///< of it; 0 for the output folder itself
};

static size_t folder_bytes_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

static bool is_output(const struct leftovers *left, const char *name)
{
    char key[KEY_BYTES];
    int bytes = snprintf(key, sizeof key, "%.*s%s", (int)left->folder_bytes, left->folder, name);
    return byte_map_find(&left->outputs, key, (size_t)bytes) != NULL;
}

static bool owns(const struct part_file_owner *owner, const char *key)
{
    const struct leftovers *left = (const struct leftovers *)owner;
    char name[PART_FILE_KEY_BYTES];
    struct batch_frame_tail tail;
    if (is_output(left, key))
        return true;
    if (!batch_frame_tail(key, &tail))
        return false;
    snprintf(name, sizeof name, "%.*s%s", (int)tail.start, key, key + tail.start + tail.bytes);
    return is_output(left, name);
}

static int note_output(struct leftovers *left, const char *path)
{
    char key[KEY_BYTES], name[PART_FILE_KEY_BYTES];
    size_t folder_bytes = folder_bytes_of(path);
    part_file_key(path + folder_bytes, name);
    int bytes = snprintf(key, sizeof key, "%.*s%s", (int)folder_bytes, path, name);
    const char *kept = text_pool_copy(&left->texts, key, (size_t)bytes);
    return kept ? byte_map_put(&left->outputs, kept, (size_t)bytes, 0) : -ENOMEM;
}

/** Clears the folder of this output, once. */
static int clear_beside(struct leftovers *left, const char *output, const char *path)
{
    struct path folder;
    size_t bytes = folder_bytes_of(path);
    if (byte_map_find(&left->cleared, path, bytes))
        return 0;
    left->folder = path;
    left->folder_bytes = bytes;
    if (path_set(&folder, "%s/%.*s", output, (int)bytes, path) == 0)
        part_file_clear(folder.text, &left->owner);
    return byte_map_put(&left->cleared, path, bytes, 0);
}

int batch_leftovers_clear(const char *output, const struct batch_plan *plan, size_t count,
                          struct batch_shard shard)
{
    struct leftovers left = {.owner = {owns}};
    int result = 0;
    for (size_t i = 0; result == 0 && i < count; i++)
        if (batch_shard_has(shard, i))
            result = note_output(&left, batch_plan_output(plan, i));
    for (size_t i = 0; result == 0 && i < count; i++)
        if (batch_shard_has(shard, i))
            result = clear_beside(&left, output, batch_plan_output(plan, i));
    byte_map_free(&left.outputs);
    byte_map_free(&left.cleared);
    text_pool_free(&left.texts);
    return result;
}
