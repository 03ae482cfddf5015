#!/usr/bin/python3
"""Watches a window for run.sh: a command a line on standard input, an answer a line.

    screen.py FOLDER PATIENCE_S

A command waits until what it says is seen, so that nothing depends on time, and answers "ok", with
a value after it where it was asked for one. What is not seen after PATIENCE_S is answered by "no"
and the reason, and the window as it is then is kept as FOLDER/failed-N.png.
"""
import shlex
import sys
import time

import numpy as np

import controls
import film
import memory
import picture
import xwindow
from layout import Layout
from watch import State, command, commands, look, place, until, write_png

assert controls and film and memory and picture  # imported for their commands


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


@command
def window(number, stats):
    """What is watched from now on."""
    State.window, State.stats = int(number), stats
    return "ok"


@command
def close():
    """Asks the window to close, as its close button does."""
    xwindow.ask_to_close(State.window)
    return "ok"


@command
def key_repeat(state):
    """Whether the server repeats a key that is held: "on" or "off"."""
    xwindow.set_key_repeat(state == "on")
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
