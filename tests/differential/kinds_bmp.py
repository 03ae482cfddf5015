"""BMP files of every kind that programs have written: kinds(rng) gives names and bytes.

Headers of 12 (OS/2), 40, 52, 56, 108 and 124 bytes, 1 to 32 bits a pixel, bit masks, palettes of
any length, runs (RLE4, RLE8), rows from the bottom or from the top.
Source: Microsoft, "Bitmap Storage" and "BITMAPV5HEADER".
"""
import struct

SIZES = ((1, 1), (7, 5), (33, 21), (64, 32))
RGB, RLE8, RLE4, BITFIELDS = range(4)


def pack_row(samples, bits):
    """Samples to bits, the first one highest, then up to four bytes."""
    number, row = 0, bytearray()
    filled = 0
    for sample in samples:
        number, filled = number << bits | int(sample), filled + bits
        while filled >= 8:
            filled -= 8
            row.append(number >> filled & 255)
    if filled:
        row.append(number << (8 - filled) & 255)
    return bytes(row) + bytes(-len(row) % 4)


def header(size, width, height, bits, compression, image_bytes, colors, masks=b""):
    if size == 12:
        return struct.pack("<IHHHH", 12, width, height, 1, bits)
    start = struct.pack("<IiiHHIIiiII", size, width, height, 1, bits, compression, image_bytes,
                        2835, 2835, colors, 0)
    rest = bytearray(size - 40)
    if size >= 52:
        rest[:len(masks)] = masks
    if size >= 108:
        rest[16:20] = b"BGRs" # sRGB
    return start + bytes(rest) + (masks if size == 40 else b"")


def bmp(info, palette, pixels, gap=0):
    at = 14 + len(info) + len(palette) + gap
    return struct.pack("<2sIHHI", b"BM", at + len(pixels), 0, 0, at) + info + palette \
        + bytes(gap) + pixels


def palette_of(rng, colors, entry):
    return b"".join(rng.bytes(3) + bytes(entry - 3) for _ in range(colors))


def indexed(rng):
    for bits in (1, 4, 8):
        for size, top_down in ((12, False), (40, False), (40, True), (108, False), (124, True)):
            for width, height in SIZES:
                for colors in (1 << bits, (1 << bits) - 1):
                    if size == 12 and colors != 1 << bits:
                        continue
                    rows = b"".join(pack_row(rng.integers(0, colors, width), bits)
                                    for _ in range(height))
                    info = header(size, width, -height if top_down else height, bits, RGB,
                                  len(rows), 0 if colors == 1 << bits else colors)
                    name = f"bmp-{bits}bits-{size}-{'down' if top_down else 'up'}-{colors}"
                    yield (f"{name}-{width}x{height}.bmp",
                           bmp(info, palette_of(rng, colors, 3 if size == 12 else 4), rows))


def masks(*values):
    return b"".join(struct.pack("<I", value) for value in values)


def direct(rng):
    ways = [(16, RGB, b""), (24, RGB, b""), (32, RGB, b""),
            (16, BITFIELDS, masks(0xf800, 0x7e0, 0x1f)),
            (16, BITFIELDS, masks(0x7c00, 0x3e0, 0x1f)),
            (32, BITFIELDS, masks(0xff0000, 0xff00, 0xff)),
            (32, BITFIELDS, masks(0xff, 0xff00, 0xff0000)),
            (32, BITFIELDS, masks(0xff0000, 0xff00, 0xff, 0xff000000))]
    for number, (bits, compression, mask) in enumerate(ways):
        for size, top_down in ((12, False), (40, False), (40, True), (52, False), (56, False),
                               (108, False), (124, True)):
            if size == 12 and (compression != RGB or bits == 16):
                continue
            if len(mask) == 16 and size < 56:
                continue
            for width, height in SIZES:
                row_bytes = (width * bits // 8 + 3) // 4 * 4
                rows = b"".join(rng.bytes(row_bytes) for _ in range(height))
                info = header(size, width, -height if top_down else height, bits, compression,
                              len(rows), 0, mask)
                yield (f"bmp-{bits}bits-{size}-{'down' if top_down else 'up'}-way{number}"
                       f"-{width}x{height}.bmp", bmp(info, b"", rows))
    rows = rng.bytes(24 * 21 * 4)
    info = header(40, 32, 21, 24, RGB, 0, 0)
    yield "bmp-gap.bmp", bmp(info, b"", rows, gap=30)
    yield "bmp-palette-for-nothing.bmp", bmp(header(40, 32, 21, 24, RGB, 0, 16),
                                             palette_of(rng, 16, 4), rows)


def runs(rng, width, bits):
    """A row as runs, as single samples, with jumps."""
    top = (1 << bits) - 1
    row, left = bytearray(), width
    while left:
        kind, count = rng.integers(0, 3), min(left, int(rng.integers(3, 12)))
        if kind == 0 or count < 3:
            row += bytes([count, int(rng.integers(0, 256))])
        elif kind == 1:
            samples = rng.integers(0, top + 1, count)
            if bits == 8:
                data = bytes(int(s) for s in samples)
            else:
                pairs = list(samples) + [0] * (count % 2)
                data = bytes(int(a) << 4 | int(b) for a, b in zip(pairs[::2], pairs[1::2]))
            row += bytes([0, count]) + data + bytes(len(data) % 2)
        else:
            row += bytes([0, 2, count, 0])
        left -= count
    return bytes(row) + b"\0\0"


def run_lengths(rng):
    for bits, compression in ((8, RLE8), (4, RLE4)):
        for width, height in SIZES[1:]:
            for end in (b"\0\1", b""):
                rows = b"".join(runs(rng, width, bits) for _ in range(height)) + end
                info = header(40, width, height, bits, compression, len(rows), 0)
                yield (f"bmp-rle{bits}-{'end' if end else 'open'}-{width}x{height}.bmp",
                       bmp(info, palette_of(rng, 1 << bits, 4), rows))
        rows = b"\0\2\3\4" + runs(rng, 10, bits) + b"\0\1"
        info = header(40, 33, 21, bits, compression, len(rows), 0)
        yield f"bmp-rle{bits}-early.bmp", bmp(info, palette_of(rng, 1 << bits, 4), rows)


def kinds(rng):
    yield from indexed(rng)
    yield from direct(rng)
    yield from run_lengths(rng)
