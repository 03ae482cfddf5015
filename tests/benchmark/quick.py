#!/usr/bin/python3
"""Whether opencv.py works: runs it with --quick and checks its pixels, tables and JSON, no speed.

    quick.py BUILD

The last line adds up; exit status 0 if nothing failed.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))

from planes import difference

SECTIONS = {"levels", "bursts", "threads", "bgr", "dense", "spread", "apertures", "control",
            "program"}
SECTIONS |= {"ffmpeg"} if shutil.which("ffmpeg") else set()
POSITIVE = ("opencv_ms", "cannyscope_ms", "ratio", "ratio_of_medians", "pairs", "edges_percent")


def tables_of(text):
    """Runs of lines that begin with a bar, as lists of cells."""
    found = [[]]
    for line in text.splitlines():
        if line.startswith("|"):
            found[-1].append([cell.strip() for cell in line.strip("|").split("|")])
        elif found[-1]:
            found.append([])
    return [table for table in found if table]


def is_figure(cell):
    words = re.findall(r"[0-9.]+", cell)
    return bool(re.fullmatch(r"[0-9.]+( \([0-9.]+\))?", cell)) and all(float(w) > 0 for w in words)


def table_is_whole(table):
    """A head, a rule, at least one row; as many cells everywhere; figures but for the names."""
    return (len(table) >= 3 and len({len(row) for row in table}) == 1
            and all(re.fullmatch(r"-+:?", cell) for cell in table[1])
            and all(row[0] and all(is_figure(cell) for cell in row[1:]) for row in table[2:]))


def case_is_whole(case):
    if case["section"] == "spread":
        return case["quotient"] > 0 and len(case["ms"]) == 2
    more = {"ffmpeg": ("ffmpeg_ms",), "program": ("program_ms",)}.get(case["section"], ())
    return all(case.get(key, 0) > 0 for key in POSITIVE + more)


def pixel_is_noticed():
    """The comparison itself can fail."""
    theirs = np.zeros((4, 5), np.uint8)
    ours = theirs.copy()
    ours[2, 3] = 255
    return difference(theirs, theirs) is None and "x 3, y 2" in (difference(ours, theirs) or "")


def checks(done, written):
    """Pairs of what should be so and whether it is."""
    found = re.search(r"comparisons of all pixels: (\d+), failed: (\d+)", done.stdout)
    compared, failed = map(int, found.groups()) if found else (0, -1)
    cases = written["cases"]
    yield "opencv.py ends well", done.returncode == 0
    yield "a wrong pixel would be noticed", pixel_is_noticed()
    timed = [case for case in cases if case["section"] != "spread"]
    yield "every case was compared before and after", compared >= 2 * len(timed) > 0
    yield "all pixels agree", failed == 0
    yield "every section is there", {case["section"] for case in cases} == SECTIONS
    yield "every case has its figures", all(map(case_is_whole, cases))
    tables = tables_of(done.stdout)
    yield "a table for each section", len(tables) == len(SECTIONS)
    yield "tables are whole", bool(tables) and all(map(table_is_whole, tables))
    for word in ("machine", "date", "cannyscope", "OpenCV", "pictures", "parameters"):
        yield f"the report names: {word}", re.search(rf"^- {word}: \S", done.stdout, re.M)


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "result.json"
        done = subprocess.run([sys.executable, HERE / "opencv.py", "--build", sys.argv[1],
                               "--quick", "--json", path], capture_output=True, text=True,
                              timeout=300, check=False)
        print(done.stdout + done.stderr)
        written = {"cases": []}
        if path.exists():
            written = json.loads(path.read_text(encoding="utf-8"))
    failed = passed = 0
    for what, right in checks(done, written):
        print(f"{'ok  ' if right else 'FAIL'}  {what}")
        passed, failed = passed + bool(right), failed + (not right)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
