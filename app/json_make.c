#include "app/json_make.h"

#include <cjson/cJSON.h>

static cJSON *note(struct json_maker *maker, cJSON *made)
{
    maker->failed |= !made;
    return made;
}

cJSON *json_make_object(struct json_maker *maker)
{
    return note(maker, cJSON_CreateObject());
}

cJSON *json_make_array(struct json_maker *maker)
{
    return note(maker, cJSON_CreateArray());
}

void json_make_number(struct json_maker *maker, cJSON *object, const char *key, double value)
{
    note(maker, cJSON_AddNumberToObject(object, key, value));
}

void json_make_text(struct json_maker *maker, cJSON *object, const char *key, const char *value)
{
    note(maker, cJSON_AddStringToObject(object, key, value));
}

void json_make_bool(struct json_maker *maker, cJSON *object, const char *key, bool value)
{
    note(maker, cJSON_AddBoolToObject(object, key, value));
}

/** cJSON leaves what it could not add to its caller. */
static void settle(struct json_maker *maker, bool added, cJSON *value)
{
    maker->failed |= !added;
    if (!added)
        cJSON_Delete(value);
}

void json_make_member(struct json_maker *maker, cJSON *object, const char *key, cJSON *value)
{
    settle(maker, cJSON_AddItemToObject(object, key, value), value);
}

void json_make_element(struct json_maker *maker, cJSON *array, cJSON *value)
{
    settle(maker, cJSON_AddItemToArray(array, value), value);
}

cJSON *json_make_end(const struct json_maker *maker, cJSON *root)
{
    if (!maker->failed)
        return root;
    cJSON_Delete(root);
    return NULL;
}
