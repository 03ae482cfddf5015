#include "app/memory_export.h"

#include "app/small_file.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/** Adds an item, which may be NULL. Returns whether it is in the object now. */
static bool add(cJSON *root, const char *name, cJSON *item)
{
    if (item && cJSON_AddItemToObject(root, name, item))
        return true;
    cJSON_Delete(item);
    return false;
}

static bool add_differences(cJSON *root, const struct memory_export *what)
{
    struct snapshot_change *changes =
        memory_alloc(MEMORY_OTHER, 2 * SNAPSHOT_SITES * sizeof *changes);
    if (!changes)
        return false;
    int count = snapshots_compare(&what->snapshot, &what->later, changes, 2 * SNAPSHOT_SITES);
    bool added = add(root, "differences", snapshots_changes_to_json(changes, count));
    memory_free(changes);
    return added;
}

cJSON *memory_export_to_json(const struct memory_export *what)
{
    cJSON *root = cJSON_CreateObject();
    bool whole = add(root, "snapshot", snapshots_to_json(&what->snapshot));
    if (what->compared)
        whole = whole && add(root, "later", snapshots_to_json(&what->later)) &&
                cJSON_AddNumberToObject(root, "seconds", what->seconds) &&
                add_differences(root, what);
    if (whole)
        return root;
    cJSON_Delete(root);
    return NULL;
}

static int write_text(const char *text, struct path *path, struct error *err)
{
    struct path folder, place;
    int ret = paths_state(&folder);
    if (ret == 0)
        ret = path_set(&place, "%s/memory", folder.text);
    if (ret < 0)
        return error_set(err, ret, "No folder to save to: HOME is not set");
    ret = paths_take_name(path, place.text, time(NULL), ".json", err);
    if (ret < 0)
        return ret;
    ret = small_file_replace(path->text, text, strlen(text), err);
    if (ret < 0)
        unlink(path->text); // the empty file that kept the name
    return ret;
}

int memory_export_write(const struct memory_export *what, struct path *path, struct error *err)
{
    cJSON *root = memory_export_to_json(what);
    char *text = root ? cJSON_Print(root) : NULL;
    cJSON_Delete(root);
    int ret = text ? write_text(text, path, err)
                   : error_set(err, -ENOMEM, "Not enough memory to save the snapshot");
    cJSON_free(text);
    return ret;
}
