#!/usr/bin/python3
"""same.py GRAY INPUT OUTPUT [--first N] [--count N] [--exact]: is OUTPUT the video of INPUT's edges?

GRAY bgr: the edges of what cv2.VideoCapture reads; luma: of the luma that ffmpeg gives, stretched to
the full range. Low 50, high 150, blur 5. What an encoder with loss makes of them must be within a
thousandth of the pixels when it is cut at the middle, and 40 dB in any case.
"""
import argparse
import pathlib
import subprocess
import sys

import cv2
import numpy as np

sys.path.insert(1, str(pathlib.Path(__file__).parents[1] / "lib"))

from frames import frames


def grays(path):
    for frame in frames(path):
        yield cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)


def lumas(path):
    capture = cv2.VideoCapture(path)
    width, height = (int(capture.get(p)) for p in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
    command = ["ffmpeg", "-v", "error", "-i", path, "-vf", "extractplanes=y", "-f", "rawvideo", "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        while len(data := process.stdout.read(width * height)) == width * height:
            limited = np.frombuffer(data, np.uint8).reshape(height, width).astype(np.int32)
            yield np.clip(((limited - 16) * 298 + 128) >> 8, 0, 255).astype(np.uint8)


def differs(expected, got, exact):
    height, width = expected.shape
    got = got[:height, :width]
    if exact:
        return int((expected != got).sum())
    wrong = int(((got > 127) != (expected > 127)).sum())
    return wrong if wrong > expected.size / 1000 or cv2.PSNR(expected, got) < 40 else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("gray", choices=["bgr", "luma"])
    parser.add_argument("input")
    parser.add_argument("output")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int)
    parser.add_argument("--exact", action="store_true")
    options = parser.parse_args()

    outputs = frames(options.output)
    count = 0
    for number, gray in enumerate((grays if options.gray == "bgr" else lumas)(options.input)):
        if number < options.first or number - options.first == options.count:
            if number < options.first:
                continue
            break
        got = next(outputs, None)
        if got is None:
            sys.exit(f"{options.output} ends after {count} frames")
        edges = cv2.Canny(cv2.GaussianBlur(gray, (5, 5), 0), 50, 150)
        wrong = differs(edges, got[:, :, 1], options.exact)
        if wrong:
            sys.exit(f"frame {number}: {wrong} pixels differ")
        count += 1
    if next(outputs, None) is not None:
        sys.exit(f"{options.output} has more than {count} frames")
    print(f"{count} frames are the same")
    sys.exit(count == 0)


if __name__ == "__main__":
    main()
