// Several reports made one.
//
// Lines are kept as they were read, so that what another version wrote into them stays. They were
// checked to be plain UTF-8 (app/json_lines.h): a report from elsewhere cannot rewrite the
// terminal.

#include "app/batch_merge.h"

#include "app/byte_map.h"
#include "app/growing.h"
#include "app/json_lines.h"
#include "processing/memory.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BROKEN = 100, SENTENCE_BYTES = 512 };

struct merged_line {
    const char *input; ///< as it stands in the report
    const char *text;
    enum batch_status status;
};

struct batch_merge {
    struct merged_line *lines;
    size_t count, room;
    struct byte_map inputs; ///< the line's index
    struct text_pool texts;
    const char *broken[MOST_BROKEN];
    size_t broken_count;
};

int batch_merge_open(struct batch_merge **out)
{
    *out = memory_alloc(MEMORY_OTHER, sizeof **out);
    return *out ? 0 : -ENOMEM;
}

static int note_broken(struct batch_merge *merge, const char *file, long number, const char *why)
{
    char sentence[SENTENCE_BYTES];
    if (merge->broken_count++ >= MOST_BROKEN)
        return 0;
    snprintf(sentence, sizeof sentence, "%.300s:%ld: %s", file, number, why);
    const char *kept = text_pool_copy(&merge->texts, sentence, strlen(sentence));
    merge->broken[merge->broken_count - 1] = kept;
    return kept ? 0 : -ENOMEM;
}

/** The line's text without white space at its end, in the merge's texts. */
static const char *keep_text(struct batch_merge *merge, const char *text)
{
    size_t length = strlen(text);
    while (length > 0 && strchr(" \t\r", text[length - 1]))
        length--;
    return text_pool_copy(&merge->texts, text, length);
}

static int add_line(struct batch_merge *merge, const char *input, struct merged_line line)
{
    if (merge->count == merge->room) {
        void *more = array_grow(merge->lines, &merge->room, sizeof *merge->lines);
        if (!more)
            return -ENOMEM;
        merge->lines = more;
    }
    size_t length = strlen(input);
    line.input = text_pool_copy(&merge->texts, input, length);
    if (!line.input)
        return -ENOMEM;
    merge->lines[merge->count] = line;
    return byte_map_put(&merge->inputs, line.input, length, merge->count++);
}

/** Adds a good line, or puts it in the place of an earlier one. */
static int take_line(struct batch_merge *merge, const char *input, enum batch_status status,
                     const char *text)
{
    const size_t *found = byte_map_find(&merge->inputs, input, strlen(input));
    struct merged_line *earlier = found ? &merge->lines[*found] : NULL;
    if (earlier && status == BATCH_SKIPPED &&
        (earlier->status == BATCH_OK || earlier->status == BATCH_DAMAGED))
        return 0;
    struct merged_line line = {.text = keep_text(merge, text), .status = status};
    if (!line.text)
        return -ENOMEM;
    if (!earlier)
        return add_line(merge, input, line);
    earlier->text = line.text;
    earlier->status = status;
    return 0;
}

/** What is wrong with a line's object; NULL if it is a report's. */
static const char *check_line(const cJSON *object, const char **input, enum batch_status *status)
{
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "status"));
    *input = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "input"));
    if (!*input)
        return "names no input";
    if (!name || !batch_status_parse(name, status))
        return "has no status that is known";
    return NULL;
}

static int read_lines(struct batch_merge *merge, struct json_lines *lines, const char *file)
{
    cJSON *object;
    const char *why, *input = "";
    enum batch_status status = BATCH_OK;
    int result = 0, got;
    while (result == 0 && (got = json_lines_next(lines, &object, &why)) != 0) {
        if (got == 1)
            why = check_line(object, &input, &status);
        if (got < 0 && got != -EBADMSG)
            result = got;
        else if (why)
            result = note_broken(merge, file, json_lines_number(lines), why);
        else
            result = take_line(merge, input, status, json_lines_text(lines));
        cJSON_Delete(object);
    }
    return result;
}

int batch_merge_add(struct batch_merge *merge, const char *file, struct error *err)
{
    struct json_lines *lines = NULL;
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    int result = fd < 0 ? -errno : json_lines_open(&lines, fd);
    if (result == 0)
        result = read_lines(merge, lines, file);
    json_lines_close(&lines);
    if (result < 0)
        return error_set(err, result, "Cannot read the report '%.300s': %s", file,
                         error_reason(result));
    return 0;
}

static int compare_lines(const void *a, const void *b)
{
    const struct merged_line *left = a, *right = b;
    return strcmp(left->input, right->input);
}

int batch_merge_write(const struct batch_merge *merge, FILE *to)
{
    if (merge->count == 0)
        return 0;
    struct merged_line *sorted = memory_alloc(MEMORY_OTHER, merge->count * sizeof *sorted);
    if (!sorted)
        return -ENOMEM;
    memcpy(sorted, merge->lines, merge->count * sizeof *sorted);
    qsort(sorted, merge->count, sizeof *sorted, compare_lines);
    int result = 0;
    for (size_t i = 0; result == 0 && i < merge->count; i++)
        result = fprintf(to, "%s\n", sorted[i].text) < 0 ? -errno : 0;
    if (result == 0 && fflush(to) != 0)
        result = -errno;
    memory_free(sorted);
    return result;
}

size_t batch_merge_count(const struct batch_merge *merge, enum batch_status status)
{
    size_t count = 0;
    for (size_t i = 0; i < merge->count; i++)
        count += merge->lines[i].status == status;
    return count;
}

size_t batch_merge_broken_count(const struct batch_merge *merge)
{
    return merge->broken_count;
}

const char *batch_merge_broken(const struct batch_merge *merge, size_t index)
{
    return index < MOST_BROKEN ? merge->broken[index] : NULL;
}

void batch_merge_close(struct batch_merge **merge)
{
    if (!*merge)
        return;
    byte_map_free(&(*merge)->inputs);
    text_pool_free(&(*merge)->texts);
    memory_free((*merge)->lines);
    memory_free(*merge);
    *merge = NULL;
}
