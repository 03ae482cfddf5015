/**
 * @file
 * A GIF is a header, perhaps a table of colours, then blocks: each begins with a byte that says
 * what it is, and its data come in pieces of at most 255 bytes behind their length, up to an empty
 * piece. The last block is a single byte. Nothing is decoded here.
 *
 * Source: Graphics Interchange Format, version 89a, sections 17 to 27.
 */
#include "capture/gif_blocks.h"

#include <errno.h>
#include <stdio.h>

enum {
    SCREEN_FLAGS = 10, ///< where the header says whether a table of colours follows
    IMAGE_FLAGS = 8,   ///< the same in an image's block
    HAS_TABLE = 0x80,
};

static bool skip(FILE *file, int bytes)
{
    for (int i = 0; i < bytes; i++)
        if (getc_unlocked(file) == EOF)
            return false;
    return true;
}

/** Passes over `before` bytes, flags, `behind` bytes and the table that the flags announce. */
static bool skip_with_table(FILE *file, int before, int behind)
{
    int flags = skip(file, before) ? getc_unlocked(file) : EOF;
    int table = flags & HAS_TABLE ? 3 << ((flags & 7) + 1) : 0;
    return flags != EOF && skip(file, behind + table);
}

static bool skip_pieces(FILE *file)
{
    int bytes;
    while ((bytes = getc_unlocked(file)) > 0)
        if (!skip(file, bytes))
            return false;
    return bytes == 0;
}

static bool follow_blocks(FILE *file)
{
    for (;;)
        switch (getc_unlocked(file)) {
        case 0: // An empty piece too many: some write that.
            break;
        case '!': // An extension: what it is, and its pieces.
            if (!skip(file, 1) || !skip_pieces(file))
                return false;
            break;
        case ',': // An image: where and how large, colours, how many bits codes begin with.
            if (!skip_with_table(file, IMAGE_FLAGS, 0) || !skip(file, 1) || !skip_pieces(file))
                return false;
            break;
        case ';':
            return true;
        default:
            return false;
        }
}

int gif_check(const char *path, bool *whole)
{
    FILE *file = fopen(path, "rbe");
    if (!file)
        return -errno;
    *whole = skip_with_table(file, SCREEN_FLAGS, 2) && follow_blocks(file);
    int ret = ferror(file) ? -EIO : 0;
    fclose(file);
    return ret;
}
