#!/usr/bin/python3
"""Compares a folder that cannyscope wrote with what OpenCV makes of the same pictures.

    same.py bgr|luma INPUT OUTPUT [ENDING]

bgr:  every picture of INPUT through cv2.imread, cvtColor, GaussianBlur 5x5 and Canny 50/150, written
      by cv2.imwrite as OUTPUT's file is and read again, must be the picture in OUTPUT.
luma: the same from cv2.imread(IMREAD_GRAYSCALE), of JPEGs.

With ENDING the outputs have that one. Prints how many were compared; 1 if any differs or is
missing, or there was none.
"""
import os
import sys

import cv2
import numpy as np


def edges_of(path, mode):
    if mode == "luma":
        gray = cv2.imread(path, cv2.IMREAD_GRAYSCALE)
    else:
        picture = cv2.imread(path)
        gray = None if picture is None else cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    return None if gray is None else cv2.Canny(cv2.GaussianBlur(gray, (5, 5), 0), 50, 150)


def as_written(edges, ending):
    """What a reader gets of OpenCV's own file; it writes three equal channels."""
    done, data = cv2.imencode(ending, cv2.cvtColor(edges, cv2.COLOR_GRAY2BGR))
    assert done
    return cv2.imdecode(data, cv2.IMREAD_COLOR)


def main():
    mode, source, target = sys.argv[1:4]
    forced = sys.argv[4] if len(sys.argv) > 4 else None
    compared = differ = 0
    for name in sorted(os.listdir(source)):
        stem, ending = os.path.splitext(name)
        if mode == "luma" and ending.lower() not in (".jpg", ".jpeg"):
            continue
        edges = edges_of(os.path.join(source, name), mode)
        if edges is None:
            continue
        compared += 1
        out = "processed_" + (stem + forced if forced else name)
        ours = cv2.imread(os.path.join(target, out))
        theirs = as_written(edges, (forced or ending).lower())
        if ours is None or not np.array_equal(ours, theirs):
            differ += 1
            print(f"{name}: {'missing' if ours is None else 'differs'}")
    print(f"{compared} compared, {differ} differ")
    return 1 if differ or not compared else 0


if __name__ == "__main__":
    sys.exit(main())
