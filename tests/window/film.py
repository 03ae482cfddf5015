"""A film whose frames tell their number."""
import cv2
import numpy as np

from layout import Layout
from watch import command, until

FILM_FRAMES, BITS = 60, 8


@command
def make_film(path):
    """Sixteen yellow squares: the bits of the number, and below them their complement."""
    writer = cv2.VideoWriter(path, cv2.VideoWriter_fourcc(*"MJPG"), 10, (320, 240))
    for number in range(FILM_FRAMES):
        bits = np.array([number >> bit & 1 for bit in range(BITS)], np.uint8)
        squares = np.stack([bits, 1 - bits]) * 200 + 28
        picture = squares.repeat(120, 0).repeat(40, 1)
        writer.write(cv2.merge([picture // 4, picture, picture]))
    writer.release()
    return "ok"


def number_of(shot):
    box = Layout(shot).letterbox(320, 240)
    squares = [[box.of(shot)[box.h * (2 * row + 1) // 4, box.w * (2 * bit + 1) // 16] >> 8 & 255
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


@command
def in_color():
    """Its squares are yellow."""
    def check(shot):
        squares = Layout(shot).letterbox(320, 240).of(shot)
        yellow = ((squares >> 16) > 150) & ((squares & 255) < 100)
        return number_of(shot) >= 0 and bool(yellow.any())

    return until(check)
