// Names of a batch.
//
// Whether two names are one file is for the file system to say: on FAT, on SMB and in folders of
// ext4 with casefold, A.PNG and a.png are. Unicode's full case folding maps one character to
// several; the file systems use the simple one, which lower(upper(c)) comes close to.
//
// Source: The Unicode Standard, 5.18 "Case Mappings"; ext4(5), casefold.

#include "app/batch_names.h"

#include "app/byte_map.h"
#include "processing/memory.h"
#include "render/utf8.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <wctype.h>

_Static_assert(BATCH_NAME_BYTES == NAME_MAX + 1, "a name is as long as Linux lets it be");

enum {
    MOST_UTF8_BYTES = 4,
    FRAME_DIGITS = 4,
    FRAME_ROOM = 32, ///< for a frame's number and what makes a temporary name
};

const char *batch_ending(const char *name)
{
    static const char *const endings[] = {".jpg", ".jpeg", ".png", ".bmp",
                                          ".tif", ".tiff", ".webp"};
    const char *dot = strrchr(name, '.');
    if (!dot || dot == name)
        return NULL;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (strcasecmp(dot, endings[i]) == 0)
            return dot;
    }
    return NULL;
}

/** How much of the text can be kept without cutting a character. */
static size_t whole_characters(const char *text, size_t bytes)
{
    size_t cut = bytes;
    while (cut > 0 && bytes - cut < MOST_UTF8_BYTES && ((unsigned char)text[cut] & 0xc0) == 0x80)
        cut--;
    // Four in a row are no UTF-8: then any place is as good.
    return bytes - cut < MOST_UTF8_BYTES ? cut : bytes;
}

/** The hash of the whole name, without the number. */
static uint64_t hash_of(const struct batch_parts *parts)
{
    uint64_t hash = byte_hash(BYTE_HASH_START, parts->prefix, strlen(parts->prefix));
    hash = byte_hash(hash, parts->stem, parts->stem_bytes);
    return byte_hash(hash, parts->ending, strlen(parts->ending));
}

static size_t most_bytes(const struct batch_parts *parts)
{
    return NAME_MAX - (parts->frames ? FRAME_ROOM : 0);
}

static void join_shortened(const struct batch_parts *parts, const char *tail, char *name)
{
    char hash[24];
    snprintf(hash, sizeof hash, "-%016" PRIx64, hash_of(parts));
    size_t room = most_bytes(parts) - strlen(hash) - strlen(tail);
    size_t prefix_bytes = strlen(parts->prefix);
    size_t of_prefix = prefix_bytes > room ? whole_characters(parts->prefix, room) : prefix_bytes;
    size_t left = prefix_bytes > room ? 0 : room - prefix_bytes;
    size_t of_stem =
        parts->stem_bytes > left ? whole_characters(parts->stem, left) : parts->stem_bytes;
    snprintf(name, BATCH_NAME_BYTES, "%.*s%.*s%s%s", (int)of_prefix, parts->prefix, (int)of_stem,
             parts->stem, hash, tail);
}

void batch_join(const struct batch_parts *parts, char name[BATCH_NAME_BYTES])
{
    char tail[48];
    assert(strlen(parts->ending) <= 16);
    if (parts->number)
        snprintf(tail, sizeof tail, "-%zu%s", parts->number, parts->ending);
    else
        snprintf(tail, sizeof tail, "%s", parts->ending);
    if (strlen(parts->prefix) + parts->stem_bytes + strlen(tail) > most_bytes(parts))
        join_shortened(parts, tail, name);
    else
        snprintf(name, BATCH_NAME_BYTES, "%s%.*s%s", parts->prefix, (int)parts->stem_bytes,
                 parts->stem, tail);
}

int batch_frame_path(const char *output, int number, char *path, size_t path_bytes)
{
    const char *ending = strrchr(output, '.');
    int bytes = snprintf(path, path_bytes, "%.*s-%0*d%s", (int)(ending - output), output,
                         FRAME_DIGITS, number, ending);
    return bytes < 0 || (size_t)bytes >= path_bytes ? -ENAMETOOLONG : 0;
}

bool batch_frame_tail(const char *path, struct batch_frame_tail *tail)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    const char *ending = strrchr(name, '.');
    const char *digits = ending;
    while (digits && digits > name && digits[-1] >= '0' && digits[-1] <= '9')
        digits--;
    ptrdiff_t count = digits ? ending - digits : 0;
    if (count < FRAME_DIGITS || (count > FRAME_DIGITS && *digits == '0') || digits == name ||
        digits[-1] != '-')
        return false;
    *tail = (struct batch_frame_tail){(size_t)(digits - 1 - path), (size_t)count + 1};
    return true;
}

static uint32_t fold_ascii(uint32_t c)
{
    return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

/** Folds one character and moves on; what is no character is copied. Bytes written. */
static size_t fold_next(const char **text, const char *end, locale_t locale, char *to)
{
    const char *from = *text;
    uint32_t c = utf8_next(text, end);
    if (c == UTF8_REPLACEMENT) {
        memcpy(to, from, (size_t)(*text - from));
        return (size_t)(*text - from);
    }
    if (c < 0x80 || !locale)
        return utf8_put(fold_ascii(c), to);
    return utf8_put((uint32_t)towlower_l(towupper_l((wint_t)c, locale), locale), to);
}

char *batch_fold(const char *path)
{
    size_t length = strlen(path);
    // The folded character may be longer, but never longer than any.
    char *folded = memory_alloc(MEMORY_OTHER, MOST_UTF8_BYTES * length + 1);
    if (!folded)
        return NULL;
    const char *end = path + length;
    bool ascii = true;
    for (const char *c = path; c < end; c++)
        ascii = ascii && (unsigned char)*c < 0x80;
    locale_t locale = ascii ? (locale_t)0 : newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    char *to = folded;
    while (path < end)
        to += fold_next(&path, end, locale, to);
    *to = '\0';
    if (locale)
        freelocale(locale);
    return folded;
}
