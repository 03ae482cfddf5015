#!/usr/bin/python3
"""Compares cannyscope's edges with OpenCV's, pixel for pixel, on random pictures and parameters.

Needs python3-opencv (Debian 12's 4.6, which has no IPP) and the shared object that the Makefile
builds from processing/ and canny_shared.c. Each case is run at every level that the CPU has, each
time in another number of bands and another order. Case N of seed S is always the same case. Left
out: thresholds of 2^31 and more, where OpenCV's own conversion overflows.

Exit status: 0 all equal, 1 a difference or a failure, 77 OpenCV is not installed.
"""

import argparse
import ctypes
import functools
import os
import pathlib
import secrets
import sys
import time

try:
    import cv2
    import numpy as np
except ImportError:
    print("python3-opencv is not installed: nothing compared")
    sys.exit(77)

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(1, str(ROOT / "tests/lib"))

from planes import difference
from shared_object import open_shared_object

PHOTOS = pathlib.Path("/usr/share/doc/opencv-doc/examples/data")
PHOTO_NAMES = ("fruits.jpg", "building.jpg", "home.jpg", "board.jpg", "left01.jpg", "graf1.png",
               "sudoku.png", "baboon.jpg", "aloeL.jpg", "text_motion.jpg", "box_in_scene.png")
BANDS = (1, 2, 3, 4, 5, 8, 16, 64)
LEVELS, ORDERS = 5, 5  # of enum cpu_level and enum band_order
PADDING = 0xA5  # behind each row of the output; must stay

YUV_TO_BGR = {"YUYV": cv2.COLOR_YUV2BGR_YUY2, "UYVY": cv2.COLOR_YUV2BGR_UYVY,
              "NV12": cv2.COLOR_YUV2BGR_NV12, "I420": cv2.COLOR_YUV2BGR_I420}

# Format, limited range, gray from BGR. OpenCV knows no full-range YUV of these formats, so full
# range is compared by luma alone.
KINDS = [("GREY", 0, 0), ("GREY", 1, 0), ("GREY", 0, 1), ("YUV24", 0, 0), ("YUV24", 1, 0)]
KINDS += [(name, 0, bgr) for name in ("BGR24", "RGB24") for bgr in (0, 1)]
KINDS += [(name, limited, 0) for name in YUV_TO_BGR for limited in (0, 1)]
KINDS += [(name, 1, 1) for name in YUV_TO_BGR for _ in range(2)]


class DifferentialCase(ctypes.Structure):
    """struct differential_case of canny_shared.h."""
    _fields_ = [("data", ctypes.c_void_p * 3), ("stride", ctypes.c_int64 * 3),
                ("format", ctypes.c_char_p), ("limited", ctypes.c_int32),
                ("gray_bgr", ctypes.c_int32), ("width", ctypes.c_int32),
                ("height", ctypes.c_int32), ("blur", ctypes.c_int32),
                ("aperture", ctypes.c_int32), ("l2", ctypes.c_int32),
                ("low", ctypes.c_double), ("high", ctypes.c_double), ("gray", ctypes.c_void_p),
                ("reference_edges", ctypes.c_void_p), ("edges", ctypes.c_void_p),
                ("edges_stride", ctypes.c_int64), ("level", ctypes.c_int32),
                ("bands", ctypes.c_int32), ("order", ctypes.c_int32)]


def random_size(rng):
    kind = rng.integers(10)
    if kind == 0:
        return int(rng.integers(1, 6)), int(rng.integers(1, 6))
    if kind == 1:
        return int(rng.integers(1, 1200)), int(rng.integers(1, 5))
    if kind == 2:
        return int(rng.integers(300, 700)), int(rng.integers(100, 300))
    if kind == 3:
        block = int(rng.choice((32, 64, 96, 128, 256)))
        return block + int(rng.integers(-2, 3)), int(rng.integers(1, 40))
    return int(rng.integers(1, 150)), int(rng.integers(1, 150))


def noise(rng, width, height):
    return rng.integers(0, 256, (height, width, 3), dtype=np.uint8)


def smooth(rng, width, height):
    sigma = rng.uniform(1, 6)
    blurred = cv2.GaussianBlur(noise(rng, width, height), (0, 0), sigma).astype(np.float32)
    return np.clip((blurred - 128) * sigma * rng.uniform(1, 4) + 128, 0, 255).astype(np.uint8)


def binary(rng, width, height):
    share = rng.uniform(0, 1)
    return ((rng.random((height, width, 3)) < share) * np.uint8(255)).astype(np.uint8)


def levels(rng, width, height):
    step = rng.integers(1, 128)
    return (noise(rng, width, height) // step * step).astype(np.uint8)


def ramp(rng, width, height):
    y, x = np.mgrid[0:height, 0:width]
    a, b = rng.uniform(-3, 3, 2)
    plane = (x * a + y * b).astype(np.int64) & 255
    return np.repeat(plane.astype(np.uint8)[:, :, None], 3, axis=2)


def shapes(rng, width, height):
    picture = np.full((height, width, 3), rng.integers(0, 256), np.uint8)
    for _ in range(rng.integers(1, 12)):
        color = [int(c) for c in rng.integers(0, 256, 3)]
        a = (int(rng.integers(-5, width + 5)), int(rng.integers(-5, height + 5)))
        b = (int(rng.integers(-5, width + 5)), int(rng.integers(-5, height + 5)))
        thickness = int(rng.integers(1, 4))
        draw = rng.integers(4)
        if draw == 0:
            cv2.line(picture, a, b, color, thickness)
        elif draw == 1:
            cv2.rectangle(picture, a, b, color, cv2.FILLED)
        elif draw == 2:
            cv2.circle(picture, a, int(rng.integers(1, 50)), color, thickness)
        else:
            cv2.putText(picture, "Canny", a, cv2.FONT_HERSHEY_SIMPLEX, 0.6, color, thickness)
    return picture


def constant(rng, width, height):
    picture = np.full((height, width, 3), rng.integers(0, 256), np.uint8)
    picture[rng.integers(height), rng.integers(width)] = rng.integers(0, 256, 3)
    return picture


@functools.lru_cache(maxsize=None)
def read_photo(name):
    return cv2.imread(str(PHOTOS / name))


def photo(rng, width, height):
    whole = read_photo(rng.choice(PHOTO_NAMES))
    if whole is None or whole.shape[0] < height or whole.shape[1] < width:
        return smooth(rng, width, height)
    top = rng.integers(whole.shape[0] - height + 1)
    left = rng.integers(whole.shape[1] - width + 1)
    return whole[top:top + height, left:left + width].copy()


PICTURES = (noise, smooth, smooth, binary, levels, ramp, shapes, constant, photo, photo, photo)


def random_thresholds(rng, aperture):
    most = {3: 1600, 5: 20000, 7: 330000}[aperture]
    kind = rng.integers(9)
    if kind == 0:
        return 0.0, float(rng.choice((0, 1, 400)))
    if kind == 1:
        return float(rng.uniform(-100, 50)), float(rng.uniform(-10, 300))
    if kind == 2:
        same = float(rng.integers(0, most))
        return same, same + float(rng.choice((0, 0.5, 1)))
    if kind == 3:
        return tuple(float(v) for v in rng.choice((32766, 32767, 32767.5, 32768, 1e6, 2e9), 2))
    if kind < 6:
        return tuple(float(v) for v in rng.uniform(0, most, 2))
    if kind == 6:
        return tuple(float(v) for v in rng.uniform(0, most / 8, 2))
    return tuple(float(v) for v in rng.integers(0, most // 6, 2))


def expand(luma):
    return np.clip(((luma.astype(np.int32) - 16) * 298 + 128) >> 8, 0, 255).astype(np.uint8)


def padded(rng, rows):
    """The rows in a buffer with bytes between them; at an odd place now and then."""
    height, row_bytes = rows.shape
    stride = row_bytes + int(rng.choice((0, 0, 1, 2, 16, 33)))
    offset = int(rng.choice((0, 0, 1, 2, 5, 8)))
    buffer = rng.integers(0, 256, offset + stride * height, dtype=np.uint8)
    view = np.lib.stride_tricks.as_strided(buffer[offset:], (height, row_bytes), (stride, 1))
    view[:] = rows
    return buffer, offset, stride


def grow_to_even(rng, picture, width, height):
    """YUV pictures have whole pairs: the pixels beyond the edge are arbitrary."""
    grown = noise(rng, width, height)
    grown[:picture.shape[0], :picture.shape[1]] = picture
    return grown


def packed_planes(name, y, u, v):
    order = (y[:, 0::2], u, y[:, 1::2], v) if name == "YUYV" else (u, y[:, 0::2], v, y[:, 1::2])
    rows = np.stack(order, axis=-1).reshape(y.shape[0], -1)
    return [rows], rows.reshape(y.shape[0], y.shape[1], 2)


def planar_planes(name, y, u, v):
    if name == "NV12":
        planes = [y, np.stack((u, v), axis=-1).reshape(u.shape[0], -1)]
    else:
        planes = [y, u, v]
    flat = np.concatenate([plane.ravel() for plane in planes])
    return planes, flat.reshape(y.shape[0] * 3 // 2, y.shape[1])


def yuv_case(rng, name, limited, bgr, picture):
    """The planes as a driver lays them out, and the gray that OpenCV sees."""
    height, width = picture.shape[:2]
    packed = name in ("YUYV", "UYVY")
    even = grow_to_even(rng, picture, width + width % 2, height if packed else height + height % 2)
    y, step = even[:, :, 1], 1 if packed else 2
    u, v = even[::step, ::2, 0], even[::step, ::2, 2]
    planes, whole = (packed_planes if packed else planar_planes)(name, y, u, v)
    if not packed:
        planes[0] = y[:height, :width]
    luma = y[:height, :width]
    if not bgr:
        return planes, expand(luma) if limited else luma
    color = cv2.cvtColor(np.ascontiguousarray(whole), YUV_TO_BGR[name])
    return planes, cv2.cvtColor(color, cv2.COLOR_BGR2GRAY)[:height, :width]


def planes_and_gray(rng, name, limited, bgr, picture):
    if name in YUV_TO_BGR:
        return yuv_case(rng, name, limited, bgr, picture)
    height = picture.shape[0]
    if name in ("BGR24", "RGB24"):
        stored = picture if name == "BGR24" else picture[:, :, ::-1]
        return [stored.reshape(height, -1)], cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    stored = picture[:, :, 1] if name == "GREY" else picture
    luma = picture[:, :, 1] if name == "GREY" else picture[:, :, 0]
    return [stored.reshape(height, -1)], expand(luma) if limited else luma


class Case:
    """Case `number` of `seed`: everything about it follows from the two."""

    def __init__(self, seed, number):
        rng = np.random.default_rng([seed, number])
        self.width, self.height = random_size(rng)
        make = PICTURES[rng.integers(len(PICTURES))]
        self.picture = make.__name__
        self.format, self.limited, self.bgr = KINDS[rng.integers(len(KINDS))]
        self.blur = int(rng.choice((0, 3, 5, 5, 7)))
        self.aperture = int(rng.choice((3, 3, 5, 7)))
        self.l2 = int(rng.integers(2))
        self.low, self.high = random_thresholds(rng, self.aperture)
        picture = make(rng, self.width, self.height)
        planes, gray = planes_and_gray(rng, self.format, self.limited, self.bgr, picture)
        self.expected_gray = np.ascontiguousarray(gray)
        self.planes = [padded(rng, plane) for plane in planes]
        self.edges_stride = self.width + int(rng.choice((0, 0, 1, 13)))
        # For each level there may ever be, so that a case does not depend on the CPU.
        self.cuts = [(int(rng.choice(BANDS)), int(rng.integers(ORDERS))) for _ in range(LEVELS)]

    def __str__(self):
        return (f"{self.picture} {self.width}x{self.height}, {self.format} "
                f"{'limited' if self.limited else 'full'}, gray {'bgr' if self.bgr else 'luma'}, "
                f"blur {self.blur}, aperture {self.aperture}, {'L2' if self.l2 else 'L1'}, "
                f"thresholds {self.low!r} {self.high!r}, "
                f"strides {[stride for _, _, stride in self.planes]} -> {self.edges_stride}")

    def opencv_edges(self):
        gray = self.expected_gray
        if self.blur:
            gray = cv2.GaussianBlur(gray, (self.blur, self.blur), 0)
        return cv2.Canny(gray, self.low, self.high, apertureSize=self.aperture,
                         L2gradient=bool(self.l2))

    def fill(self, gray, reference, rows):
        case = DifferentialCase(
            format=self.format.encode(), limited=self.limited, gray_bgr=self.bgr,
            width=self.width, height=self.height, blur=self.blur, aperture=self.aperture,
            l2=self.l2, low=self.low, high=self.high, gray=gray.ctypes.data,
            reference_edges=reference.ctypes.data, edges=rows.ctypes.data,
            edges_stride=self.edges_stride)
        for i, (buffer, offset, stride) in enumerate(self.planes):
            case.data[i] = buffer.ctypes.data + offset
            case.stride[i] = stride
        return case

    def run(self, library):
        """Our gray, the reference's edges; of each level what it is and its rows with padding."""
        gray = np.zeros((self.height, self.width), np.uint8)
        reference = np.zeros_like(gray)
        empty = np.full((self.height, self.edges_stride), PADDING, np.uint8)
        case = self.fill(gray, reference, empty)
        call(library.differential_reference, case)
        runs = []
        for level, name in library.levels:
            rows = empty.copy()
            case.edges, case.level = rows.ctypes.data, level
            case.bands, case.order = self.cuts[level]
            call(library.differential_canny, case)
            order = library.differential_order(case.order).decode()
            runs.append((f"canny_run() at {name}, {case.bands} bands {order}", rows))
        return gray, reference, runs


def call(function, case):
    status = function(ctypes.byref(case))
    if status < 0:
        raise RuntimeError(f"{function.__name__}: {os.strerror(-status)}")


def differs(what, ours, theirs):
    """None, or a sentence that says in what they differ."""
    found = difference(ours, theirs)
    return found and f"{what}: {found}"


def compare(case, library):
    """None, or a sentence about the first stage that differs."""
    gray, reference, runs = case.run(library)
    edges = case.opencv_edges()
    found = (differs("gray", gray, case.expected_gray)
             or differs("canny_reference_run()", reference, edges))
    for what, rows in runs:
        if (rows[:, case.width:] != PADDING).any():
            found = found or f"{what} wrote behind a row"
        found = found or differs(what, rows[:, :case.width], edges)
    return found


def newest_library():
    found = sorted(ROOT.glob("build/*/libcannyscope-test.so"), key=lambda p: p.stat().st_mtime)
    if not found:
        sys.exit("no build/*/libcannyscope-test.so: build it with make, or name it")
    return found[-1]


def load(path):
    library = open_shared_object(path)
    for name in (library.differential_level, library.differential_order):
        name.restype = ctypes.c_char_p
    # The library's tables must be as long as the constants here say.
    assert library.differential_level(LEVELS - 1) is not None
    assert library.differential_level(LEVELS) is None
    assert library.differential_order(ORDERS) is None
    names = [library.differential_level(level).decode() for level in range(LEVELS)]
    library.levels = [(level, name) for level, name in enumerate(names) if name]
    return library


def case_numbers(options):
    if options.only is not None:
        yield options.only
        return
    end, number = time.monotonic() + options.seconds, 0
    while number < options.cases if options.cases else time.monotonic() < end:
        yield number
        number += 1


def run(options, library):
    compared = 0
    for number in case_numbers(options):
        case = Case(options.seed, number)
        found = compare(case, library)
        compared += 1
        if found:
            print(f"case {number}: {case}\n{found}")
            again = f"--seed {options.seed} --only {number}"
            print(f"again: {sys.argv[0]} {again} {options.library or ''}")
            print(f"{compared} compared, 1 differ")
            return 1
    print(f"{compared} compared, 0 differ")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("library", type=pathlib.Path, nargs="?",
                        help="libcannyscope-test.so (default: the newest in build/)")
    parser.add_argument("--seconds", type=float, default=20, help="how long (default 20)")
    parser.add_argument("--cases", type=int, help="how many, instead of --seconds")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1 << 31))
    parser.add_argument("--only", type=int, metavar="N", help="case N alone")
    options = parser.parse_args()
    library = load((options.library or newest_library()).resolve())
    cv2.setNumThreads(1)
    levels = " ".join(name for _, name in library.levels)
    print(f"OpenCV {cv2.__version__}, seed {options.seed}, levels {levels}", flush=True)
    return run(options, library)


if __name__ == "__main__":
    sys.exit(main())
