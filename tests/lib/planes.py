"""Comparing pictures of one plane."""

import numpy as np


def difference(ours, theirs):
    """None, or where our picture differs from OpenCV's."""
    unequal = np.argwhere(ours != theirs)
    if len(unequal) == 0:
        return None
    y, x = unequal[0]
    return (f"{len(unequal)} pixels differ, the first at x {x}, y {y}: cannyscope {ours[y, x]}, "
            f"OpenCV {theirs[y, x]}")
