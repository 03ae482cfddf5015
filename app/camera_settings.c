// The files of the cameras.
//
// JSON's numbers are doubles here, which count without gaps up to 2^53, and cJSON 1.7.15 prints 15
// digits of them; larger values, of controls of 64 bits, are written as strings.

#include "app/camera_settings.h"

#include "app/json_file.h"
#include "capture/camera_array.h"
#include "processing/memory.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double EXACT = 9007199254740992; // 2^53
static const int64_t PRINTED_EXACTLY = 1000000000000000;

struct camera_settings camera_settings_none(void)
{
    return (struct camera_settings){.mode.fps = -1};
}

// The name of the file.

/** A folder's entries may have 255 bytes; endings and a temporary name need some. */
enum { NAME_BYTES = 200, HASH_BYTES = 9 };

/** FNV-1a, 32 bits. */
static uint32_t hash_of(const char *text)
{
    uint32_t hash = 0x811c9dc5u;
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 0x01000193u;
    return hash;
}

static bool is_safe(char c)
{
    return isalnum((unsigned char)c) || strchr("_-+:,@=.", c);
}

/** Names that had to be changed get a number, so that two of them do not become the same. */
static void make_safe(const char *text, char name[256])
{
    int length = 0;
    bool changed = text[0] == '.' || !text[0];
    for (; *text && length < NAME_BYTES - HASH_BYTES; text++) {
        bool safe = is_safe(*text) && (length > 0 || *text != '.');
        changed = changed || !safe;
        name[length++] = safe ? *text : '_';
    }
    name[length] = '\0';
    if (changed || *text)
        snprintf(name + length, HASH_BYTES + 1, "-%08" PRIx32, hash_of(text - length));
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

void camera_settings_name(const struct camera_identity *identity, char name[256])
{
    char text[80];
    // Of twins only one has the link, and it may go over to the other.
    if (identity->by_id[0] && !identity->has_twin) {
        make_safe(last_part(identity->by_id), name);
    } else if (identity->by_path[0]) {
        make_safe(last_part(identity->by_path), name);
    } else {
        snprintf(text, sizeof text, "%s %s", identity->card, identity->bus_info);
        make_safe(text, name);
    }
}

// Reading.

static const char *const mode_keys[] = {"format", "size", "fps"};

/** The mode's values are checked as those of the flags --format, --size and --fps. */
static int take_mode(const cJSON *root, struct camera_settings *settings, struct error *err)
{
    struct settings *scratch = memory_alloc(MEMORY_OTHER, sizeof *scratch);
    if (!scratch)
        return -ENOMEM;
    settings_reset(scratch);
    const cJSON *item;
    int ret = 0;
    cJSON_ArrayForEach(item, root)
    {
        for (int i = 0; i < 3 && ret == 0; i++)
            if (strcmp(item->string, mode_keys[i]) == 0)
                ret =
                    json_take_setting(setting_find(mode_keys[i]), mode_keys[i], item, scratch, err);
    }
    if (ret == 0) {
        settings->mode.fourcc = scratch->format;
        settings->mode.width = scratch->size.width;
        settings->mode.height = scratch->size.height;
        settings->mode.fps = scratch->fps;
    }
    memory_free(scratch);
    return ret;
}

static bool parse_integer(const cJSON *item, int64_t *value)
{
    if (cJSON_IsNumber(item)) {
        double number = item->valuedouble;
        if (!(fabs(number) <= EXACT) || number != floor(number))
            return false;
        *value = (int64_t)number;
        return true;
    }
    const char *text = cJSON_IsString(item) ? item->valuestring : "";
    char *end;
    errno = 0;
    *value = strtoll(text, &end, 10);
    return (isdigit((unsigned char)text[0]) || text[0] == '-') && !*end && errno == 0;
}

static int take_controls(const cJSON *controls, struct camera_settings *settings, struct error *err)
{
    if (!cJSON_IsObject(controls))
        return error_set(err, -EINVAL, "the value of \"controls\" must be an object");
    const cJSON *item;
    cJSON_ArrayForEach(item, controls)
    {
        int64_t value;
        size_t length = strlen(item->string);
        if (length == 0 || length >= sizeof settings->controls->key)
            return error_set(err, -EINVAL, "\"%.40s\" is not the name of a control", item->string);
        if (!parse_integer(item, &value))
            return error_set(err, -EINVAL, "the value of \"%s\" must be a whole number",
                             item->string);
        int ret = camera_settings_set(settings, item->string, value);
        if (ret < 0)
            return ret;
    }
    return 0;
}

/** Of several objects under the key the last counts. */
static const cJSON *find_last(const cJSON *root, const char *key)
{
    const cJSON *item, *found = NULL;
    cJSON_ArrayForEach(item, root)
    {
        if (strcmp(item->string, key) == 0)
            found = item;
    }
    return found;
}

static int take(const cJSON *root, struct camera_settings *settings, struct error *err)
{
    const cJSON *controls = find_last(root, "controls");
    int ret = take_mode(root, settings, err);
    return ret < 0 || !controls ? ret : take_controls(controls, settings, err);
}

/** Says what is wrong with a file and puts it aside. */
static int refuse(const char *path, int code, const struct error *why, struct error *err)
{
    struct path bad = {""};
    if (!why->text[0])
        return error_set(err, code == -EINVAL ? -ENODEV : code, "cannot read %.200s: %s", path,
                         error_reason(code));
    json_file_put_aside(path, &bad);
    if (bad.text[0])
        return error_set(err, code, "%.150s: %s; nothing of it is used, the file is now %.150s",
                         path, why->text, bad.text);
    return error_set(err, -EEXIST, "%.200s: %s; nothing of it is used", path, why->text);
}

int camera_settings_load(struct camera_settings *settings, const char *path, struct error *err)
{
    cJSON *root;
    struct error why = {""};
    *settings = camera_settings_none();
    int ret = json_file_read(path, &root, &why);
    if (ret == -ENOENT)
        return 0;
    if (ret == 0)
        ret = take(root, settings, &why);
    cJSON_Delete(root);
    if (ret == 0)
        return 0;
    camera_settings_free(settings);
    return refuse(path, ret, &why, err);
}

// Writing.

static int put_mode(cJSON *root, const struct camera_settings *settings)
{
    struct settings *scratch = memory_alloc(MEMORY_OTHER, sizeof *scratch);
    if (!scratch)
        return -ENOMEM;
    settings_reset(scratch);
    scratch->format = settings->mode.fourcc;
    scratch->size.width = settings->mode.width;
    scratch->size.height = settings->mode.height;
    scratch->fps = settings->mode.fps;
    int ret = 0;
    for (int i = 0; i < 3 && ret == 0; i++)
        ret = json_put_setting(root, mode_keys[i], setting_find(mode_keys[i]), scratch);
    if (settings->mode.fps < 0 && ret == 0)
        ret = json_put(root, "fps", NULL);
    memory_free(scratch);
    return ret;
}

static cJSON *make_number(int64_t value)
{
    char text[24];
    if (value > -PRINTED_EXACTLY && value < PRINTED_EXACTLY)
        return cJSON_CreateNumber((double)value);
    snprintf(text, sizeof text, "%" PRId64, value);
    return cJSON_CreateString(text);
}

static int put_controls(cJSON *root, const struct camera_settings *settings)
{
    cJSON *controls = cJSON_CreateObject();
    int ret = controls ? 0 : -ENOMEM;
    for (int i = 0; i < settings->control_count && ret == 0; i++) {
        cJSON *value = make_number(settings->controls[i].value);
        ret = value ? json_put(controls, settings->controls[i].key, value) : -ENOMEM;
    }
    if (ret == 0)
        return json_put(root, "controls", controls);
    cJSON_Delete(controls);
    return ret;
}

int camera_settings_save(const struct camera_settings *settings, const char *path,
                         struct error *err)
{
    cJSON *root;
    struct error why = {""};
    int ret = json_file_read(path, &root, &why);
    if (ret == -ENOENT && (root = cJSON_CreateObject()))
        ret = 0;
    // Somebody broke it meanwhile.
    if (ret == -EINVAL && refuse(path, ret, &why, err) == -EINVAL && (root = cJSON_CreateObject()))
        ret = 0;
    if (ret < 0)
        return error_set(err, ret, "cannot write %.200s: %s", path, error_reason(ret));
    ret = put_mode(root, settings);
    if (ret == 0)
        ret = put_controls(root, settings);
    if (ret == 0)
        ret = json_file_write(path, root, err);
    else
        error_set(err, ret, "no memory to write %s", path);
    cJSON_Delete(root);
    return ret;
}

int camera_settings_set(struct camera_settings *settings, const char *key, int64_t value)
{
    for (int i = 0; i < settings->control_count; i++)
        if (strcmp(settings->controls[i].key, key) == 0) {
            settings->controls[i].value = value;
            return 0;
        }
    void *array = settings->controls;
    int ret = camera_array_grow(&array, settings->control_count, sizeof *settings->controls);
    settings->controls = array;
    if (ret < 0)
        return ret;
    struct camera_setting *fresh = &settings->controls[settings->control_count++];
    snprintf(fresh->key, sizeof fresh->key, "%s", key);
    fresh->value = value;
    return 0;
}

void camera_settings_forget_controls(struct camera_settings *settings)
{
    memory_free(settings->controls);
    settings->controls = NULL;
    settings->control_count = 0;
}

void camera_settings_free(struct camera_settings *settings)
{
    camera_settings_forget_controls(settings);
    *settings = camera_settings_none();
}
