// The settings file: the rows of the table of settings that have a key.

#include "app/config.h"

#include "app/json_file.h"
#include "processing/memory.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <string.h>

struct config {
    struct path file; ///< "" when nothing is remembered
    cJSON *root;      ///< the object in the file, or an empty one
};

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
        int result = row ? json_take_setting(row, row->key, item, &taken, err) : 0;
        if (result < 0)
            return result;
    }
    *settings = taken;
    return 0;
}

/** Puts a broken file aside and adds to the sentence where it is. */
static int refuse(struct config *config, int code, const struct error *why, struct error *err)
{
    struct path bad = {""};
    json_file_put_aside(config->file.text, &bad);
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
    int result = json_file_read(config->file.text, &config->root, &why);
    if (result == -ENOENT)
        return 0;
    if (result < 0 && !why.text[0])
        return give_up(config, result, err);
    if (result == 0)
        result = take_values(config->root, settings, &why);
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

const char *config_file(const struct config *config)
{
    return config ? config->file.text : "";
}

int config_save(struct config *config, const struct settings *settings, struct error *err)
{
    if (!config || !config->file.text[0])
        return 0;
    if (!config->root)
        config->root = cJSON_CreateObject();
    int ret = config->root ? 0 : -ENOMEM;
    for (int i = 0; i < setting_count && ret == 0; i++)
        if (setting_table[i].key)
            ret = json_put_setting(config->root, setting_table[i].key, &setting_table[i], settings);
    if (ret < 0)
        return error_set(err, ret, "no memory to write %s", config->file.text);
    return json_file_write(config->file.text, config->root, err);
}

void config_close(struct config **config)
{
    if (!*config)
        return;
    cJSON_Delete((*config)->root);
    memory_free(*config);
    *config = NULL;
}
