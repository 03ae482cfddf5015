/**
 * @file
 * A first byte tells how many bytes follow and carries the highest bits; each following byte is
 * 10xxxxxx. A sequence longer than needed, a surrogate and anything above U+10FFFF are not UTF-8.
 *
 * Source: RFC 3629, https://www.rfc-editor.org/rfc/rfc3629
 */
#include "render/utf8.h"

#include <stdbool.h>

/** How a first byte looks: (byte & mask) == lead. */
static const struct form {
    unsigned char mask, lead;
    int following;
    uint32_t smallest; ///< code point that needs this many bytes
} forms[] = {
    {0x80, 0x00, 0, 0},
    {0xe0, 0xc0, 1, 0x80},
    {0xf0, 0xe0, 2, 0x800},
    {0xf8, 0xf0, 3, 0x10000},
};

enum { FORMS = sizeof(forms) / sizeof(forms[0]) };

static const struct form *form_of(unsigned char byte)
{
    for (int i = 0; i < FORMS; i++)
        if ((byte & forms[i].mask) == forms[i].lead)
            return &forms[i];
    return NULL;
}

static bool is_visible(uint32_t code, uint32_t smallest)
{
    bool surrogate = code >= 0xd800 && code <= 0xdfff;
    bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
    return code >= smallest && code <= 0x10ffff && !surrogate && !control;
}

uint32_t utf8_next(const char **text, const char *end)
{
    const unsigned char *byte = (const unsigned char *)*text;
    const struct form *form = form_of(byte[0]);
    (*text)++;
    if (!form || form->following >= end - (const char *)byte)
        return UTF8_REPLACEMENT;
    uint32_t code = byte[0] & (unsigned char)~form->mask;
    for (int i = 1; i <= form->following; i++) {
        if ((byte[i] & 0xc0) != 0x80)
            return UTF8_REPLACEMENT;
        code = code << 6 | (byte[i] & 0x3f);
    }
    if (!is_visible(code, form->smallest))
        return UTF8_REPLACEMENT;
    *text += form->following;
    return code;
}

size_t utf8_put(uint32_t code, char bytes[4])
{
    int form = FORMS - 1;
    while (form > 0 && code < forms[form].smallest)
        form--;
    int following = forms[form].following;
    for (int i = following; i > 0; i--, code >>= 6)
        bytes[i] = (char)(0x80 | (code & 0x3f));
    bytes[0] = (char)(forms[form].lead | code);
    return (size_t)following + 1;
}
