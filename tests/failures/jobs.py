"""What run.py has the program do while a call fails."""
import subprocess

import cv2
import numpy as np


def run(*words):
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   stdin=subprocess.DEVNULL)


def make_inputs(folder):
    """A small picture of each kind, and two small videos."""
    rng = np.random.default_rng(6)
    picture = cv2.blur(rng.integers(0, 256, (48, 64, 3), dtype=np.uint8), (5, 5))
    pictures = f"{folder}/pictures"
    run("mkdir", pictures)
    for ending in "jpg", "png", "bmp", "tif", "webp":
        cv2.imwrite(f"{pictures}/{ending}.{ending}", picture)
    cv2.imwrite(f"{pictures}/progressive.jpg", picture, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])
    run("convert", f"{pictures}/png.png", "-interlace", "PNG", f"{pictures}/interlaced.png")
    run("convert", f"{pictures}/png.png", f"{pictures}/gif.gif")
    run("convert", f"{pictures}/png.png", "-define", "tiff:tile-geometry=32x32", f"{pictures}/tiled.tif")
    run("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=64x48:r=10:d=0.8", "-f", "lavfi", "-i",
        "sine=d=0.8", "-c:v", "mpeg4", "-c:a", "mp2", f"{folder}/video.avi")


class Job:
    """A command. `differing`: endings of files in whose bytes there are times."""

    def __init__(self, name, words, differing=()):
        self.name, self.words, self.differing = name, words, differing

    def may_differ(self, name):
        return name.endswith(tuple(self.differing))

    def prepare(self, place):
        """What is there before."""


def batch(inputs, out):
    return ["batch", f"{inputs}/pictures", "-o", f"{out}/edges", "--workers", "2", "--report",
            f"{out}/report.jsonl", "--all-frames", "--resume", "--memory-report"]


JOBS = [
    Job("batch", batch, (".jsonl", ".json")),
]
