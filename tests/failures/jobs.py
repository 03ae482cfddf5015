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
    """A command. `differing`: endings of files in whose bytes there are times. `goes_on`: a file that
    cannot be written is told, in the window too, and the session goes on to status 0."""

    def __init__(self, name, words, differing=(), goes_on=False):
        self.name, self.words, self.differing, self.goes_on = name, words, differing, goes_on

    def may_differ(self, name):
        return name.endswith(tuple(self.differing))

    def told(self, said):
        good = ("cannyscope: Recording to", "cannyscope: Recorded", "cannyscope: Saved")
        return self.goes_on and any(not line.startswith(good) for line in said)


# Enough for sanitizers.
LIMIT = ["--max-memory", "8000"]


def batch(inputs, out):
    return ["batch", f"{inputs}/pictures", "-o", f"{out}/edges", "--workers", "2", "--report",
            f"{out}/report.jsonl", "--all-frames", "--resume", "--memory-report"]


def video_avi(inputs, out):
    return ["video", f"{inputs}/video.avi", "-o", f"{out}/edges.avi", "--save-frames", f"{out}/frames",
            "--memory-report", *LIMIT]


def video_mkv(inputs, out):
    return ["video", f"{inputs}/video.avi", "-o", f"{out}/edges.mkv", "--codec", "ffv1", "--start", "0.3"]


def video_mp4(inputs, out):
    return ["video", f"{inputs}/video.avi", "-o", f"{out}/edges.mp4"]


LIVE = ["--frames", "4", "--size", "160x120", "--fps", "20"]


def live_scene(inputs, out):
    return ["live", "scene", *LIVE, "--headless", "--snapshot", f"{out}/last.png", "--record", f"{out}/seen.mkv",
            "--stats", f"{out}/stats.json", "--memory-report"]


def live_video(inputs, out):
    return ["live", f"{inputs}/video.avi", "--headless", "--snapshot", f"{out}/last.jpg", "--record",
            f"{out}/edges.mkv", "--record-of", "edges", "--memory-diff", *LIMIT]


def live_window(inputs, out):
    return ["live", "scene", *LIVE, "--renderer", "software", "--overlay", "full", "--snapshot",
            f"{out}/last.png", "--record", f"{out}/seen.mkv", *LIMIT]


def video_window(inputs, out):
    return ["video", f"{inputs}/video.avi", "-o", f"{out}/edges.avi", "--display"]


JOBS = [
    Job("batch", batch, (".jsonl", ".json")),
    Job("video-avi", video_avi),
    Job("video-mkv", video_mkv),
    Job("video-mp4", video_mp4),
    Job("live-scene", live_scene, (".mkv", ".json", ".png")),
    Job("live-video", live_video, (".mkv", ".jpg")),
    Job("live-window", live_window, (".mkv", ".png"), True),
    Job("video-window", video_window),
]
