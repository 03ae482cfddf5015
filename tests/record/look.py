#!/usr/bin/python3
"""look.py COMMAND FILE ARGUMENTS...: what there is to see in a recording; fails with a word about it.

    rising FILE                   its times begin at 0 and rise strictly
    gaps FILE SECONDS             no picture lasts longer
    lasts FILE FROM TO            its duration, seconds
    whole FILE FRAMES             its end was written, and it has so many frames
    plays FILE SECONDS            its pictures can be decoded up to there, at least
    same-times FILE OTHER         both have the same times, within a millisecond
    like FILE INPUT PSNR          its frames are INPUT's (a video, or one picture)
    shows FILE SECOND PSNR OTHER  the frame at that time is like the picture OTHER
"""
import itertools
import json
import pathlib
import subprocess
import sys

import cv2
import numpy as np

sys.path.insert(1, str(pathlib.Path(__file__).parents[1] / "lib"))

from frames import frames


def probe(path, *what):
    done = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-of", "json", *what, path],
                          capture_output=True, check=False)
    return json.loads(done.stdout or "{}")


def times(path):
    frames = probe(path, "-show_entries", "frame=pts_time").get("frames", [])
    return [float(frame["pts_time"]) for frame in frames]


def duration(path):
    return float(probe(path, "-show_entries", "format=duration").get("format", {}).get("duration", -1))


def psnr(one, two):
    error = np.mean((one.astype(float) - two.astype(float)) ** 2)
    return 99 if error == 0 else 10 * np.log10(255 * 255 / error)


def rising(path):
    at = times(path)
    assert at and at[0] == 0, at[:1]
    assert all(a < b for a, b in zip(at, at[1:])), [pair for pair in zip(at, at[1:]) if pair[0] >= pair[1]]


def gaps(path, most):
    at = times(path)
    widest = max(b - a for a, b in zip(at, at[1:]))
    assert widest <= float(most), f"a picture lasts {widest} s"


def lasts(path, least, most):
    assert float(least) <= duration(path) <= float(most), f"{duration(path)} s, not {least} to {most}"


def whole(path, count):
    assert duration(path) > 0, "it has no end"
    assert len(times(path)) == int(count), f"{len(times(path))} frames, not {count}"


def plays(path, least):
    at = times(path)
    rate = probe(path, "-show_entries", "stream=avg_frame_rate,r_frame_rate")
    assert at and at[-1] >= float(least), f"up to {at[-1:]} s, not {least} ({rate})"


def same_times(path, other):
    one, two = times(path), times(other)
    assert len(one) == len(two), f"{len(one)} and {len(two)} frames"
    assert all(abs(a - b) < 0.0011 for a, b in zip(one, two)), (one, two)


def like(path, other, least):
    still = cv2.imread(other)
    expected = frames(other) if still is None else itertools.repeat(still)
    count = 0
    for got, wanted in zip(frames(path), expected):
        found = psnr(got, wanted)
        assert found >= float(least), f"frame {count}: {found:.1f} dB"
        count += 1
    assert count > 0, "no frames"


def shows(path, second, least, other):
    at = times(path)
    number = max(i for i, time in enumerate(at) if time <= float(second))
    for i, frame in enumerate(frames(path)):
        if i == number:
            found = psnr(frame, cv2.imread(other))
            assert found >= float(least), f"{found:.1f} dB"
            return
    raise AssertionError("no such frame")


commands = {"rising": rising, "gaps": gaps, "lasts": lasts, "whole": whole, "plays": plays,
            "same-times": same_times, "like": like, "shows": shows}
try:
    commands[sys.argv[1]](*sys.argv[2:])
except AssertionError as problem:
    print(f"      {' '.join(sys.argv[1:])}: {problem}")
    sys.exit(1)
