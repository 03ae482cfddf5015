#pragma once

/**
 * @file
 * JSON from strangers: cJSON, with everything checked that a parser does not promise.
 *
 * Threads: any; nothing is shared.
 */

#include <stddef.h>

/** Deepest nesting of lists and objects that is read. */
enum { JSON_MAX_DEPTH = 32 };

struct cJSON;

/**
 * Parses a text that must be one JSON object and nothing else.
 *
 * @param text With a zero behind its `size` bytes.
 * @param at   Set on failure: where in the text it went wrong.
 * @param why  Set on failure: what is wrong, in a few constant words.
 * @return The caller's, to be deleted with cJSON_Delete(); NULL on failure, also when there is no
 *         memory.
 */
struct cJSON *json_parse_object(const char *text, size_t size, const char **at, const char **why);
