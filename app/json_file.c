// JSON in files, by cJSON. Size, zero bytes and depth are checked before cJSON sees the text
// (app/json_text.h), numbers after, the last of equal keys counts, and since cJSON says only at
// which byte it stopped, the line is counted here.
//
// Source: RFC 8259; cJSON.h of 1.7.15.

#include "app/json_file.h"

#include "app/json_text.h"
#include "app/small_file.h"
#include "processing/memory.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/** Broken files kept beside each other: .bad, .bad-2 to .bad-99. */
enum { BAD_FILES = 99 };

/** Line of a byte of the text, from 1. */
static int line_of(const char *text, const char *at)
{
    int line = 1;
    for (; text < at; text++)
        line += *text == '\n';
    return line;
}

/** Parses the text into *root, an object. */
static int parse(const char *text, size_t size, cJSON **root, struct error *why)
{
    const char *at, *reason;
    *root = json_parse_object(text, size, &at, &reason);
    return *root ? 0 : error_set(why, -EINVAL, "line %d: %s", line_of(text, at), reason);
}

int json_file_read(const char *path, cJSON **root, struct error *why)
{
    char *text;
    size_t size;
    *root = NULL;
    int result = small_file_read(path, JSON_FILE_MAX_BYTES, &text, &size);
    if (result == -EFBIG)
        return error_set(why, -EINVAL, "larger than %d KB", JSON_FILE_MAX_BYTES / 1024);
    if (result < 0)
        return result;
    result = parse(text, size, root, why);
    memory_free(text);
    return result;
}

void json_file_put_aside(const char *path, struct path *bad)
{
    struct stat status;
    int result = path_set(bad, "%s.bad", path);
    for (int i = 2; result == 0 && lstat(bad->text, &status) == 0; i++)
        result = i <= BAD_FILES ? path_set(bad, "%s.bad-%d", path, i) : -EEXIST;
    if (result < 0 || rename(path, bad->text) < 0)
        bad->text[0] = '\0';
}

/** The object as text, if possible no longer than what is read; cJSON's, freed with cJSON_free().
 */
static char *print(const cJSON *root)
{
    char *text = cJSON_Print(root);
    if (text && strlen(text) >= JSON_FILE_MAX_BYTES) {
        cJSON_free(text);
        text = cJSON_PrintUnformatted(root);
    }
    return text;
}

int json_file_write(const char *path, const cJSON *root, struct error *err)
{
    struct path folder = {""};
    path_folder(&folder, path);
    int result = paths_make_folder(folder.text, 0700);
    if (result < 0)
        return error_set(err, result, "cannot make the folder %s: %s", folder.text,
                         error_reason(result));
    char *text = root ? print(root) : NULL;
    if (!text)
        return error_set(err, -ENOMEM, "no memory to write %s", path);
    size_t length = strlen(text);
    text[length] = '\n'; // in the place of the final zero
    if (length < JSON_FILE_MAX_BYTES)
        result = small_file_replace(path, text, length + 1, err);
    else
        result = error_set(err, -EFBIG, "the settings in %s would be larger than %d KB", path,
                           JSON_FILE_MAX_BYTES / 1024);
    cJSON_free(text);
    return result;
}

int json_take_setting(const struct setting *row, const char *key, const cJSON *item,
                      struct settings *settings, struct error *err)
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
    return error_set(err, result, "the value of \"%s\" must be %s", key, allowed);
}

/** A new JSON value for a row. Returns whether there was memory; NULL is nothing to remember. */
static bool make_value(const struct setting *row, const struct settings *settings, cJSON **value)
{
    char text[SETTING_TEXT_BYTES] = "";
    if (row->type > SETTING_DOUBLE)
        setting_format(row, settings, text, sizeof text);
    *value = row->type == SETTING_BOOL     ? cJSON_CreateBool(setting_number(row, settings) != 0)
             : row->type <= SETTING_DOUBLE ? cJSON_CreateNumber(setting_number(row, settings))
             : text[0]                     ? cJSON_CreateString(text)
                                           : NULL;
    return *value || (row->type > SETTING_DOUBLE && !text[0]);
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

int json_put(cJSON *root, const char *key, cJSON *value)
{
    bool put = true;
    remove_repeats(root, key);
    if (!value)
        cJSON_DeleteItemFromObjectCaseSensitive(root, key);
    else if (cJSON_GetObjectItemCaseSensitive(root, key))
        put = cJSON_ReplaceItemInObjectCaseSensitive(root, key, value);
    else
        put = cJSON_AddItemToObject(root, key, value);
    if (!put)
        cJSON_Delete(value);
    return put ? 0 : -ENOMEM;
}

int json_put_setting(cJSON *root, const char *key, const struct setting *row,
                     const struct settings *settings)
{
    cJSON *value;
    return make_value(row, settings, &value) ? json_put(root, key, value) : -ENOMEM;
}
