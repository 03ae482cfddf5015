#!/usr/bin/python3
"""Makes pictures of several frames, or compares what became of them with OpenCV's.

    make_frames.py make FOLDER       moving.gif, moving.png (APNG), moving.webp, pages.tif, single.gif
    make_frames.py same FOLDER OUT   every frame's edges in OUT must be those of what OpenCV reads
"""
import os
import subprocess
import sys

import cv2
import numpy as np

FRAMES = 6


def make(folder):
    os.makedirs(folder, exist_ok=True)
    rng = np.random.default_rng(7)
    noise = cv2.GaussianBlur(rng.integers(0, 256, (90, 400, 3), dtype=np.uint8), (9, 9), 0)
    noise = cv2.normalize(noise, None, 0, 255, cv2.NORM_MINMAX)
    frames = [np.ascontiguousarray(noise[:, 40 * i : 40 * i + 120]) for i in range(FRAMES)]
    cv2.imwritemulti(f"{folder}/pages.tif", [f[:, : 120 - 5 * i] for i, f in enumerate(frames)])
    raw = b"".join(frame.tobytes() for frame in frames)
    source = ["-f", "rawvideo", "-pix_fmt", "bgr24", "-s", "120x90", "-r", "5", "-i", "-"]
    for name, codec, count in (("moving.gif", "gif", FRAMES), ("moving.png", "apng", FRAMES),
                               ("moving.webp", "libwebp_anim", FRAMES), ("single.gif", "gif", 1)):
        kind = ["-f", "apng"] if codec == "apng" else []
        subprocess.run(["ffmpeg", "-v", "error", "-y", *source, "-frames:v", str(count), "-c:v", codec,
                        *kind, f"{folder}/{name}"], input=raw, check=True)


def frames_of(path):
    if path.endswith(".tif"):
        return cv2.imreadmulti(path, flags=cv2.IMREAD_COLOR)[1]
    capture, frames = cv2.VideoCapture(path), []
    while True:
        read, frame = capture.read()
        if not read:
            return frames
        frames.append(frame)


def same(folder, out):
    compared = differ = 0
    for name, output in (("moving.gif", "processed_moving.gif%s.png"),
                         ("moving.png", "processed_moving%s.png"),
                         ("pages.tif", "processed_pages%s.tif"),
                         ("single.gif", "processed_single.gif.png")):
        frames = frames_of(f"{folder}/{name}")
        assert len(frames) == (1 if name == "single.gif" else FRAMES), name
        for i, frame in enumerate(frames, 1):
            path = f"{out}/{output}" % (f"-{i:04d}",) if "%s" in output else f"{out}/{output}"
            gray = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
            edges = cv2.Canny(cv2.GaussianBlur(gray, (5, 5), 0), 50, 150)
            ours = cv2.imread(path, cv2.IMREAD_GRAYSCALE)
            compared += 1
            if ours is None or not np.array_equal(ours, edges):
                differ += 1
                print(f"{path}: {'missing' if ours is None else 'differs'}")
    print(f"{compared} compared, {differ} differ")
    return differ > 0


if __name__ == "__main__":
    sys.exit(make(sys.argv[2]) if sys.argv[1] == "make" else same(*sys.argv[2:]))
