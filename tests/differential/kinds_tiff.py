"""TIFF files of many kinds: make(rng, folder) writes them.

The plain ones are laid out here (TIFF 6.0, sections 2 and 8): any samples, bits, colours, byte
order. libtiff's tiffcp makes compressed, tiled, planar and big ones of them.
"""
import itertools
import pathlib
import struct
import subprocess

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, MASK, CMYK, YCBCR = range(7)
LAB = 8
SHORT, LONG = 3, 4
SIZES = ((33, 21), (64, 48), (1, 1), (130, 70))


def tiff(size, bits, photometric, rows, samples=1, order="<", extra=()):
    """A file of one strip; `rows` are all of them. extra: further tags (tag, type, values)."""
    width, height = size
    tags = [(256, LONG, [width]), (257, LONG, [height]), (258, SHORT, [bits] * samples),
            (259, SHORT, [1]), (262, SHORT, [photometric]), (277, SHORT, [samples]),
            (278, LONG, [height]), (279, LONG, [len(rows)]), (284, SHORT, [1])] + list(extra)
    tags.append((273, LONG, [8]))
    directory_at = 8 + len(rows) + len(rows) % 2
    late_at = directory_at + 2 + 12 * len(tags) + 4
    entries, late = b"", b""
    for tag, kind, values in sorted(tags):
        data = struct.pack(order + ("H" if kind == SHORT else "I") * len(values), *values)
        if len(data) > 4:
            entries += struct.pack(order + "HHII", tag, kind, len(values), late_at + len(late))
            late += data + bytes(len(data) % 2)
        else:
            entries += struct.pack(order + "HHI", tag, kind, len(values)) + data.ljust(4, b"\0")
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, directory_at)
    return (head + rows + bytes(len(rows) % 2) + struct.pack(order + "H", len(tags)) + entries
            + bytes(4) + late)


def smooth(rng, size, samples):
    """Slow changes, with noise upon them: what runs and predictors like, and edges too."""
    width, height = size
    rows = []
    for y in range(height):
        row = [(x * 3 + y * 2 + s * 40 + int(n)) % 256
               for x in range(width) for s, n in zip(range(samples), rng.integers(0, 60, samples))]
        rows.append(row)
    return rows


def pack(rows, bits, order):
    """Samples of 0 to 255 to `bits` each."""
    out = b""
    for row in rows:
        if bits == 8:
            out += bytes(row)
        elif bits == 16:
            out += b"".join(struct.pack(order + "H", v << 8 | (v * 7 & 255)) for v in row)
        elif bits == 32:
            out += b"".join(struct.pack(order + "I", v << 24 | v * 99) for v in row)
        else:
            number = 0
            for v in row:
                number = number << bits | v >> (8 - bits)
            count = len(row) * bits
            out += (number << -count % 8).to_bytes((count + 7) // 8, "big")
    return out


def palette_tag(rng, bits):
    return (320, SHORT, [int(v) for v in rng.integers(0, 65536, 3 << bits)])


def plain(rng):
    """Name, bytes: uncompressed, one strip."""
    ways = []
    for bits in (1, 2, 4, 8, 16, 32):
        ways += [(f"gray{bits}", bits, BLACK_IS_ZERO, 1, ()), (f"white{bits}", bits, WHITE_IS_ZERO, 1, ())]
    for bits in (8, 16, 32):
        ways += [(f"rgb{bits}", bits, RGB, 3, ()),
                 (f"rgba{bits}", bits, RGB, 4, ((338, SHORT, [2]),)),
                 (f"premultiplied{bits}", bits, RGB, 4, ((338, SHORT, [1]),)),
                 (f"unspecified{bits}", bits, RGB, 4, ((338, SHORT, [0]),)),
                 (f"grayalpha{bits}", bits, BLACK_IS_ZERO, 2, ((338, SHORT, [2]),)),
                 (f"cmyk{bits}", bits, CMYK, 4, ())]
    for bits in (1, 2, 4, 8):
        ways.append((f"palette{bits}", bits, PALETTE, 1, (palette_tag(rng, bits),)))
    ways += [("lab8", 8, LAB, 3, ()), ("rgb4", 4, RGB, 3, ()), ("rgb5samples8", 8, RGB, 5,
                                                              ((338, SHORT, [2, 0]),))]
    for (name, bits, photometric, samples, extra), order in itertools.product(ways, "<>"):
        for size in SIZES:
            rows = pack(smooth(rng, size, samples), bits, order)
            end = "II" if order == "<" else "MM"
            yield (f"tiff-{name}-{end}-{size[0]}x{size[1]}.tif",
                   tiff(size, bits, photometric, rows, samples, order, extra))
    for value in range(0, 10):
        for name, samples, photometric in (("gray", 1, BLACK_IS_ZERO), ("rgb", 3, RGB)):
            rows = pack(smooth(rng, (33, 21), samples), 8, "<")
            yield (f"tiff-turned-{name}-{value}.tif",
                   tiff((33, 21), 8, photometric, rows, samples, extra=((274, SHORT, [value]),)))
    for name, floats in (("half", "<e"), ("float", "<f"), ("double", "<d")):
        for samples in (1, 3):
            values = [v for row in smooth(rng, (33, 21), samples) for v in row]
            for scale in (1, 1 / 255):
                rows = b"".join(struct.pack(floats, v * scale) for v in values)
                yield (f"tiff-{name}{samples}-{'big' if scale == 1 else 'unit'}.tif",
                       tiff((33, 21), struct.calcsize(floats) * 8, RGB if samples == 3 else
                            BLACK_IS_ZERO, rows, samples, extra=((339, SHORT, [3] * samples),)))


# What tiffcp makes of a plain one.
COPIES = {
    "packbits": ["-c", "packbits"], "lzw": ["-c", "lzw"], "lzw2": ["-c", "lzw:2"],
    "zip": ["-c", "zip"], "zip2": ["-c", "zip:2"], "strips": ["-c", "none", "-r", "5"],
    "lzwstrips": ["-c", "lzw", "-r", "7", "-B"], "tiles": ["-c", "none", "-t", "-w", "32", "-l", "16"],
    "ziptiles": ["-c", "zip", "-t", "-w", "32", "-l", "32"],
    "planar": ["-c", "none", "-p", "separate"], "lzwplanar": ["-c", "lzw", "-p", "separate", "-r", "9"],
    "planartiles": ["-c", "lzw", "-p", "separate", "-t", "-w", "32", "-l", "16"],
    "big": ["-c", "lzw", "-8"], "backwards": ["-c", "none", "-f", "lsb2msb"],
    "zstd": ["-c", "zstd"], "lzma": ["-c", "lzma"], "webp": ["-c", "webp"],
    "jpeg": ["-c", "jpeg:90"], "jpegrgb": ["-c", "jpeg:r:90"],
    "jpegtiles": ["-c", "jpeg:90", "-t", "-w", "32", "-l", "32"],
    "g3": ["-c", "g3"], "g32d": ["-c", "g3:2d"], "g4": ["-c", "g4"],
}
COPIED = ("gray1-II", "white1-II", "gray8-II", "white8-II", "gray16-II", "rgb8-II", "rgb16-MM", "rgba8-II",
          "palette8-II", "palette4-II", "palette1-II", "cmyk8-II", "gray4-II", "grayalpha8-II", "rgba16-II")


def make(rng, folder):
    for name, data in plain(rng):
        pathlib.Path(folder, name).write_bytes(data)
    for kind, size, (way, options) in itertools.product(COPIED, ("33x21", "130x70"), COPIES.items()):
        target = pathlib.Path(folder, f"tiff-{kind}-{way}-{size}.tif")
        done = subprocess.run(["tiffcp", *options, f"{folder}/tiff-{kind}-{size}.tif", str(target)],
                              stderr=subprocess.DEVNULL, check=False)
        if done.returncode:
            target.unlink(missing_ok=True)
