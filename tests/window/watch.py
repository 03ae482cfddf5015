"""The ground of screen.py: the window that is watched, waiting for what is to be seen in it."""
import itertools
import sys
import time

import cv2
import numpy as np

import xwindow
from layout import Layout, bounds

folder, patience_s = sys.argv[1], float(sys.argv[2])
commands = {}
failures = itertools.count(1)


class State:
    window = None
    stats = None  # file that --stats writes
    luma = color = None  # of the picture that is shown
    controls = {}  # name to box
    kept = {}  # name to (place, pixels)


def command(function):
    commands[function.__name__.rstrip("_")] = function
    return function


def write_png(name, shot):
    channels = [(shot >> shift & 255).astype(np.uint8) for shift in (0, 8, 16)]
    cv2.imwrite(f"{folder}/{name}.png", cv2.merge(channels))


def look():
    """The window, waited for. While it changes its size, what is read may be no picture of it."""
    deadline = time.monotonic() + patience_s
    why = "there is no window"
    while time.monotonic() < deadline:
        try:
            shot = xwindow.grab(State.window)
        except ValueError as error:
            shot, why = None, str(error)
        if shot is not None:
            return shot
        time.sleep(0.05)
    raise ValueError(why)


def until(check):
    """Waits until check(shot) is true or a text that begins with "ok"; else it says why not."""
    deadline = time.monotonic() + patience_s
    while True:
        shot = look()
        try:
            why = check(shot)
        except ValueError as error:
            why = str(error)
        if isinstance(why, np.bool_):
            why = bool(why)
        if why is True or str(why).startswith("ok"):
            return "ok" if why is True else why
        if time.monotonic() > deadline:
            name = f"failed-{next(failures)}"
            write_png(name, shot)
            return f"no: {why or 'it is not so'} ({name}.png)"
        time.sleep(0.03)


def place(shot, name):
    """The pixels of a part of the window."""
    parts = Layout(shot)
    return {"picture": parts.area, "panel": parts.panel, "bar": parts.bar}[name].of(shot)


def changed_since(shot, name):
    """Where a part of the window differs from how it was kept, in the part's own coordinates."""
    where, pixels = State.kept[name]
    now = place(shot, where)
    if now.shape != pixels.shape:
        raise ValueError(f"{where} has another size")
    return bounds(now != pixels)


def channels(words):
    return np.stack([words & 255, words >> 8 & 255, words >> 16 & 255], 2).astype(int)


def near(words, color):
    """Where pixels are of a colour, give or take what blending rounds."""
    return np.abs(channels(words) - channels(np.array([[color]]))).max(2) <= 3
