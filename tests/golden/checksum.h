#pragma once

/**
 * @file
 * CRC-32 as zlib and Python's zlib.crc32() compute it (ISO 3309, polynomial 0x04c11db7 reflected),
 * so that golden files can be made in one language and checked in the other.
 */

#include <stddef.h>
#include <stdint.h>

/**
 * Adds bytes to a checksum.
 *
 * @param crc The checksum of what came before; 0 to begin.
 */
static inline uint32_t checksum_add(uint32_t crc, const void *bytes, size_t count)
{
    static const uint32_t table[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
        0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    const uint8_t *next = bytes;
    crc = ~crc;
    for (size_t i = 0; i < count; i++) {
        crc = crc >> 4 ^ table[(crc ^ next[i]) & 15];
        crc = crc >> 4 ^ table[(crc ^ next[i] >> 4) & 15];
    }
    return ~crc;
}
