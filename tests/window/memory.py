"""The memory page and the card of differences: is it there, is all of it there?"""
import json

import cv2
import numpy as np

import layout
from controls import rim_is_clear
from layout import Box, Layout
from watch import State, command, near, until


@command
def memory_is_whole():
    """The page has its bar, its numbers and its graph, nothing at its rim, and does not scroll."""
    def check(shot):
        parts = Layout(shot)
        if not parts.panel_shown:
            return "there is no panel"
        ground = parts.panel.inner(round(3 * parts.scale), 0, 0, 0)
        grounds = (near(ground.of(shot), layout.BAR)).sum(axis=1)
        wide = np.flatnonzero(grounds > ground.w // 2)
        if len(wide) < 20 * parts.scale:
            return "there is no graph"
        return rim_is_clear(shot, ground, round(3 * parts.scale), layout.PANEL)

    return until(check)


@command
def memory_lines(count):
    """So many thin lines, half as long as the bar or more, are drawn: RSS, peak, PSS."""
    def check(shot):
        parts = Layout(shot)
        accent = near(parts.panel.of(shot), layout.ACCENT).sum(axis=1) > parts.panel.w // 2
        edges = np.flatnonzero(np.diff(np.concatenate([[0], accent, [0]]).astype(int)))
        heights = edges[1::2] - edges[::2]
        found = int((heights <= 5 * parts.scale).sum())
        return found == int(count) or f"there are {found}"

    return until(check)


def find_card(shot):
    """The card over the middle of the window; None if there is none."""
    mask = near(shot, layout.CARD).astype(np.uint8)
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    boxes = [Box(*cv2.boundingRect(contour)) for contour in contours]
    middle = Box(shot.shape[1] // 2, shot.shape[0] // 2, 1, 1)
    return next((box for box in boxes if box.w > 200 and box.holds(middle)), None)


def is_outlined(shot, box):
    edge = shot[box.y - 1, box.x + box.w // 4:box.right - box.w // 4]
    return near(edge[None], layout.ACCENT).all()


@command
def differences(state):
    """The card of differences is open, whole, or closed."""
    def check(shot):
        box = find_card(shot)
        if state == "closed":
            return box is None or "there is a card"
        if box is None:
            return "there is no card"
        window = Box(0, 0, shot.shape[1], shot.shape[0])
        if not window.grown(-2).holds(box.grown(1)):
            return f"it reaches the rim: {box}"
        round_ = box.h // 10
        sides = [box.inner(2, round_, box.w - 8, round_), box.inner(box.w - 8, round_, 2, round_)]
        if not all(near(side.of(shot), layout.CARD).all() for side in sides):
            return "there is something at its rim"
        return is_outlined(shot, box) or "it has no outline"

    return until(check)


def read_stats():
    with open(State.stats) as lines:
        return [json.loads(line) for line in lines if line.endswith("}\n")]


@command
def allocates_nothing(frames):
    """From now on, so many frames are shown and not one allocation is made."""
    begin = len(read_stats()) + 1

    def check(_):
        lines = read_stats()[begin:]
        if len(lines) < 2 or lines[-1]["frames"] - lines[0]["frames"] < int(frames):
            return "too few frames"
        made = lines[-1]["allocations"] - lines[0]["allocations"]
        return f"ok {made}"

    return until(check)


@command
def stat_is(name, least):
    """A number of --stats has come to that."""
    def check(_):
        lines = read_stats()
        value = lines[-1].get(name, 0) if lines else 0
        return value >= float(least) or f"{name} is {value}"

    return until(check)
