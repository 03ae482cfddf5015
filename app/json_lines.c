// JSON, a line an object.
//
// POSIX makes a write() with O_APPEND one step with finding the file's end; Linux keeps other
// writers of the same regular file out meanwhile. What remains is a line that the disk had no room
// for: it is noticed by the last byte, which is no newline then.
//
// Source: POSIX.1-2017, write(); open(2) on O_APPEND and NFS.

#include "app/json_lines.h"

#include "app/escape.h"
#include "app/json_text.h"
#include "processing/memory.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct json_lines {
    FILE *stream;
    long number;
    size_t size; ///< bytes of `text`
    char text[JSON_LINE_BYTES + 1];
};

int json_lines_open(struct json_lines **out, int fd)
{
    int result = -ENOMEM;
    *out = memory_alloc(MEMORY_OTHER, sizeof **out);
    if (*out) {
        (*out)->stream = fdopen(fd, "r");
        result = (*out)->stream ? 0 : -errno;
    }
    if (result < 0) {
        close(fd);
        json_lines_close(out);
    }
    return result;
}

/** Reads up to the newline; 1, 0 at the end, -EBADMSG for a line too long, or a negative errno. */
static int read_line(struct json_lines *lines)
{
    bool fits = true;
    int c;
    lines->size = 0;
    errno = 0;
    while ((c = getc_unlocked(lines->stream)) != EOF && c != '\n') {
        fits = fits && lines->size < JSON_LINE_BYTES;
        if (fits)
            lines->text[lines->size++] = (char)c;
    }
    lines->text[lines->size] = '\0';
    if (ferror(lines->stream))
        return errno ? -errno : -EIO;
    if (c == EOF && lines->size == 0)
        return 0;
    lines->number++;
    return fits ? 1 : -EBADMSG;
}

/** Other programs may have put white space there. */
static bool is_blank(const struct json_lines *lines)
{
    return strspn(lines->text, " \t\r") == lines->size;
}

/** Whether the bytes may be shown; a zero byte is found by the parser. */
static bool is_text(const char *text)
{
    while (*text) {
        int length = *text == '\t' || *text == '\r' ? 1 : escape_character(text);
        if (length == 0)
            return false;
        text += length;
    }
    return true;
}

int json_lines_next(struct json_lines *lines, cJSON **object, const char **why)
{
    *object = NULL;
    int result;
    do
        result = read_line(lines);
    while (result == 1 && is_blank(lines));
    *why = "longer than 64 KB";
    if (result != 1)
        return result;
    *why = "not plain UTF-8";
    if (!is_text(lines->text))
        return -EBADMSG;
    const char *at;
    *object = json_parse_object(lines->text, lines->size, &at, why);
    return *object ? 1 : -EBADMSG;
}

long json_lines_number(const struct json_lines *lines)
{
    return lines->number;
}

const char *json_lines_text(const struct json_lines *lines)
{
    return lines->text;
}

void json_lines_close(struct json_lines **lines)
{
    if (!*lines)
        return;
    if ((*lines)->stream)
        fclose((*lines)->stream);
    memory_free(*lines);
    *lines = NULL;
}

void json_appender_start(struct json_appender *appender, int fd)
{
    char last = '\n';
    off_t end = lseek(fd, 0, SEEK_END);
    // What cannot be sought in, such as a pipe, has no end to look at.
    if (end > 0 && pread(fd, &last, 1, end - 1) < 1)
        last = '\n';
    *appender = (struct json_appender){.fd = fd, .torn = last != '\n'};
}

/** One write(), unless the disk is full: then a second one to learn why. */
static int write_line(struct json_appender *appender, const char *text, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t count = write(appender->fd, text + done, size - done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -errno;
        done += (size_t)count;
        appender->torn = done < size;
    }
    return 0;
}

int json_append(struct json_appender *appender, const cJSON *object)
{
    int result = appender->torn ? write_line(appender, "\n", 1) : 0;
    if (result < 0)
        return result;
    char *text = cJSON_PrintUnformatted(object);
    if (!text)
        return -ENOMEM;
    size_t length = strlen(text);
    text[length] = '\n'; // in the place of the final zero
    result = write_line(appender, text, length + 1);
    cJSON_free(text);
    return result;
}
