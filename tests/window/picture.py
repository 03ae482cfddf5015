"""Is it the right picture? Every pixel of what is shown, against OpenCV."""
import functools
import json

import cv2
import numpy as np

import layout
from layout import Box, Layout, bounds
from watch import State, channels, command, until


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


def similar(shown, expected):
    """Colours made of luma and chroma by another road: off by a few here and there."""
    off = np.abs(channels(shown) - expected).max(2)
    close = off.mean() < 2 and np.percentile(off, 99) < 12
    return close or f"colours are off by {off.mean():.1f}"


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


@command
def make_picture(path, wanted):
    """The picture in another size."""
    cv2.imwrite(path, cv2.resize(State.color, tuple(map(int, wanted.split("x")))))
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
