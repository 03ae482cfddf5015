"""Cases that also run whole programs: cannyscope's own bench, and ffmpeg's edgedetect.

cannyscope: `cannyscope bench --json` on the same picture as a PNG file, to see that the program is
as fast by its own clock as the engine is beside OpenCV in one process; and one picture through
`cannyscope live --headless`, whose pixels must be OpenCV's.

ffmpeg: `-vf bench=start,edgedetect=...,bench=stop` on one thread, frames of raw gray. The bench
filter prints how long each frame was between the two, so neither reading nor starting counts; the
first frame, which allocates, is left out. (A run with the filter less one without, divided by the
frames, gave the same within 3 %.) Only the speed is compared: edgedetect is another Canny, with a
Gaussian of sigma 1.4, borders left out, hysteresis of one step at most and gray instead of white,
so its pixels differ by design. Its thresholds are the same magnitudes over 255, at most 255.
"""

import json
import os
import re
import statistics
import subprocess

import cv2
import numpy as np

from measure import Case
from planes import difference

FFMPEG_FRAMES = 4
PROGRAM_RUNS = 15
SECONDS = 120  # no command takes that long


def run(arguments, folder):
    """Standard output and error of a command that must succeed."""
    environment = dict(os.environ, XDG_CONFIG_HOME=str(folder), XDG_STATE_HOME=str(folder))
    environment.pop("LD_PRELOAD", None)  # the sanitizers' runtimes, for Python alone
    done = subprocess.run([str(a) for a in arguments], capture_output=True, text=True,
                          env=environment, stdin=subprocess.DEVNULL, timeout=SECONDS, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["nothing said"])[-1]
        command = " ".join(str(a) for a in arguments[:2])
        raise RuntimeError(f"{command} ended with status {done.returncode}: {last}")
    return done.stdout, done.stderr


class CommandCase(Case):
    """Times pairs as any case does, then a command, at the same moment of a noisy machine."""

    most_turns = 3

    def __init__(self, section, picture, *, folder, **rest):
        super().__init__(section, picture, **{**rest, "clock": "wall"})  # the command's, too
        self.folder = folder

    def path(self, suffix):
        """The picture as a file, named by what it shows."""
        self.folder.mkdir(parents=True, exist_ok=True)
        p = self.picture
        return self.folder / f"{p.name}-{p.width}x{p.height}{suffix}"

    def turn(self, library):
        super().turn(library)
        try:
            self.command()
        except (RuntimeError, OSError, ValueError, LookupError,
                subprocess.TimeoutExpired) as problem:
            self.compared += 1
            self.differences.append(f"{self}: {problem}")

    def thresholds(self):
        return ["--low", self.params.low, "--high", self.params.high]


class FfmpegCase(CommandCase):
    """ffmpeg's edgedetect on the same gray picture."""

    def __init__(self, *arguments, **rest):
        super().__init__(*arguments, **rest)
        self.ffmpeg_ms = []
        self.quotients = {level: [] for level in self.levels}  # over OpenCV, over cannyscope

    def command(self):
        raw, p = self.path(".gray"), self.picture
        if self.turns == 1:
            p.gray().tofile(raw)
        limits = f"low={self.params.low / 255:.9f}:high={self.params.high / 255:.9f}"
        _, said = run(["ffmpeg", "-hide_banner", "-nostdin", "-threads", 1, "-filter_threads", 1,
                       "-stream_loop", FFMPEG_FRAMES - 1, "-f", "rawvideo", "-pix_fmt", "gray",
                       "-s", f"{p.width}x{p.height}", "-i", raw, "-vf",
                       f"bench=start,edgedetect={limits},bench=stop", "-f", "null", "-"],
                      self.folder)
        seconds = [float(t) for t in re.findall(r"\[bench .*\] t:([0-9.]+)", said)]
        if len(seconds) != FFMPEG_FRAMES:
            raise RuntimeError(f"ffmpeg timed {len(seconds)} frames of {FFMPEG_FRAMES}")
        frame_ms = 1000 * statistics.median(seconds[1:])
        self.ffmpeg_ms.append(frame_ms)
        for level in self.levels:
            beside_ms = np.median(self.last_pairs(level), axis=1) / 1e6
            self.quotients[level].append(frame_ms / beside_ms)

    def result(self, level):
        found = super().result(level)
        if self.ffmpeg_ms:
            over_opencv, over_cannyscope = np.median(self.quotients[level], axis=0)
            found["ffmpeg_ms"] = statistics.median(self.ffmpeg_ms)
            found["ffmpeg_over_opencv"] = over_opencv
            found["ffmpeg_over_cannyscope"] = over_cannyscope
        return found


class ProgramCase(CommandCase):
    """`cannyscope bench` and `cannyscope live` on the same gray picture."""

    def __init__(self, *arguments, program, **rest):
        super().__init__(*arguments, **rest)
        self.program = program
        self.program_ms = {level: [] for level in self.levels}
        self.quotients = {level: [] for level in self.levels}

    def command(self):
        if self.turns == 1:
            cv2.imwrite(str(self.path(".png")), self.picture.gray())
            self._compare_snapshot()
        for level in self.levels:
            out, _ = run([self.program, "bench", "--image", self.path(".png"), "--runs",
                          PROGRAM_RUNS, "--json", "--cpu", level, "--threads", self.threads,
                          *self.thresholds()], self.folder)
            self._note(level, json.loads(out))

    def _note(self, level, found):
        """An object or a list of them: the one that measures what we measure."""
        p = self.picture
        for one in found if isinstance(found, list) else [found]:
            if (one["stage"], one["level"], one["width"], one["height"], one["threads"]) == (
                    "whole", level, p.width, p.height, self.threads):
                found_ms = float(one["median_ms"])
                self.program_ms[level].append(found_ms)
                beside_ms = np.median(self.last_pairs(level), axis=1) / 1e6
                self.quotients[level].append((beside_ms[0] / found_ms, found_ms / beside_ms[1]))
                return
        raise RuntimeError(f"bench --json says nothing of {level} at {p.width}x{p.height}")

    def _compare_snapshot(self):
        shot = self.path("-edges.png")
        shot.unlink(missing_ok=True)
        run([self.program, "live", self.path(".png"), "--headless", "--frames", 1, "--snapshot",
             shot, *self.thresholds()], self.folder)
        edges = cv2.imread(str(shot), cv2.IMREAD_GRAYSCALE)
        blurred = cv2.GaussianBlur(self.picture.gray(), (self.params.blur, self.params.blur), 0)
        expected = cv2.Canny(blurred, self.params.low, self.params.high)
        if edges is None or edges.shape != expected.shape:
            raise RuntimeError("cannyscope live wrote no edge picture of this size")
        self._check("cannyscope live", difference(edges, expected))

    def result(self, level):
        found = super().result(level)
        if self.program_ms[level]:
            under_opencv, over_engine = np.median(self.quotients[level], axis=0)
            found["program_ms"] = statistics.median(self.program_ms[level])
            found["opencv_over_program"] = under_opencv
            found["program_over_engine"] = over_engine
        return found
