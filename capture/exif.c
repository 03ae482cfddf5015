/**
 * @file
 * Exif data is a small TIFF file inside a picture: a header of 8 bytes (the byte order, the number
 * 42, the offset of the first directory), then a directory: a count and entries of 12 bytes (tag,
 * type, number of values, the value itself if it fits in 4 bytes). Orientation is tag 0x0112, one
 * 16-bit value. Source: CIPA DC-008, Exif 2.32, sections 4.5 and 4.6.
 *
 * Nothing in the file is trusted: every offset is checked against the length before it is used.
 */
#include "capture/exif.h"

#include <stdbool.h>

enum { HEADER_BYTES = 8, ENTRY_BYTES = 12, MAGIC = 42, TAG_ORIENTATION = 0x0112 };

struct bytes {
    const uint8_t *data;
    size_t count;
    bool big_endian;
};

/** 0 beyond the end, which is no valid value of anything read here. */
static unsigned read_u16(const struct bytes *bytes, size_t at)
{
    if (bytes->count < 2 || at > bytes->count - 2)
        return 0;
    const uint8_t *two = bytes->data + at;
    return bytes->big_endian ? (unsigned)two[0] << 8 | two[1] : (unsigned)two[1] << 8 | two[0];
}

static size_t read_u32(const struct bytes *bytes, size_t at)
{
    size_t first = read_u16(bytes, at), second = read_u16(bytes, at + 2);
    return bytes->big_endian ? first << 16 | second : second << 16 | first;
}

int exif_orientation(const uint8_t *data, size_t count)
{
    if (count < HEADER_BYTES || data[0] != data[1] || (data[0] != 'I' && data[0] != 'M'))
        return 1;
    struct bytes bytes = {.data = data, .count = count, .big_endian = data[0] == 'M'};
    if (read_u16(&bytes, 2) != MAGIC)
        return 1;
    size_t directory = read_u32(&bytes, 4);
    unsigned entries = read_u16(&bytes, directory);
    for (unsigned i = 0; i < entries; i++) {
        size_t entry = directory + 2 + (size_t)i * ENTRY_BYTES;
        if (entry >= count)
            break;
        if (read_u16(&bytes, entry) != TAG_ORIENTATION)
            continue;
        unsigned value = read_u16(&bytes, entry + 8);
        return value >= 1 && value <= 8 ? (int)value : 1;
    }
    return 1;
}
