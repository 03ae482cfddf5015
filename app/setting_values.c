// Values of settings: from text and numbers, and back.
//
// Text is what a person typed, so it is taken only if all of it makes sense: "5x" is no number,
// nor are "nan", "0x10" or "", which C's own functions would let through.

#include "app/settings.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(enum view) == sizeof(int), "choices are read and written as int");

static void *value_of(const struct setting *row, struct settings *settings)
{
    return (char *)settings + row->offset;
}

static const void *const_value_of(const struct setting *row, const struct settings *settings)
{
    return (const char *)settings + row->offset;
}

static size_t value_bytes(enum setting_type type)
{
    static const size_t bytes[] = {
        [SETTING_BOOL] = sizeof(bool),         [SETTING_INT] = sizeof(int),
        [SETTING_DOUBLE] = sizeof(double),     [SETTING_CHOICE] = sizeof(int),
        [SETTING_STRING] = SETTING_TEXT_BYTES, [SETTING_SIZE] = sizeof(struct setting_size),
        [SETTING_FOURCC] = sizeof(uint32_t)};
    return bytes[type];
}

/** Writes a number into the field, whatever its type. */
static void store(const struct setting *row, double number, struct settings *settings)
{
    bool boolean = number != 0;
    int integer = row->type == SETTING_DOUBLE ? 0 : (int)number;
    const void *from = row->type == SETTING_BOOL     ? (const void *)&boolean
                       : row->type == SETTING_DOUBLE ? (const void *)&number
                                                     : (const void *)&integer;
    memcpy(value_of(row, settings), from, value_bytes(row->type));
}

static bool is_number(const struct setting *row)
{
    return row->type <= SETTING_CHOICE;
}

static int parse_string(const struct setting *row, const char *text, struct settings *settings)
{
    size_t length = strlen(text);
    if ((length == 0 && !row->text) || length >= SETTING_TEXT_BYTES)
        return -EINVAL;
    memcpy(value_of(row, settings), text, length + 1);
    return 0;
}

void settings_reset(struct settings *settings)
{
    *settings = (struct settings){.source = ""};
    for (int i = 0; i < setting_count; i++) {
        const struct setting *row = &setting_table[i];
        if (is_number(row))
            store(row, row->fallback, settings);
        else if (row->text)
            parse_string(row, row->text, settings);
    }
}

void settings_merge(struct settings *to, const struct settings *from,
                    const struct setting_set *which)
{
    for (int i = 0; i < setting_count; i++) {
        const struct setting *row = &setting_table[i];
        if (which->has[i])
            memcpy(value_of(row, to), const_value_of(row, from), value_bytes(row->type));
    }
}

static bool is_choice(const struct setting *row, double number)
{
    int value;
    for (int i = 0; row->choice(i, &value); i++) {
        if (value == number)
            return true;
    }
    return false;
}

int setting_set_number(const struct setting *row, double number, struct settings *settings)
{
    // NaN fails this comparison too.
    if (row->type > SETTING_DOUBLE || !(number >= row->min && number <= row->max))
        return -EINVAL;
    if (row->type != SETTING_DOUBLE && number != floor(number))
        return -EINVAL;
    if (row->choice && !is_choice(row, number))
        return -EINVAL;
    store(row, number, settings);
    return 0;
}

static int parse_number(const struct setting *row, const char *text, struct settings *settings)
{
    size_t length = strlen(text);
    char *end;
    double number = strtod(text, &end);
    if (length == 0 || strspn(text, "0123456789.+-eE") != length || *end)
        return -EINVAL;
    return setting_set_number(row, number, settings);
}

static int parse_choice(const struct setting *row, const char *text, struct settings *settings)
{
    int value;
    const char *name;
    for (int i = 0; (name = row->choice(i, &value)); i++) {
        char number[16] = "";
        if (row->by_number)
            snprintf(number, sizeof number, "%d", value);
        if (strcmp(name, text) == 0 || (row->by_number && strcmp(number, text) == 0)) {
            store(row, value, settings);
            return 0;
        }
    }
    return -EINVAL;
}

/** An integer of digits alone, up to `max`; moves *text behind it. -1 if there is none. */
static int take_digits(const char **text, double max)
{
    long number = 0;
    const char *start = *text;
    for (; isdigit((unsigned char)**text) && number <= max; ++*text)
        number = number * 10 + (**text - '0');
    return *text > start && number <= max ? (int)number : -1;
}

static int parse_size(const struct setting *row, const char *text, struct settings *settings)
{
    struct setting_size size = {.width = take_digits(&text, row->max)};
    if (*text != 'x' && *text != 'X')
        return -EINVAL;
    text++;
    size.height = take_digits(&text, row->max);
    if (*text || size.width < row->min || size.height < row->min)
        return -EINVAL;
    memcpy(value_of(row, settings), &size, sizeof size);
    return 0;
}

uint32_t setting_fourcc(const char *name)
{
    static const char *const usual[][2] = {
        {"MJPEG", "MJPG"}, {"MJPG", "MJPG"}, {"JPEG", "JPEG"},  {"YUYV", "YUYV"}, {"UYVY", "UYVY"},
        {"NV12", "NV12"},  {"I420", "YU12"}, {"YU12", "YU12"},  {"GREY", "GREY"}, {"GRAY", "GREY"},
        {"RGB24", "RGB3"}, {"RGB3", "RGB3"}, {"BGR24", "BGR3"}, {"BGR3", "BGR3"},
    };
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
        if (strcasecmp(usual[i][0], name) == 0)
            name = usual[i][1];
    }
    size_t length = strlen(name);
    if (length == 0 || length > 4)
        return 0;
    uint32_t code = 0;
    for (size_t i = 0; i < 4; i++) {
        unsigned char c = i < length ? (unsigned char)name[i] : ' ';
        if (c < 0x20 || c > 0x7e)
            return 0;
        code |= (uint32_t)c << (8 * i);
    }
    return code;
}

static int parse_fourcc(const struct setting *row, const char *text, struct settings *settings)
{
    uint32_t code = setting_fourcc(text);
    if (!code)
        return -EINVAL;
    memcpy(value_of(row, settings), &code, sizeof code);
    return 0;
}

int setting_parse(const struct setting *row, const char *text, struct settings *settings)
{
    static int (*const parsers[])(const struct setting *, const char *, struct settings *) = {
        [SETTING_BOOL] = parse_number,   [SETTING_INT] = parse_number,
        [SETTING_DOUBLE] = parse_number, [SETTING_CHOICE] = parse_choice,
        [SETTING_STRING] = parse_string, [SETTING_SIZE] = parse_size,
        [SETTING_FOURCC] = parse_fourcc};
    return parsers[row->type](row, text, settings);
}

double setting_number(const struct setting *row, const struct settings *settings)
{
    bool boolean;
    int integer;
    double number;
    const void *from = const_value_of(row, settings);
    if (row->type == SETTING_BOOL)
        return memcpy(&boolean, from, sizeof boolean), boolean;
    if (row->type == SETTING_DOUBLE)
        return memcpy(&number, from, sizeof number), number;
    return memcpy(&integer, from, sizeof integer), integer;
}

static void format_number(double number, char *text, size_t bytes)
{
    snprintf(text, bytes, "%.15g", number);
    if (strtod(text, NULL) != number)
        snprintf(text, bytes, "%.17g", number);
}

static void format_choice(const struct setting *row, int wanted, char *text, size_t bytes)
{
    int value;
    const char *name;
    for (int i = 0; (name = row->choice(i, &value)); i++) {
        if (value == wanted)
            snprintf(text, bytes, "%s", name);
    }
}

static void format_size(const struct setting *row, const struct settings *settings, char *text,
                        size_t bytes)
{
    struct setting_size size;
    memcpy(&size, const_value_of(row, settings), sizeof size);
    if (size.width > 0)
        snprintf(text, bytes, "%dx%d", size.width, size.height);
}

static void format_fourcc(const struct setting *row, const struct settings *settings, char *text,
                          size_t bytes)
{
    uint32_t code;
    memcpy(&code, const_value_of(row, settings), sizeof code);
    if (code)
        snprintf(text, bytes, "%c%c%c%c", (int)(code & 0xff), (int)(code >> 8 & 0xff),
                 (int)(code >> 16 & 0xff), (int)(code >> 24));
}

void setting_format(const struct setting *row, const struct settings *settings, char *text,
                    size_t bytes)
{
    snprintf(text, bytes, "%s", "");
    if (row->type == SETTING_STRING)
        snprintf(text, bytes, "%s", (const char *)const_value_of(row, settings));
    else if (row->type == SETTING_SIZE)
        format_size(row, settings, text, bytes);
    else if (row->type == SETTING_FOURCC)
        format_fourcc(row, settings, text, bytes);
    else if (row->type == SETTING_CHOICE)
        format_choice(row, (int)setting_number(row, settings), text, bytes);
    else
        format_number(setting_number(row, settings), text, bytes);
}

/** "a, b or c". */
static void list_choices(const struct setting *row, char *text, size_t bytes)
{
    int value;
    const char *name;
    size_t used = 0;
    for (int i = 0; used < bytes && (name = row->choice(i, &value)); i++) {
        bool last = !row->choice(i + 1, &value);
        const char *between = i == 0 ? "" : last ? " or " : ", ";
        used += (size_t)snprintf(text + used, bytes - used, "%s%s", between, name);
    }
}

static void describe_range(const struct setting *row, char *text, size_t bytes)
{
    const char *what = row->type == SETTING_INT ? "a whole number" : "a number";
    if (row->max >= INT_MAX || row->max >= 1e9)
        snprintf(text, bytes, "%s, at least %.15g", what, row->min);
    else
        snprintf(text, bytes, "%s from %.15g to %.15g", what, row->min, row->max);
}

void setting_allowed(const struct setting *row, char *text, size_t bytes)
{
    if (row->choice)
        list_choices(row, text, bytes);
    else if (row->type == SETTING_BOOL)
        snprintf(text, bytes, "true or false");
    else if (row->type == SETTING_STRING)
        snprintf(text, bytes, "a text of %d to %d bytes", !row->text, SETTING_TEXT_BYTES - 1);
    else if (row->type == SETTING_SIZE)
        snprintf(text, bytes, "WIDTHxHEIGHT in pixels, both from %.15g to %.15g", row->min,
                 row->max);
    else if (row->type == SETTING_FOURCC)
        snprintf(text, bytes, "up to four characters, e.g. YUYV or MJPG");
    else
        describe_range(row, text, bytes);
}
