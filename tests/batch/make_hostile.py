#!/usr/bin/python3
"""Makes folders of pictures that nobody should trust: make_hostile.py FOLDER

    FOLDER/whole   one sound picture of each kind, 320 x 240
    FOLDER/cut     each of them cut at 10, 50, 90 and 99 percent: KIND-PERCENT.ENDING
    FOLDER/bombs   small files that claim to be huge, or unpack to much
"""
import os
import pathlib
import struct
import sys
import zlib

import cv2
import numpy as np

WIDTH, HEIGHT = 320, 240
PERCENTS = (10, 50, 90, 99)
HUGE = 60000


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(header, *chunks):
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(chunks) + chunk(b"IEND", b"")


def tiff(width, height, strip, compression=1, tile=None):
    """Gray, its directory before its pixels: what is cut off is pixels."""
    tags = [(256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, compression), (262, 3, 1),
            (277, 3, 1)]
    at = 8 + 2 + 12 * (len(tags) + (4 if tile else 3)) + 4
    if tile:
        tags += [(322, 4, tile), (323, 4, tile), (324, 4, at), (325, 4, len(strip))]
    else:
        tags += [(273, 4, at), (278, 4, height), (279, 4, len(strip))]
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in sorted(tags))
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4) + strip


def bmp(width, height, pixels=b""):
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, len(pixels), 1, 1, 0, 0)
    return struct.pack("<2sIHHI", b"BM", 54 + len(pixels), 0, 0, 54) + info + pixels


def sound_ones(folder):
    rng = np.random.default_rng(7)
    color = cv2.blur(rng.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8), (3, 3))
    gray = color[:, :, 1]
    ways = {"baseline.jpg": [], "progressive.jpg": [cv2.IMWRITE_JPEG_PROGRESSIVE, 1], "plain.png": [],
            "lossy.webp": [cv2.IMWRITE_WEBP_QUALITY, 80], "lossless.webp": [cv2.IMWRITE_WEBP_QUALITY, 101],
            "bitmap.bmp": [], "usual.tif": []}
    for name, options in ways.items():
        cv2.imwrite(f"{folder}/{name}", color, options)
    pathlib.Path(folder, "first.tif").write_bytes(tiff(WIDTH, HEIGHT, gray.tobytes()))
    pathlib.Path(folder, "packed.tif").write_bytes(tiff(WIDTH, HEIGHT, zlib.compress(gray.tobytes()), 8))


def cut_ones(whole, folder):
    for path in sorted(pathlib.Path(whole).iterdir()):
        data = path.read_bytes()
        for percent in PERCENTS:
            name = f"{path.stem}-{percent}{path.suffix}"
            pathlib.Path(folder, name).write_bytes(data[:len(data) * percent // 100])


def jpeg_bombs(whole):
    data = bytearray(pathlib.Path(whole, "baseline.jpg").read_bytes())
    at = data.find(b"\xff\xc0")
    data[at + 5:at + 9] = struct.pack(">HH", HUGE, HUGE)
    yield "huge.jpg", bytes(data)
    data = pathlib.Path(whole, "progressive.jpg").read_bytes()
    last = data.rfind(b"\xff\xda")
    yield "scans.jpg", data[:last] + data[last:-2] * 3000 + data[-2:]


def png_bombs():
    rows = zlib.compress(b"\0" * 7501 * 50)
    yield "huge.png", png(struct.pack(">IIBBBBB", HUGE, HUGE, 1, 0, 0, 0, 0), chunk(b"IDAT", rows))
    # 200 texts of 7 MB each: a file of 1.4 MB.
    text = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b" " * 7000000))
    tail = chunk(b"IDAT", zlib.compress((b"\0" + b"\x80" * 64) * 64))
    yield "texts.png", png(struct.pack(">IIBBBBB", 64, 64, 8, 0, 0, 0, 0), text * 200, tail)
    profile = chunk(b"iCCP", b"Profile\0\0" + zlib.compress(bytes(400000000)))
    yield "profile.png", png(struct.pack(">IIBBBBB", 64, 64, 8, 0, 0, 0, 0), profile, tail)


def other_bombs():
    yield "huge.tif", tiff(HUGE, HUGE, bytes(100))
    yield "tile.tif", tiff(64, 64, bytes(100), tile=60000 // 16 * 16)
    yield "huge.bmp", bmp(HUGE, HUGE, bytes(100))
    yield "down.bmp", bmp(HUGE, -HUGE, bytes(100))
    yield "depth.bmp", bmp(1, -(1 << 31), bytes(100))
    # VP8L of 16384 x 16384: more than 100 million pixels, and the format's own limit.
    head = b"\x2f" + struct.pack("<I", 16383 | 16383 << 14)
    body = b"VP8L" + struct.pack("<I", len(head) + 1) + head + b"\0"
    yield "huge.webp", b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def main():
    root = sys.argv[1]
    whole, cut, bombs = (os.path.join(root, name) for name in ("whole", "cut", "bombs"))
    for folder in (whole, cut, bombs):
        os.makedirs(folder)
    sound_ones(whole)
    cut_ones(whole, cut)
    for generator in (jpeg_bombs(whole), png_bombs(), other_bombs()):
        for name, data in generator:
            pathlib.Path(bombs, name).write_bytes(data)


if __name__ == "__main__":
    main()
