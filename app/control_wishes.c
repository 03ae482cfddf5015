#include "app/control_wishes.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/** Copies without the blanks around it. False if nothing is left or it does not fit. */
static bool take_word(char *word, size_t bytes, const char *from, size_t length)
{
    for (; length > 0 && isspace((unsigned char)*from); length--)
        from++;
    while (length > 0 && isspace((unsigned char)from[length - 1]))
        length--;
    if (length == 0 || length >= bytes)
        return false;
    memcpy(word, from, length);
    word[length] = '\0';
    return true;
}

int control_wish_next(const char **text, struct control_wish *wish)
{
    const char *start = *text;
    if (!*start)
        return 0;
    size_t length = strcspn(start, ","), name = strcspn(start, "=,");
    *text = start + length + (start[length] == ',');
    bool last = !start[length];
    if (name == length || !take_word(wish->name, sizeof wish->name, start, name) ||
        !take_word(wish->value, sizeof wish->value, start + name + 1, length - name - 1))
        return -EINVAL;
    // A comma announces another one.
    return !last && !**text ? -EINVAL : 1;
}

int control_wishes_check(const char *text, struct error *err)
{
    struct control_wish wish;
    const char *rest = text;
    int ret;
    while ((ret = control_wish_next(&rest, &wish)) == 1)
        continue;
    if (ret < 0)
        error_set(err, ret,
                  "--set-ctrl %.200s: it takes name=value[,name=value...], with names from "
                  "`cannyscope devices`",
                  text);
    return ret;
}

/** Appends, and cuts with dots where there is no more room. */
static void add_word(char *list, size_t bytes, const char *word)
{
    size_t used = strlen(list);
    if (used + strlen(word) + 8 < bytes)
        snprintf(list + used, bytes - used, "%s%s", used ? ", " : "", word);
    else if (used + 6 < bytes && (used < 3 || strcmp(list + used - 3, "...") != 0))
        snprintf(list + used, bytes - used, ", ...");
}

static int explain_name(const struct control_wish *wish, const struct camera_controls *controls,
                        struct error *err)
{
    char list[400] = "";
    for (int i = 0; i < controls->control_count; i++)
        add_word(list, sizeof list, controls->controls[i].key);
    return error_set(err, -ENOENT, "The camera has no control \"%s\"; it has %s", wish->name,
                     list[0] ? list : "none");
}

static int explain_value(const struct control_wish *wish, const struct camera_controls *controls,
                         const struct camera_control *control, struct error *err)
{
    char list[400] = "", word[64];
    for (int i = 0; i < control->items; i++) {
        const struct camera_menu_item *item = &controls->items[control->first_item + i];
        snprintf(word, sizeof word, "%" PRId64 " (%s)", item->value, item->name);
        add_word(list, sizeof list, word);
    }
    if (control->items)
        return error_set(err, -EINVAL, "%s cannot be \"%s\"; it can be %s", control->key,
                         wish->value, list);
    return error_set(err, -EINVAL,
                     "%s cannot be \"%s\"; it can be %" PRId64 " to %" PRId64
                     " in steps of %" PRId64,
                     control->key, wish->value, control->minimum, control->maximum, control->step);
}

/** Decimal, or hexadecimal after 0x; nothing else in it. */
static bool parse_number(const char *text, int64_t *value)
{
    char *end;
    errno = 0;
    bool digits = isdigit((unsigned char)text[0]) || text[0] == '-' || text[0] == '+';
    bool hex = strncasecmp(text + (text[0] == '-' || text[0] == '+'), "0x", 2) == 0;
    *value = strtoll(text, &end, hex ? 16 : 10);
    return digits && end > text && !*end && errno == 0;
}

static bool parse_switch(const char *text, int64_t *value)
{
    static const char *const words[][2] = {{"off", "on"}, {"no", "yes"}, {"false", "true"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        for (int on = 0; on < 2; on++)
            if (strcasecmp(text, words[i][on]) == 0) {
                *value = on;
                return true;
            }
    return false;
}

static bool parse_item(const char *text, const struct camera_controls *controls,
                       const struct camera_control *control, int64_t *value)
{
    for (int i = 0; i < control->items; i++) {
        const struct camera_menu_item *item = &controls->items[control->first_item + i];
        if (strcasecmp(text, item->name) == 0) {
            *value = item->value;
            return true;
        }
    }
    return false;
}

static bool parse_value(const char *text, const struct camera_controls *controls,
                        const struct camera_control *control, int64_t *value)
{
    switch (control->type) {
    case CONTROL_BUTTON:
        *value = 1;
        return true;
    case CONTROL_BOOLEAN:
        return parse_switch(text, value) || parse_number(text, value);
    case CONTROL_MENU:
    case CONTROL_INT_MENU:
        // An item's name may be a number; the item's own number goes first.
        if (parse_number(text, value) && camera_control_fit(controls, control, value) == 0)
            return true;
        return parse_item(text, controls, control, value);
    case CONTROL_INTEGER:
    case CONTROL_BITMASK:
        return parse_number(text, value);
    default:
        return false;
    }
}

int control_wish_resolve(const struct control_wish *wish, const struct camera_controls *controls,
                         int *index, int64_t *value, struct error *err)
{
    for (int i = 0; i < controls->control_count; i++) {
        const struct camera_control *control = &controls->controls[i];
        if (strcasecmp(control->key, wish->name) != 0)
            continue;
        *index = i;
        return parse_value(wish->value, controls, control, value)
                   ? 0
                   : explain_value(wish, controls, control, err);
    }
    return explain_name(wish, controls, err);
}
