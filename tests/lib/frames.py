"""The frames of a video file, as OpenCV reads them."""

import cv2


def frames(path):
    """One after the other: arrays of height x width x 3, blue first."""
    capture = cv2.VideoCapture(path)
    while True:
        there, frame = capture.read()
        if not there:
            return
        yield frame
