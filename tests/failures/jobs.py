"""What run.py has the program do while a call fails."""
import json
import re
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
    with open(f"{folder}/names", "w", encoding="ascii") as names:
        names.write("\0".join([f"{pictures}/jpg.jpg", f"{pictures}/png.png", f"{folder}/more"]) + "\0")
    run("mkdir", "-p", f"{folder}/more/deep")
    run("ln", "-s", pictures, f"{folder}/more/link")
    cv2.imwrite(f"{folder}/more/deep/bmp.bmp", picture)
    make_reports(folder)


def make_reports(folder):
    """Two reports of which one says what the other says too."""
    line = '{"input":"%s.png","output":"out/%s.png","status":"ok","error":null,"ms":1.5,"pixels":12}\n'
    for name, inputs in ("first", "abc"), ("second", "cde"):
        with open(f"{folder}/{name}.jsonl", "w", encoding="ascii") as report:
            report.writelines(line % (letter, letter) for letter in inputs)


class Job:
    """A command. `differing`: endings of files in whose bytes there are times. `goes_on`: a file that
    cannot be written is told, in the window too, and the session goes on to status 0. `may`: names of
    files that a run may have or not. `devices`: a webcam and a v4l2loopback are
    there (devices.h), in an environment of its own. `shown`: what standard output must hold, made of its
    text; it raises ValueError for what cannot be read. `excused`: places and calls without which less is
    shown, and nothing is wrong."""

    def __init__(self, name, words, differing=(), goes_on=False, may=None, devices=None, shown=None,
                 excused=None):
        self.name, self.words, self.differing, self.goes_on = name, words, differing, goes_on
        self.may, self.devices, self.shown, self.excused = may, devices, shown, excused

    def may_differ(self, name):
        return name.endswith(tuple(self.differing))

    def may_appear(self, name):
        return bool(self.may and re.fullmatch(self.may, name))

    def told(self, said):
        good = ("cannyscope: Recording to", "cannyscope: Recorded", "cannyscope: Saved")
        return self.goes_on and any(not line.startswith(good) for line in said)


# Enough for sanitizers.
LIMIT = ["--max-memory", "8000"]


def batch(inputs, out):
    return ["batch", f"{inputs}/pictures", "-o", f"{out}/edges", "--workers", "2", "--report",
            f"{out}/report.jsonl", "--all-frames", "--resume", "--memory-report"]


def batch_list(inputs, out):
    return ["batch", "--files-from", f"{inputs}/names", "--null", "-o", f"{out}/edges", "--format", "png",
            "--recursive", "--follow", "--memory-diff", "--json"]


def batch_merge(inputs, out):
    return ["batch", "--merge-reports", f"{inputs}/first.jsonl", f"{inputs}/second.jsonl"]


def video_avi(inputs, out):
    return ["video", f"{inputs}/video.avi", "-o", f"{out}/edges.avi", "--save-frames", f"{out}/frames",
            "--memory-report", *LIMIT]


def video_mkv(inputs, out):
    return ["video", f"{inputs}/video.avi", "-o", f"{out}/edges.mkv", "--codec", "ffv1", "--start", "0.3",
            "--memory-diff"]


def video_mp4(inputs, out):
    return ["video", f"{inputs}/video.avi", "-o", f"{out}/edges.mp4"]


LIVE = ["--frames", "4", "--size", "160x120", "--fps", "20"]


def live_scene(inputs, out):
    return ["live", "scene", *LIVE, "--headless", "--snapshot", f"{out}/last.png", "--record", f"{out}/seen.mkv",
            "--stats", f"{out}/stats.json", "--memory-report"]


def live_video(inputs, out):
    return ["live", f"{inputs}/video.avi", "--headless", "--snapshot", f"{out}/last.jpg", "--record",
            f"{out}/edges.mkv", "--record-of", "edges", "--memory-diff", *LIMIT]


def live_lab(inputs, out):
    return ["live", "scene", *LIVE, "--headless", "--lab", "keep,folder,bounded,release,scope,allocate,reuse,"
            "every,trim,delete,copies,uint8,float32", "--lab-folder", f"{inputs}/pictures", "--json"]


def live_window(inputs, out):
    return ["live", "scene", *LIVE, "--renderer", "software", "--overlay", "full", "--snapshot",
            f"{out}/last.png", "--record", f"{out}/seen.mkv", *LIMIT]


def video_window(inputs, out):
    return ["video", f"{inputs}/video.avi", "-o", f"{out}/edges.avi", "--display"]


def live_camera(inputs, out):
    return ["live", "/dev/video0", "--frames", "6", "--headless", "--format", "MJPG", "--set-ctrl",
            "brightness=3,power_line_frequency=1", "--snapshot", f"{out}/last.png"]


def live_unplug(inputs, out):
    return ["live", "Camera of Nothing", "--frames", "9", "--headless", "--format", "YUYV", "--record",
            f"{out}/seen.mkv", "--device-timeout", "20"]


def window_camera(inputs, out):
    return ["live", "--frames", "6", "--renderer", "software", "--set-ctrl", "brightness=3", "--snapshot",
            f"{out}/last.png"]


def live_loopback(inputs, out):
    return ["live", "scene", *LIVE, "--headless", "--loopback", "/dev/video1", "--snapshot", f"{out}/last.png"]


def devices(inputs, out):
    return ["devices", "--all"]


def devices_json(inputs, out):
    return ["devices", "--json"]


def bench(inputs, out):
    return ["bench", "--size", "64x48", "--runs", "3", "--cpu", "c", "--threads", "2"]


def bench_json(inputs, out):
    return ["bench", "--image", f"{inputs}/pictures/png.png", "--runs", "3", "--cpu", "c", "--stages", "--json"]


def the_same(text):
    return text


def rows(text):
    return [re.split(r"[ ,]", line.strip())[0] for line in text.splitlines()]


def keys_of_json(text):
    """Whole documents, and what is in them but for numbers that time makes."""
    return [sorted(row) for row in json.loads(text)]


def json_lines(text):
    """Lines of JSON among others."""
    return [type(json.loads(line)).__name__ for line in text.splitlines() if line[:1] in "[{"]


# What a device refuses it is not said to have; what it is called besides its node may be missing.
DEVICE = r"^ioctl|open_raw|find_link|read_sysfs|read_attribute"

JOBS = [
    Job("batch", batch, (".jsonl", ".json")),
    Job("batch-list", batch_list, (".json",), may=r"edges/link/.*", shown=json_lines),
    Job("batch-merge", batch_merge, shown=the_same),
    Job("video-avi", video_avi),
    Job("video-mkv", video_mkv),
    Job("video-mp4", video_mp4),
    Job("live-scene", live_scene, (".mkv", ".json", ".png")),
    Job("live-video", live_video, (".mkv", ".jpg")),
    Job("live-lab", live_lab, shown=json_lines),
    Job("live-window", live_window, (".mkv", ".png"), True),
    Job("video-window", video_window),
    Job("live-camera", live_camera, (".png",), devices={}),
    Job("live-unplug", live_unplug, (".mkv",), may=r"seen-\d\.mkv", devices={"CANNYSCOPE_UNPLUG": "3"}),
    Job("window-camera", window_camera, (".png",), True, devices={}),
    Job("live-loopback", live_loopback, (".png",), devices={}),
    Job("devices", devices, devices={}, shown=the_same, excused=DEVICE),
    Job("devices-json", devices_json, devices={}, shown=json.loads, excused=DEVICE),
    Job("bench", bench, shown=rows),
    Job("bench-json", bench_json, shown=keys_of_json),
]
