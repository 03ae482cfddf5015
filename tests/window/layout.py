"""Where things lie in the window, found by its colours: the panel, the bar, the picture between
them, and the controls in the panel."""
import cv2
import numpy as np

# The palette of render/ui.h.
BACKGROUND, PANEL, BAR = 0x0B0E14, 0x161B24, 0x10141B
OUTLINE, KEYCAP, FOREGROUND = 0x2C3441, 0x252E3D, 0xECEFF4
ACCENT, CARD = 0x4CD0FF, 0x0D1118

# What the panel holds, from top to bottom.
SLIDERS = ["low", "high", "noise"]
BOXES = ["blur", "aperture", "magnitude", "view 1", "view 2", "view 8", "view 9", "quit",
         "fullscreen", "freeze", "step", "numbers", "panel", "memory", "experiments", "snapshot",
         "record", "window", "keys"]


class Box:
    def __init__(self, x, y, w, h):
        self.x, self.y, self.w, self.h = int(x), int(y), int(w), int(h)

    @property
    def right(self):
        return self.x + self.w

    @property
    def bottom(self):
        return self.y + self.h

    def of(self, shot):
        return shot[self.y:self.bottom, self.x:self.right]

    def inner(self, left, top, right, bottom):
        return Box(self.x + left, self.y + top, self.w - left - right, self.h - top - bottom)

    def grown(self, by):
        return self.inner(-by, -by, -by, -by)

    def holds(self, other):
        return (self.x <= other.x and self.y <= other.y and other.right <= self.right and
                other.bottom <= self.bottom)

    def __str__(self):
        return f"{self.x} {self.y} {self.w} {self.h}"


def bounds(mask):
    """The smallest box around what is set; None for nothing."""
    if not mask.any():
        return None
    x, y, w, h = cv2.boundingRect(mask.astype(np.uint8))
    return Box(x, y, w, h)


def run_length(line, colors):
    """How many of the first pixels are of these colours."""
    others = np.flatnonzero(~np.isin(line, colors))
    return int(others[0]) if len(others) else len(line)


class Layout:
    """The window's parts; a part that is folded away has no width."""

    def __init__(self, shot):
        height, width = shot.shape
        bar = run_length(shot[::-1, 2], [BAR])
        panel = run_length(shot[2, ::-1], [PANEL, OUTLINE])
        self.bar_shown, self.panel_shown = bar >= 10, panel >= 50
        bar = bar if self.bar_shown else 0
        self.scale = bar / 36 if bar else 1
        self.beside = self.panel_shown and width >= 800 * self.scale
        self.area = Box(0, 0, width - panel if self.beside else width, height - bar)
        self.bar = Box(0, height - bar, self.area.w, bar)
        self.panel = Box(width - panel, 0, panel, height if self.beside else height - bar)

    def letterbox(self, width, height):
        """Where a picture of this size lies, undistorted, in the middle of its area."""
        scale = min(self.area.w / width, self.area.h / height)
        w, h = max(1, round(width * scale)), max(1, round(height * scale))
        return Box(self.area.x + (self.area.w - w) // 2, self.area.y + (self.area.h - h) // 2, w, h)


def find_controls(shot, layout):
    """Name to box of all controls in the panel, none of which may have the focus."""
    ground = layout.panel.inner(round(3 * layout.scale), 0, 0, 0)
    mask = (ground.of(shot) != PANEL).astype(np.uint8)
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    found = [Box(*cv2.boundingRect(contour)) for contour in contours]
    for box in found:
        box.x, box.y = box.x + ground.x, box.y + ground.y
    found.sort(key=lambda box: (box.y, box.x))
    limit = 25 * layout.scale
    sliders = [box for box in found if box.w >= 80 * layout.scale and box.h < limit]
    boxes = [box for box in found if box.w >= 40 * layout.scale and box.h >= limit]
    if len(boxes) != len(BOXES) or not 2 <= len(sliders) <= 3:
        raise ValueError(f"{len(sliders)} sliders and {len(boxes)} other controls in the panel")
    return dict(zip(SLIDERS, sliders)) | dict(zip(BOXES, boxes))


def find_keys(shot, layout):
    """The caps in the bar, from left to right."""
    mask = (layout.bar.of(shot) == KEYCAP).astype(np.uint8)
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    boxes = [Box(*cv2.boundingRect(contour)) for contour in contours]
    boxes = [box for box in boxes if box.h >= 12 * layout.scale]
    for box in boxes:
        box.y += layout.bar.y
    return sorted(boxes, key=lambda box: box.x)
