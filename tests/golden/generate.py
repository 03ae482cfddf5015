#!/usr/bin/python3
"""Writes canny.tsv and images/: what OpenCV 4.6 makes of many pictures and parameters.

Run by hand on Debian 12 with python3-opencv and opencv-doc; the C test needs neither.
Each line: input, gray or bgr, width, height, blur, aperture, norm, low, high, then the CRC-32 of
the input's bytes, of the gray picture and of the edges, and the number of edge pixels.
"""

import argparse
import itertools
import pathlib
import random
import sys
import zlib

import cv2
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
PHOTOS = pathlib.Path("/usr/share/doc/opencv-doc/examples/data")

BLURS = (0, 3, 5, 7)
APERTURES = (3, 5, 7)
NORMS = ("L1", "L2")
THRESHOLDS = ((0, 0), (0, 400), (20, 60), (50, 150), (100, 200), (150, 50), (10.7, 33.3),
              (254.9, 255), (1500, 5000), (-5, 10), (1e9, 2e9))
GRID = list(itertools.product(BLURS, APERTURES, NORMS, THRESHOLDS))

# Name, format, file it is cut from, left, top, width, height.
CROPS = (
    ("building.pgm", "gray", "building.jpg", 300, 200, 128, 128),
    ("left.pgm", "gray", "left01.jpg", 230, 120, 128, 128),
    ("text.pgm", "gray", "text_defocus.jpg", 200, 180, 128, 96),
    ("boxes.pgm", "gray", "box_in_scene.png", 130, 150, 127, 111),
    ("stuff.pgm", "gray", "stuff.jpg", 250, 200, 131, 97),
    ("sudoku.pgm", "gray", "sudoku.png", 180, 170, 112, 112),
    ("home.ppm", "bgr", "home.jpg", 200, 130, 96, 96),
    ("fruits.ppm", "bgr", "fruits.jpg", 230, 200, 101, 89),
    ("board.ppm", "bgr", "board.jpg", 300, 180, 95, 97),
)
CROPS_WITH_ALL_PARAMETERS = ("building.pgm", "sudoku.pgm", "home.ppm")

JPEGS = ("fruits", "building", "home", "board", "baboon", "butterfly", "left01", "right05",
         "messi5", "stuff", "squirrel_cls", "text_defocus", "licenseplate_motion", "HappyFish", "aero1",
         "apple", "ellipses", "blox", "WindowsLogo", "Blender_Suzanne1", "aloeL")
GRAY_PNGS = ("box", "box_in_scene", "basketball1")
COLOR_PNGS = ("smarties", "rubberwhale1", "sudoku", "graf1", "notes", "pic1", "cards", "templ")


def mix(seed, x, y):
    """pattern_hash() of patterns.c."""
    h = (np.uint64(seed) * np.uint64(0x9E3779B1) + y.astype(np.uint64) * np.uint64(0x85EBCA77)
         + x.astype(np.uint64) * np.uint64(0xC2B2AE3D)).astype(np.uint32)
    h = h ^ (h >> np.uint32(16))
    h = h * np.uint32(0x7FEB352D)
    h = h ^ (h >> np.uint32(15))
    h = h * np.uint32(0x846CA68B)
    return (h ^ (h >> np.uint32(16))).astype(np.int64)


def constant(seed, x, y):
    return seed * 37 + 0 * (x + y)


def noise(seed, x, y):
    return mix(seed, x, y) & 255


def levels(seed, x, y):
    return (mix(seed, x, y) & 3) * 85


def extremes(seed, x, y):
    return (mix(seed, x, y) & 1) * 255


def dots(seed, x, y):
    return (mix(seed, x, y) % 61 == 0) * 255


def smooth(seed, x, y):
    total = sum(noise(seed, x + i, y + j) for j in range(7) for i in range(7)) - 49 * 128
    eighth = np.where(total < 0, -(-total // 8), total // 8)  # C rounds towards zero
    return np.clip(eighth + 128, 0, 255)


def clouds(seed, x, y):
    i, j, fx, fy = x // 16, y // 16, x % 16, y % 16
    top = noise(seed, i, j) * (16 - fx) + noise(seed, i + 1, j) * fx
    bottom = noise(seed, i, j + 1) * (16 - fx) + noise(seed, i + 1, j + 1) * fx
    return (top * (16 - fy) + bottom * fy) >> 8


def ramp(seed, x, y):
    return (x * (seed % 4) + y * (seed // 4 % 4)) >> (seed // 16 % 4)


def checker(seed, x, y):
    side = 1 + seed % 16
    return np.where((x // side + y // side) % 2 == 1, 255, 215 if seed & 16 else 0)


def rings(seed, x, y):
    return ((x - 50) ** 2 + (y - 40) ** 2) >> (3 + seed % 6)


def boxes(seed, x, y):
    i, j = x % 64, y % 64
    depth = np.minimum(np.minimum(i, 63 - i), np.minimum(j, 63 - j))
    return np.where(depth // (2 + seed % 5) % 2 == 1, 200, 50)


def fading(seed, x, y):
    along = (x + seed * 64) % 512
    contrast = np.where(along < 256, 255 - along, along - 256) // 2
    return 100 + np.where(y % 8 < 4, contrast, 0)


def text(seed, x, y):
    scale = 1 + seed % 3
    i, j = x // scale, y // scale
    column, row = i % 6, j % 8
    bits = np.zeros_like(i)
    for r in range(8):
        bits = np.where(row == r, mix(seed + 7919 * r, i // 6, j // 8), bits)
    ink = (column != 5) & (row != 7) & ((bits >> column) & 1 == 1)
    return np.where(ink, 20, 235)


def steps(seed, x, y):
    return x // (3 + seed % 4) * 9 + y // (4 + seed % 3) * 13


PATTERNS = {f.__name__: f for f in (constant, noise, levels, extremes, dots, smooth, clouds, ramp,
                                    checker, rings, boxes, fading, text, steps)}


def pattern(name, form, width, height):
    word, seed = name.split(":")
    y, x = np.mgrid[0:height, 0:width]
    channels = [PATTERNS[word](int(seed) + c, x, y) for c in range(3 if form == "bgr" else 1)]
    picture = np.stack(channels, axis=-1).astype(np.uint8)
    return picture if form == "bgr" else picture[:, :, 0].copy()


def read(path, form):
    flags = cv2.IMREAD_COLOR if form == "bgr" else cv2.IMREAD_GRAYSCALE
    picture = cv2.imread(str(path), flags | cv2.IMREAD_IGNORE_ORIENTATION)
    if picture is None:
        sys.exit(f"cannot read {path}: install opencv-doc")
    return picture


def write_crops():
    for name, form, source, left, top, width, height in CROPS:
        # PNG's own gray is libpng's; that of the crops does not matter, it is only written once.
        picture = read(PHOTOS / source, form)[top:top + height, left:left + width]
        assert picture.shape[:2] == (height, width), name
        cv2.imwrite(str(HERE / "images" / name), picture)


def size_of(name):
    picture = read(PHOTOS / name, "bgr")
    return picture.shape[1], picture.shape[0]


def crop_cases(pick):
    for name, form, _, _, _, width, height in CROPS:
        grid = GRID if name in CROPS_WITH_ALL_PARAMETERS else pick.sample(GRID, 36)
        for parameters in grid:
            yield "crop:" + name, form, width, height, parameters


def photo_cases(pick):
    photos = [(name + ".jpg", form) for name in JPEGS for form in ("gray", "bgr")]
    photos += [(name + ".png", "gray") for name in GRAY_PNGS]
    photos += [(name + ".png", "bgr") for name in COLOR_PNGS]
    for name, form in photos:
        for parameters in pick.sample(GRID, 2):
            yield ("photo:" + name, form, *size_of(name), parameters)


def random_pattern(pick):
    return f"{pick.choice(list(PATTERNS))}:{pick.randrange(32)}"


def tiny_cases(pick):
    for width, height in itertools.product(range(1, 18), repeat=2):
        for form in ("gray", "gray", "bgr"):
            name = random_pattern(pick)
            for parameters in pick.sample(GRID, 2):
                yield name, form, width, height, parameters


def block_edge_cases(pick):
    widths = [base + offset for base in (32, 64, 96, 128, 256, 960) for offset in (-1, 0, 1, 2)]
    for width, height in itertools.product(widths, (1, 2, 3, 5, 9, 33)):
        name = random_pattern(pick)
        for parameters in pick.sample(GRID, 2):
            yield name, "gray", width, height, parameters


def line_cases(pick):
    for length in (20, 31, 32, 33, 63, 64, 65, 100, 255, 1000, 4097, 16384):
        for width, height in ((length, 1), (1, length), (length, 2), (2, length)):
            name = random_pattern(pick)
            for parameters in pick.sample(GRID, 2):
                yield name, "gray", width, height, parameters


def pattern_cases(pick):
    for word in PATTERNS:
        for width, height, form in ((97, 71, "gray"), (160, 120, "gray"), (67, 101, "bgr")):
            name = f"{word}:{pick.randrange(32)}"
            for parameters in pick.sample(GRID, 10):
                yield name, form, width, height, parameters


def large_cases(pick):
    for name, form in (("noise:1", "gray"), ("smooth:2", "gray"), ("text:3", "gray"),
                       ("fading:4", "gray"), ("rings:5", "bgr")):
        for parameters in pick.sample(GRID, 2):
            yield name, form, 641, 481, parameters
    yield "clouds:6", "gray", 1921, 1081, (5, 3, "L1", (20, 60))
    yield "levels:7", "gray", 1921, 1081, (3, 5, "L2", (100, 200))


def opencv(picture, parameters):
    blur, aperture, norm, (low, high) = parameters
    gray = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY) if picture.ndim == 3 else picture
    blurred = cv2.GaussianBlur(gray, (blur, blur), 0) if blur else gray
    edges = cv2.Canny(blurred, low, high, apertureSize=aperture, L2gradient=norm == "L2")
    return gray, edges


def load(name, form, width, height):
    if name.startswith("photo:"):
        return read(PHOTOS / name[6:], form)
    if name.startswith("crop:"):
        return read(HERE / "images" / name[5:], form)
    return pattern(name, form, width, height)


def line_of(picture, case):
    name, form, width, height, parameters = case
    assert picture.shape[:2] == (height, width), case
    gray, edges = opencv(picture, parameters)
    blur, aperture, norm, (low, high) = parameters
    crcs = "\t".join(f"{zlib.crc32(plane.tobytes()):08x}" for plane in (picture, gray, edges))
    return (f"{name}\t{form}\t{width}\t{height}\t{blur}\t{aperture}\t{norm}\t{low:g}\t{high:g}\t"
            f"{crcs}\t{np.count_nonzero(edges)}\n")


def cases():
    pick = random.Random(46)
    groups = (crop_cases, tiny_cases, block_edge_cases, line_cases, pattern_cases, large_cases,
              photo_cases)
    return itertools.chain.from_iterable(group(pick) for group in groups)


def write_cases(path):
    count, loaded, picture = 0, None, None
    with open(path, "w", encoding="ascii") as file:
        file.write(f"# written by generate.py with OpenCV {cv2.__version__}\n")
        file.write("# input\tformat\twidth\theight\tblur\taperture\tnorm\tlow\thigh\t"
                   "input_crc\tgray_crc\tedges_crc\tedges\n")
        for case in cases():
            if case[:4] != loaded:
                loaded, picture = case[:4], load(*case[:4])
            file.write(line_of(picture, case))
            count += 1
    print(f"{count} cases in {path}, {path.stat().st_size} bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=pathlib.Path, default=HERE / "canny.tsv")
    options = parser.parse_args()
    if not cv2.__version__.startswith("4.6.") or cv2.ipp.useIPP():
        sys.exit("this is not Debian 12's OpenCV 4.6 without IPP: its pixels may be others")
    cv2.setNumThreads(1)
    write_crops()
    write_cases(options.output)


if __name__ == "__main__":
    main()
