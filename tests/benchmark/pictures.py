"""The pictures that are measured: photographs of opencv-doc, cut and resized, and noise.

The six differ in how much there is to find (share of edge pixels at 640x480, low 50, high 150):
things on a table before a webcam (1 %), fruits, a street, a building, graffiti, a plant before
a patterned wall (14 %).
"""

import dataclasses
import functools
import pathlib

import cv2
import numpy as np

FOLDER = pathlib.Path("/usr/share/doc/opencv-doc/examples/data")
PHOTOGRAPHS = {"stuff": "stuff.jpg", "fruits": "fruits.jpg", "street": "leuvenA.jpg",
               "building": "building.jpg", "graffiti": "graf1.png", "aloe": "aloeL.jpg"}
SIZES = ((640, 480), (1280, 720), (1920, 1080), (3840, 2160))


@dataclasses.dataclass(frozen=True)
class Picture:
    """A picture of a name ("noise", or one of PHOTOGRAPHS) at a size."""
    name: str
    width: int
    height: int

    @property
    def is_photograph(self):
        return self.name in PHOTOGRAPHS

    def bgr(self):
        return _color(self.name, self.width, self.height)

    def gray(self):
        return _gray(self.name, self.width, self.height)


def _noise(width, height):
    """Every value as likely as every other, each pixel by itself: the most edges there can be."""
    return np.random.default_rng(width).integers(0, 256, (height, width, 3), dtype=np.uint8)


@functools.lru_cache(maxsize=None)
def _read(name):
    path = FOLDER / PHOTOGRAPHS[name]
    picture = cv2.imread(str(path))
    if picture is None:
        raise SystemExit(f"{path} cannot be read: install opencv-doc")
    return picture


def _fitted(photograph, width, height):
    """The middle of it in the shape of the size, resized."""
    rows, columns = photograph.shape[:2]
    keep_rows = min(rows, columns * height // width)
    keep_columns = min(columns, rows * width // height)
    top, left = (rows - keep_rows) // 2, (columns - keep_columns) // 2
    part = photograph[top:top + keep_rows, left:left + keep_columns]
    way = cv2.INTER_AREA if keep_columns > width else cv2.INTER_CUBIC
    return cv2.resize(part, (width, height), interpolation=way)


@functools.lru_cache(maxsize=None)
def _color(name, width, height):
    if name == "noise":
        return _noise(width, height)
    return _fitted(_read(name), width, height)


@functools.lru_cache(maxsize=None)
def _gray(name, width, height):
    if name == "noise":
        return np.ascontiguousarray(_noise(width, height)[:, :, 0])
    return cv2.cvtColor(_fitted(_read(name), width, height), cv2.COLOR_BGR2GRAY)
