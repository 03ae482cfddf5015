"""The panel, the bar, the numbers and the card of keys: where to click, and is all of it there?"""
import cv2
import numpy as np

import layout
from layout import Box, Layout
from watch import State, changed_since, channels, command, look, near, until


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
        changed = changed_since(shot, "unfocused")
        if changed is None:
            return "there is no ring"
        changed.x, changed.y = changed.x + left.x, changed.y + left.y
        box = State.controls[name]
        room = box.grown(8)
        if name in layout.SLIDERS:  # its name stands above it or, with little room, beside it
            room = Box(left.x, box.y - 30, left.w, box.h + 42)
        accent = near(changed.of(shot), layout.ACCENT).sum()
        around = changed.holds(box) and room.holds(changed) and accent > changed.w
        return bool(around) or f"what is new is {changed}, {name} is {box}"

    return until(check)


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
        box = changed_since(shot, "bare")
        if box is None:
            return "there is none"
        margin = round(4 * parts.scale)
        if not parts.area.inner(0, 0, margin, margin).holds(box):
            return f"it reaches the rim: {box}"
        if (box.h > 0.7 * box.w) != (kind == "full"):
            return f"it is {box.w}x{box.h}"
        # Its corners are round and its ground lets a tenth of the picture through.
        corner = round(20 * parts.scale)
        rims = [box.inner(corner, 0, corner, box.h - 5), box.inner(corner, box.h - 5, corner, 0),
                box.inner(0, corner, box.w - 5, corner), box.inner(box.w - 5, corner, 0, corner)]
        empty = all((channels(rim.of(shot)) < 100).all() for rim in rims)
        return empty or "there is something at its rim"

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
        round_ = box.h // 10
        left = box.inner(4, round_, box.w - 12, round_)
        right = box.inner(box.w - 12, round_, 4, round_)
        empty = all(near(rim.of(shot), layout.PANEL).all() for rim in (left, right))
        return empty or "there is something at its rim"

    return until(check)


@command
def notice():
    """A sentence lies at the foot of the picture."""
    def check(shot):
        area = Layout(shot).area
        foot = Box(area.x, area.y + area.h * 3 // 4, area.w, area.h // 4)
        return near(foot.of(shot), layout.CARD).sum() > 2000 or "there is none"

    return until(check)
