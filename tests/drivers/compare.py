#!/usr/bin/python3
"""Compares snapshots taken in the guest with what OpenCV makes of the webcam's own frames.

    compare.py FRAMES OUT < comparisons

A line of standard input is "PICTURE FORMAT WxH": a snapshot below OUT, of edges found with the
default settings (blur 5, thresholds 50 and 150) in some frame of that format and size. Which frame
it was is not known; it must equal one of them in every pixel. Prints a line for each.
"""

import sys
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


READERS = {"MJPG": ("mjpg", jpeg_frames), "YUYV": ("yuyv", yuyv_frames)}


def edges_of(gray):
    blurred = cv2.GaussianBlur(gray, (BLUR, BLUR), 0)
    return cv2.Canny(blurred, LOW, HIGH)


def compare(frames, picture, fourcc, size):
    """None if the picture is the edges of a frame, else what is wrong."""
    got = cv2.imread(str(picture), cv2.IMREAD_GRAYSCALE)
    if got is None:
        return "there is no such picture"
    width, height = (int(side) for side in size.split("x"))
    suffix, reader = READERS[fourcc]
    fewest = width * height
    for gray in reader(frames / f"{size}.{suffix}", width, height):
        wanted = edges_of(gray)
        if wanted.shape != got.shape:
            return f"it is {got.shape[1]}x{got.shape[0]}"
        fewest = min(fewest, int((wanted != got).sum()))
    return f"{fewest} pixels differ from the nearest frame" if fewest else None


def main():
    frames, out = Path(sys.argv[1]), Path(sys.argv[2])
    for line in sys.stdin:
        picture, fourcc, size = line.split()
        wrong = compare(frames, out / picture, fourcc, size)
        verdict = f"FAIL {picture}: {wrong}" if wrong else f"PASS {picture}: OpenCV's edges"
        print(verdict, flush=True)


if __name__ == "__main__":
    main()
