// What a terminal and a JSON parser can be given of any bytes.
//
// An escape sequence in a name could rewrite the terminal it is printed on, and JSON must be
// UTF-8. So control characters (C0, DEL, and C1, which UTF-8 writes as C2 80 to C2 9F) and invalid
// UTF-8 are written in hexadecimal.
// Source: The Unicode Standard, table 3-7 "Well-Formed UTF-8 Byte Sequences"; ECMA-48.

#include "app/escape.h"

#include "processing/memory.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

int escape_character(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    if (s[0] < 0x80)
        return s[0] >= 0x20 && s[0] != 0x7f;
    int length = s[0] >= 0xc2 && s[0] <= 0xdf   ? 2
                 : s[0] >= 0xe0 && s[0] <= 0xef ? 3
                 : s[0] >= 0xf0 && s[0] <= 0xf4 ? 4
                                                : 0;
    for (int i = 1; i < length; i++) {
        if (s[i] < 0x80 || s[i] > 0xbf)
            return 0;
    }
    bool overlong = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
    bool beyond = (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf4 && s[1] > 0x8f);
    bool control = s[0] == 0xc2 && s[1] < 0xa0;
    return overlong || beyond || control ? 0 : length;
}

char *escape_name(const char *name)
{
    enum { MOST = 4 }; // bytes that one byte may become
    char *text = memory_alloc(MEMORY_OTHER, MOST * strlen(name) + 1);
    if (!text)
        return NULL;
    char *to = text;
    while (*name) {
        int length = escape_character(name);
        if (length)
            memcpy(to, name, (size_t)length);
        else
            snprintf(to, MOST + 1, "\\x%02X", (unsigned char)*name);
        to += length ? length : MOST;
        if (*name == '\\')
            *to++ = '\\';
        name += length ? length : 1;
    }
    *to = '\0';
    return text;
}
