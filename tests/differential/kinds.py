#!/usr/bin/python3
"""Compares the edges of pictures of every kind with OpenCV's, pixel for pixel.

    kinds.py CANNYSCOPE [FOLDER]

Makes some thousand small pictures (in FOLDER, if given, to be looked at): PNG of all colour types,
depths and passes, JPEG of all samplings, codings and small sizes, BMP, TIFF, WebP. They go through
`cannyscope batch --gray bgr --format png`. Promised and checked: whatever cv2.imread() of Debian's
OpenCV reads has the edges that cvtColor, GaussianBlur 5x5 and Canny 50/150 find in it.

What OpenCV cannot read is no matter here, but is counted: we may read it or fail with a sentence.
Prints "N compared, N differ" last and exits with 1 if any differs or nothing was compared.
"""
import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import cv2
import numpy as np

import images
import kinds_bmp
import kinds_jpeg
import kinds_tiff


def make_webp(rng, folder):
    for number, (width, height) in enumerate(((1, 1), (33, 21), (64, 48), (130, 71), (17, 2))):
        color = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
        color = cv2.blur(color, (3, 3))
        clear = np.dstack([color, rng.integers(0, 256, (height, width), dtype=np.uint8)])
        for name, pixels in (("color", color), ("clear", clear), ("gray", color[:, :, 1])):
            for quality in (1, 40, 80, 100, 101):
                cv2.imwrite(f"{folder}/webp-{name}-{quality}-{number}.webp", pixels,
                            [cv2.IMWRITE_WEBP_QUALITY, quality])


def make_all(folder):
    rng = np.random.default_rng(20261123)
    images.make_odd_ones(folder)
    for name, data in kinds_bmp.kinds(rng):
        pathlib.Path(folder, name).write_bytes(data)
    kinds_jpeg.make(rng, folder)
    kinds_tiff.make(rng, folder)
    make_webp(rng, folder)


def edges_of(path):
    try:
        picture = cv2.imread(path)
    except cv2.error:
        return None
    if picture is None:
        return None
    gray = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    return cv2.Canny(cv2.GaussianBlur(gray, (5, 5), 0), 50, 150)


def kind_of(name):
    """The name without its size: pictures of one kind fail for one reason."""
    return "-".join(part for part in name.rsplit(".", 1)[0].split("-") if not part[:1].isdigit()
                    or "x" not in part)


def run_batch(program, folder, target):
    report = f"{target}/report.jsonl"
    command = [program, "batch", folder, "-o", f"{target}/out", "--gray", "bgr", "--format", "png",
               "--report", report, "--quiet"]
    status = subprocess.run(command, check=False, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL).returncode
    if status not in (0, 3):
        sys.exit(f"cannyscope batch ended with {status}")
    with open(report, encoding="utf-8") as lines:
        return {os.path.basename(o["input"]): o for o in map(json.loads, lines)}


def judge(name, outcome, edges):
    """Why the two differ, or None."""
    if outcome["status"] != "ok":
        return outcome["error"]
    ours = cv2.imread(outcome["output"], cv2.IMREAD_GRAYSCALE)
    if ours is None:
        return "the output cannot be read"
    if ours.shape != edges.shape:
        return f"{ours.shape[::-1]}, not {edges.shape[::-1]}"
    wrong = int(np.count_nonzero(ours != edges))
    return f"{wrong} pixels" if wrong else None


def compare(program, folder, target):
    outcomes = run_batch(program, folder, target)
    compared, differ, theirs = 0, 0, collections.Counter()
    for name in sorted(os.listdir(folder)):
        edges = edges_of(f"{folder}/{name}")
        if edges is None:
            theirs[outcomes[name]["status"]] += 1
            if os.environ.get("KINDS_TELL"):
                print(f"unread: {name}: {outcomes[name]['status']} {outcomes[name]['error']}")
            continue
        compared += 1
        why = judge(name, outcomes[name], edges)
        if why:
            differ += 1
            print(f"differs: {name}: {why}")
    print(f"OpenCV cannot read {sum(theirs.values())} others: {dict(theirs)}")
    print(f"{compared} compared, {differ} differ")
    return 1 if differ or not compared else 0


def main():
    with tempfile.TemporaryDirectory() as place:
        folder = sys.argv[2] if len(sys.argv) > 2 else f"{place}/in"
        os.makedirs(folder, exist_ok=True)
        make_all(folder)
        return compare(sys.argv[1], folder, place)


if __name__ == "__main__":
    sys.exit(main())
