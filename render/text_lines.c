#include "render/text_lines.h"

#include "render/utf8.h"

#include <math.h>
#include <string.h>

/** Bytes of `text` that fit on a line, up to a space or the end; at least one character. */
static size_t line_bytes(const struct ui *ui, enum ui_style style, const char *text, float width)
{
    const char *end = text + strlen(text);
    const char *at = text;
    const char *space = NULL;
    while (at < end) {
        const char *next = at;
        char character[5] = {0};
        utf8_put(utf8_next(&next, end), character);
        width -= ui_text_width(ui, style, character);
        if (width < 0 && at > text)
            return (size_t)((space ? space : at) - text);
        if (*at == ' ')
            space = at;
        at = next;
    }
    return (size_t)(end - text);
}

void text_lines_wrap(const struct ui *ui, enum ui_style style, const char *text, float width,
                     int most, struct text_lines *lines)
{
    lines->count = 0;
    lines->width = 0;
    while (*text && lines->count < most) {
        // What does not fit on the last line is cut where it is drawn.
        bool last = lines->count == most - 1;
        size_t bytes = last ? strlen(text) : line_bytes(ui, style, text, width);
        size_t kept = bytes < TEXT_LINE_BYTES ? bytes : TEXT_LINE_BYTES - 1;
        char *line = lines->text[lines->count++];
        memcpy(line, text, kept);
        line[kept] = '\0';
        lines->width = fmaxf(lines->width, fminf(width, ui_text_width(ui, style, line)));
        text += bytes;
        text += strspn(text, " ");
    }
}
