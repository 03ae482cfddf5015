#!/usr/bin/python3
"""Compares decoded pictures with cv2.imread() of Debian's OpenCV, byte for byte.

    images.py IMAGE_DUMP [FOLDER...]

IMAGE_DUMP is tests/differential/image_dump.c, built. The pictures are those of the folders
(default: OpenCV's examples) and odd ones made here: every Exif orientation, CMYK, palettes, few
and many bits, transparency, interlacing, odd sizes. What is promised and checked:

    luma   of a JPEG is IMREAD_GRAYSCALE; of a gray PNG too; of a colour PNG it is IMREAD_COLOR
    color  Y of a YUV24 frame is the luma above; a BGR24 frame is IMREAD_COLOR
    bgr    is IMREAD_COLOR (a gray frame: each of its channels)
    gray   is what cv2.cvtColor(COLOR_BGR2GRAY) makes of IMREAD_COLOR

Prints "N compared, N differ" last and exits with 1 if any differs or nothing was compared.
"""
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import zlib

import cv2
import numpy as np

EXAMPLES = "/usr/share/doc/opencv-doc/examples/data"
BATCH = 50


def is_picture(path):
    with open(path, "rb") as file:
        head = file.read(8)
    return head[:3] == b"\xff\xd8\xff" or head == b"\x89PNG\r\n\x1a\n"


def pictures_in(folder):
    files = sorted(p for p in pathlib.Path(folder).rglob("*") if p.is_file())
    return [str(p) for p in files if is_picture(p)]


# --- pictures made here ---------------------------------------------------------------------


def exif(orientation, order):
    end = "<" if order == b"II" else ">"
    count = struct.pack(end + "H", 2)
    width = struct.pack(end + "HHIHH", 0x0100, 3, 1, 9, 0)
    tag = struct.pack(end + "HHIHH", 0x0112, 3, 1, orientation, 0)
    return order + struct.pack(end + "HI", 42, 8) + count + width + tag + bytes(4)


def with_app1(jpeg, payload):
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(payload) + 2) + payload + jpeg[2:]


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width, height, bits, color_type, rows, extra=b"", late=b"", interlaced=False):
    header = struct.pack(">IIBBBBB", width, height, bits, color_type, 0, 0, int(interlaced))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra
            + chunk(b"IDAT", zlib.compress(rows)) + late + chunk(b"IEND", b""))


def random_rows(rng, width, height, bits, channels):
    row_bytes = (width * bits * channels + 7) // 8
    return b"".join(b"\0" + rng.bytes(row_bytes) for _ in range(height))


def adam7_rows(rng, width, height, bits, channels):
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
              (0, 1, 1, 2)]
    rows = b""
    for x, y, step_x, step_y in passes:
        across, down = -(-(width - x) // step_x), -(-(height - y) // step_y)
        if across > 0 and down > 0:
            rows += random_rows(rng, across, down, bits, channels)
    return rows


def odd_pngs(rng):
    kinds = [(0, 1, (1, 2, 4, 8, 16)), (2, 3, (8, 16)), (3, 1, (1, 2, 4, 8)), (4, 2, (8, 16)),
             (6, 4, (8, 16))]
    for color_type, channels, depths in kinds:
        for bits in depths:
            palette = chunk(b"PLTE", rng.bytes(3 << bits)) if color_type == 3 else b""
            clear = {0: chunk(b"tRNS", struct.pack(">H", 1)),
                     2: chunk(b"tRNS", struct.pack(">HHH", 1, 2, 3)),
                     3: chunk(b"tRNS", bytes([0, 128]))}.get(color_type, b"")
            gamma = chunk(b"gAMA", struct.pack(">I", 30000))
            for width, height in ((1, 1), (7, 5), (33, 21)):
                rows = random_rows(rng, width, height, bits, channels)
                name = f"{color_type}-{bits}-{width}x{height}"
                yield f"png-{name}.png", png(width, height, bits, color_type, rows, palette)
                yield f"png-clear-{name}.png", png(width, height, bits, color_type, rows,
                                                   gamma + palette + clear)
                rows = adam7_rows(rng, width, height, bits, channels)
                yield f"png-adam7-{name}.png", png(width, height, bits, color_type, rows,
                                                   palette, interlaced=True)


def turned(rng):
    """Orientations 1 to 8, and values that mean nothing."""
    color = rng.integers(0, 256, (21, 33, 3), dtype=np.uint8)
    for name, pixels in (("color", color), ("gray", color[:, :, 0])):
        jpeg = cv2.imencode(".jpg", cv2.blur(pixels, (5, 5)))[1].tobytes()
        rows = b"".join(b"\0" + row.tobytes() for row in pixels)
        color_type = 2 if pixels.ndim == 3 else 0
        for order in (b"II", b"MM"):
            for value in list(range(0, 11)) + [0xffff]:
                data = exif(value, order)
                ending = f"{name}-{order.decode()}-{value}"
                yield f"turned-{ending}.jpg", with_app1(jpeg, b"Exif\0\0" + data)
                yield f"turned-{ending}.png", png(33, 21, 8, color_type, rows,
                                                  chunk(b"eXIf", data))
                yield f"turned-late-{ending}.png", png(33, 21, 8, color_type, rows,
                                                       late=chunk(b"eXIf", data))
    jpeg = cv2.imencode(".jpg", color)[1].tobytes()
    data = b"Exif\0\0" + exif(6, b"MM")
    xmp = b"http://ns.adobe.com/xap/1.0/\0<x/>"
    yield "app1-second.jpg", with_app1(with_app1(jpeg, data), xmp)
    yield "app1-first.jpg", with_app1(with_app1(jpeg, xmp), data)
    yield "app1-short.jpg", with_app1(jpeg, b"Exif")
    yield "app1-empty.jpg", with_app1(with_app1(jpeg, data), b"")
    for cut in range(6, len(data), 3):
        yield f"app1-cut-{cut}.jpg", with_app1(jpeg, data[:cut])
    far = b"Exif\0\0MM" + struct.pack(">HI", 42, 0xfffffff0)
    yield "app1-far.jpg", with_app1(jpeg, far)


def jpegs(rng, folder):
    """What ImageMagick can write and OpenCV cannot: CMYK, RGB, subsamplings, progressive."""
    base = os.path.join(folder, "base.png")
    cv2.imwrite(base, cv2.blur(rng.integers(0, 256, (45, 67, 3), dtype=np.uint8), (4, 4)))
    ways = {"cmyk": ["-colorspace", "CMYK"], "420": ["-sampling-factor", "4:2:0"],
            "422": ["-sampling-factor", "4:2:2"], "440": ["-sampling-factor", "4:4:0"],
            "444": ["-sampling-factor", "4:4:4"], "411": ["-sampling-factor", "4:1:1"],
            "progressive": ["-interlace", "JPEG"], "gray": ["-colorspace", "Gray"],
            "progressive-cmyk": ["-interlace", "JPEG", "-colorspace", "CMYK"]}
    for name, options in ways.items():
        for quality in ("30", "95"):
            path = os.path.join(folder, f"{name}-{quality}.jpg")
            command = ["convert", base, *options, "-quality", quality, path]
            try:
                subprocess.run(command, check=True)
            except FileNotFoundError:
                print("ImageMagick is not installed: CMYK and progressive JPEG not compared")
                return
            data = pathlib.Path(path).read_bytes()
            if "cmyk" in name:
                # ImageMagick writes YCCK; without the Adobe marker the same planes are CMYK.
                start = data.find(b"\xff\xee\x00\x0eAdobe")
                if start > 0:
                    yield f"plain-{name}-{quality}.jpg", data[:start] + data[start + 16:]
                    yield (f"adobe-cmyk-{name}-{quality}.jpg",
                           data[:start + 15] + b"\0" + data[start + 16:])
                for value in range(1, 9):
                    yield (f"turned-{name}-{quality}-{value}.jpg",
                           with_app1(data, b"Exif\0\0" + exif(value, b"II")))
            else:
                # Three planes said to be red, green and blue.
                adobe = b"\xff\xee\x00\x0eAdobe\0\x64\0\0\0\0\0"
                if "gray" not in name:
                    yield f"rgb-{name}-{quality}.jpg", data[:2] + adobe + data[20:]


def make_odd_ones(folder):
    rng = np.random.default_rng(20221122)
    for generator in (odd_pngs(rng), turned(rng), jpegs(rng, folder)):
        for name, data in generator:
            pathlib.Path(folder, name).write_bytes(data)
    for width, height in ((1, 1), (1, 9), (8, 1), (17, 16), (640, 2)):
        pixels = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
        cv2.imwrite(f"{folder}/size-{width}x{height}.jpg", pixels)


# --- comparing ------------------------------------------------------------------------------


def parse_dump(output, count):
    frames, at = [], 0
    for _ in range(count):
        end = output.index(b"\n", at)
        line = output[at:end].decode(errors="replace")
        at = end + 1
        if line.startswith("error:"):
            frames.append((line, None))
            continue
        name, width, height, size = line.split()
        pixels = np.frombuffer(output, np.uint8, int(size), at)
        at += int(size)
        shape = (int(height), int(width)) if name == "GREY" else (int(height), int(width), 3)
        frames.append((name, pixels.reshape(shape)))
    return frames


def dump_all(program, way, files):
    frames = []
    for start in range(0, len(files), BATCH):
        batch = files[start:start + BATCH]
        output = subprocess.run([program, way, *batch], check=True, stdout=subprocess.PIPE).stdout
        frames += parse_dump(output, len(batch))
    return frames


def equal(way, name, pixels, gray, color):
    """Whether a frame is what is promised; both readers may refuse a file."""
    if pixels is None or gray is None:
        return pixels is None and gray is None
    if name == "YUV24":
        return np.array_equal(pixels[:, :, 0], gray)
    if way == "gray":
        return name == "GREY" and np.array_equal(pixels, cv2.cvtColor(color, cv2.COLOR_BGR2GRAY))
    if name == "GREY" and way == "bgr":
        return np.array_equal(cv2.merge([pixels, pixels, pixels]), color)
    return np.array_equal(pixels, gray if name == "GREY" else color)


def main():
    program = sys.argv[1]
    folders = sys.argv[2:] or [EXAMPLES]
    compared = differ = 0
    with tempfile.TemporaryDirectory() as made:
        make_odd_ones(made)
        files = [f for folder in folders + [made] for f in pictures_in(folder)]
        grays = [cv2.imread(f, cv2.IMREAD_GRAYSCALE) for f in files]
        colors = [cv2.imread(f, cv2.IMREAD_COLOR) for f in files]
        for way in ("luma", "color", "bgr", "gray"):
            for file, frame, gray, color in zip(files, dump_all(program, way, files), grays,
                                                colors):
                compared += 1
                if not equal(way, *frame, gray, color):
                    differ += 1
                    print(f"differs: {way} of {os.path.basename(file)}: {frame[0]}")
    print(f"{compared} compared, {differ} differ")
    return 1 if differ or not compared else 0


if __name__ == "__main__":
    sys.exit(main())
