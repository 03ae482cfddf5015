#!/usr/bin/python3
"""Compares snapshots taken in the guest with what OpenCV makes of the webcam's own frames.

    compare.py FRAMES OUT < comparisons

A line of standard input is "PICTURE FORMAT WxH": a snapshot below OUT, of edges found with the
default settings (blur 5, thresholds 50 and 150) in some frame of that format and size. Which frame
it was is not known; it must equal one of them in every pixel. FORMAT "screen" is a screen of that
size, which must show something; "loopback" a snapshot of edges, of which other programs have read
YUYV frames through a virtual camera: PICTURE's name with .yuyv and -ffmpeg.yuyv. Prints a line for
each.
"""

import sys
from functools import partial
from pathlib import Path

import cv2
import numpy

BLUR, LOW, HIGH = 5, 50, 150


def jpeg_frames(path, _width, _height):
    """JPEG files end to end; each begins with FF D8 FF and ends with FF D9."""
    data = path.read_bytes()
    start = 0
    while start < len(data):
        end = data.index(b"\xff\xd9", start) + 2
        picture = numpy.frombuffer(data[start:end], numpy.uint8)
        yield cv2.imdecode(picture, cv2.IMREAD_GRAYSCALE)
        start = end


def yuyv_frames(path, width, height):
    """Luma is every second byte, 16 to 235, to be expanded to 0 to 255."""
    luma = numpy.fromfile(path, numpy.uint8)[::2].astype(int)
    expanded = ((luma - 16) * 298 + 128) >> 8
    return expanded.clip(0, 255).astype(numpy.uint8).reshape(-1, height, width)


RIGHT = {"screen": "shows something", "loopback": "what other programs read through the camera"}
READERS = {"MJPG": ("mjpg", jpeg_frames), "YUYV": ("yuyv", yuyv_frames)}


def edges_of(gray):
    blurred = cv2.GaussianBlur(gray, (BLUR, BLUR), 0)
    return cv2.Canny(blurred, LOW, HIGH)


def compare_edges(got, frames, size):
    """None if the picture is the edges of a frame, else what is wrong."""
    width, height = (int(side) for side in size.split("x"))
    fewest = width * height
    for gray in frames(width, height):
        fewest = min(fewest, int((edges_of(gray) != got[:, :, 0]).sum()))
    return f"{fewest} pixels differ from the nearest frame" if fewest else None


def compare_screen(got):
    """A window that was not drawn has one colour, or two."""
    colours = len(numpy.unique(got.reshape(-1, 3), axis=0))
    return None if colours >= 16 else f"it has {colours} colours"


def compare_loopback(picture, got):
    """Every whole frame that was read: BT.601, limited, the last column twice if they are odd."""
    luma = numpy.pad(got[:, :, 0], ((0, 0), (0, got.shape[1] % 2)), "edge").astype(int)
    expected = numpy.floor(16 + luma * 219 / 255 + 0.5).astype(numpy.uint8)
    for path in (picture.with_suffix(".yuyv"), picture.with_name(picture.stem + "-ffmpeg.yuyv")):
        read = numpy.fromfile(path, numpy.uint8)
        count = read.size // (2 * expected.size)
        if count == 0 or read.size % (2 * expected.size) != 0:
            return f"{path.name} has {read.size} bytes, a frame {2 * expected.size}"
        for i, frame in enumerate(read.reshape(count, *expected.shape, 2)):
            if not (frame[:, :, 0] == expected).all() or not (frame[:, :, 1] == 128).all():
                return f"frame {i} of {path.name} is not the snapshot"
    return None if luma.any() else "there are no edges"


def compare(frames, picture, kind, size):
    got = cv2.imread(str(picture), cv2.IMREAD_COLOR)
    if got is None:
        return "there is no such picture"
    if size != f"{got.shape[1]}x{got.shape[0]}":
        return f"it is {got.shape[1]}x{got.shape[0]}"
    if kind == "screen":
        return compare_screen(got)
    if kind == "loopback":
        return compare_loopback(picture, got)
    suffix, reader = READERS[kind]
    return compare_edges(got, partial(reader, frames / f"{size}.{suffix}"), size)


def main():
    frames, out = Path(sys.argv[1]), Path(sys.argv[2])
    for line in sys.stdin:
        picture, kind, size = line.split()
        wrong = compare(frames, out / picture, kind, size)
        right = RIGHT.get(kind, "OpenCV's edges")
        print(f"FAIL {picture}: {wrong}" if wrong else f"PASS {picture}: {right}", flush=True)


if __name__ == "__main__":
    main()
