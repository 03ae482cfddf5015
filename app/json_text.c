// JSON from strangers.
//
// cJSON 1.7.15 recurses with the nesting of the input (a thousand levels by default), stops at a
// zero byte, takes 1e999 as infinity and keeps equal keys side by side. So zero bytes and depth
// are checked before it sees the text; size, numbers and repeated keys are the caller's.
//
// Source: RFC 8259; cJSON.h of 1.7.15.

#include "app/json_text.h"

#include <cjson/cJSON.h>
#include <stdbool.h>

/** What comes before parsing; NULL if all is well, else where it is not. */
static const char *check_text(const char *text, size_t size, const char **why)
{
    int depth = 0;
    bool quoted = false;
    for (const char *c = text; c < text + size; c++) {
        *why = *c ? "nested too deeply" : "a zero byte";
        if (!*c)
            return c;
        if (quoted && *c == '\\' && c[1])
            c++;
        else if (*c == '"')
            quoted = !quoted;
        else if (!quoted && (*c == '{' || *c == '['))
            depth++;
        else if (!quoted && (*c == '}' || *c == ']'))
            depth--;
        if (depth > JSON_MAX_DEPTH)
            return c;
    }
    return NULL;
}

cJSON *json_parse_object(const char *text, size_t size, const char **at, const char **why)
{
    *at = check_text(text, size, why);
    if (*at)
        return NULL;
    *why = "not JSON";
    cJSON *root = cJSON_ParseWithLengthOpts(text, size + 1, at, true);
    if (!root && !*at)
        *at = text;
    if (!root || cJSON_IsObject(root))
        return root;
    *at = text;
    *why = "not a JSON object";
    cJSON_Delete(root);
    return NULL;
}
