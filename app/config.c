// The settings file, by cJSON, with everything checked that a parser does not promise.
//
// Size, zero bytes and depth are checked before cJSON sees the text (app/json_text.h), numbers
// after, the last of equal keys counts, and since cJSON says only at which byte it stopped, the
// line is counted here.
//
// Source: RFC 8259; cJSON.h of 1.7.15.

#include "app/config.h"

#include "app/json_text.h"
#include "app/paths.h"
#include "app/small_file.h"
#include "processing/memory.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** Broken files kept beside each other: .bad, .bad-2 to .bad-99. */
enum { BAD_FILES = 99 };

struct config {
    struct path file; ///< "" when nothing is remembered
    cJSON *root;      ///< the object in the file, or an empty one
};

/** Line of a byte of the text, from 1. */
static int line_of(const char *text, const char *at)
{
    int line = 1;
    for (; text < at; text++)
        line += *text == '\n';
    return line;
}

/** Parses the text into *root, an object. */
static int parse(const char *text, size_t size, cJSON **root, struct error *err)
{
    const char *at, *why;
    *root = json_parse_object(text, size, &at, &why);
    return *root ? 0 : error_set(err, -EINVAL, "line %d: %s", line_of(text, at), why);
}

/** Takes one value over, or says what it should have been. */
static int take_value(const struct setting *row, const cJSON *item, struct settings *settings,
                      struct error *err)
{
    char allowed[256];
    int result = -EINVAL;
    if (row->type == SETTING_BOOL && cJSON_IsBool(item))
        result = setting_set_number(row, cJSON_IsTrue(item), settings);
    else if ((row->type == SETTING_INT || row->type == SETTING_DOUBLE) && cJSON_IsNumber(item))
        result = setting_set_number(row, item->valuedouble, settings);
    else if (row->type > SETTING_DOUBLE && cJSON_IsString(item))
        result = setting_parse(row, item->valuestring, settings);
    if (result == 0)
        return 0;
    setting_allowed(row, allowed, sizeof allowed);
    return error_set(err, result, "the value of \"%s\" must be %s", row->key, allowed);
}

static const struct setting *row_of_key(const char *key)
{
    for (int i = 0; i < setting_count; i++) {
        if (setting_table[i].key && strcmp(setting_table[i].key, key) == 0)
            return &setting_table[i];
    }
    return NULL;
}

/** Takes all values over, or none. */
static int take_values(const cJSON *root, struct settings *settings, struct error *err)
{
    struct settings taken = *settings;
    const cJSON *item;
    cJSON_ArrayForEach(item, root)
    {
        const struct setting *row = row_of_key(item->string);
        int result = row ? take_value(row, item, &taken, err) : 0;
        if (result < 0)
            return result;
    }
    *settings = taken;
    return 0;
}

/** Renames the broken file; its new name, or "" if it had to stay. */
static void put_aside(const char *file, struct path *bad)
{
    struct stat status;
    int result = path_set(bad, "%s.bad", file);
    for (int i = 2; result == 0 && lstat(bad->text, &status) == 0; i++)
        result = i <= BAD_FILES ? path_set(bad, "%s.bad-%d", file, i) : -EEXIST;
    if (result < 0 || rename(file, bad->text) < 0)
        bad->text[0] = '\0';
}

/** Puts a broken file aside and adds to the sentence where it is. */
static int refuse(struct config *config, int code, const struct error *why, struct error *err)
{
    struct path bad = {""};
    put_aside(config->file.text, &bad);
    if (bad.text[0])
        return error_set(err, code, "%.150s: %s; the defaults hold, the file is now %.150s",
                         config->file.text, why->text, bad.text);
    error_set(err, code, "%.200s: %s; the defaults hold and nothing will be remembered",
              config->file.text, why->text);
    config->file.text[0] = '\0';
    return code;
}

/** The file is there but cannot be read: it is not ours to replace. */
static int give_up(struct config *config, int code, struct error *err)
{
    error_set(err, code, "cannot read %s: %s; the defaults hold and nothing will be remembered",
              config->file.text, error_reason(code));
    config->file.text[0] = '\0';
    return code;
}

static int load(struct config *config, struct settings *settings, struct error *err)
{
    struct error why = {""};
    char *text;
    size_t size;
    int result = small_file_read(config->file.text, CONFIG_MAX_BYTES, &text, &size);
    if (result == -ENOENT)
        return 0;
    if (result == -EFBIG) {
        error_set(&why, -EINVAL, "larger than %d KB", CONFIG_MAX_BYTES / 1024);
        return refuse(config, -EINVAL, &why, err);
    }
    if (result < 0)
        return give_up(config, result, err);
    result = parse(text, size, &config->root, &why);
    if (result == 0)
        result = take_values(config->root, settings, &why);
    memory_free(text);
    return result < 0 ? refuse(config, result, &why, err) : 0;
}

int config_open(struct config **out, const char *path, struct settings *settings, struct error *err)
{
    *out = memory_alloc(MEMORY_OTHER, sizeof **out);
    if (!*out)
        return error_set(err, -ENOMEM, "no memory for the settings file");
    if (!path || !path[0])
        return 0;
    int result = path_set(&(*out)->file, "%s", path);
    if (result < 0)
        return error_set(err, result, "the name of the settings file is too long");
    return load(*out, settings, err);
}

/** A new JSON value for a row; NULL for nothing to remember or no memory. */
static cJSON *make_value(const struct setting *row, const struct settings *settings)
{
    char text[SETTING_TEXT_BYTES];
    if (row->type == SETTING_BOOL)
        return cJSON_CreateBool(setting_number(row, settings) != 0);
    if (row->type <= SETTING_DOUBLE)
        return cJSON_CreateNumber(setting_number(row, settings));
    setting_format(row, settings, text, sizeof text);
    return text[0] ? cJSON_CreateString(text) : NULL;
}

/** Puts the row's value in the place of the one that the object has. */
static void put_value(cJSON *root, const struct setting *row, const struct settings *settings)
{
    cJSON *value = make_value(row, settings);
    cJSON *old = cJSON_GetObjectItemCaseSensitive(root, row->key);
    if (value && old) {
        cJSON_ReplaceItemInObjectCaseSensitive(root, row->key, value);
    } else if (value) {
        cJSON_AddItemToObject(root, row->key, value);
    } else {
        cJSON_DeleteItemFromObjectCaseSensitive(root, row->key);
    }
}

/** Removes all but the first of a key that stands more than once. */
static void remove_repeats(cJSON *root, const char *key)
{
    cJSON *first = cJSON_GetObjectItemCaseSensitive(root, key);
    for (cJSON *item = first ? first->next : NULL, *next; item; item = next) {
        next = item->next;
        if (strcmp(item->string, key) == 0)
            cJSON_Delete(cJSON_DetachItemViaPointer(root, item));
    }
}

/** The object as text, no longer than config_open() reads; cJSON's, freed with cJSON_free(). */
static char *print(const cJSON *root)
{
    char *text = cJSON_Print(root);
    if (text && strlen(text) >= CONFIG_MAX_BYTES) {
        cJSON_free(text);
        text = cJSON_PrintUnformatted(root);
    }
    return text;
}

static int write_file(struct config *config, struct error *err)
{
    char *text = print(config->root);
    if (!text)
        return error_set(err, -ENOMEM, "no memory to write %s", config->file.text);
    size_t length = strlen(text);
    text[length] = '\n'; // in the place of the final zero
    int result;
    if (length < CONFIG_MAX_BYTES)
        result = small_file_replace(config->file.text, text, length + 1, err);
    else
        result = error_set(err, -EFBIG, "the settings in %s would be larger than %d KB",
                           config->file.text, CONFIG_MAX_BYTES / 1024);
    cJSON_free(text);
    return result;
}

static void put_values(cJSON *root, const struct settings *settings)
{
    for (int i = 0; i < setting_count; i++) {
        const struct setting *row = &setting_table[i];
        if (!row->key)
            continue;
        remove_repeats(root, row->key);
        put_value(root, row, settings);
    }
}

int config_save(struct config *config, const struct settings *settings, struct error *err)
{
    struct path folder = {""};
    if (!config || !config->file.text[0])
        return 0;
    if (!cJSON_IsObject(config->root)) {
        cJSON_Delete(config->root);
        config->root = cJSON_CreateObject();
    }
    if (!config->root)
        return error_set(err, -ENOMEM, "no memory to write %s", config->file.text);
    path_folder(&folder, config->file.text);
    int result = paths_make_folder(folder.text, 0700);
    if (result < 0)
        return error_set(err, result, "cannot make the folder %s: %s", folder.text,
                         error_reason(result));
    put_values(config->root, settings);
    return write_file(config, err);
}

void config_close(struct config **config)
{
    if (!*config)
        return;
    cJSON_Delete((*config)->root);
    memory_free(*config);
    *config = NULL;
}
