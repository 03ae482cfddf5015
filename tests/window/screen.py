#!/usr/bin/python3
"""Watches a window for run.sh: a command a line on standard input, an answer a line.

    screen.py FOLDER PATIENCE_S

A command waits until what it says is seen, so that nothing depends on time, and answers "ok", with
a value after it where it was asked for one. What is not seen after PATIENCE_S is answered by "no"
and the reason, and the window as it is then is kept as FOLDER/failed-N.png.
"""
import functools
import itertools
import json
import shlex
import sys
import time

import cv2
import numpy as np

import layout
import xwindow
from layout import Box, Layout, bounds

folder, patience_s = sys.argv[1], float(sys.argv[2])
commands = {}
failures = itertools.count(1)


class State:
    window = None
    stats = None       # file that --stats writes
    luma = color = None  # of the picture that is shown
    controls = {}
    kept = {}          # name to (place, pixels)


def command(function):
    commands[function.__name__.rstrip("_")] = function
    return function


def write_png(name, shot):
    channels = [(shot >> shift & 255).astype(np.uint8) for shift in (0, 8, 16)]
    cv2.imwrite(f"{folder}/{name}.png", cv2.merge(channels))


def look():
    """The window, waited for."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        shot = xwindow.grab(State.window)
        if shot is not None:
            return shot
        time.sleep(0.05)
    raise ValueError("there is no window")


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


# ---- the picture ----


@functools.lru_cache(maxsize=64)
def edges_of(low, high, blur, aperture, l2):
    gray = cv2.GaussianBlur(State.luma, (blur, blur), 0) if blur else State.luma
    return cv2.Canny(gray, low, high, apertureSize=aperture, L2gradient=bool(l2))


def parameters(words):
    low, high, blur, aperture, l2 = words
    return float(low), float(high), int(blur), int(aperture), int(l2)


def shown_picture(shot):
    """The picture's pixels in its own size; it must be shown that large or a whole multiple."""
    height, width = State.luma.shape
    box = Layout(shot).letterbox(width, height)
    times = box.w // width
    if (box.w, box.h) != (times * width, times * height) or times < 1:
        raise ValueError(f"the picture is {box.w}x{box.h}")
    pixels = box.of(shot)
    if times > 1:
        whole = pixels[::times, ::times].repeat(times, 0).repeat(times, 1)
        if (whole != pixels).any():
            raise ValueError("magnified pixels are not squares")
    return pixels[::times, ::times]


def gray_words(plane):
    return plane.astype(np.uint32) * 0x010101


def differing(mask):
    count = int(mask.sum())
    return count == 0 or f"{count} pixels differ"


@command
def edges(*words):
    """The picture is cv2's edges, with these parameters, in every pixel."""
    expected = gray_words(edges_of(*parameters(words)))
    return until(lambda shot: differing(shown_picture(shot) != expected))


@command
def edges_below_card(*words):
    """The same but for a card in the upper left corner, which leaves most of it to be seen."""
    expected = gray_words(edges_of(*parameters(words)))

    def check(shot):
        box = bounds(shown_picture(shot) != expected)
        if box is None:
            return "there is no card"
        corner = Box(0, 0, expected.shape[1] * 0.6, expected.shape[0] * 0.6)
        return corner.holds(box) or f"differs in {box}"

    return until(check)


@command
def tuned(which, other, *words):
    """The threshold `which` has moved away from words[0], `other` is still words[1], --stats says
    so and the edges are those. Answers the new value."""
    was, kept = float(words[0]), float(words[1])

    def check(shot):
        now = read_stats()
        if now[which] == was or now[other] != kept:
            return f"{which} {now[which]}, {other} {now[other]}"
        expected = gray_words(edges_of(now["low"], now["high"], 5, 3, 0))
        same = differing(shown_picture(shot) != expected)
        return f"ok {now[which]:g}" if same is True else same

    return until(check)


def read_stats():
    with open(State.stats) as file:
        lines = [line for line in file if line.endswith("\n")]
    if not lines:
        raise ValueError("no statistics yet")
    return json.loads(lines[-1])


def channels(words):
    return np.stack([words & 255, words >> 8 & 255, words >> 16 & 255], 2).astype(int)


def near(words, color):
    """Where pixels are of a colour, give or take what blending rounds."""
    return np.abs(channels(words) - channels(np.array([[color]]))).max(2) <= 3


def similar(shown, expected):
    """Colours made of luma and chroma by another road: off by a few here and there."""
    off = np.abs(channels(shown) - expected).max(2)
    return (off.mean() < 2 and np.percentile(off, 99) < 12) or f"colours are off by {off.mean():.1f}"


@command
def view(name, *words):
    """The picture is shown in this view."""
    edge = edges_of(*parameters(words)) > 0

    def check(shot):
        shown = shown_picture(shot)
        if name == "gray":
            return differing(shown != gray_words(State.luma))
        if name == "edges":
            return differing((shown == 0xFFFFFF) != edge)
        if name == "original":
            return similar(shown, State.color)
        green = shown == 0x39FF14
        if (green != edge).any():
            return f"{(green != edge).sum()} edges differ"
        return similar(np.where(edge, 0, shown), np.where(edge[:, :, None], 0, State.color // 2))

    return until(check)


@command
def letterboxed():
    """The original is shown undistorted, as large as there is room, between dark borders."""
    def check(shot):
        parts = Layout(shot)
        height, width = State.luma.shape
        box = parts.letterbox(width, height)
        around = parts.area.of(shot).copy()
        around[box.y:box.bottom, box.x:box.right] = layout.BACKGROUND
        if (around != layout.BACKGROUND).any():
            return "the borders are not empty"
        how = cv2.INTER_AREA if box.w < width else cv2.INTER_LINEAR
        expected = cv2.resize(State.color, (box.w, box.h), interpolation=how)
        off = np.abs(channels(box.of(shot)) - expected).mean()
        return off < 14 or f"the picture in {box} is off by {off:.1f}"

    return until(check)


# ---- any part of the window ----


def place(shot, name):
    parts = Layout(shot)
    return {"picture": parts.area, "panel": parts.panel, "bar": parts.bar}[name].of(shot)


@command
def keep(name, where):
    """Remembers a part of the window."""
    shot = look()
    State.kept[name] = (where, place(shot, where).copy())
    return "ok"


def is_kept(shot, name):
    where, pixels = State.kept[name]
    return np.array_equal(place(shot, where), pixels)


@command
def same(name):
    """That part of the window looks as it did."""
    return until(lambda shot: is_kept(shot, name) or f"{name} has changed")


@command
def differs(name):
    return until(lambda shot: not is_kept(shot, name) or f"{name} has not changed")


@command
def rests(seconds, where):
    """A part comes to rest: it does not change for so long."""
    def check(shot):
        before = place(shot, where)
        end = time.monotonic() + float(seconds)
        while time.monotonic() < end:
            time.sleep(0.05)
            if not np.array_equal(place(look(), where), before):
                return f"{where} keeps changing"
        return True

    return until(check)


@command
def size(wanted):
    """The window has this size and is drawn in it, down to its last row."""
    width, height = map(int, wanted.split("x"))

    def check(shot):
        if shot.shape != (height, width):
            return f"it is {shot.shape[1]}x{shot.shape[0]}"
        return Layout(shot).bar_shown or "the bar is not at the bottom"

    return until(check)


@command
def panel(shown):
    return until(lambda shot: Layout(shot).panel_shown == (shown == "shown"))


@command
def save(name):
    """Keeps the window as a picture."""
    write_png(name, look())
    return "ok"


# ---- controls ----


@command
def controls():
    """Finds the controls of the panel, none of which may have the focus or the pointer."""
    def check(shot):
        State.controls = layout.find_controls(shot, Layout(shot))
        return True

    return until(check)


def knob_of(shot, name):
    """Middle of a slider's knob, which is bright."""
    box = State.controls[name]
    ys, xs = np.nonzero(near(box.of(shot), layout.FOREGROUND))
    if not len(xs):
        raise ValueError(f"{name} has no knob")
    return box.x + (xs.min() + xs.max()) / 2, box.y + (ys.min() + ys.max()) / 2


@command
def at(name):
    """Where to click for it: a control, or the knob of a slider."""
    x, y = State.controls[name].x + State.controls[name].w / 2, State.controls[name].y
    y += State.controls[name].h / 2
    if name in layout.SLIDERS:
        x, y = knob_of(look(), name)
    return f"ok {x:.0f} {y:.0f}"


@command
def item(name, index, count):
    """Where to click for one of the items of a choice."""
    box = State.controls[name]
    return f"ok {box.x + box.w * (2 * int(index) + 1) / (2 * int(count)):.0f} {box.y + box.h // 2}"


@command
def knob(name, x):
    """The knob of a slider is there, give or take what a step of the value makes."""
    return until(lambda shot: abs(knob_of(shot, name)[0] - float(x)) <= 3 or
                 f"it is at {knob_of(shot, name)[0]}")


@command
def bar_key(index):
    """Where to click for the key at this place in the bar."""
    shot = look()
    box = layout.find_keys(shot, Layout(shot))[int(index)]
    return f"ok {box.x + box.w // 2} {box.y + box.h // 2}"


@command
def focus(name):
    """The ring of the focus, and nothing else that is new since `keep unfocused panel`, is around
    this control."""
    def check(shot):
        left = Layout(shot).panel
        changed = bounds(place(shot, "panel") != State.kept["unfocused"][1])
        if changed is None:
            return "there is no ring"
        changed.x, changed.y = changed.x + left.x, changed.y + left.y
        box = State.controls[name]
        above = 30 if name in layout.SLIDERS else 8
        room = box.grown(8).inner(0, 8 - above, 0, 0)
        accent = near(changed.of(shot), layout.ACCENT).sum()
        around = changed.holds(box) and room.holds(changed) and accent > changed.w
        return bool(around) or f"what is new is {changed}, {name} is {box}"

    return until(check)


# ---- nothing is cut off ----


def rim_is_clear(shot, box, margin, color):
    """Nothing but the ground stands at the rim of a box."""
    rim = box.of(shot).copy()
    rim[margin:-margin, margin:-margin] = color
    return bool((rim == color).all()) or f"there is something at the rim of {box}"


@command
def bar_is_whole():
    def check(shot):
        parts = Layout(shot)
        if not parts.bar_shown:
            return "there is no bar"
        return rim_is_clear(shot, parts.bar, round(3 * parts.scale), layout.BAR)

    return until(check)


@command
def panel_is_whole():
    """All controls are there without scrolling, none at the rim."""
    def check(shot):
        parts = Layout(shot)
        line = round(3 * parts.scale)
        layout.find_controls(shot, parts)
        ground = parts.panel.inner(line, 0, 0, 0)
        return rim_is_clear(shot, ground, round(3 * parts.scale), layout.PANEL)

    return until(check)


@command
def card(kind):
    """Over the kept picture "bare" lies the card of numbers, whole and with an empty rim."""
    def check(shot):
        parts = Layout(shot)
        box = bounds(place(shot, "picture") != State.kept["bare"][1])
        if box is None:
            return "there is none"
        margin = round(4 * parts.scale)
        if not parts.area.inner(0, 0, margin, margin).holds(box):
            return f"it reaches the rim: {box}"
        if (box.h > 0.7 * box.w) != (kind == "full"):
            return f"it is {box.w}x{box.h}"
        rim = channels(box.of(shot)).max(2)
        rim[5:-5, 5:-5] = 0
        return bool((rim < 100).all()) or "there is something at its rim"

    return until(check)


def help_card(shot):
    mask = near(shot, layout.PANEL).astype(np.uint8)
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    boxes = [Box(*cv2.boundingRect(contour)) for contour in contours]
    middle = Box(shot.shape[1] // 2, shot.shape[0] // 2, 1, 1)
    return next((box for box in boxes if box.w > 200 and box.holds(middle)), None)


@command
def help_(state):
    """The card of keys is open (whole, with an empty rim) or closed."""
    def check(shot):
        dimmed = not Layout(shot).bar_shown
        if state == "closed":
            return not dimmed or "the window is dimmed"
        box = help_card(shot)
        if box is None or not dimmed:
            return "there is no card"
        window = Box(0, 0, shot.shape[1], shot.shape[0])
        if not window.grown(-4).holds(box):
            return f"it reaches the rim: {box}"
        # Inside its outline and clear of its round corners.
        inside = box.inner(2, 12, 2, 12)
        left, right = Box(inside.x, inside.y, 8, inside.h), Box(inside.right - 8, inside.y, 8, inside.h)
        return (near(left.of(shot), layout.PANEL).all() and near(right.of(shot), layout.PANEL).all() or
                "there is something at its rim")

    return until(check)


@command
def notice():
    """A sentence lies at the foot of the picture."""
    def check(shot):
        area = Layout(shot).area
        foot = Box(area.x, area.y + area.h * 3 // 4, area.w, area.h // 4)
        return near(foot.of(shot), layout.CARD).sum() > 2000 or "there is none"

    return until(check)


@command
def make_picture(path, wanted):
    """The picture in another size."""
    cv2.imwrite(path, cv2.resize(State.color, tuple(map(int, wanted.split("x")))))
    return "ok"


# ---- a film whose frames tell their number ----

FILM_FRAMES, BITS = 60, 8


@command
def make_film(path):
    """Sixteen squares: the bits of the number, and below them their complement."""
    writer = cv2.VideoWriter(path, cv2.VideoWriter_fourcc(*"MJPG"), 10, (320, 240))
    for number in range(FILM_FRAMES):
        bits = np.array([number >> bit & 1 for bit in range(BITS)], np.uint8)
        squares = np.stack([bits, 1 - bits]) * 200 + 28
        picture = squares.repeat(120, 0).repeat(40, 1)
        writer.write(cv2.merge([picture] * 3))
    writer.release()
    return "ok"


def number_of(shot):
    box = Layout(shot).letterbox(320, 240)
    squares = [[box.of(shot)[box.h * (2 * row + 1) // 4, box.w * (2 * bit + 1) // 16] & 255
                for bit in range(BITS)] for row in range(2)]
    bits, complement = np.array(squares) > 128
    if (bits == complement).any():
        raise ValueError("no frame of the film is shown")
    return sum(1 << bit for bit in range(BITS) if bits[bit])


@command
def frame():
    """The number of the frame that is shown."""
    return until(lambda shot: f"ok {number_of(shot)}")


@command
def frame_is(number):
    wanted = int(number) % FILM_FRAMES
    return until(lambda shot: number_of(shot) == wanted or f"it is {number_of(shot)}")


# ---- running ----


@command
def window(number, stats):
    State.window, State.stats = int(number), stats
    return "ok"


@command
def picture(path):
    State.luma, State.color = cv2.imread(path, cv2.IMREAD_GRAYSCALE), cv2.imread(path)
    edges_of.cache_clear()
    return "ok"


@command
def file_has_edges(path, *words):
    """A snapshot is cv2's edges in every pixel."""
    expected = edges_of(*parameters(words))
    got = cv2.imread(path, cv2.IMREAD_GRAYSCALE)
    if got is None or got.shape != expected.shape:
        return "no: it is no picture of that size"
    count = int((got != expected).sum())
    return "ok" if count == 0 else f"no: {count} pixels differ"


@command
def close():
    """Asks the window to close, as its close button does."""
    xwindow.ask_to_close(State.window)
    return "ok"


def main():
    for line in sys.stdin:
        name, *words = shlex.split(line)
        try:
            answer = commands[name](*words)
        except Exception as error:  # the script goes on and counts it as a failure
            answer = f"no: {type(error).__name__}: {error}"
        print(answer, flush=True)


main()
