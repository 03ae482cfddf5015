#pragma once

/**
 * @file
 * JSON that is made piece by piece. Each piece needs memory; the maker remembers when there was
 * none, so that whoever makes a document asks once, at the end, and gives none out that lacks a
 * piece.
 *
 * Threads: any; nothing is shared.
 */

#include <stdbool.h>

struct cJSON;

/** Zeroed it is ready. */
struct json_maker {
    bool failed; ///< something is missing: what was made is to be deleted and not shown
};

/** The caller's, to be deleted with cJSON_Delete() or handed to json_make_member() and so on. */
struct cJSON *json_make_object(struct json_maker *maker);
struct cJSON *json_make_array(struct json_maker *maker);

/** Nothing happens to an object of NULL. Texts are copied. */
void json_make_number(struct json_maker *maker, struct cJSON *object, const char *key,
                      double value);
void json_make_text(struct json_maker *maker, struct cJSON *object, const char *key,
                    const char *value);
void json_make_bool(struct json_maker *maker, struct cJSON *object, const char *key, bool value);

/** Take the value over, whatever happens. */
void json_make_member(struct json_maker *maker, struct cJSON *object, const char *key,
                      struct cJSON *value);
void json_make_element(struct json_maker *maker, struct cJSON *array, struct cJSON *value);

/** The whole document, still the caller's; or deleted and NULL, if something is missing. */
struct cJSON *json_make_end(const struct json_maker *maker, struct cJSON *root);
