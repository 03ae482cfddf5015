#include "app/memory_export.h"

#include "app/json_make.h"
#include "app/small_file.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void add_differences(struct json_maker *maker, cJSON *root, const struct memory_export *what)
{
    struct snapshot_change *changes =
        memory_alloc(MEMORY_OTHER, 2 * SNAPSHOT_SITES * sizeof *changes);
    cJSON *list = NULL;
    if (changes)
        list = snapshots_changes_to_json(
            changes, snapshots_compare(&what->snapshot, &what->later, changes, 2 * SNAPSHOT_SITES));
    json_make_member(maker, root, "differences", list);
    memory_free(changes);
}

cJSON *memory_export_to_json(const struct memory_export *what)
{
    struct json_maker maker = {false};
    cJSON *root = json_make_object(&maker);
    json_make_member(&maker, root, "snapshot", snapshots_to_json(&what->snapshot));
    if (what->compared) {
        json_make_member(&maker, root, "later", snapshots_to_json(&what->later));
        json_make_number(&maker, root, "seconds", what->seconds);
        add_differences(&maker, root, what);
    }
    return json_make_end(&maker, root);
}

static int write_text(const char *text, struct path *path, struct error *err)
{
    struct path folder, place;
    int ret = paths_state(&folder);
    if (ret == 0)
        ret = path_set(&place, "%s/memory", folder.text);
    if (ret < 0)
        return error_set(err, ret, "No folder to save to: %s",
                         ret == -ENAMETOOLONG ? "its name is too long" : "HOME is not set");
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
